package io.asyncore.simulation;

import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * The options of a socket, which nobody looks at but the one that has set them.
 */
final class Options {

	private static final int BUFFER = 64 * 1024;

	private final Set<SocketOption<?>> supported;

	private final Map<SocketOption<?>, Object> values = new LinkedHashMap<>();

	Options(Set<SocketOption<?>> supported) {
		this.supported = supported;
	}

	Set<SocketOption<?>> supported() {
		return this.supported;
	}

	<T> void set(SocketOption<T> option, @Nullable T value) {
		require(option);
		if (value == null) {
			this.values.remove(option);
		}
		else {
			this.values.put(option, value);
		}
	}

	@SuppressWarnings("unchecked")
	<T> @Nullable T get(SocketOption<T> option) {
		require(option);
		Object value = this.values.get(option);
		return (T) ((value != null) ? value : standard(option));
	}

	private static @Nullable Object standard(SocketOption<?> option) {
		if (option.type() == Boolean.class) {
			return false;
		}
		if (option == StandardSocketOptions.SO_LINGER) {
			return -1;
		}
		if (option.type() != Integer.class) {
			return null;
		}
		boolean buffer = option == StandardSocketOptions.SO_SNDBUF || option == StandardSocketOptions.SO_RCVBUF;
		return buffer ? BUFFER : 0;
	}

	private void require(SocketOption<?> option) {
		Objects.requireNonNull(option);
		if (!this.supported.contains(option)) {
			throw new UnsupportedOperationException("'" + option + "' not supported");
		}
	}

}
