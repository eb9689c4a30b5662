package io.asyncore.transport;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait before something is tried again that was not possible: twice as long
 * each time, up to a limit. Used by one thread at a time.
 */
public final class Backoff {

	private final long first;

	private final long longest;

	private long next;

	/**
	 * Create a new instance.
	 * @param first how long to wait the first time
	 * @param longest how long at most
	 */
	public Backoff(Duration first, Duration longest) {
		this.first = first.toNanos();
		this.longest = longest.toNanos();
		this.next = this.first;
	}

	/**
	 * Return how long to wait now. The next time it is twice as long.
	 * @return the time
	 */
	public Duration next() {
		return Duration.ofNanos(nextNanos());
	}

	/**
	 * Return how long to wait now, without taking memory for the answer. The next time it
	 * is twice as long.
	 * @return the time in nanoseconds
	 */
	public long nextNanos() {
		long pause = this.next;
		this.next = Math.min(2 * pause, this.longest);
		return pause;
	}

	/**
	 * Return how long to wait now, spread over the second half of that time, so that
	 * those who were refused together do not all come back together.
	 * @return the time
	 */
	public Duration nextSpread() {
		long pause = nextNanos();
		return Duration.ofNanos(pause - ThreadLocalRandom.current().nextLong(pause / 2));
	}

	/**
	 * Begin anew: it was possible.
	 */
	public void reset() {
		this.next = this.first;
	}

}
