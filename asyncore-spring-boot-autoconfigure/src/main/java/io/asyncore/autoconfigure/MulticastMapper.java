package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.channels.DatagramChannel;
import java.util.List;

import io.asyncore.autoconfigure.properties.ServerProperties;
import io.asyncore.context.ServerProtocol;
import io.asyncore.context.SocketSettings;
import org.jspecify.annotations.Nullable;

/**
 * Checks the properties of multicast and makes settings of them.
 */
final class MulticastMapper {

	static final String INTERFACE = "multicast.network-interface";

	private static final String GROUPS = "multicast.groups";

	// any one: nothing is sent there
	private static final int PORT = 9;

	private final ServerProperties properties;

	private final AsyncoreProperties.Server.Multicast multicast;

	private final @Nullable NetworkInterface networkInterface;

	MulticastMapper(ServerProperties properties, AsyncoreProperties.Server.Multicast multicast,
			ServerProtocol protocol) {
		this.properties = properties;
		this.multicast = multicast;
		boolean udp = protocol == ServerProtocol.UDP;
		String reason = "It is for datagrams, so '" + properties.name("protocol") + "' has to be 'udp'.";
		properties.check(udp || multicast.groups().isEmpty(), GROUPS, multicast.groups(), reason);
		properties.check(udp || multicast.networkInterface() == null, INTERFACE, multicast.networkInterface(), reason);
		this.networkInterface = find(multicast.networkInterface());
	}

	private @Nullable NetworkInterface find(@Nullable String name) {
		if (name == null) {
			return null;
		}
		try {
			NetworkInterface found = NetworkInterface.getByName(name);
			if (found != null) {
				return found;
			}
			List<String> names = NetworkInterface.networkInterfaces().map(NetworkInterface::getName).sorted().toList();
			throw this.properties.wrong(INTERFACE, name,
					"There is no network interface of that name, only " + String.join(", ", names) + ".");
		}
		catch (SocketException ex) {
			throw this.properties.wrong(INTERFACE, name, "It cannot be looked up: " + ex.getMessage() + ".");
		}
	}

	/**
	 * Return the interface that is configured.
	 */
	@Nullable NetworkInterface networkInterface() {
		return this.networkInterface;
	}

	List<SocketSettings.Group> groups() {
		return this.multicast.groups().stream().map(this::group).toList();
	}

	private SocketSettings.Group group(InetAddress address) {
		this.properties.check(address.isMulticastAddress(), GROUPS, address.getHostAddress(),
				"It must be an address of a multicast group, such as 239.1.2.3 or ff15::1.");
		NetworkInterface interf = this.networkInterface;
		if (interf == null) {
			interf = chosenBySystem(address);
		}
		if (interf == null) {
			throw this.properties.wrong(GROUPS, address.getHostAddress(),
					"The system has no network interface for it: set '" + this.properties.name(INTERFACE) + "'.");
		}
		return new SocketSettings.Group(address, interf);
	}

	/**
	 * Find the interface on which the system would send to a group, or that which is the
	 * only one that can.
	 */
	private static @Nullable NetworkInterface chosenBySystem(InetAddress group) {
		if (group instanceof Inet6Address six && six.getScopedInterface() != null) {
			return six.getScopedInterface();
		}
		try (DatagramChannel socket = DatagramChannel.open()) {
			socket.connect(new InetSocketAddress(group, PORT));
			InetAddress local = ((InetSocketAddress) socket.getLocalAddress()).getAddress();
			return NetworkInterface.getByInetAddress(local);
		}
		catch (IOException | RuntimeException ex) {
			return onlyOne();
		}
	}

	private static @Nullable NetworkInterface onlyOne() {
		try {
			List<NetworkInterface> all = NetworkInterface.networkInterfaces()
				.filter(MulticastMapper::isForMulticast)
				.toList();
			return (all.size() == 1) ? all.get(0) : null;
		}
		catch (SocketException ex) {
			return null;
		}
	}

	private static boolean isForMulticast(NetworkInterface candidate) {
		try {
			return candidate.isUp() && candidate.supportsMulticast() && !candidate.isLoopback();
		}
		catch (SocketException ex) {
			return false;
		}
	}

}
