package io.asyncore.loop;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.asyncore.transport.Backoff;
import org.jspecify.annotations.Nullable;

/**
 * The passes of a loop. A handler may run the loop again: then a pass is made inside
 * another one. Belongs to the thread of the loop, except for what says otherwise.
 */
final class LoopPass {

	// between passes that fail one after the other
	private static final Duration FIRST_PAUSE = Duration.ofMillis(1);

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

	private final LoopEngine loop;

	// made before there is no memory for it
	private final Backoff failures = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);

	private @Nullable ReadyList spareList;

	// what the pass that is under way delivers
	private @Nullable ReadyList delivering;

	// whether what it has found is being delivered
	private boolean atDelivery;

	private final Consumer<Watcher> touchIfServed;

	LoopPass(LoopEngine loop) {
		this.loop = loop;
		this.touchIfServed = (watcher) -> {
			if (watcher.isServedBy(loop) && !watcher.isCurrent()) {
				loop.touch(watcher);
			}
		};
		this.spareList = new ReadyList(loop);
	}

	/**
	 * Make passes for as long as somebody says so.
	 * @param timeout the longest time that one waits, in nanoseconds
	 * @param usePoll in which order it delivers
	 * @param more says before each whether to make it
	 * @param outermost whether no handler of this loop does so
	 */
	void makeAll(long timeout, boolean usePoll, BooleanSupplier more, boolean outermost) throws IOException {
		boolean failing = false;
		int closings = this.loop.owner().closings();
		boolean goesOn = true;
		while (goesOn) {
			try {
				goesOn = more.getAsBoolean();
				if (goesOn) {
					make(timeout, usePoll, closings);
				}
				failing = false;
			}
			catch (Error ex) {
				if (!outermost) {
					// a failure of the handler that runs this loop
					throw ex;
				}
				failed(ex, failing);
				failing = true;
			}
			closings = this.loop.owner().closings();
		}
	}

	/**
	 * Make one pass: run what is due, ask, wait at most once, deliver.
	 * @param closings how many channels other threads had closed when it was decided to
	 * make this pass
	 */
	private void make(long timeout, boolean usePoll, int closings) throws IOException {
		ReadyList outer = this.delivering;
		boolean outerAtDelivery = this.atDelivery;
		ReadyList ready = takeList();
		this.delivering = ready;
		this.atDelivery = false;
		try {
			this.loop.tasks().runDue();
			this.loop.changes().ask(ready);
			boolean rest = ready.isEmpty() && !this.loop.isOver();
			this.loop.waiting().await(ready, rest, rest ? this.loop.tasks().nanosToNextTimer(timeout) : 0, closings);
			this.loop.changes().takeAnnounced(ready);
			this.loop.closings().goOn();
			this.atDelivery = true;
			deliver(ready, usePoll, this.loop.waiting().found());
		}
		finally {
			this.delivering = outer;
			this.atDelivery = outerAtDelivery;
			// what has happened to a channel may have changed its answers
			ready.drainTo(this.touchIfServed);
			this.spareList = ready;
			this.loop.listener().passed();
		}
		if (this.loop.departures().isDue()) {
			this.loop.departures().tell();
		}
	}

	private void deliver(ReadyList ready, boolean usePoll, long found) {
		try {
			ready.deliver(usePoll);
		}
		finally {
			ready.noteActivity(found);
		}
	}

	// a nested loop needs a ready of its own, the outer one has not been delivered yet
	private ReadyList takeList() {
		ReadyList ready = this.spareList;
		this.spareList = null;
		return (ready != null) ? ready : new ReadyList(this.loop);
	}

	/**
	 * Name the channels of the pass that is under way for one which is made inside it.
	 */
	void handOn() {
		if (this.delivering != null) {
			this.delivering.passOn(this.loop::touch);
		}
	}

	/**
	 * Return the time to note for what a channel transfers now, safe from any thread:
	 * while a pass delivers, when that has begun, for asking the clock takes as long as
	 * much of a transfer. For one that is watched for being idle that is made up for in
	 * the end, if the pass has something for it.
	 */
	long time(Watcher watcher) {
		ReadyList ready = this.delivering;
		boolean roughly = this.loop.inLoop() && this.atDelivery && ready != null
				&& (!watcher.isWatched() || ready.contains(watcher));
		return roughly ? this.loop.waiting().found() : this.loop.now();
	}

	/**
	 * Note that a pass has failed outside of all hooks: perhaps there was no memory for
	 * what the loop does itself, of which there may be some in a moment.
	 * @param again whether the one before has failed too
	 */
	private void failed(Error failure, boolean again) {
		this.loop.listener().failed("A pass of the event loop failed, the loop goes on", failure);
		if (again) {
			// if all passes fail that must not take a whole processor
			LockSupport.parkNanos(this.failures.nextNanos());
		}
		else {
			this.failures.reset();
		}
	}

}
