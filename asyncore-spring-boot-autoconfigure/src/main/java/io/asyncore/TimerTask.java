package io.asyncore;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * A task that waits in the {@link Timers} of a loop. The loop's thread moves it, any
 * thread may cancel or reset it.
 */
final class TimerTask implements ScheduledTask, Comparable<TimerTask> {

	// about 146 years: differences of two points in time must not overflow
	private static final long LONGEST = Long.MAX_VALUE / 2;

	private final Runnable task;

	private final long delay;

	private final boolean periodic;

	private final @Nullable Attachment owner;

	private final int ownerLife;

	private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.WAITING);

	private volatile EventLoop loop;

	// when it is to run, which may be later than what it is queued for
	private volatile long due;

	private long queuedFor;

	private long sequence;

	TimerTask(EventLoop loop, Runnable task, Duration delay, boolean periodic, @Nullable Attachment owner,
			int ownerLife) {
		this.loop = loop;
		this.task = Objects.requireNonNull(task, "'task' must not be null");
		this.delay = nanos(delay);
		this.periodic = periodic;
		this.owner = owner;
		this.ownerLife = ownerLife;
		this.due = loop.now() + this.delay;
	}

	/**
	 * Convert to nanoseconds; what is too long for that is as good as for ever.
	 */
	static long nanos(Duration duration) {
		if (duration.isNegative()) {
			throw new IllegalArgumentException("A time of " + duration + " is negative");
		}
		return (duration.getSeconds() < LONGEST / 1_000_000_000) ? duration.toNanos() : LONGEST;
	}

	@Override
	public boolean cancel() {
		return this.stage.compareAndSet(Stage.WAITING, Stage.CANCELLED) && !ownerEnded();
	}

	@Override
	public boolean isCancelled() {
		return this.stage.get() == Stage.CANCELLED || ownerEnded();
	}

	private boolean ownerEnded() {
		return this.owner != null && this.owner.life() != this.ownerLife;
	}

	@Override
	public void reset() {
		if (isCancelled()) {
			return;
		}
		this.due = this.loop.now() + this.delay;
		if (this.stage.compareAndSet(Stage.DONE, Stage.WAITING)) {
			this.loop.schedule(this);
		}
	}

	boolean isPeriodic() {
		return this.periodic;
	}

	void enqueued(long sequence) {
		this.queuedFor = this.due;
		this.sequence = sequence;
	}

	long due() {
		return this.due;
	}

	long queuedFor() {
		return this.queuedFor;
	}

	boolean isDue(long now, long end) {
		return this.queuedFor - now <= 0 && this.sequence < end;
	}

	boolean isPutOff(long now) {
		return this.due - now > 0;
	}

	/**
	 * Plan the next run at a fixed rate, without making up for the runs that were missed.
	 */
	void next(long now) {
		long next = this.due + this.delay;
		this.due = (next - now > 0) ? next : now + this.delay;
	}

	void run() {
		if (this.periodic || this.stage.compareAndSet(Stage.WAITING, Stage.DONE)) {
			if (this.owner != null) {
				this.owner.run(this.task);
			}
			else {
				this.loop.backlog().run(this.task);
			}
		}
	}

	/**
	 * Go to another loop if this task belongs to that channel.
	 * @return whether it does
	 */
	boolean moveTo(EventLoop target, Attachment owner) {
		if (this.owner != owner) {
			return false;
		}
		this.loop = target;
		target.schedule(this);
		return true;
	}

	@Override
	public int compareTo(TimerTask other) {
		int order = Long.signum(this.queuedFor - other.queuedFor);
		return (order != 0) ? order : Long.signum(this.sequence - other.sequence);
	}

	private enum Stage {

		WAITING, DONE, CANCELLED

	}

}
