package io.asyncore;

import org.jspecify.annotations.Nullable;

/**
 * Is told what happens in a loop, beyond what its {@link LoopMonitor} counts anyway. All
 * methods do nothing by default. They have to be quick, what they throw is logged
 * whatever it is, and they must leave the channels as they are, for others are still to
 * be told: what they want done they give to {@link EventLoop#execute}. They are called by
 * the thread of the loop unless they say otherwise; one observer of several loops is
 * called by all their threads.
 *
 * @see LoopMonitor#addObserver
 */
public interface EventLoopObserver {

	/**
	 * Return who wants to be told of the handlers of some channels. Asked when the group
	 * is made, by whichever thread, and whenever observers are added or removed.
	 * @param group the channels
	 * @return the observer, {@code null} if there is no interest
	 */
	default @Nullable HookObserver hooks(ChannelStats group) {
		return null;
	}

	/**
	 * Note that a pass has found what is ready and is about to deliver it, or that the
	 * loop has come to its end.
	 * @param waited how long it has waited for that, in nanoseconds; 0 if it did not wait
	 * @param worked how long the loop had worked since this was called the last time, in
	 * nanoseconds
	 */
	default void found(long waited, long worked) {
	}

	/**
	 * Note that a timer runs, or a task while handlers are
	 * {@linkplain LoopMonitor#setTimed timed}.
	 * @param nanos how long after its time, in nanoseconds
	 */
	default void late(long nanos) {
	}

	/**
	 * Note that a channel with a connection is in service: of one that connects, that it
	 * is connected.
	 * @param channel the channel
	 */
	default void opened(Dispatcher channel) {
	}

	/**
	 * Note that a channel which was {@link #opened} is closed. Called by whichever thread
	 * closes it.
	 * @param channel the channel
	 * @param reason why it was closed
	 */
	default void closed(Dispatcher channel, CloseReason reason) {
	}

	/**
	 * Note that a listener accepts no connections for now. Called by whichever thread
	 * sets its limit, or serves the connection that reaches it.
	 * @param listener the listener
	 * @param reason why
	 */
	default void acceptPaused(Dispatcher listener, PauseReason reason) {
	}

	/**
	 * Note that a pause is over: the listener accepts again, or was closed. Called by
	 * whichever thread has closed it, or the connection that made room.
	 * @param listener the listener
	 * @param reason why it did not
	 */
	default void acceptResumed(Dispatcher listener, PauseReason reason) {
	}

	/**
	 * Note that work which a channel has {@linkplain Dispatcher#offload offloaded} was
	 * done. Called by the thread that has done it.
	 * @param group the channels that the one belongs to which has offloaded it
	 * @param nanos how long it took, in nanoseconds
	 * @param failure what it has thrown, {@code null} if nothing
	 */
	default void offloaded(ChannelStats group, long nanos, @Nullable Throwable failure) {
	}

}
