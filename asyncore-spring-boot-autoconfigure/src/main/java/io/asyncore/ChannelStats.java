package io.asyncore;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;

import io.asyncore.loop.Interrupts;
import org.jspecify.annotations.Nullable;

/**
 * The channels of a loop that have the same {@linkplain Dispatcher#channelName() name},
 * and what is counted of them since the loop was made, of those that are closed too. If
 * there are too many names, the one named {@value LoopMonitor#OTHER} has the channels of
 * several. All methods may be called from any thread.
 */
public final class ChannelStats {

	private static final HookObserver[] NOBODY = {};

	private static final int HOOKS = Hook.values().length;

	private final String name;

	private final EventLoop loop;

	// written by the thread of the loop only, which makes adding cheap
	private final AtomicLong received = new AtomicLong();

	private final AtomicLong sent = new AtomicLong();

	private final AtomicLong accepted = new AtomicLong();

	private final AtomicLongArray calls = new AtomicLongArray(HOOKS);

	private final AtomicLongArray failures = new AtomicLongArray(HOOKS);

	private final AtomicLongArray totals = new AtomicLongArray(HOOKS);

	private final AtomicLongArray longest = new AtomicLongArray(HOOKS);

	// written by any thread
	private final AtomicLong opened = new AtomicLong();

	private final AtomicLongArray closed = new AtomicLongArray(CloseReason.values().length);

	private final AtomicLongArray connects = new AtomicLongArray(ConnectOutcome.values().length);

	private final AtomicLongArray rejected = new AtomicLongArray(RejectReason.values().length);

	private final AtomicInteger offloadsQueued = new AtomicInteger();

	private final AtomicInteger offloadsActive = new AtomicInteger();

	private final AtomicLong offloadsSucceeded = new AtomicLong();

	private final AtomicLong offloadsFailed = new AtomicLong();

	private final AtomicLong offloadsRejected = new AtomicLong();

	private final AtomicReference<@Nullable ChannelFailure> lastFailure = new AtomicReference<>();

	private volatile HookObserver[] observers = NOBODY;

	ChannelStats(String name, EventLoop loop) {
		this.name = name;
		this.loop = loop;
	}

	/**
	 * Return what the channels are called.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Return the loop that serves the channels.
	 * @return the loop
	 */
	public EventLoop loop() {
		return this.loop;
	}

	/**
	 * Return how much the channels have received.
	 * @return the number of bytes
	 */
	public long received() {
		return this.received.get();
	}

	/**
	 * Return how much the channels have sent.
	 * @return the number of bytes that their sockets have taken
	 */
	public long sent() {
		return this.sent.get();
	}

	/**
	 * Return how many connections the listeners among the channels have accepted.
	 * @return the number, of those that were rejected then too
	 */
	public long accepted() {
		return this.accepted.get();
	}

	/**
	 * Return how many connections were rejected after they were accepted.
	 * @param reason why
	 * @return the number
	 */
	public long rejected(RejectReason reason) {
		return this.rejected.get(reason.ordinal());
	}

	/**
	 * Return how many channels with a connection were put into service.
	 * @return the number, of those that are closed now too; listeners do not count, nor
	 * do channels that could not connect
	 */
	public long opened() {
		return this.opened.get();
	}

	/**
	 * Return how many attempts of the channels to connect have ended in some way.
	 * @param outcome how
	 * @return the number
	 */
	public long connects(ConnectOutcome outcome) {
		return this.connects.get(outcome.ordinal());
	}

	/**
	 * Return how many of the channels {@link #opened()} were closed.
	 * @param reason why
	 * @return the number
	 */
	public long closed(CloseReason reason) {
		return this.closed.get(reason.ordinal());
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} wait to be begun, behind another one of
	 * their channel or for a thread.
	 * @return the number
	 */
	public int offloadsQueued() {
		return this.offloadsQueued.get();
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} are under way.
	 * @return the number
	 */
	public int offloadsActive() {
		return this.offloadsActive.get();
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} were done.
	 * @return the number
	 */
	public long offloadsSucceeded() {
		return this.offloadsSucceeded.get();
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} have thrown something.
	 * @return the number
	 */
	public long offloadsFailed() {
		return this.offloadsFailed.get();
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} were never begun, because the executor
	 * took no more or the grace period of a stop was over.
	 * @return the number
	 */
	public long offloadsRejected() {
		return this.offloadsRejected.get();
	}

	/**
	 * Return what one of the channels has failed with last.
	 * @return what {@code handleError} was told, {@code null} if it was told nothing
	 */
	public @Nullable ChannelFailure lastFailure() {
		return this.lastFailure.get();
	}

	/**
	 * Return how often a handler was called. Counted while somebody
	 * {@linkplain LoopMonitor#setTimed asks} for it.
	 * @param hook which handler
	 * @return the number of calls
	 */
	public long calls(Hook hook) {
		return this.calls.get(hook.ordinal());
	}

	/**
	 * Return how many of the {@link #calls} of a handler have thrown something.
	 * @param hook which handler
	 * @return the number of calls
	 */
	public long failures(Hook hook) {
		return this.failures.get(hook.ordinal());
	}

	/**
	 * Return how long all {@link #calls} of a handler took.
	 * @param hook which handler
	 * @return the time in nanoseconds
	 */
	public long totalNanos(Hook hook) {
		return this.totals.get(hook.ordinal());
	}

	/**
	 * Return how long the longest of the {@link #calls} of a handler took.
	 * @param hook which handler
	 * @return the time in nanoseconds
	 */
	public long longestNanos(Hook hook) {
		return this.longest.get(hook.ordinal());
	}

	void observe(List<EventLoopObserver> observers) {
		List<HookObserver> interested = new ArrayList<>();
		for (EventLoopObserver observer : observers) {
			boolean interrupted = Interrupts.arePending();
			try {
				HookObserver hooks = observer.hooks(this);
				if (hooks != null) {
					interested.add(hooks);
				}
			}
			catch (Throwable ex) {
				this.loop.monitor().failed(observer, ex);
			}
			Interrupts.end(interrupted);
		}
		this.observers = interested.toArray(NOBODY);
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
		add(this.totals, index, nanos);
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
				this.loop.monitor().failed(observer, ex);
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

	@Override
	public String toString() {
		return "ChannelGroup[" + this.name + "]";
	}

}
