package io.asyncore.context.lifecycle;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import org.jspecify.annotations.Nullable;

/**
 * Runs the loops of a group, each on its thread. The first one has the listeners: it
 * begins last, so that all the others are there when it accepts connections, and is told
 * first to come to its end, so that what it has handed over is served.
 */
public final class LoopRunners {

	// how long the others wait for the first one, which a handler may hold
	private static final Duration LONGEST_PRECEDENCE = Duration.ofSeconds(1);

	private final LoopRunner first;

	private final List<LoopRunner> others;

	private final List<LoopRunner> all;

	// that of the last stop
	private volatile @Nullable StopGuard guard;

	/**
	 * Create a new instance.
	 * @param group the loops to run
	 * @param timeout the longest time one pass waits
	 * @param usePoll whether to deliver a pass in poll order
	 */
	public LoopRunners(EventLoopGroup group, Duration timeout, boolean usePoll) {
		this.all = group.loops().stream().map((loop) -> new LoopRunner(loop, timeout, usePoll)).toList();
		this.first = this.all.get(0);
		this.others = this.all.subList(1, this.all.size());
	}

	/**
	 * Return who runs each of the loops.
	 * @return the runners, in the order of the loops
	 */
	public List<LoopRunner> all() {
		return this.all;
	}

	/**
	 * Run all loops.
	 * @param open what the first one is to do at first
	 * @param opened completed when that is done
	 */
	public void start(Runnable open, CompletableFuture<Void> opened) {
		for (LoopRunner runner : this.others) {
			CompletableFuture<Void> begun = new CompletableFuture<>();
			runner.loop().execute(() -> begun.complete(null));
			runner.start(begun);
			// nothing can be handed over to a loop before it runs
			begun.join();
		}
		this.first.loop().execute(open);
		this.first.start(opened);
		opened.join();
		this.all.forEach(LoopRunner::started);
	}

	/**
	 * Have all loops come to their end, so that nothing is left open: one of them could
	 * not be started.
	 */
	public void abort() {
		stop(StopTimes.of(Duration.ZERO)).join();
		// it may not have run at all
		this.first.closeAll();
	}

	/**
	 * Note that all loops are to come to their end.
	 */
	public void stopping() {
		this.all.forEach(LoopRunner::stopping);
	}

	/**
	 * Have all loops come to their end within one grace period. If the calling thread is
	 * that of a loop, this loop has when this method returns.
	 * @param times how long that may take
	 * @return completed when the others have as well, or were given up because handlers
	 * do not let go of them
	 */
	public CompletableFuture<Void> stop(StopTimes times) {
		stopping();
		long graceEnd = System.nanoTime() + times.gracePeriod().toNanos();
		Duration precedence = precedence(times.gracePeriod());
		boolean byHandler = isInLoop();
		Function<LoopRunner, CompletableFuture<?>> end = byHandler ? LoopRunner::drainedOrOver : LoopRunner::over;
		CompletableFuture<Void> over = CompletableFuture
			.allOf(this.all.stream().map(end).toArray(CompletableFuture<?>[]::new));
		List<Runnable> others = this.others.stream()
			.map((runner) -> once(runner, () -> runner.shutdown(graceEnd, List.of())))
			.toList();
		// it has closed its listeners by then
		this.first.shutdown(graceEnd, others);
		this.first.over().thenRun(() -> others.forEach(Runnable::run));
		for (int i = 0; i < others.size(); i++) {
			this.others.get(i).loop().callLater(precedence, others.get(i));
		}
		StopGuard guard = new StopGuard(this.all, times);
		this.guard = guard;
		guard.start(!byHandler);
		this.all.stream().filter((runner) -> runner.loop().inLoop()).forEach(LoopRunner::drain);
		return over;
	}

	// and not after the loop has ended, when it would be meant for its next run
	private static Runnable once(LoopRunner runner, Runnable action) {
		AtomicBoolean done = new AtomicBoolean();
		runner.ended().thenRun(() -> done.set(true));
		return () -> {
			if (done.compareAndSet(false, true)) {
				action.run();
			}
		};
	}

	private static Duration precedence(Duration gracePeriod) {
		Duration half = gracePeriod.dividedBy(2);
		return (half.compareTo(LONGEST_PRECEDENCE) < 0) ? half : LONGEST_PRECEDENCE;
	}

	/**
	 * See to it that no loop is left but that of this thread, which were told to come to
	 * their end and may still be at it.
	 * @param time how long that may take
	 * @throws InterruptedException if the calling thread is interrupted
	 */
	public void end(Duration time) throws InterruptedException {
		StopGuard guard = this.guard;
		long end = System.nanoTime() + time.toNanos();
		if (guard != null && isRunning()) {
			this.all.forEach((runner) -> runner.shutdown(System.nanoTime(), List.of()));
			guard.hurry(time);
			guard.await(time);
		}
		for (LoopRunner runner : this.all) {
			runner.join(TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
		}
	}

	/**
	 * Fail if one of the loops cannot be started because its last run is not over.
	 * @throws IllegalStateException if so
	 */
	public void checkNotHeld() {
		this.all.forEach(LoopRunner::checkNotHeld);
	}

	/**
	 * Say whether one of the loops was given up when they were stopped last.
	 * @return whether one was
	 */
	public boolean isGivenUp() {
		return this.all.stream().anyMatch(LoopRunner::isGivenUp);
	}

	/**
	 * Say whether the calling thread runs one of the loops.
	 * @return whether it does
	 */
	public boolean isInLoop() {
		return this.all.stream().map(LoopRunner::loop).anyMatch(EventLoop::inLoop);
	}

	/**
	 * Say whether one of the loops is being run.
	 * @return whether one is
	 */
	public boolean isRunning() {
		return this.all.stream().anyMatch(LoopRunner::isRunning);
	}

}
