package io.asyncore.transport;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.SelectableChannel;

/**
 * Where the sockets of a loop come from, and who waits for them. May be used by any
 * thread.
 */
public interface Transport {

	/**
	 * Open a socket.
	 * @param datagrams whether it is one for datagrams, or else for a stream
	 */
	SocketEndpoint open(ProtocolFamily family, boolean datagrams) throws IOException;

	/**
	 * Use a channel of the caller, which is made non-blocking.
	 * @throws IllegalArgumentException if this transport has no use for it
	 */
	Endpoint of(SelectableChannel channel) throws IOException;

	/**
	 * Make a poller for a loop. It takes nothing of the system before it has something to
	 * wait for.
	 */
	Poller poller();

}
