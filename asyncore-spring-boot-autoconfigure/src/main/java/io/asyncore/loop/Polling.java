package io.asyncore.loop;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Poller;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the channels of a loop have of its {@link Poller}: it waits for their endpoints,
 * and lets go of those that are closed, by whichever thread. Belongs to the thread of the
 * loop, except for what says otherwise.
 */
public final class Polling {

	private static final Logger logger = LoggerFactory.getLogger(Polling.class);

	private static final Duration RETRY = Duration.ofMillis(100);

	private final LoopEngine loop;

	private final Poller poller;

	// with which everything that the poller has of the system is freed
	private final Object root;

	private final AtomicInteger closesUnderWay = new AtomicInteger();

	// whether this thread has closed a channel since the poller was last asked
	private boolean closedHere;

	private boolean pollerMissing;

	Polling(LoopEngine loop, Poller poller, Object root) {
		this.loop = loop;
		this.poller = poller;
		this.root = root;
	}

	// waiting

	/**
	 * Wait for a channel from now on.
	 * @param watcher the channel
	 * @param endpoint its endpoint
	 * @param operations what it waits for, 0 for nothing
	 * @return whether that is done; otherwise the channel is looked at again in a moment
	 * @throws ClosedChannelException if somebody has closed it
	 */
	public boolean interest(Watcher watcher, Endpoint endpoint, int operations) throws ClosedChannelException {
		int polled = endpoint.interest(operations);
		try {
			this.poller.interest(endpoint.wire(), watcher, polled);
			this.pollerMissing = false;
			return true;
		}
		catch (ClosedChannelException ex) {
			throw ex;
		}
		catch (IOException ex) {
			if (!this.pollerMissing) {
				this.pollerMissing = true;
				logger.warn("No channel can be waited for now, trying again; allow the process more open files", ex);
			}
			new TimerTask(this.loop, watcher::touch, RETRY, false, null).start();
			return false;
		}
	}

	/**
	 * Wait for a socket that a channel has besides its present one.
	 * @param watcher the channel
	 * @param endpoint the socket
	 * @param operations what to wait for
	 * @throws IOException if that is not possible, or somebody has closed it
	 */
	public void waitFor(Watcher watcher, Endpoint endpoint, int operations) throws IOException {
		this.poller.interest(endpoint.wire(), watcher, operations);
	}

	/**
	 * Ask the system whether a channel is ready, now.
	 * @param watcher the channel
	 * @param endpoint its endpoint
	 * @param operation what for
	 * @return whether it is, also if nobody can tell
	 */
	public boolean isReady(Watcher watcher, Endpoint endpoint, int operation) {
		try {
			return this.poller.isReady(endpoint.wire(), watcher, operation);
		}
		catch (IOException ex) {
			// closed behind its back, or there is no selector: nobody knows
			return true;
		}
	}

	/**
	 * Wait for nothing of an endpoint any more. Safe from any thread.
	 * @param endpoint the endpoint
	 */
	public void forget(Endpoint endpoint) {
		this.poller.forget(endpoint.wire());
	}

	/**
	 * Have the socket of a channel of this loop freed with the map, if nobody closes it.
	 * Safe from any thread.
	 * @param socket the socket
	 */
	public void hold(Endpoint socket) {
		this.poller.hold(socket, this.root);
	}

	/**
	 * Have what is left freed with the map, for the loop may never run again.
	 */
	void releaseWithMap() {
		this.poller.releaseWith(this.root);
	}

	// closing

	/**
	 * Close a channel. Safe from any thread: while another one is at it the system may
	 * report a socket that is no longer ready for anything, again and again.
	 * @param close closes it, within the call
	 */
	public void closing(Runnable close) {
		this.closesUnderWay.incrementAndGet();
		try {
			close.run();
		}
		finally {
			this.closesUnderWay.decrementAndGet();
		}
	}

	boolean isClosing() {
		return this.closesUnderWay.get() > 0;
	}

	/**
	 * Note that this thread, which runs the loop, has closed something.
	 */
	public void closedHere() {
		this.closedHere = true;
	}

	/**
	 * Note that this thread, which does not run the loop, has closed something.
	 */
	public void closedElsewhere() {
		this.loop.owner().closedElsewhere();
		this.loop.wakeup();
	}

	/**
	 * Free the descriptors of closed channels now, if the calling thread may. Safe from
	 * any thread.
	 * @return whether it may
	 */
	public boolean release() {
		return this.loop.owner().tryDo(this::freeClosed);
	}

	/**
	 * Note that the poller is about to be asked, which frees what was closed.
	 * @return how many channels other threads have closed, to be told to the owner
	 * afterwards
	 */
	int asking() {
		this.closedHere = false;
		return this.loop.owner().closings();
	}

	/**
	 * Free the descriptors of what was closed since the poller was asked.
	 */
	void freeRest() {
		if (this.closedHere || this.loop.owner().isBehind()) {
			freeClosed();
		}
	}

	void freeClosed() {
		int freed = this.loop.owner().closings();
		try {
			if (this.loop.isEmpty()) {
				this.loop.changes().forgetGone();
				this.poller.close();
			}
			else {
				this.loop.changes().forgetSomeGone();
				this.poller.release();
			}
		}
		catch (IOException ex) {
			logger.debug("Closed channels are freed in the next pass", ex);
		}
		this.loop.owner().freed(freed);
	}

}
