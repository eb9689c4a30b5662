package io.asyncore;

import java.net.SocketAddress;
import java.nio.channels.SocketChannel;

/**
 * Makes the channel of each connection that a {@link ServerDispatcher} accepts.
 */
@FunctionalInterface
public interface ChannelFactory {

	/**
	 * Make a channel for a connection. Called on the loop that is to serve the channel:
	 * that of the server or, if {@linkplain ServerDispatcher#setEventLoopGroup several}
	 * share its connections, any of them, so by several threads at a time. The channel
	 * best leaves it to the server which map it joins, and has to if several loops share
	 * the connections: in the map of another loop it would be served half made.
	 * @param socket the connection, whose socket still is a blocking one; a channel that
	 * is returned without a socket is given this one
	 * @param peer the address of the peer
	 * @return the channel; one that is closed already refuses the connection
	 * @throws Exception closes the connection and goes to {@link Dispatcher#handleError}
	 * of the server, which goes on
	 */
	Dispatcher create(SocketChannel socket, SocketAddress peer) throws Exception;

}
