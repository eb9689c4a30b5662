package io.asyncore.transport;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * Waits for endpoints of its {@link Transport} to become ready. Used by the thread that
 * owns the loop, except for what says otherwise.
 * <p>
 * An endpoint is reported together with its owner, which the poller holds weakly: a map
 * that nobody can reach any more is not kept by what it waited for.
 */
public interface Poller {

	/**
	 * Wait for these operations of an endpoint from the next wait on, and for no others.
	 * With none it has no place here. One that is not {@linkplain Endpoint#isPolled()
	 * polled} is ignored.
	 * @param endpoint the endpoint
	 * @param owner whose endpoint it is; the same as long as it is waited for
	 * @param operations what to wait for, 0 for nothing
	 * @throws IOException if the system cannot wait for another one, or
	 * {@link java.nio.channels.ClosedChannelException} if somebody has closed it
	 */
	void interest(Endpoint endpoint, Object owner, int operations) throws IOException;

	/**
	 * Wait for nothing of an endpoint any more, and do not report it. Safe from any
	 * thread.
	 * @param endpoint the endpoint, which may be closed already
	 */
	void forget(Endpoint endpoint);

	/**
	 * Ask whether an endpoint is ready for an operation now, without waiting.
	 * @param endpoint the endpoint
	 * @param owner whose endpoint it is
	 * @param operation the operation, one only
	 * @return whether it is, also if nobody can tell
	 * @throws IOException if the system cannot wait for another one, or somebody has
	 * closed it
	 */
	boolean isReady(Endpoint endpoint, Object owner, int operation) throws IOException;

	/**
	 * Wait once, and report what is ready.
	 * @param nanos the longest time to wait; not at all if not positive
	 * @param sink who is told, within the call
	 * @return whether the wait ended early without anything that is ready
	 * @throws IOException if the system cannot wait
	 */
	boolean await(long nanos, Sink sink) throws IOException;

	/**
	 * Count the early ends of the wait for which nobody can give a reason, and mend what
	 * does nothing else. Called after each wait.
	 * @param spun whether this one was such, or else the count begins anew
	 * @throws IOException if it cannot be mended
	 */
	void spun(boolean spun) throws IOException;

	/**
	 * End the present wait, or the next one. Safe from any thread.
	 * @param waiting who waits, or is about to
	 */
	void wakeup(@Nullable Thread waiting);

	/**
	 * Let go of the endpoints that were closed: their descriptors and ports are free when
	 * this returns.
	 * @throws IOException if the system refuses
	 */
	void release() throws IOException;

	/**
	 * Let go of the endpoints that were closed, by a thread that does not own the loop:
	 * the one that does is held up, and not by waiting here.
	 */
	void releaseFromElsewhere();

	/**
	 * Have an endpoint freed when somebody can no longer be reached. Safe from any
	 * thread.
	 * @param endpoint the endpoint
	 * @param root who that is, the same for all of this poller
	 */
	void hold(Endpoint endpoint, Object root);

	/**
	 * Have everything freed when somebody can no longer be reached. Safe from any thread.
	 * @param root who that is, the same for all of this poller
	 */
	void releaseWith(Object root);

	/**
	 * Free what it has of the system itself. It can be used again afterwards.
	 * @throws IOException if the system refuses
	 */
	void close() throws IOException;

	/**
	 * Who is told what is ready.
	 */
	interface Sink {

		/**
		 * Called for each endpoint that is ready, by the thread that waits.
		 * @param endpoint the endpoint
		 * @param owner whose endpoint it is
		 * @param operations what it is ready for
		 */
		void ready(Endpoint endpoint, Object owner, int operations);

	}

}
