package io.asyncore;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;

import org.jspecify.annotations.Nullable;

/**
 * The kind of socket that {@link Dispatcher#createSocket} makes.
 */
public enum SocketType {

	/**
	 * A connection-oriented byte stream, {@code SOCK_STREAM}.
	 */
	STREAM,

	/**
	 * Separate messages without a connection, {@code SOCK_DGRAM}.
	 */
	DATAGRAM;

	/**
	 * Give a dispatcher a socket of this type that can be bound to an internet address:
	 * for IPv6 and IPv4 at once, unless the address is of IPv4, or the machine has no
	 * IPv6 and the address stands for all interfaces.
	 * @param creator the method of the dispatcher, {@code dispatcher::createSocket}
	 * @param address where it is to be bound
	 * @param family the family of the socket, {@code null} for that of the address
	 * @return the address to bind it to
	 * @throws IOException if the system gives no socket
	 * @throws UnsupportedOperationException if the machine does not have the family
	 */
	public SocketAddress createSocket(Creator creator, InetSocketAddress address, @Nullable ProtocolFamily family)
			throws IOException {
		InetAddress host = address.getAddress();
		boolean wildcard = host != null && host.isAnyLocalAddress();
		if (family != null) {
			creator.createSocket(family, this);
			return (family == StandardProtocolFamily.INET && wildcard) ? wildcard4(address) : address;
		}
		if (host instanceof Inet4Address && !wildcard) {
			creator.createSocket(StandardProtocolFamily.INET, this);
			return address;
		}
		try {
			creator.createSocket(StandardProtocolFamily.INET6, this);
			return address;
		}
		catch (UnsupportedOperationException ex) {
			if (!wildcard) {
				throw ex;
			}
			creator.createSocket(StandardProtocolFamily.INET, this);
			return wildcard4(address);
		}
	}

	private static SocketAddress wildcard4(InetSocketAddress address) throws UnknownHostException {
		return new InetSocketAddress(InetAddress.getByAddress(new byte[4]), address.getPort());
	}

	/**
	 * Stands for {@link Dispatcher#createSocket(ProtocolFamily, SocketType)}.
	 */
	@FunctionalInterface
	public interface Creator {

		/**
		 * Create a socket.
		 * @param family its family
		 * @param type its type
		 * @throws IOException if the system gives none
		 */
		void createSocket(ProtocolFamily family, SocketType type) throws IOException;

	}

}
