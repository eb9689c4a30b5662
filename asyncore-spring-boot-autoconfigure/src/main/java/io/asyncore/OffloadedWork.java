package io.asyncore;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.Offload;
import org.jspecify.annotations.Nullable;

/**
 * The work of the channels of a loop that is done on other threads: by whom, how much of
 * it is under way, and whether somebody still waits for it. May be used by any thread.
 */
final class OffloadedWork {

	private static final int DEFAULT_MAX_QUEUED = 16;

	private static final Runnable NOTHING = () -> {
	};

	private final LoopEngine loop;

	private final Listener listener;

	private final AtomicInteger underWay = new AtomicInteger();

	// how often a stop did not wait any longer for it
	private final AtomicInteger abandonments = new AtomicInteger();

	private volatile Executor executor = Offload::execute;

	private volatile int maxQueued = DEFAULT_MAX_QUEUED;

	OffloadedWork(LoopEngine loop, Listener listener) {
		this.loop = loop;
		this.listener = listener;
	}

	Executor executor() {
		return this.executor;
	}

	void setExecutor(Executor executor) {
		this.executor = executor;
	}

	/**
	 * Return how many pieces of work of a channel may wait before it is read no more.
	 */
	int maxQueued() {
		return this.maxQueued;
	}

	void setMaxQueued(int count) {
		this.maxQueued = count;
	}

	/**
	 * Say whether there is some that a shutdown has to wait for.
	 */
	boolean isUnderWay() {
		return this.underWay.get() > 0;
	}

	/**
	 * Wait for it no longer, nor for what closed channels have to finish: what has not
	 * begun is not to begin any more.
	 */
	void abandon() {
		this.abandonments.incrementAndGet();
		this.loop.closings().finishNothing();
	}

	int abandonments() {
		return this.abandonments.get();
	}

	long now() {
		return this.loop.now();
	}

	/**
	 * Tell that a piece of work was done.
	 */
	void done(ChannelTotals totals, long nanos, @Nullable Throwable failure) {
		this.listener.done(totals, nanos, failure);
	}

	/**
	 * Have work done. A shutdown waits for it.
	 * @throws RejectedExecutionException if the executor does not take it, be it that the
	 * system has no thread for it
	 */
	void begin(Runnable work) {
		begin(work, this.executor);
	}

	/**
	 * Have work done by an executor of its own. A shutdown waits for it.
	 * @throws RejectedExecutionException if the executor does not take it, be it that the
	 * system has no thread for it
	 */
	void begin(Runnable work, Executor executor) {
		this.underWay.incrementAndGet();
		boolean accepted = false;
		try {
			executor.execute(() -> perform(work));
			accepted = true;
		}
		catch (OutOfMemoryError ex) {
			throw new RejectedExecutionException(
					"There is no thread for the work now: allow the process more of them, or give it less to do", ex);
		}
		finally {
			if (!accepted) {
				this.underWay.decrementAndGet();
			}
		}
	}

	private void perform(Runnable work) {
		try {
			work.run();
		}
		finally {
			this.underWay.decrementAndGet();
			// a shutdown may have waited for nothing but this
			this.loop.execute(NOTHING);
		}
	}

	/**
	 * Is told what was done.
	 */
	@FunctionalInterface
	interface Listener {

		void done(ChannelTotals totals, long nanos, @Nullable Throwable failure);

	}

}
