package io.asyncore.loop;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What a loop is doing, and how long it has worked and waited. The thread of the loop
 * writes and never waits; others read again if it was in the middle of a change.
 * <p>
 * It writes for each handler, so it stores numbers rather than references where it can:
 * storing a reference in an object that has lived for a while costs a memory fence with
 * the default garbage collector.
 */
public final class ActivityRecord {

	private static final int MOST_TRIES = 1000;

	/** Stands for none. */
	public static final int NO_HOOK = -1;

	private static final long NOBODY = 0;

	private final LongSupplier clock;

	// the numbers of those two that the loop knows of
	private final int predicate;

	private final int task;

	// odd while something is changed that is to be read together
	private final AtomicLong version = new AtomicLong();

	private final AtomicLong sequence = new AtomicLong();

	private final AtomicLong waited = new AtomicLong();

	private final AtomicLong worked = new AtomicLong();

	// 0 while the loop waits
	private final AtomicLong busySince = new AtomicLong();

	// 0 while the loop works
	private final AtomicLong waitingSince = new AtomicLong();

	private final AtomicInteger hook = new AtomicInteger(NO_HOOK);

	// means nothing while no hook is running
	private final AtomicReference<@Nullable Watcher> channel = new AtomicReference<>();

	// the number of the channel whose predicates are being asked
	private final AtomicLong asked = new AtomicLong(NOBODY);

	// the time of a moment ago, for as long as nothing but the loop has run since
	private long recentTime;

	private boolean recent;

	// whether that is when a handler has ended, and none has begun since
	private boolean ended;

	/**
	 * Create a new instance.
	 * @param clock the clock, in nanoseconds
	 * @param predicate the number of the hook by which watchers are asked
	 * @param task the number of the hook for tasks that are nobody's
	 */
	public ActivityRecord(LongSupplier clock, int predicate, int task) {
		this.clock = clock;
		this.predicate = predicate;
		this.task = task;
	}

	// by any thread

	/**
	 * Read what the loop is doing.
	 * @param <T> what it is made into
	 * @param reader takes it
	 * @return what the reader has made of it; as if no hook were running if the loop
	 * changes too fast to be read
	 */
	public <T> T activity(Reader<T> reader) {
		T none = reader.read(since(this.busySince), NO_HOOK, null, NOBODY, this.sequence.get());
		return consistent(() -> readActivity(reader), none);
	}

	/**
	 * Return how long the loop has waited so far, the wait that is under way included.
	 * @return the time in nanoseconds
	 */
	public long waitedNanos() {
		return consistent(() -> this.waited.get() + since(this.waitingSince), this.waited.get());
	}

	/**
	 * Return how long the loop has worked so far, the work that is under way included.
	 * @return the time in nanoseconds
	 */
	public long workedNanos() {
		return consistent(() -> this.worked.get() + since(this.busySince), this.worked.get());
	}

	private <T> T consistent(Supplier<T> reader, T otherwise) {
		for (int i = 0; i < MOST_TRIES; i++) {
			long version = this.version.get();
			T value = reader.get();
			if ((version & 1) == 0 && version == this.version.get()) {
				return value;
			}
			Thread.onSpinWait();
		}
		return otherwise;
	}

	private <T> T readActivity(Reader<T> reader) {
		long sequence = this.sequence.get();
		long busy = since(this.busySince);
		int hook = this.hook.get();
		boolean running = hook != NO_HOOK;
		return reader.read(busy, hook, running ? this.channel.get() : null, running ? this.asked.get() : NOBODY,
				sequence);
	}

	private long since(AtomicLong time) {
		long since = time.get();
		return (since != 0) ? Math.max(0, this.clock.getAsLong() - since) : 0;
	}

	// by the thread of the loop

	/**
	 * Return which hook is running.
	 * @return its number, {@link #NO_HOOK} if none is
	 */
	public int hook() {
		return this.hook.getPlain();
	}

	/**
	 * Return whose hook is running.
	 * @return the channel, {@code null} if no hook is running, or it is nobody's, or
	 * channels are being asked
	 */
	public @Nullable Watcher channel() {
		return (isRunning() && this.asked.getPlain() == NOBODY) ? this.channel.getPlain() : null;
	}

	private boolean isRunning() {
		return this.hook.getPlain() != NO_HOOK;
	}

	/**
	 * Return the time when a handler is called: often that when the one before it has
	 * ended, because asking the clock takes as long as much of a handler.
	 * @param follows whether nothing of the application has run since that one, although
	 * both are called within another
	 * @return the time by the clock, in nanoseconds
	 */
	public long beginning(boolean follows) {
		return (this.recent || (follows && this.ended)) ? this.recentTime : this.clock.getAsLong();
	}

	/**
	 * Return the time when a handler has ended.
	 * @return the time by the clock, in nanoseconds
	 */
	public long ending() {
		long now = this.clock.getAsLong();
		this.recentTime = now;
		// what called it may take any time before it calls the next one
		this.recent = !isRunning();
		this.ended = true;
		return now;
	}

	/**
	 * Note that a hook begins, perhaps within another one: who calls this has read
	 * {@link #channel()} and {@link #hook()} before, for {@link #leave}.
	 * @param channel whose hook it is, {@code null} if it is nobody's
	 * @param hook its number
	 */
	public void enter(@Nullable Watcher channel, int hook) {
		this.recent = false;
		this.ended = false;
		changing();
		if (!isRunning()) {
			next();
		}
		if (this.channel.getPlain() != channel) {
			this.channel.lazySet(channel);
		}
		// a predicate may run the loop
		this.asked.lazySet(NOBODY);
		this.hook.lazySet(hook);
		changing();
	}

	/**
	 * Note that a task is run that is nobody's.
	 */
	void enterTask() {
		enter(null, this.task);
	}

	/**
	 * Note that the handler goes on with something else: nobody holds up the loop who
	 * does many things one after the other.
	 */
	public void goesOn() {
		next();
	}

	/**
	 * Note that the hook has ended which was {@linkplain #enter entered} last.
	 * @param outerChannel whose hook was running before
	 * @param outerHook its number, {@link #NO_HOOK} if none was
	 */
	public void leave(@Nullable Watcher outerChannel, int outerHook) {
		changing();
		if (outerHook != NO_HOOK) {
			this.channel.lazySet(outerChannel);
		}
		this.hook.lazySet(outerHook);
		changing();
	}

	/**
	 * Note that the predicates of a channel are asked. What that takes may count for the
	 * handler that it leads to.
	 * @param channel the channel
	 */
	public void asks(Watcher channel) {
		if (!isRunning()) {
			next();
		}
		this.asked.lazySet(channel.id());
		this.hook.lazySet(this.predicate);
	}

	/**
	 * Note that the predicates of the next channel are asked, after {@link #asks}.
	 */
	void goesOnWith(Watcher channel) {
		this.asked.lazySet(channel.id());
		next();
	}

	/**
	 * Note that the channels have answered that were {@linkplain #asks asked}.
	 * @param outerChannel whose hook was running before
	 * @param outerHook its number, {@link #NO_HOOK} if none was
	 */
	public void answered(@Nullable Watcher outerChannel, int outerHook) {
		if (outerHook != NO_HOOK && this.channel.getPlain() != outerChannel) {
			this.channel.lazySet(outerChannel);
		}
		this.hook.lazySet(outerHook);
		this.asked.lazySet(NOBODY);
	}

	void begins(long now) {
		this.recent = false;
		this.hook.lazySet(NO_HOOK);
		this.asked.lazySet(NOBODY);
		turn(time(now), 0, 0, 0);
	}

	void waits(long now, long worked) {
		turn(0, time(now), 0, worked);
	}

	void found(long now, long waited, long worked) {
		this.recentTime = now;
		this.recent = !isRunning();
		turn(time(now), 0, waited, worked);
	}

	void ends(long worked) {
		turn(0, 0, 0, worked);
	}

	/**
	 * Note that the loop begins to work, or to wait, or does not run any more.
	 * @param workingSince since when it works, 0 if it does not
	 * @param waitingSince since when it waits, 0 if it does not
	 * @param waited how long it has waited since the last turn
	 * @param worked how long it has worked since the last turn
	 */
	private void turn(long workingSince, long waitingSince, long waited, long worked) {
		changing();
		next();
		if (!isRunning()) {
			// it may be closed by now
			this.channel.lazySet(null);
		}
		this.busySince.lazySet(workingSince);
		this.waitingSince.lazySet(waitingSince);
		this.waited.lazySet(this.waited.getPlain() + waited);
		this.worked.lazySet(this.worked.getPlain() + worked);
		changing();
	}

	private void changing() {
		this.version.lazySet(this.version.getPlain() + 1);
	}

	private void next() {
		this.sequence.lazySet(this.sequence.getPlain() + 1);
	}

	// never 0, which would mean that it does not
	private static long time(long now) {
		return (now != 0) ? now : 1;
	}

	/**
	 * Takes what the loop is doing, all of which is of one moment.
	 *
	 * @param <T> what it is made into
	 */
	@FunctionalInterface
	public interface Reader<T> {

		/**
		 * Called by the thread that asks, perhaps more than once.
		 * @param busy how long the pass has been at work since it has waited
		 * @param hook the number of the hook that is running, {@link #NO_HOOK} if none is
		 * @param channel whose hook it is, if {@code asked} is 0
		 * @param asked the number of the watcher that is being asked, 0 if none is
		 * @param sequence changes with each hook and wait
		 * @return what is made of it
		 */
		T read(long busy, int hook, @Nullable Watcher channel, long asked, long sequence);

	}

}
