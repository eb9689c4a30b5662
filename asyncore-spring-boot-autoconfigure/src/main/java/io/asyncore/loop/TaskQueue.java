package io.asyncore.loop;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/**
 * What a loop was given to do: tasks, and timers for later. Any thread adds, that of the
 * loop does the rest.
 */
public final class TaskQueue {

	private static final int MOST_SCHEDULED = 10_000;

	// so many are not worth the trouble in the middle of a pass
	private static final int LITTLE = 64;

	private final LoopEngine loop;

	private final LongSupplier clock;

	private final Timers timers;

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	// counting a concurrent queue takes long
	private final AtomicInteger taskCount = new AtomicInteger();

	// timers that other threads have given
	private final Queue<TimerTask> scheduled = new ConcurrentLinkedQueue<>();

	private final AtomicInteger scheduledCount = new AtomicInteger();

	// how many of all timers here were cancelled, roughly
	private final AtomicInteger cancelled = new AtomicInteger();

	TaskQueue(LoopEngine loop, LongSupplier clock) {
		this.loop = loop;
		this.clock = clock;
		this.timers = new Timers(loop, clock);
	}

	/**
	 * Add a task for the next pass, without waking the loop up. Safe from any thread.
	 * @param task the task
	 */
	public void add(Runnable task) {
		this.tasks.add(this.loop.listener().isLagWanted() ? new Given(task, this.clock.getAsLong()) : task);
		this.taskCount.incrementAndGet();
	}

	/**
	 * Have a timer wait for its time here. Safe from any thread.
	 */
	void schedule(TimerTask timer) {
		if (this.loop.inLoop()) {
			add(timer);
		}
		else {
			this.scheduled.add(timer);
			this.scheduledCount.incrementAndGet();
			this.loop.wakeup();
		}
	}

	private void add(TimerTask timer) {
		if (this.cancelled.get() > LITTLE && isLittered()) {
			tidy();
		}
		this.timers.add(timer);
	}

	/**
	 * Note that so many timers were cancelled. Safe from any thread.
	 */
	void cancelled(int count) {
		this.cancelled.addAndGet(count);
		if (this.loop.inLoop() || !isLittered()) {
			return;
		}
		if (this.loop.owner().runner() != null) {
			this.loop.wakeup();
		}
		else {
			// there may be no next pass
			this.loop.owner().tryDo(this::tidy);
		}
	}

	/**
	 * Say whether half of the timers, or more, were cancelled. Safe from any thread.
	 */
	boolean isLittered() {
		int cancelled = this.cancelled.get();
		return cancelled > 0 && 2 * cancelled >= timerCount();
	}

	/**
	 * Drop the timers that were cancelled, if they are half of all: each has been paid
	 * for by then.
	 */
	void tidy() {
		if (isLittered()) {
			this.cancelled.set(0);
			this.scheduled.removeIf(this::isDropped);
			this.timers.dropCancelled();
		}
	}

	private boolean isDropped(TimerTask timer) {
		boolean dropped = !timer.isWaiting();
		this.scheduledCount.addAndGet(dropped ? -1 : 0);
		return dropped;
	}

	/**
	 * Return how many tasks wait for the next pass. Safe from any thread.
	 * @return the number
	 */
	public int taskCount() {
		return this.taskCount.get();
	}

	/**
	 * Return how many timers wait for their time. Safe from any thread.
	 * @return the number, with those that were cancelled and are not tidied up
	 */
	public int timerCount() {
		return this.timers.size() + this.scheduledCount.get();
	}

	/**
	 * Say whether there is something that does not wait for its time.
	 * @return whether the next pass has something to do or to take over
	 */
	public boolean isDue() {
		return !this.tasks.isEmpty() || !this.scheduled.isEmpty();
	}

	long nanosToNextTimer(long limit) {
		return this.timers.nanosToNext(limit);
	}

	/**
	 * Do what is due. What is added from now on waits for the next pass, so every pass
	 * ends.
	 */
	void runDue() {
		tidy();
		takeScheduled();
		long end = this.timers.end();
		for (int remaining = this.taskCount.get(); remaining > 0; remaining--) {
			Runnable task = this.tasks.poll();
			if (task != null) {
				this.taskCount.decrementAndGet();
				if (task instanceof Given given) {
					this.loop.listener().late(this.clock.getAsLong() - given.time());
				}
				run(task);
			}
		}
		this.timers.runDue(end);
	}

	// bounded, for other threads may add as fast as this one takes
	private void takeScheduled() {
		for (int i = 0; i < MOST_SCHEDULED; i++) {
			TimerTask timer = this.scheduled.poll();
			if (timer == null) {
				return;
			}
			this.scheduledCount.decrementAndGet();
			take(timer);
		}
	}

	private void take(TimerTask timer) {
		LoopEngine home = timer.home();
		if (home == this.loop) {
			this.timers.add(timer);
		}
		else {
			// given for a channel that has moved at this very moment
			home.tasks().schedule(timer);
		}
	}

	/**
	 * Run a task that is no channel's.
	 */
	void run(Runnable task) {
		ActivityRecord progress = this.loop.activity();
		Watcher outerChannel = progress.channel();
		int outerHook = progress.hook();
		progress.enterTask();
		try {
			task.run();
		}
		catch (Throwable ex) {
			if (this.loop.listener().isExit(ex)) {
				throw ex;
			}
			this.loop.listener().failed("A task of the event loop failed, the loop goes on", ex);
		}
		finally {
			Interrupts.end(false);
			progress.leave(outerChannel, outerHook);
		}
	}

	/**
	 * Give the timers of a channel to another loop.
	 */
	void moveTo(LoopEngine target, Watcher owner) {
		this.scheduled.removeIf((timer) -> isMoved(timer, target, owner));
		this.timers.moveTo(target, owner);
	}

	private boolean isMoved(TimerTask timer, LoopEngine target, Watcher owner) {
		boolean moved = timer.moveTo(target, owner);
		this.scheduledCount.addAndGet(moved ? -1 : 0);
		return moved;
	}

	/**
	 * A task with the time when it was given, which tells how late it runs.
	 */
	private record Given(Runnable task, long time) implements Runnable {

		@Override
		public void run() {
			this.task.run();
		}

	}

}
