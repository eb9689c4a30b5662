package io.asyncore.loop;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * Who may touch what belongs to a loop: the thread that runs it or, while nobody does,
 * for a moment any other.
 * <p>
 * That moment is what a thread needs that closes a channel of a loop nobody runs: the
 * descriptor is free only when the poller has let go of it. A thread that cannot have the
 * loop counts its close before it tries, and whoever has the loop compares the counts
 * before it waits and after it has given the loop back, so one of the two sees to it.
 */
public final class LoopOwner {

	private static final long CHECK_MILLIS = 10;

	private final ReentrantLock lock = new ReentrantLock();

	private final Runnable freeClosed;

	private final AtomicInteger closings = new AtomicInteger();

	// for how many of those closings the poller was told to let go
	private volatile int freed;

	private volatile @Nullable Thread runner;

	// whether the runner was interrupted from outside, which is told to it in the end
	private boolean interrupted;

	/**
	 * Create a new instance.
	 * @param freeClosed lets the poller let go of closed channels
	 */
	LoopOwner(Runnable freeClosed) {
		this.freeClosed = freeClosed;
	}

	/**
	 * Return the thread that runs the loop. Safe from any thread.
	 * @return the thread, {@code null} if the loop does not run
	 */
	public @Nullable Thread runner() {
		return this.runner;
	}

	/**
	 * Say whether the calling thread runs the loop.
	 * @return whether it does
	 */
	public boolean isRunner() {
		return Thread.currentThread() == this.runner;
	}

	/**
	 * Make the calling thread the one that runs the loop.
	 * @return {@code true}, or {@code false} if it runs the loop already
	 * @throws IllegalStateException if another thread runs it
	 */
	boolean claim() {
		if (isRunner()) {
			return false;
		}
		boolean cleared = Thread.interrupted();
		boolean claimed = false;
		while (!claimed) {
			try {
				claimed = this.lock.tryLock(CHECK_MILLIS, TimeUnit.MILLISECONDS);
			}
			catch (InterruptedException ex) {
				cleared = true;
			}
			Thread other = this.runner;
			// others than a runner hold it for a moment only
			if (!claimed && other != null) {
				throw new IllegalStateException(belongsTo(other));
			}
		}
		this.interrupted = cleared;
		this.runner = Thread.currentThread();
		return true;
	}

	/**
	 * Make the calling thread the one that runs the loop, if nobody does.
	 * @return whether it is now
	 */
	boolean tryClaim() {
		if (isRunner() || !this.lock.tryLock()) {
			return false;
		}
		this.runner = Thread.currentThread();
		return true;
	}

	/**
	 * Make the calling thread the one that runs the loop, in place of one that will never
	 * do so again and has it for ever.
	 */
	public void takeOver() {
		this.runner = Thread.currentThread();
	}

	/**
	 * Give back what was {@linkplain #claim() claimed}.
	 */
	void giveBack() {
		boolean interrupt = this.interrupted;
		this.interrupted = false;
		this.runner = null;
		this.lock.unlock();
		tidy();
		if (interrupt) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Clear the interrupt of the runner until it gives the loop back: an interrupted
	 * thread would not wait at all. What a handler or the like has left behind was
	 * cleared before, and is not meant.
	 * @return whether there was one
	 */
	boolean clearInterrupt() {
		boolean cleared = Thread.interrupted();
		this.interrupted |= cleared;
		return cleared;
	}

	/**
	 * Do something with what belongs to the loop, if the calling thread runs it or nobody
	 * does. Safe from any thread.
	 * @param action what to do, within the call
	 * @return whether it was done
	 */
	public boolean tryDo(Runnable action) {
		boolean done = tryLocked(action);
		if (done && !isRunner()) {
			tidy();
		}
		return done;
	}

	private boolean tryLocked(Runnable action) {
		boolean locked = this.lock.tryLock();
		// one that has taken the loop over cannot have the lock
		if (!locked && !isRunner()) {
			return false;
		}
		try {
			action.run();
			return true;
		}
		finally {
			if (locked) {
				this.lock.unlock();
			}
		}
	}

	/**
	 * Count a channel that this thread, which does not run the loop, has closed.
	 */
	void closedElsewhere() {
		this.closings.incrementAndGet();
		tidy();
	}

	private void tidy() {
		boolean owned = true;
		while (owned && isBehind()) {
			owned = tryLocked(this.freeClosed);
		}
	}

	/**
	 * Return how many channels were closed by threads that do not run the loop.
	 */
	int closings() {
		return this.closings.get();
	}

	/**
	 * Say whether the poller has not been told of all those closings.
	 */
	boolean isBehind() {
		return this.freed != this.closings.get();
	}

	/**
	 * Note that the poller has been told of so many closings.
	 */
	void freed(int closings) {
		this.freed = closings;
	}

	/**
	 * Fail if the calling thread does not run the loop.
	 * @throws IllegalStateException if another one does, or nobody
	 */
	public void requireRunner() {
		Thread present = this.runner;
		if (present != Thread.currentThread()) {
			throw new IllegalStateException((present != null) ? belongsTo(present)
					: "The event loop is not running: use execute(Runnable) and run it");
		}
	}

	/**
	 * Say what is wrong if another thread does what only the runner may.
	 * @param owner the runner
	 * @return the message, with the way out
	 */
	public static String belongsTo(Thread owner) {
		return "The event loop belongs to thread '" + owner.getName() + "': use execute(Runnable) from other threads";
	}

}
