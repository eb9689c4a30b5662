package io.asyncore.context.lifecycle;

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
public final class LoopRunner {

	private static final Logger logger = LoggerFactory.getLogger(LoopRunner.class);

	private final EventLoop loop;

	// how to run it
	private final Duration timeout;

	private final boolean usePoll;

	private volatile boolean stopping;

	// whether it runs unless something has gone wrong
	private volatile boolean expected;

	// whether it has begun to come to its end
	private volatile boolean told;

	private volatile boolean givenUp;

	private volatile @Nullable Thread thread;

	// who goes on with it in place of that thread, which will never do so
	private volatile @Nullable Thread standIn;

	// when the thread has come to its end
	private volatile CompletableFuture<Void> ended = CompletableFuture.completedFuture(null);

	// when the loop has, which a handler that stops it waits for
	private volatile CompletableFuture<Void> drained = this.ended;

	// when there is nothing more to wait for
	private volatile CompletableFuture<Void> over = this.ended;

	// what others close in place of the thread
	private volatile CompletableFuture<Void> closing = this.ended;

	LoopRunner(EventLoop loop, Duration timeout, boolean usePoll) {
		this.loop = loop;
		this.timeout = timeout;
		this.usePoll = usePoll;
	}

	/**
	 * Return the loop.
	 * @return the loop that is run
	 */
	public EventLoop loop() {
		return this.loop;
	}

	/**
	 * Run the loop.
	 * @param begun fails if the loop ends before it is complete
	 */
	void start(CompletableFuture<Void> begun) {
		this.stopping = false;
		this.told = false;
		this.givenUp = false;
		CompletableFuture<Void> ended = new CompletableFuture<>();
		CompletableFuture<Void> drained = new CompletableFuture<>();
		CompletableFuture<Void> over = new CompletableFuture<>();
		this.ended = ended;
		this.drained = drained;
		this.over = over;
		ended.thenRun(() -> {
			drained.complete(null);
			over.complete(null);
		});
		Thread thread = new Thread(() -> {
			try {
				runAll(begun);
			}
			finally {
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
				ended.complete(null);
			}
		}
	}

	private void runAll(CompletableFuture<Void> begun) {
		Throwable failure = run();
		try {
			closeAll();
		}
		finally {
			begun
				.completeExceptionally(
						new IllegalStateException(
								"The event loop '" + this.loop.name() + "' has ended before the dispatchers were open, "
										+ ((failure != null) ? "because of a failure" : "by EventLoop.stop()"),
								failure));
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
		return run(() -> this.loop.run(this.timeout, this.usePoll));
	}

	private @Nullable Throwable run(Running running) {
		try {
			running.run();
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
	 * @param graceEnd when its grace period is over, in nanoseconds
	 * @param then what it is to do when it has closed its listeners
	 */
	void shutdown(long graceEnd, List<Runnable> then) {
		CompletableFuture<Void> run = this.ended;
		if (run.isDone()) {
			return;
		}
		this.loop.execute(() -> {
			// this may have waited for the next run
			if (!run.isDone()) {
				this.told = true;
				// or for a handler that has held the loop
				this.loop.shutdown(Duration.ofNanos(Math.max(0, graceEnd - System.nanoTime())));
				then.forEach(this.loop::execute);
			}
		});
	}

	/**
	 * Say whether the loop knows that it is to come to its end.
	 */
	boolean isTold() {
		return this.told;
	}

	/**
	 * Go on to run the loop, from one of its handlers, until it has come to its end.
	 */
	void drain() {
		run();
		this.drained.complete(null);
	}

	/**
	 * Have another thread run the loop until it has come to its end, if a handler has
	 * called {@link System#exit}: that waits for the application to stop, and so for the
	 * handler.
	 */
	void standInIfExiting() {
		boolean mayBe = this.standIn == null && !this.over.isDone() && this.loop.monitor().activity().busyNanos() > 0;
		if (!mayBe || !this.loop.exiting()) {
			return;
		}
		CompletableFuture<Void> ended = this.ended;
		Thread standIn = new Thread(() -> {
			try {
				run(() -> this.loop.runForExiting(this.timeout, this.usePoll));
				closeAll();
			}
			finally {
				ended.complete(null);
			}
		}, this.loop.name() + "-exit");
		this.standIn = standIn;
		try {
			standIn.start();
		}
		catch (OutOfMemoryError ex) {
			logger.warn("There is no thread to go on with the event loop in place of '{}'", this.loop.thread(), ex);
		}
	}

	CompletableFuture<Void> ended() {
		return this.ended;
	}

	/**
	 * Return what is complete when there is nothing more to wait for: the loop has ended,
	 * or was given up.
	 */
	CompletableFuture<Void> over() {
		return this.over;
	}

	/**
	 * Return what is complete when there is nothing more to wait for by a handler, of
	 * this loop or another one, that goes on when its loop has come to its end.
	 */
	CompletableFuture<?> drainedOrOver() {
		return CompletableFuture.anyOf(this.drained, this.over);
	}

	boolean isDrainedOrOver() {
		return this.drained.isDone() || this.over.isDone();
	}

	/**
	 * Have a handler know that its time is over, which waits for something perhaps.
	 */
	void interrupt() {
		Thread thread = this.thread;
		if (thread != null) {
			thread.interrupt();
		}
	}

	/**
	 * Say which handler holds a loop that does not come to its end.
	 */
	void report() {
		Thread thread = this.thread;
		if (thread != null && isRunning()) {
			logger.warn(
					"Thread '{}' was told to stop and does not come to an end. Its channels are closed without it, and "
							+ "it ends when the handler returns: a handler holds it up at{}",
					thread.getName(), StackTraces.of(thread));
		}
	}

	/**
	 * Note that others close channels of this loop.
	 */
	void isClosedBy(CompletableFuture<Void> closing) {
		this.closing = CompletableFuture.allOf(this.closing, closing);
	}

	/**
	 * Wait no more for the loop to come to its end.
	 */
	void giveUp() {
		this.givenUp = !this.ended.isDone();
		this.over.complete(null);
	}

	/**
	 * Say whether the loop was given up when it was stopped last.
	 */
	boolean isGivenUp() {
		return this.givenUp;
	}

	/**
	 * Fail if the last run of the loop is not over, although it was given up.
	 */
	void checkNotHeld() {
		Thread thread = this.thread;
		if (this.givenUp && thread != null && isRunning()) {
			throw new IllegalStateException("The event loop '" + this.loop.name()
					+ "' cannot be started again: it was told to stop, and a handler holds its thread '"
					+ thread.getName() + "' still, at" + StackTraces.of(thread));
		}
		if (!this.closing.isDone()) {
			throw new IllegalStateException("The event loop '" + this.loop.name()
					+ "' cannot be started again: the close() of one of its channels does not return");
		}
	}

	/**
	 * Wait until the thread has ended, which is at its end.
	 * @param millis how long to wait for it
	 */
	void join(long millis) throws InterruptedException {
		Thread standIn = this.standIn;
		Thread thread = (standIn != null) ? standIn : this.thread;
		if (thread != null && thread != Thread.currentThread() && !this.givenUp) {
			// zero would be for ever
			thread.join(Math.max(1, millis));
		}
	}

	/**
	 * Say whether the loop is being run.
	 * @return whether a thread runs it
	 */
	public boolean isRunning() {
		Thread thread = this.thread;
		return thread != null && thread.isAlive() && !this.ended.isDone();
	}

	/**
	 * Say whether the loop has ended by itself. One that is to end is not expected to run
	 * before it ends, and one that is started anew has another end before it is expected
	 * to.
	 * @return whether it runs no more although it was not told to end
	 */
	public boolean isDead() {
		CompletableFuture<Void> run = this.ended;
		return this.expected && !isRunning() && this.expected && this.ended == run;
	}

	/**
	 * Say whether the loop was told to come to its end when it ran.
	 * @return whether it was
	 */
	public boolean isStopping() {
		return this.stopping;
	}

	/**
	 * Runs a loop.
	 */
	@FunctionalInterface
	private interface Running {

		void run() throws IOException;

	}

}
