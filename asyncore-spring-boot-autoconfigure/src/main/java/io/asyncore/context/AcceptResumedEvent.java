package io.asyncore.context;

import io.asyncore.Dispatcher;
import io.asyncore.PauseReason;

/**
 * Published when a listener accepts connections again.
 */
public class AcceptResumedEvent extends ChannelEvent {

	private final PauseReason reason;

	/**
	 * Create a new instance.
	 * @param listener the listener
	 * @param reason why it has accepted nothing
	 */
	public AcceptResumedEvent(Dispatcher listener, PauseReason reason) {
		super(listener);
		this.reason = reason;
	}

	/**
	 * Return why nothing was accepted.
	 * @return the reason
	 */
	public PauseReason getReason() {
		return this.reason;
	}

}
