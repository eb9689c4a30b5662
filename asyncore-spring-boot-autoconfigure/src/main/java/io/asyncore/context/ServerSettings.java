package io.asyncore.context;

import java.net.SocketAddress;
import java.time.Duration;

/**
 * What a server is to be.
 *
 * @param name the name of the server
 * @param address where it listens
 * @param channel the name of the bean that makes its channels
 * @param backlog how many connections may wait to be accepted
 * @param maxConnections how many connections there may be at a time
 * @param idleTimeout how long a connection may be silent, zero for any time
 */
public record ServerSettings(String name, SocketAddress address, String channel, int backlog, int maxConnections,
		Duration idleTimeout) {

}
