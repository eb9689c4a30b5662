package io.asyncore.loop;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

import io.asyncore.transport.Poller;

/**
 * How a loop waits for what comes next, is woken up, and finds out how long it has waited
 * and worked. Belongs to the thread of the loop, except for what says otherwise.
 */
final class LoopWait {

	private final LoopEngine loop;

	private final Poller poller;

	private final AtomicBoolean waiting = new AtomicBoolean();

	// whether somebody has interrupted the thread while it asked the poller
	private boolean interrupted;

	// the time when the pass that is under way has found what is ready
	private long found;

	// the time up to which the listener knows of the work done
	private long workingSince;

	LoopWait(LoopEngine loop, Poller poller) {
		this.loop = loop;
		this.poller = poller;
	}

	/**
	 * Begin to count what the loop works.
	 */
	void begins() {
		this.workingSince = this.loop.now();
		this.found = this.workingSince;
		this.loop.activity().begins(this.workingSince);
	}

	/**
	 * Tell what the loop has worked in the end.
	 */
	void ends() {
		long worked = this.loop.now() - this.workingSince;
		this.loop.activity().ends(worked);
		this.loop.listener().found(0, worked);
	}

	/**
	 * Return when the pass that is under way has found what is ready.
	 */
	long found() {
		return this.found;
	}

	/**
	 * Make a waiting loop begin its next pass. Costs next to nothing if it does not wait.
	 * Safe from any thread.
	 */
	void wakeup() {
		if (this.waiting.get() && this.waiting.compareAndSet(true, false)) {
			this.poller.wakeup(this.loop.owner().runner());
		}
	}

	/**
	 * Wait for what is ready, unless there is something to do.
	 * @param ready where to put what is ready
	 * @param rest whether there is nothing to do as far as this thread knows
	 * @param nanos how long to wait at most, 0 for not at all
	 * @param closings how many channels other threads had closed when it was decided to
	 * wait
	 */
	void await(ReadyList ready, boolean rest, long nanos, int closings) throws IOException {
		if (this.loop.isEmpty()) {
			this.poller.close();
		}
		long left = nanos;
		if (nanos > 0) {
			// whoever adds something from now on wakes this thread up
			this.waiting.set(true);
			left = (isWorkWaiting() || this.loop.owner().closings() != closings) ? 0 : nanos;
		}
		int freed = this.loop.polling().asking();
		boolean early = select(left, ready);
		this.loop.owner().freed(freed);
		boolean woken = rest && !this.waiting.getAndSet(false);
		this.poller.spun(early && !woken && !this.interrupted && !this.loop.polling().isClosing());
	}

	// asked after others were told that this thread is about to wait
	private boolean isWorkWaiting() {
		TaskQueue tasks = this.loop.tasks();
		return this.loop.isStopDue() || tasks.isDue() || tasks.isLittered() || this.loop.changes().isDue()
				|| this.loop.departures().isDue();
	}

	private boolean select(long nanos, ReadyList ready) throws IOException {
		long workingSince = this.workingSince;
		long start = 0;
		if (nanos > 0) {
			start = this.loop.now();
			this.loop.activity().waits(start, start - workingSince);
		}
		try {
			return this.poller.await(nanos, ready);
		}
		finally {
			// before anybody else is called: all of those who were have ended theirs
			this.interrupted = this.loop.owner().clearInterrupt();
			long end = this.loop.now();
			long waited = (nanos > 0) ? end - start : 0;
			long worked = end - workingSince - waited;
			this.found = end;
			this.workingSince = end;
			this.loop.activity().found(end, waited, (nanos > 0) ? 0 : worked);
			this.loop.listener().found(waited, worked);
		}
	}

}
