package io.asyncore.context.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it, from a thread of its own, that a stop of loops is over in time whatever
 * their handlers do:
 * <ul>
 * <li>A loop whose handler has called {@code System.exit()} is run by another thread.
 * <li>The listeners of a loop that a handler holds are closed by another thread.
 * <li>When the grace period is over, the thread of a loop that does not come to its end
 * is interrupted, for its handler may wait for something.
 * <li>When its last moment is over, too, the loop is given up: its channels are closed by
 * another thread.
 * </ul>
 */
final class StopGuard {

	private static final Logger logger = LoggerFactory.getLogger(StopGuard.class);

	private static final long LOOK_MILLIS = 50;

	// for how long loops may close their listeners themselves
	private static final long LISTENERS_MILLIS = 250;

	// for what a close() may wait that the handler holds
	private static final long LONGEST_CLOSE_MILLIS = 500;

	private final List<LoopRunner> runners;

	private final CompletableFuture<Void> over;

	private final long listenersAt;

	private volatile long interruptAt;

	private volatile long giveUpAt;

	private boolean listenersClosed;

	private boolean interrupted;

	/**
	 * Create a new instance.
	 * @param runners who runs the loops, which were told to come to their end
	 * @param times how long the stop may take, from now on
	 */
	StopGuard(List<LoopRunner> runners, StopTimes times) {
		this.runners = runners;
		this.over = CompletableFuture
			.allOf(runners.stream().map(LoopRunner::drainedOrOver).toArray(CompletableFuture<?>[]::new));
		long now = System.nanoTime();
		this.listenersAt = now + TimeUnit.MILLISECONDS.toNanos(LISTENERS_MILLIS);
		limit(now + times.gracePeriod().toNanos(), times.lastMoment().toNanos());
	}

	private void limit(long graceEnd, long lastMoment) {
		this.interruptAt = graceEnd + lastMoment / 2;
		this.giveUpAt = graceEnd + lastMoment;
	}

	/**
	 * Begin to watch. If the system has no thread for that, the calling one does it until
	 * the stop is over.
	 * @param mayWait whether the calling thread may do that
	 */
	void start(boolean mayWait) {
		if (!startThread(this::watch) && mayWait) {
			watch();
		}
	}

	private static boolean startThread(Runnable task) {
		Thread thread = new Thread(task, "asyncore-stop");
		thread.setDaemon(true);
		try {
			thread.start();
			return true;
		}
		catch (OutOfMemoryError ex) {
			logger.warn("There is no thread to see to the end of the event loop", ex);
			return false;
		}
	}

	/**
	 * End the grace period now, if it is not over.
	 */
	void hurry(Duration lastMoment) {
		long now = System.nanoTime();
		if (now + lastMoment.toNanos() - this.giveUpAt < 0) {
			limit(now, lastMoment.toNanos());
		}
	}

	/**
	 * Wait until the stop is over.
	 * @param lastMoment what handlers were given last
	 */
	void await(Duration lastMoment) throws InterruptedException {
		try {
			this.over.get(lastMoment.toMillis() + 2 * LONGEST_CLOSE_MILLIS, TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			logger.debug("The stop of the event loop is not over in time", ex);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void watch() {
		while (!this.over.isDone()) {
			long now = System.nanoTime();
			this.runners.forEach(LoopRunner::standInIfExiting);
			if (!this.listenersClosed && now - this.listenersAt >= 0) {
				this.listenersClosed = true;
				present().filter((runner) -> !runner.isTold())
					.forEach((runner) -> closeBy(runner, runner.loop()::closeListeners));
			}
			if (!this.interrupted && now - this.interruptAt >= 0) {
				this.interrupted = true;
				present().forEach(LoopRunner::interrupt);
			}
			if (now - this.giveUpAt >= 0) {
				giveUp(present().toList());
				return;
			}
			await(this.over, LOOK_MILLIS);
		}
	}

	private Stream<LoopRunner> present() {
		return this.runners.stream().filter((runner) -> !runner.isDrainedOrOver());
	}

	private static void giveUp(List<LoopRunner> held) {
		held.forEach(LoopRunner::report);
		List<CompletableFuture<Void>> closings = held.stream()
			.map((runner) -> closeBy(runner, runner.loop()::abandon))
			.toList();
		await(CompletableFuture.allOf(closings.toArray(CompletableFuture<?>[]::new)), LONGEST_CLOSE_MILLIS);
		for (int i = 0; i < held.size(); i++) {
			if (!closings.get(i).isDone()) {
				held.get(i).loop().abandonSockets();
			}
			held.get(i).giveUp();
		}
	}

	// on a thread of its own, for a close() may wait for what the handler holds
	private static CompletableFuture<Void> closeBy(LoopRunner runner, Runnable close) {
		CompletableFuture<Void> closed = new CompletableFuture<>();
		runner.isClosedBy(closed);
		if (!startThread(() -> close(close, closed))) {
			runner.loop().abandonSockets();
			closed.complete(null);
		}
		return closed;
	}

	private static void close(Runnable close, CompletableFuture<Void> closed) {
		try {
			close.run();
		}
		catch (RuntimeException ex) {
			logger.error("The channels of an event loop that is held could not be closed", ex);
		}
		finally {
			closed.complete(null);
		}
	}

	private static void await(CompletableFuture<Void> future, long millis) {
		try {
			future.get(millis, TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			// whoever asks finds out
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			// of nobody's interest: the stop has to be over all the same
			logger.debug("The wait for the end of the event loop was interrupted", ex);
		}
	}

}
