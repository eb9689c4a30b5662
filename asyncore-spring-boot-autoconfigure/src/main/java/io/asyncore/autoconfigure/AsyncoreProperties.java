package io.asyncore.autoconfigure;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * {@link ConfigurationProperties Properties} for event loops.
 *
 * @param loop Properties of the event loop.
 * @param shutdown Properties of the graceful stop.
 */
@ConfigurationProperties("asyncore")
public record AsyncoreProperties(@DefaultValue Loop loop, @DefaultValue Shutdown shutdown) {

	/**
	 * Properties of the event loop.
	 *
	 * @param timeout Maximum time one pass waits for a channel to become ready.
	 * @param usePoll Whether a pass is delivered in poll order, channel by channel,
	 * rather than in select order, which is all reads first and then all writes.
	 */
	public record Loop(@DefaultValue("30s") Duration timeout, @DefaultValue("false") boolean usePoll) {

	}

	/**
	 * Properties of the graceful stop.
	 *
	 * @param gracePeriod Maximum time to wait for queued output and offloaded work to be
	 * finished when the application stops.
	 */
	public record Shutdown(@DefaultValue("20s") Duration gracePeriod) {

	}

}
