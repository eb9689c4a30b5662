package io.asyncore.context;

import io.asyncore.Dispatcher;

/**
 * Published when a channel that has a connection is in service: of one that connects,
 * when it is connected.
 */
public class ChannelOpenedEvent extends ChannelEvent {

	/**
	 * Create a new instance.
	 * @param channel the channel
	 */
	public ChannelOpenedEvent(Dispatcher channel) {
		super(channel);
	}

}
