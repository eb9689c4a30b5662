package io.asyncore.context;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

import io.asyncore.Asyncore;
import io.asyncore.EventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one loop on a thread of its own, again and again if need be.
 */
final class LoopRunner {

	private static final Logger logger = LoggerFactory.getLogger(EventLoopLifecycle.class);

	private final EventLoop loop;

	private final EventLoopLifecycle.Settings settings;

	private volatile boolean stopping;

	// whether it runs unless something has gone wrong
	private volatile boolean expected;

	private volatile boolean givenUp;

	private volatile @Nullable Thread thread;

	// when the thread has come to its end
	private volatile CompletableFuture<Void> ended = CompletableFuture.completedFuture(null);

	// when the loop has, which a handler that stops it waits for
	private volatile CompletableFuture<Void> drained = this.ended;

	LoopRunner(EventLoop loop, EventLoopLifecycle.Settings settings) {
		this.loop = loop;
		this.settings = settings;
	}

	EventLoop loop() {
		return this.loop;
	}

	/**
	 * Run the loop.
	 * @param begun fails if the loop ends before it is complete
	 */
	void start(CompletableFuture<Void> begun) {
		this.stopping = false;
		this.givenUp = false;
		CompletableFuture<Void> ended = new CompletableFuture<>();
		CompletableFuture<Void> drained = new CompletableFuture<>();
		this.ended = ended;
		this.drained = drained;
		Thread thread = new Thread(() -> {
			Throwable failure = run();
			try {
				closeAll();
			}
			finally {
				begun.completeExceptionally(
						new IllegalStateException(
								"The event loop '" + this.loop.name() + "' has ended before the dispatchers were open, "
										+ ((failure != null) ? "because of a failure" : "by EventLoop.stop()"),
								failure));
				drained.complete(null);
				ended.complete(null);
			}
		}, this.loop.name());
		thread.setDaemon(false);
		this.thread = thread;
		boolean started = false;
		try {
			thread.start();
			started = true;
		}
		finally {
			if (!started) {
				// the system gives no more of them; what was to be done then is not done
				// later
				begun.cancel(false);
				drained.complete(null);
				ended.complete(null);
			}
		}
	}

	/**
	 * Note that the loop runs as it should.
	 */
	void started() {
		this.expected = true;
	}

	// returns what has ended it, if it was not told to end
	private @Nullable Throwable run() {
		try {
			this.loop.run(this.settings.timeout(), this.settings.usePoll());
			return null;
		}
		catch (Throwable ex) {
			logger.error("The event loop has ended, its channels are closed: '{}'", this.loop.name(), ex);
			return ex;
		}
	}

	/**
	 * Close all channels, by whatever thread.
	 */
	void closeAll() {
		try {
			Asyncore.closeAll(this.loop.map(), true);
		}
		catch (IOException ex) {
			logger.debug("Closing the channels failed", ex);
		}
	}

	/**
	 * Note that the loop is to come to its end.
	 */
	void stopping() {
		this.expected = false;
		this.stopping = isRunning();
	}

	/**
	 * Have the loop come to its end, if it runs.
	 * @param then what it is to do when it has closed its listeners
	 */
	void shutdown(Duration gracePeriod, List<Runnable> then) {
		CompletableFuture<Void> run = this.ended;
		if (run.isDone()) {
			return;
		}
		this.loop.execute(() -> {
			// this may have waited for the next run
			if (!run.isDone()) {
				this.loop.shutdown(gracePeriod);
				then.forEach(this.loop::execute);
			}
		});
	}

	/**
	 * Go on to run the loop, from one of its handlers, until it has come to its end.
	 */
	void drain() {
		run();
		this.drained.complete(null);
	}

	CompletableFuture<Void> ended() {
		return this.ended;
	}

	CompletableFuture<Void> drained() {
		return this.drained;
	}

	/**
	 * Say which handler holds up a thread that does not come to its end.
	 */
	void giveUp() {
		Thread thread = this.thread;
		if (thread != null && isRunning() && !this.givenUp) {
			this.givenUp = true;
			logger.warn("Thread '{}' was told to stop and does not come to an end: a handler holds it up at{}",
					thread.getName(), StackTraces.of(thread));
		}
	}

	/**
	 * See to it that the thread ends, unless it is this one.
	 * @param millis how long to wait for it
	 */
	void join(long millis) throws InterruptedException {
		Thread thread = this.thread;
		if (thread == null || thread == Thread.currentThread()) {
			return;
		}
		// zero would be for ever
		thread.join(Math.max(1, millis));
		if (thread.isAlive()) {
			giveUp();
			// all that is left to do for a handler that waits for something
			thread.interrupt();
		}
	}

	boolean isRunning() {
		Thread thread = this.thread;
		return thread != null && thread.isAlive() && !this.ended.isDone();
	}

	LoopState state(Duration patience) {
		if (!isRunning()) {
			return this.expected ? LoopState.DEAD : LoopState.STOPPED;
		}
		if (this.stopping) {
			return LoopState.DRAINING;
		}
		Duration busy = Duration.ofNanos(this.loop.monitor().activity().busyNanos());
		return (busy.compareTo(patience) >= 0) ? LoopState.STALLED : LoopState.RUNNING;
	}

}
