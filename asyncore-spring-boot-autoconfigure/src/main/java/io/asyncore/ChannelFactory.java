package io.asyncore;

import java.net.SocketAddress;
import java.nio.channels.SocketChannel;

/**
 * Makes the channel of each connection that a {@link ServerDispatcher} accepts.
 */
@FunctionalInterface
public interface ChannelFactory {

	/**
	 * Make a channel for a connection. Called on the loop of the server.
	 * @param socket the connection, whose socket still is a blocking one; a channel that
	 * is returned without a socket is given this one
	 * @param peer the address of the peer
	 * @return the channel; one that is closed already refuses the connection
	 * @throws Exception closes the connection and goes to {@link Dispatcher#handleError}
	 * of the server, which goes on
	 */
	Dispatcher create(SocketChannel socket, SocketAddress peer) throws Exception;

}
