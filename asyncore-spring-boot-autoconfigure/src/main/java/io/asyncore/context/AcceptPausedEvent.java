package io.asyncore.context;

import io.asyncore.Dispatcher;
import io.asyncore.PauseReason;

/**
 * Published when a listener accepts no connections for now: they wait in its backlog.
 */
public class AcceptPausedEvent extends ChannelEvent {

	private final PauseReason reason;

	/**
	 * Create a new instance.
	 * @param listener the listener
	 * @param reason why it accepts nothing
	 */
	public AcceptPausedEvent(Dispatcher listener, PauseReason reason) {
		super(listener);
		this.reason = reason;
	}

	/**
	 * Return why nothing is accepted.
	 * @return the reason
	 */
	public PauseReason getReason() {
		return this.reason;
	}

}
