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

	/**
	 * Create a new instance.
	 * @param loop the loop whose timers these are
	 * @param clock the clock, in nanoseconds
	 */
	public Timers(LoopEngine loop, LongSupplier clock) {
		this.loop = loop;
		this.clock = clock;
	}

	/**
	 * Put a task in its place, unless it was cancelled.
	 * @param task the task, which must not be here already
	 */
	public void add(TimerTask task) {
		if (task.enqueue(this.sequence++)) {
			this.queue.add(task);
		}
	}

	/**
	 * Return a mark that tells what is here now from what is added later.
	 * @return the mark
	 */
	public long end() {
		return this.sequence;
	}

	/**
	 * Run what is due now, as far as it was here already.
	 * @param end the {@linkplain #end() mark} that was set then
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
			home.tasks().schedule(task);
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
	 * Return how long it is until something is due.
	 * @param limit the longest time of interest, in nanoseconds
	 * @return the time in nanoseconds, from 0 to that
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

	/**
	 * Return how many tasks are here. Safe from any thread, which may be told a number of
	 * a moment ago.
	 * @return the number, with those that were cancelled and not dropped
	 */
	public int size() {
		return this.queue.size();
	}

}
