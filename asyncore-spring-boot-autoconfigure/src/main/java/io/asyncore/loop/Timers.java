package io.asyncore.loop;

import java.util.PriorityQueue;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * The scheduled tasks of a loop, in order of their time. Used by the thread that owns the
 * loop.
 * <p>
 * A task whose time is moved stays where it is and is put in its new place when its old
 * time has come, and a cancelled one is dropped then or when such tasks are half of all:
 * both cost the caller nothing.
 */
public final class Timers {

	private final LoopEngine loop;

	private final LongSupplier clock;

	private final PriorityQueue<TimerTask> queue = new PriorityQueue<>();

	private long sequence;

	public Timers(LoopEngine loop, LongSupplier clock) {
		this.loop = loop;
		this.clock = clock;
	}

	public void add(TimerTask task) {
		if (task.enqueue(this.sequence++)) {
			this.queue.add(task);
		}
	}

	/**
	 * Return a mark that tells what is here now from what is added later.
	 */
	public long end() {
		return this.sequence;
	}

	/**
	 * Run what is due now, as far as it was here before {@code end}.
	 */
	public void runDue(long end) {
		if (this.queue.isEmpty()) {
			return;
		}
		long now = this.clock.getAsLong();
		TimerTask task = this.queue.peek();
		while (task != null && task.isDue(now, end)) {
			this.queue.remove();
			take(task, now);
			task = this.queue.peek();
		}
	}

	private void take(TimerTask task, long now) {
		if (!task.isWaiting()) {
			return;
		}
		LoopEngine home = task.home();
		if (home != this.loop) {
			// its channel has moved at this very moment
			home.schedule(task);
			return;
		}
		long late = task.take(now);
		if (late < 0 || task.isPeriodic()) {
			// first, so that a task that leaves the loop by an ExitNow stays scheduled
			add(task);
		}
		if (late >= 0) {
			this.loop.listener().late(late + this.clock.getAsLong() - now);
			task.run();
		}
	}

	/**
	 * Return how long it is until something is due, at most {@code limit}.
	 */
	public long nanosToNext(long limit) {
		TimerTask task = next();
		if (task == null) {
			return limit;
		}
		return Math.min(limit, Math.max(0, task.queuedFor() - this.clock.getAsLong()));
	}

	// nothing is to be woken up for what was cancelled
	private @Nullable TimerTask next() {
		TimerTask task = this.queue.peek();
		while (task != null && !task.isWaiting()) {
			this.queue.remove();
			task = this.queue.peek();
		}
		return task;
	}

	/**
	 * Drop what was cancelled.
	 */
	void dropCancelled() {
		this.queue.removeIf((task) -> !task.isWaiting());
	}

	/**
	 * Give away the tasks of a channel.
	 */
	void moveTo(LoopEngine target, Watcher owner) {
		this.queue.removeIf((task) -> task.moveTo(target, owner));
	}

	public int size() {
		return this.queue.size();
	}

}
