package io.asyncore.context;

import io.asyncore.CloseReason;
import io.asyncore.Dispatcher;

/**
 * Published when a channel for which a {@link ChannelOpenedEvent} was due is closed.
 */
public class ChannelClosedEvent extends ChannelEvent {

	private final CloseReason reason;

	/**
	 * Create a new instance.
	 * @param channel the channel
	 * @param reason why it was closed
	 */
	public ChannelClosedEvent(Dispatcher channel, CloseReason reason) {
		super(channel);
		this.reason = reason;
	}

	/**
	 * Return why the channel was closed.
	 * @return the reason
	 */
	public CloseReason getReason() {
		return this.reason;
	}

}
