package io.asyncore;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

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

	private final ChannelTotals totals;

	private final EventLoop loop;

	// told of an observer that has failed
	private final BiConsumer<Object, Throwable> failed;

	ChannelStats(String name, EventLoop loop, BiConsumer<Object, Throwable> failed) {
		this.loop = loop;
		this.failed = failed;
		this.totals = new ChannelTotals(name, failed);
	}

	ChannelTotals totals() {
		return this.totals;
	}

	/**
	 * Return what the channels are called.
	 * @return the name
	 */
	public String name() {
		return this.totals.name();
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
		return this.totals.received.get();
	}

	/**
	 * Return how much the channels have sent.
	 * @return the number of bytes that their sockets have taken
	 */
	public long sent() {
		return this.totals.sent.get();
	}

	/**
	 * Return how many connections the listeners among the channels have accepted.
	 * @return the number, of those that were rejected then too
	 */
	public long accepted() {
		return this.totals.accepted.get();
	}

	/**
	 * Return how many connections were rejected after they were accepted.
	 * @param reason why
	 * @return the number
	 */
	public long rejected(RejectReason reason) {
		return this.totals.rejected.get(reason.ordinal());
	}

	/**
	 * Return how many channels with a connection were put into service.
	 * @return the number, of those that are closed now too; listeners do not count, nor
	 * do channels that could not connect
	 */
	public long opened() {
		return this.totals.opened.get();
	}

	/**
	 * Return how many attempts of the channels to connect have ended in some way.
	 * @param outcome how
	 * @return the number
	 */
	public long connects(ConnectOutcome outcome) {
		return this.totals.connects.get(outcome.ordinal());
	}

	/**
	 * Return how many of the channels {@link #opened()} were closed.
	 * @param reason why
	 * @return the number
	 */
	public long closed(CloseReason reason) {
		return this.totals.closed.get(reason.ordinal());
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} wait to be begun, behind another one of
	 * their channel or for a thread.
	 * @return the number
	 */
	public int offloadsQueued() {
		return this.totals.offloadsQueued.get();
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} are under way.
	 * @return the number
	 */
	public int offloadsActive() {
		return this.totals.offloadsActive.get();
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} were done.
	 * @return the number
	 */
	public long offloadsSucceeded() {
		return this.totals.offloadsSucceeded.get();
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} have thrown something.
	 * @return the number
	 */
	public long offloadsFailed() {
		return this.totals.offloadsFailed.get();
	}

	/**
	 * Return how many pieces of work that the channels have
	 * {@linkplain Dispatcher#offload offloaded} were never begun, because the executor
	 * took no more or the grace period of a stop was over.
	 * @return the number
	 */
	public long offloadsRejected() {
		return this.totals.offloadsRejected.get();
	}

	/**
	 * Return what one of the channels has failed with last.
	 * @return what {@code handleError} was told, {@code null} if it was told nothing
	 */
	public @Nullable ChannelFailure lastFailure() {
		return this.totals.lastFailure.get();
	}

	/**
	 * Return how often a handler was called. Counted while somebody
	 * {@linkplain LoopMonitor#setTimed asks} for it.
	 * @param hook which handler
	 * @return the number of calls
	 */
	public long calls(Hook hook) {
		return this.totals.calls.get(hook.ordinal());
	}

	/**
	 * Return how many of the {@link #calls} of a handler have thrown something.
	 * @param hook which handler
	 * @return the number of calls
	 */
	public long failures(Hook hook) {
		return this.totals.failures.get(hook.ordinal());
	}

	/**
	 * Return how long all {@link #calls} of a handler took.
	 * @param hook which handler
	 * @return the time in nanoseconds
	 */
	public long totalNanos(Hook hook) {
		return this.totals.durations.get(hook.ordinal());
	}

	/**
	 * Return how long the longest of the {@link #calls} of a handler took.
	 * @param hook which handler
	 * @return the time in nanoseconds
	 */
	public long longestNanos(Hook hook) {
		return this.totals.longest.get(hook.ordinal());
	}

	void observe(EventLoopObserver[] observers) {
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
				this.failed.accept(observer, ex);
			}
			Interrupts.end(interrupted);
		}
		this.totals.observe(interested.toArray(NOBODY));
	}

	@Override
	public String toString() {
		return "ChannelStats[" + name() + "]";
	}

}
