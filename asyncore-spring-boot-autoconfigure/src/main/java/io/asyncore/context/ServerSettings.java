package io.asyncore.context;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * What a server is to be.
 *
 * @param name the name of the server
 * @param address where it listens
 * @param channel the name of the bean that makes its channels, or is its only one if it
 * is for datagrams
 * @param backlog how many connections may wait to be accepted
 * @param maxConnections how many connections there may be at a time
 * @param idleTimeout how long a connection may be silent, zero for any time
 * @param maxFrameLength how long a frame of an {@code AsyncChat} may be, in bytes,
 * {@code null} to leave that to its class
 * @param maxOutBuffered how much may wait to be sent while an {@code AsyncChat} that has
 * no limit of its own still reads, in bytes
 * @param socket what its socket is to be
 */
public record ServerSettings(String name, SocketAddress address, String channel, int backlog, int maxConnections,
		Duration idleTimeout, @Nullable Integer maxFrameLength, int maxOutBuffered, SocketSettings socket) {

	/**
	 * Create settings of a server for connections whose socket is what the system makes
	 * of it.
	 * @param name the name of the server
	 * @param address where it listens
	 * @param channel the name of the bean that makes its channels
	 * @param backlog how many connections may wait to be accepted
	 * @param maxConnections how many connections there may be at a time
	 * @param idleTimeout how long a connection may be silent, zero for any time
	 * @param maxFrameLength how long a frame of an {@code AsyncChat} may be, in bytes,
	 * {@code null} to leave that to its class
	 * @param maxOutBuffered how much may wait to be sent while an {@code AsyncChat} that
	 * has no limit of its own still reads, in bytes
	 */
	public ServerSettings(String name, SocketAddress address, String channel, int backlog, int maxConnections,
			Duration idleTimeout, @Nullable Integer maxFrameLength, int maxOutBuffered) {
		this(name, address, channel, backlog, maxConnections, idleTimeout, maxFrameLength, maxOutBuffered,
				SocketSettings
					.of((address instanceof UnixDomainSocketAddress) ? ServerProtocol.UNIX : ServerProtocol.TCP));
	}

}
