package io.asyncore;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How many connections a server has, and whether there may be another one. May be used by
 * any thread.
 */
final class Admission implements ChannelOwner {

	private static final Logger logger = LoggerFactory.getLogger(ServerDispatcher.class);

	private ServerDispatcher server;

	private final AtomicInteger connections = new AtomicInteger();

	private volatile int limit = Integer.MAX_VALUE;

	private volatile boolean fullReported;

	private final Object pauseLock = new Object();

	private volatile boolean paused;

	Admission(ServerDispatcher server) {
		this.server = server;
	}

	/**
	 * Have a copy of the server called.
	 */
	void represent(ServerDispatcher server) {
		this.server = server;
	}

	@Override
	public String name() {
		return this.server.channelName();
	}

	@Override
	public @Nullable String nameOfChannels() {
		return this.server.channel().counters().isNamed() ? name() : null;
	}

	@Override
	public Duration idleTimeout() {
		return this.server.channelIdleTimeout();
	}

	@Override
	public void connected(boolean counted) {
		if (!counted) {
			enter();
		}
		entered();
	}

	@Override
	public void disconnected() {
		leave();
	}

	int connections() {
		return this.connections.get();
	}

	int limit() {
		return this.limit;
	}

	void setLimit(int limit) {
		this.limit = limit;
		checkPaused();
	}

	boolean isFull() {
		return this.connections.get() >= this.limit;
	}

	/**
	 * Count a connection that is still to be accepted, if there may be another one.
	 * @return whether it is counted; it has to be {@linkplain #leave() uncounted} if
	 * there is none
	 */
	boolean tryEnter() {
		int count = this.connections.get();
		while (count < this.limit) {
			if (this.connections.compareAndSet(count, count + 1)) {
				return true;
			}
			count = this.connections.get();
		}
		return false;
	}

	/**
	 * Count a connection.
	 */
	void enter() {
		this.connections.incrementAndGet();
	}

	/**
	 * Tell whoever wants to know if the connection that was counted is the last one.
	 */
	void entered() {
		int count = this.connections.get();
		if (count < this.limit && !this.paused) {
			return;
		}
		if (count >= this.limit && !this.fullReported) {
			this.fullReported = true;
			// not a "warning", which channels ignore by default
			logger.warn("{} has {} connections, which is its limit: more wait in its backlog",
					LogText.escape(this.server), count);
		}
		checkPaused();
	}

	/**
	 * Count a connection no longer.
	 */
	void leave() {
		int before = this.connections.getAndDecrement();
		if (before >= this.limit) {
			checkPaused();
			this.server.interestChanged();
		}
		if (before <= this.limit / 2) {
			// said again if it comes to that again
			this.fullReported = false;
		}
	}

	/**
	 * Tell the observers of the server's loop if a pause has begun or is over.
	 */
	void checkPaused() {
		// one at a time, or the last one told might not be the last one that is true
		synchronized (this.pauseLock) {
			boolean paused = this.server.accepting() && isFull();
			if (paused != this.paused) {
				this.paused = paused;
				tell(paused);
			}
		}
	}

	private void tell(boolean paused) {
		this.server.map().eventLoop().monitor().tell((observer) -> {
			if (paused) {
				observer.acceptPaused(this.server, PauseReason.LIMIT);
			}
			else {
				observer.acceptResumed(this.server, PauseReason.LIMIT);
			}
		});
	}

}
