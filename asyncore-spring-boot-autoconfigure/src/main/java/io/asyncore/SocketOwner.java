package io.asyncore;

import io.asyncore.loop.LoopEngine;
import io.asyncore.transport.Endpoint;

/**
 * The channel whose socket this is.
 */
interface SocketOwner {

	/**
	 * Return the lock under which its endpoint is replaced and its state is changed.
	 */
	Object lock();

	LoopEngine engine();

	/**
	 * Have the loop look at it again.
	 */
	void touch();

	/**
	 * Go on with another endpoint in the same life. Under the lock.
	 */
	void replace(Endpoint endpoint);

	void closeQuietly(Endpoint endpoint);

	/**
	 * Forget a failure to connect that has left the socket open, if there was one.
	 */
	void beginAgain();

}
