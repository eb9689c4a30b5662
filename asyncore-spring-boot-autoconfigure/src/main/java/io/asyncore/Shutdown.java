package io.asyncore;

import java.time.Duration;

/**
 * The graceful end of a loop: listeners are closed at once, what is queued and offloaded
 * is finished within a grace period, then everything is closed. Belongs to the thread of
 * the loop.
 */
final class Shutdown {

	private static final Runnable NOTHING = () -> {
	};

	private final EventLoop loop;

	// read by other threads too
	private volatile boolean begun;

	private long end;

	Shutdown(EventLoop loop) {
		this.loop = loop;
	}

	void begin(Duration gracePeriod) {
		this.begun = true;
		this.end = this.loop.now() + TimerTask.nanos(gracePeriod);
		// makes the pass that is waiting then end
		this.loop.callLater(gracePeriod, NOTHING);
		for (Dispatcher channel : this.loop.map()) {
			if (channel.accepting()) {
				channel.attachment().tally().presume(CloseReason.SHUTDOWN);
				channel.attachment().service().closeForcibly();
			}
		}
	}

	void forget() {
		this.begun = false;
	}

	boolean hasBegun() {
		return this.begun;
	}

	/**
	 * Say whether there is nothing left to wait for, apart from the grace period.
	 */
	boolean isIdle() {
		return this.begun && !isBusy();
	}

	/**
	 * Close everything if the time has come.
	 * @return whether it has
	 */
	boolean complete() {
		if (!this.begun || (this.loop.now() - this.end < 0 && isBusy())) {
			return false;
		}
		for (Dispatcher channel : this.loop.map()) {
			channel.attachment().transfer().discardInput();
			channel.attachment().tally().presume(CloseReason.SHUTDOWN);
			channel.attachment().service().closeForcibly();
		}
		return true;
	}

	private boolean isBusy() {
		if (this.loop.hasWork()) {
			return true;
		}
		for (Dispatcher channel : this.loop.map()) {
			if (channel.attachment().hasOutput()) {
				return true;
			}
		}
		return false;
	}

}
