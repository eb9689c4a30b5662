package io.asyncore.transport;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.SelectableChannel;
import java.util.function.LongSupplier;

/**
 * Where the sockets of a loop come from, and who waits for them. May be used by any
 * thread.
 */
public interface Transport {

	/**
	 * Open a socket.
	 * @param family the family of its addresses
	 * @param datagrams whether it is one for datagrams, or else for a stream
	 * @return the socket, which does not block
	 * @throws IOException if the system has none to give now
	 * @throws UnsupportedOperationException if it does not have that family
	 */
	SocketEndpoint open(ProtocolFamily family, boolean datagrams) throws IOException;

	/**
	 * Use a channel of the caller, which is made non-blocking.
	 * @param channel the channel
	 * @return the endpoint, which closes the channel when it is closed
	 * @throws IllegalArgumentException if this transport has no use for it
	 * @throws IOException if the channel is closed
	 */
	Endpoint of(SelectableChannel channel) throws IOException;

	/**
	 * Make a poller for a loop. It takes nothing of the system before it has something to
	 * wait for.
	 * @return the poller, for one loop only
	 */
	Poller poller();

	/**
	 * Return the clock of the world that its sockets are in.
	 * @return tells the time in nanoseconds, as {@link System#nanoTime()} does
	 */
	default LongSupplier clock() {
		return System::nanoTime;
	}

}
