package io.asyncore;

import java.net.SocketAddress;
import java.nio.channels.SocketChannel;

/**
 * A connection taken from a listening dispatcher, the pair that
 * {@code asyncore.dispatcher.accept()} returns.
 *
 * @param socket the socket of the connection; the caller closes it or hands it to a
 * dispatcher
 * @param address the address of the peer
 */
public record Accepted(SocketChannel socket, SocketAddress address) {

}
