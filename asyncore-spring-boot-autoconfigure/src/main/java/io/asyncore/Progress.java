package io.asyncore;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongFunction;
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
final class Progress {

	private static final int MOST_TRIES = 1000;

	private static final Hook[] HOOKS = Hook.values();

	private static final int NO_HOOK = -1;

	private static final long NOBODY = 0;

	private final LongSupplier clock;

	private final LongFunction<@Nullable Dispatcher> channels;

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
	private final AtomicReference<@Nullable Attachment> channel = new AtomicReference<>();

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
	 * @param channels finds a channel by its number
	 */
	Progress(LongSupplier clock, LongFunction<@Nullable Dispatcher> channels) {
		this.clock = clock;
		this.channels = channels;
	}

	// by any thread

	LoopActivity activity() {
		LoopActivity none = new LoopActivity(since(this.busySince), null, null, this.sequence.get());
		return consistent(this::readActivity, none);
	}

	long waitedNanos() {
		return consistent(() -> this.waited.get() + since(this.waitingSince), this.waited.get());
	}

	long workedNanos() {
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

	private LoopActivity readActivity() {
		long sequence = this.sequence.get();
		long busy = since(this.busySince);
		int hook = this.hook.get();
		return (hook != NO_HOOK) ? new LoopActivity(busy, HOOKS[hook], runningChannel(), sequence)
				: new LoopActivity(busy, null, null, sequence);
	}

	private @Nullable Dispatcher runningChannel() {
		long asked = this.asked.get();
		if (asked != NOBODY) {
			return this.channels.apply(asked);
		}
		Attachment channel = this.channel.get();
		return (channel != null) ? channel.dispatcher() : null;
	}

	private long since(AtomicLong time) {
		long since = time.get();
		return (since != 0) ? Math.max(0, this.clock.getAsLong() - since) : 0;
	}

	// by the thread of the loop

	@Nullable Hook hook() {
		int hook = this.hook.getPlain();
		return (hook != NO_HOOK) ? HOOKS[hook] : null;
	}

	@Nullable Attachment channel() {
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
	 */
	long beginning(boolean follows) {
		return (this.recent || (follows && this.ended)) ? this.recentTime : this.clock.getAsLong();
	}

	/**
	 * Return the time when a handler has ended.
	 */
	long ending() {
		long now = this.clock.getAsLong();
		this.recentTime = now;
		// what called it may take any time before it calls the next one
		this.recent = !isRunning();
		this.ended = true;
		return now;
	}

	void enter(@Nullable Attachment channel, Hook hook) {
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
		this.hook.lazySet(hook.ordinal());
		changing();
	}

	/**
	 * Note that the handler goes on with something else: nobody holds up the loop who
	 * does many things one after the other.
	 */
	void goesOn() {
		next();
	}

	void leave(@Nullable Attachment outerChannel, @Nullable Hook outerHook) {
		changing();
		if (outerHook != null) {
			this.channel.lazySet(outerChannel);
		}
		this.hook.lazySet((outerHook != null) ? outerHook.ordinal() : NO_HOOK);
		changing();
	}

	/**
	 * Note that the predicates of a channel are asked. What that takes may count for the
	 * handler that it leads to.
	 */
	void asks(Attachment channel) {
		if (!isRunning()) {
			next();
		}
		this.asked.lazySet(channel.id());
		this.hook.lazySet(Hook.PREDICATE.ordinal());
	}

	/**
	 * Note that the predicates of the next channel are asked, after {@link #asks}.
	 */
	void goesOnWith(Attachment channel) {
		this.asked.lazySet(channel.id());
		next();
	}

	/**
	 * Note that they have answered.
	 */
	void answered(@Nullable Attachment outerChannel, @Nullable Hook outerHook) {
		if (outerHook != null && this.channel.getPlain() != outerChannel) {
			this.channel.lazySet(outerChannel);
		}
		this.hook.lazySet((outerHook != null) ? outerHook.ordinal() : NO_HOOK);
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

}
