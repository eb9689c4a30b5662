package io.asyncore;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;

import org.jspecify.annotations.Nullable;

/**
 * A network interface of this machine on which groups can be joined and sent to.
 */
public final class MulticastInterface {

	private MulticastInterface() {
	}

	/**
	 * Return the loopback, which is enough for groups of IPv4.
	 */
	public static NetworkInterface loopback() throws SocketException {
		return NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
	}

	/**
	 * Return the first other one that is up and has an address, {@code null} if there is
	 * none.
	 */
	public static @Nullable NetworkInterface find() throws SocketException {
		return NetworkInterface.networkInterfaces().filter(MulticastInterface::isSuitable).findFirst().orElse(null);
	}

	private static boolean isSuitable(NetworkInterface candidate) {
		try {
			return candidate.isUp() && candidate.supportsMulticast() && !candidate.isLoopback()
					&& candidate.inetAddresses().findAny().isPresent();
		}
		catch (SocketException ex) {
			return false;
		}
	}

}
