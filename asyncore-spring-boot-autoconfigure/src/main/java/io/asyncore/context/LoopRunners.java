package io.asyncore.context;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;

/**
 * Runs the loops of a group, each on its thread. The first one has the listeners: it
 * begins last, so that all the others are there when it accepts connections, and is told
 * first to come to its end, so that what it has handed over is served.
 */
final class LoopRunners {

	// how long the others wait for the first one, which a handler may hold
	private static final Duration LONGEST_PRECEDENCE = Duration.ofSeconds(1);

	private final LoopRunner first;

	private final List<LoopRunner> others;

	private final List<LoopRunner> all;

	LoopRunners(EventLoopGroup group, EventLoopLifecycle.Settings settings) {
		this.all = group.loops().stream().map((loop) -> new LoopRunner(loop, settings)).toList();
		this.first = this.all.get(0);
		this.others = this.all.subList(1, this.all.size());
	}

	List<LoopRunner> all() {
		return this.all;
	}

	/**
	 * Run all loops.
	 * @param open what the first one is to do at first
	 * @param opened completed when that is done
	 */
	void start(Runnable open, CompletableFuture<Void> opened) {
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
	 * Wait until all loops have come to their end, and nothing is left open: one of them
	 * could not be started. The first one comes to its end by itself.
	 */
	void abort() {
		this.first.ended().join();
		this.others.forEach((runner) -> runner.shutdown(Duration.ZERO, List.of()));
		this.others.forEach((runner) -> runner.ended().join());
		// it may not have run at all
		this.first.closeAll();
	}

	/**
	 * Have all loops come to their end within one grace period. If the calling thread is
	 * that of a loop, this loop has when this method returns.
	 * @return completed when the others have as well
	 */
	CompletableFuture<Void> stop(Duration gracePeriod) {
		this.all.forEach(LoopRunner::stopping);
		long start = System.nanoTime();
		List<Runnable> others = this.others.stream()
			.map((runner) -> once(runner, () -> runner.shutdown(rest(gracePeriod, start), List.of())))
			.toList();
		// it has closed its listeners by then
		this.first.shutdown(gracePeriod, others);
		this.first.ended().thenRun(() -> others.forEach(Runnable::run));
		for (int i = 0; i < others.size(); i++) {
			this.others.get(i).loop().callLater(precedence(gracePeriod), others.get(i));
		}
		this.all.stream().filter((runner) -> runner.loop().inLoop()).forEach(LoopRunner::drain);
		Function<LoopRunner, CompletableFuture<Void>> end = isInLoop() ? LoopRunner::drained : LoopRunner::ended;
		return CompletableFuture.allOf(this.all.stream().map(end).toArray(CompletableFuture<?>[]::new));
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

	private static Duration rest(Duration gracePeriod, long start) {
		Duration rest = gracePeriod.minusNanos(System.nanoTime() - start);
		return rest.isNegative() ? Duration.ZERO : rest;
	}

	void giveUp() {
		this.all.forEach(LoopRunner::giveUp);
	}

	/**
	 * See to it that no thread is left but this one.
	 * @param time how long to wait for all of them
	 */
	void join(Duration time) throws InterruptedException {
		long end = System.nanoTime() + time.toNanos();
		for (LoopRunner runner : this.all) {
			runner.join(TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
		}
	}

	/**
	 * Say whether the calling thread runs one of the loops.
	 */
	boolean isInLoop() {
		return this.all.stream().map(LoopRunner::loop).anyMatch(EventLoop::inLoop);
	}

	/**
	 * Say whether one of the loops is being run.
	 */
	boolean isRunning() {
		return this.all.stream().anyMatch(LoopRunner::isRunning);
	}

}
