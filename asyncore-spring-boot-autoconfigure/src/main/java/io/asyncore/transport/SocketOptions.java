package io.asyncore.transport;

import java.io.IOException;
import java.net.SocketOption;
import java.util.LinkedHashMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Socket options that are to be set on sockets still to be made, or to take the place of
 * one that has them.
 */
public final class SocketOptions {

	private final Map<SocketOption<?>, Setting<?>> settings = new LinkedHashMap<>();

	/**
	 * Add an option to those there are, if any: most sockets never have one.
	 */
	static <T> SocketOptions with(@Nullable SocketOptions present, SocketOption<T> option, T value) {
		SocketOptions options = (present != null) ? present : new SocketOptions();
		options.put(option, value);
		return options;
	}

	/**
	 * Have an option set, in place of the value that it was to have before.
	 * @param <T> the type of the value
	 * @param option the option
	 * @param value the value
	 */
	public <T> void put(SocketOption<T> option, T value) {
		this.settings.put(option, new Setting<>(option, value));
	}

	/**
	 * Return what an option is to be.
	 * @param <T> the type of the value
	 * @param option the option
	 * @return the value, {@code null} if it was not set
	 */
	@SuppressWarnings("unchecked")
	public <T> @Nullable T get(SocketOption<T> option) {
		Setting<?> setting = this.settings.get(option);
		return (setting != null) ? (T) setting.value() : null;
	}

	/**
	 * Set the options on a socket, in the order in which they were first set.
	 * @param endpoint the socket
	 * @throws IOException if the system refuses one of them
	 */
	public void applyTo(SocketEndpoint endpoint) throws IOException {
		for (Setting<?> setting : this.settings.values()) {
			setting.applyTo(endpoint);
		}
	}

	/**
	 * What an option is to be.
	 *
	 * @param <T> the type of the value
	 */
	private record Setting<T>(SocketOption<T> option, T value) {

		void applyTo(SocketEndpoint endpoint) throws IOException {
			endpoint.setOption(this.option, this.value);
		}

	}

}
