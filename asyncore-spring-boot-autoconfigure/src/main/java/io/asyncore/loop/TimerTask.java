package io.asyncore.loop;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongFieldUpdater;

import org.jspecify.annotations.Nullable;

/**
 * A task that waits in the {@link Timers} of a loop. The loop's thread takes it when its
 * time has come, any thread may cancel or reset it at any time.
 *
 * <pre>{@code
 *               taken by the loop
 *   WAITING --------------------------> DONE
 *    |    <--------------------------
 *    |               reset()
 *    | cancel(), or the channel is closed
 *    v
 *  CANCELLED
 * }</pre>
 *
 * Who waits has a time, and both are one value: a reset and the loop that takes the task
 * each find what the other one has done, or undo nothing of it. A periodic task that is
 * taken waits for its next time at once. In the queues of its loop a task is while it
 * waits, once; if it is cancelled then it stays until that is tidied up, but it lets go
 * at once of what was to run.
 */
public class TimerTask implements Comparable<TimerTask> {

	// about 146 years: differences of two points in time must not overflow
	private static final long LONGEST = Long.MAX_VALUE / 2;

	// in place of a time
	private static final long DONE = Long.MIN_VALUE;

	private static final long CANCELLED = Long.MIN_VALUE + 1;

	private static final AtomicLongFieldUpdater<TimerTask> STATE = AtomicLongFieldUpdater.newUpdater(TimerTask.class,
			"state");

	private final LoopEngine loop;

	private final @Nullable Agenda agenda;

	private final long delay;

	private final boolean periodic;

	// null when it is cancelled
	private volatile @Nullable Runnable task;

	// DONE, CANCELLED, or when it is to run: perhaps later than it is queued for
	private volatile long state;

	// used by the thread of the loop
	private long queuedFor;

	private long sequence;

	// those of the agenda, used under its lock
	boolean listed;

	@Nullable TimerTask previous;

	@Nullable TimerTask next;

	/**
	 * Create a new instance, to be {@linkplain #start() started}.
	 * @param loop where it waits if it belongs to no channel
	 * @param task what to run, by the thread of the loop
	 * @param delay how long to wait, counted from now on
	 * @param periodic whether it runs again and again, at that rate
	 * @param agenda those of the channel's that the task belongs to, {@code null} if it
	 * belongs to none
	 */
	public TimerTask(LoopEngine loop, Runnable task, Duration delay, boolean periodic, @Nullable Agenda agenda) {
		this.loop = loop;
		this.task = Objects.requireNonNull(task, "'task' must not be null");
		this.delay = nanos(delay);
		this.periodic = periodic;
		this.agenda = agenda;
		this.state = time(loop.now() + this.delay);
	}

	/**
	 * Convert to nanoseconds; what is too long for that is as good as for ever.
	 * @param duration how long
	 * @return the time in nanoseconds
	 * @throws IllegalArgumentException if it is negative
	 */
	public static long nanos(Duration duration) {
		if (duration.isNegative()) {
			throw new IllegalArgumentException("A time of " + duration + " is negative");
		}
		return (duration.getSeconds() < LONGEST / 1_000_000_000) ? duration.toNanos() : LONGEST;
	}

	private static long time(long time) {
		return isTime(time) ? time : CANCELLED + 1;
	}

	private static boolean isTime(long state) {
		return state != DONE && state != CANCELLED;
	}

	// by any thread

	/**
	 * Begin to wait, unless what it belongs to is over. Called once, by any thread.
	 */
	public void start() {
		if (this.agenda == null || this.agenda.add(this)) {
			home().tasks().schedule(this);
		}
		else {
			end();
		}
	}

	boolean isWaiting() {
		return isTime(this.state);
	}

	/**
	 * Have it not run any more. Safe from any thread.
	 * @return whether it would have run
	 */
	public final boolean cancel() {
		long state = this.state;
		while (isTime(state) && !isCancelled()) {
			if (STATE.compareAndSet(this, state, CANCELLED)) {
				this.task = null;
				if (this.agenda != null) {
					this.agenda.remove(this);
				}
				home().tasks().cancelled(1);
				return true;
			}
			state = this.state;
		}
		return false;
	}

	/**
	 * Cancel this task, whose channel is closed.
	 * @return whether it waits in a queue
	 */
	boolean end() {
		long before = STATE.getAndSet(this, CANCELLED);
		this.task = null;
		return isTime(before);
	}

	/**
	 * Say whether it was cancelled, by itself or with what it belongs to. Safe from any
	 * thread.
	 * @return whether it was
	 */
	public final boolean isCancelled() {
		return this.state == CANCELLED || (this.agenda != null && this.agenda.isOver());
	}

	/**
	 * Count its time anew from now on, also if it has run. Safe from any thread.
	 */
	public final void reset() {
		LoopEngine loop = home();
		long state = this.state;
		while (!isCancelled()) {
			if (STATE.compareAndSet(this, state, time(loop.now() + this.delay))) {
				if (state == DONE) {
					start();
				}
				return;
			}
			state = this.state;
		}
	}

	/**
	 * Return the loop that this task is to wait in: that of its channel, wherever that
	 * has moved to.
	 */
	LoopEngine home() {
		Watcher channel = channel();
		return (channel != null) ? channel.engine() : this.loop;
	}

	private @Nullable Watcher channel() {
		return (this.agenda != null) ? this.agenda.channel() : null;
	}

	void unlist() {
		this.listed = false;
		this.previous = null;
		this.next = null;
	}

	// by the thread of the loop

	boolean isPeriodic() {
		return this.periodic;
	}

	/**
	 * Note that this task waits in order now.
	 * @return whether it does; it may have been cancelled
	 */
	boolean enqueue(long sequence) {
		this.queuedFor = this.state;
		this.sequence = sequence;
		return isTime(this.queuedFor);
	}

	long queuedFor() {
		return this.queuedFor;
	}

	boolean isDue(long now, long end) {
		return this.queuedFor - now <= 0 && this.sequence < end;
	}

	/**
	 * Take this task because its time has come, unless it was cancelled or put off.
	 * @return how late that is in nanoseconds, negative if it is not to run now
	 */
	long take(long now) {
		long due = this.state;
		while (isTime(due) && due - now <= 0) {
			if (STATE.compareAndSet(this, due, this.periodic ? next(due, now) : DONE)) {
				if (this.agenda != null && !this.periodic) {
					this.agenda.remove(this);
				}
				return now - due;
			}
			due = this.state;
		}
		return -1;
	}

	// at a fixed rate, without making up for the runs that were missed
	private long next(long due, long now) {
		long next = due + this.delay;
		return time((next - now > 0) ? next : now + this.delay);
	}

	void run() {
		Runnable task = this.task;
		Watcher channel = channel();
		if (task == null) {
			// cancelled at this very moment
			return;
		}
		if (channel != null) {
			channel.run(task);
		}
		else if (this.agenda == null) {
			this.loop.tasks().run(task);
		}
	}

	/**
	 * Go to another loop if this task belongs to that channel.
	 * @return whether it does
	 */
	boolean moveTo(LoopEngine target, Watcher owner) {
		if (channel() != owner) {
			return false;
		}
		target.tasks().schedule(this);
		return true;
	}

	@Override
	public int compareTo(TimerTask other) {
		int order = Long.signum(this.queuedFor - other.queuedFor);
		return (order != 0) ? order : Long.signum(this.sequence - other.sequence);
	}

}
