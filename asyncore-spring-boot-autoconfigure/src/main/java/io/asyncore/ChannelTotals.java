package io.asyncore;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

import io.asyncore.loop.Interrupts;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of the channels of one name: written here, and read by
 * {@link ChannelStats}.
 */
final class ChannelTotals {

	private static final HookObserver[] NOBODY = {};

	private static final int HOOKS = Hook.values().length;

	private final String name;

	// written by the thread of the loop only, which makes adding cheap
	final AtomicLong received = new AtomicLong();

	final AtomicLong sent = new AtomicLong();

	final AtomicLong accepted = new AtomicLong();

	final AtomicLongArray calls = new AtomicLongArray(HOOKS);

	final AtomicLongArray failures = new AtomicLongArray(HOOKS);

	final AtomicLongArray durations = new AtomicLongArray(HOOKS);

	final AtomicLongArray longest = new AtomicLongArray(HOOKS);

	// written by any thread
	final AtomicLong opened = new AtomicLong();

	final AtomicLongArray closed = new AtomicLongArray(CloseReason.values().length);

	final AtomicLongArray connects = new AtomicLongArray(ConnectOutcome.values().length);

	final AtomicLongArray rejected = new AtomicLongArray(RejectReason.values().length);

	final AtomicInteger offloadsQueued = new AtomicInteger();

	final AtomicInteger offloadsActive = new AtomicInteger();

	final AtomicLong offloadsSucceeded = new AtomicLong();

	final AtomicLong offloadsFailed = new AtomicLong();

	final AtomicLong offloadsRejected = new AtomicLong();

	final AtomicReference<@Nullable ChannelFailure> lastFailure = new AtomicReference<>();

	private volatile HookObserver[] observers = NOBODY;

	// told of an observer that has failed
	private final BiConsumer<Object, Throwable> failed;

	ChannelTotals(String name, BiConsumer<Object, Throwable> failed) {
		this.name = name;
		this.failed = failed;
	}

	String name() {
		return this.name;
	}

	void observe(HookObserver[] observers) {
		this.observers = observers;
	}

	void addReceived(long bytes) {
		add(this.received, bytes);
	}

	void addSent(long bytes) {
		add(this.sent, bytes);
	}

	void addAccepted() {
		add(this.accepted, 1);
	}

	void addRejected(RejectReason reason) {
		this.rejected.incrementAndGet(reason.ordinal());
	}

	void addOpened() {
		this.opened.incrementAndGet();
	}

	void addConnect(ConnectOutcome outcome) {
		this.connects.incrementAndGet(outcome.ordinal());
	}

	void failed(Throwable failure) {
		this.lastFailure.updateAndGet((before) -> ChannelFailure.of(failure, before));
	}

	void addClosed(CloseReason reason) {
		this.closed.incrementAndGet(reason.ordinal());
	}

	void addOffloadQueued(int count) {
		this.offloadsQueued.addAndGet(count);
	}

	void addOffloadActive(int count) {
		this.offloadsActive.addAndGet(count);
	}

	void addOffloadDone(@Nullable Throwable failure) {
		((failure != null) ? this.offloadsFailed : this.offloadsSucceeded).incrementAndGet();
	}

	void addOffloadRejected() {
		this.offloadsRejected.incrementAndGet();
	}

	void handled(Hook hook, long nanos, @Nullable Throwable failure) {
		int index = hook.ordinal();
		add(this.calls, index, 1);
		add(this.durations, index, nanos);
		if (failure != null) {
			add(this.failures, index, 1);
		}
		if (nanos > this.longest.getPlain(index)) {
			this.longest.lazySet(index, nanos);
		}
		for (HookObserver observer : this.observers) {
			boolean interrupted = Interrupts.arePending();
			try {
				observer.handled(hook, nanos, failure);
			}
			catch (Throwable ex) {
				this.failed.accept(observer, ex);
			}
			Interrupts.end(interrupted);
		}
	}

	private static void add(AtomicLong counter, long count) {
		counter.lazySet(counter.getPlain() + count);
	}

	private static void add(AtomicLongArray counters, int index, long count) {
		counters.lazySet(index, counters.getPlain(index) + count);
	}

}
