package io.asyncore.context;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.List;
import java.util.Set;

import io.asyncore.Dispatcher;
import org.jspecify.annotations.Nullable;

/**
 * What the socket of a server is to be.
 *
 * @param protocol what it speaks
 * @param family the family of addresses, {@code null} for that of its address, and on all
 * interfaces IPv6 and IPv4 where there are both
 * @param options the options that are set
 * @param permissions those of the file of a Unix domain socket, {@code null} for those of
 * other files that the process makes
 * @param groups the multicast groups that it joins
 */
public record SocketSettings(ServerProtocol protocol, @Nullable ProtocolFamily family, List<Option<?>> options,
		@Nullable Set<PosixFilePermission> permissions, List<Group> groups) {

	/**
	 * Settings that leave everything to the system.
	 * @param protocol what the socket speaks
	 * @return the settings
	 */
	public static SocketSettings of(ServerProtocol protocol) {
		return new SocketSettings(protocol, null, List.of(), null, List.of());
	}

	/**
	 * An option that is set.
	 *
	 * @param <T> the type of the value
	 * @param option the option
	 * @param value its value
	 */
	public record Option<T>(SocketOption<T> option, T value) {

		void set(Dispatcher dispatcher) throws IOException {
			dispatcher.setOption(this.option, this.value);
		}

	}

	/**
	 * A multicast group.
	 *
	 * @param address its address
	 * @param interf the network interface on which to join it
	 */
	public record Group(InetAddress address, NetworkInterface interf) {

	}

}
