package io.asyncore;

import java.time.Duration;

import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.TimerTask;
import io.asyncore.transport.Backoff;
import org.jspecify.annotations.Nullable;

/**
 * Slows down an event that its handler keeps leaving unserved, which would otherwise be
 * reported again at once and without end.
 */
final class Brake {

	// how many times in a row an event may go unserved
	static final int PATIENCE = 16;

	// how many of these are looked at closely
	private static final int DOUBTS = 4;

	// how far the patience grows with one that is known to serve in a way of its own
	private static final int MOST_PATIENCE = 8192;

	private static final Duration FIRST_PAUSE = Duration.ofMillis(10);

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

	private int patience = PATIENCE;

	private int unserved;

	private final Backoff backoff = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);

	private boolean on;

	private boolean told;

	private @Nullable TimerTask release;

	/**
	 * Say whether events go through.
	 * @param brake what may hold them back, if anything
	 */
	static boolean isFree(@Nullable Brake brake) {
		return brake == null || !brake.on;
	}

	/**
	 * Let events through.
	 * @param brake what may hold them back, if anything
	 */
	static void release(@Nullable Brake brake) {
		if (brake != null) {
			brake.release();
		}
	}

	/**
	 * Count an event that was left unserved.
	 * @return whether the brake is on now
	 */
	boolean unserved() {
		this.unserved++;
		if (this.unserved >= this.patience) {
			this.on = true;
			this.patience = PATIENCE;
			this.unserved = PATIENCE;
		}
		return this.on;
	}

	/**
	 * Say whether it matters that the next event is not taken for unserved by mistake.
	 */
	boolean isInDoubt() {
		return this.unserved >= this.patience - DOUBTS;
	}

	/**
	 * Note that an event was served in a way that it takes long to find out.
	 */
	void servedInDoubt() {
		served();
		this.patience = Math.min(2 * this.patience, MOST_PATIENCE);
	}

	void served() {
		this.unserved = 0;
		this.backoff.reset();
		this.on = false;
	}

	/**
	 * Let the next event through, because something may have changed.
	 */
	void release() {
		this.on = false;
	}

	/**
	 * Let the next event through after a pause, which is twice as long each time.
	 */
	void releaseLater(LoopEngine loop, Runnable released) {
		if (this.release != null) {
			this.release.cancel();
		}
		TimerTask release = new TimerTask(loop, () -> {
			release();
			released.run();
		}, this.backoff.next(), false, null);
		this.release = release;
		release.start();
	}

	/**
	 * Say whether this is the first time that somebody should hear of it.
	 */
	boolean isNews() {
		boolean news = !this.told;
		this.told = true;
		return news;
	}

}
