package io.asyncore.observation;

import io.asyncore.Dispatcher;
import io.asyncore.Hook;
import io.micrometer.observation.Observation;

/**
 * What is known of a call of a handler that is observed.
 */
public class HandlerObservationContext extends Observation.Context {

	private final Dispatcher channel;

	private final Hook hook;

	/**
	 * Create a new instance.
	 * @param channel whose handler is called
	 * @param hook which handler
	 */
	public HandlerObservationContext(Dispatcher channel, Hook hook) {
		this.channel = channel;
		this.hook = hook;
	}

	/**
	 * Return the channel.
	 * @return whose handler is called
	 */
	public Dispatcher getChannel() {
		return this.channel;
	}

	/**
	 * Return the handler.
	 * @return which handler
	 */
	public Hook getHook() {
		return this.hook;
	}

}
