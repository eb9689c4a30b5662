package io.asyncore.context.lifecycle;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How long a stop may take.
 *
 * @param gracePeriod how long to wait for queued output and offloaded work
 * @param lastMoment what a handler that is running then is given besides to come to its
 * end
 */
public record StopTimes(Duration gracePeriod, Duration lastMoment) {

	/** What a handler is given that nobody else waits for. */
	public static final Duration LAST_MOMENT = Duration.ofSeconds(2);

	// what a loop needs that nothing holds
	private static final Duration LEAST_MOMENT = Duration.ofMillis(200);

	// as good as for ever
	private static final Duration LONGEST = Duration.ofDays(365);

	private static final Duration LONGEST_RESERVE = Duration.ofSeconds(1);

	private static final int RESERVED_PART = 5;

	/**
	 * Return times that nobody else bounds.
	 * @param gracePeriod how long to wait for queued output and offloaded work
	 * @return the times
	 */
	public static StopTimes of(Duration gracePeriod) {
		return new StopTimes(min(gracePeriod, LONGEST), LAST_MOMENT);
	}

	/**
	 * Return times within which somebody waits for the stop to be over.
	 * @param gracePeriod how long to wait for queued output and offloaded work
	 * @param limit how long he waits, {@code null} if that is not known
	 * @return the times, with a shorter grace period if need be
	 */
	public static StopTimes of(Duration gracePeriod, @Nullable Duration limit) {
		if (limit == null) {
			return of(gracePeriod);
		}
		Duration reserve = min(LONGEST_RESERVE, limit.dividedBy(RESERVED_PART));
		Duration possible = min(min(gracePeriod, LONGEST), limit.minus(reserve));
		Duration left = limit.minus(possible).minus(reserve.dividedBy(RESERVED_PART));
		return new StopTimes(possible, (left.compareTo(LEAST_MOMENT) < 0) ? LEAST_MOMENT : min(LAST_MOMENT, left));
	}

	/**
	 * Return how long somebody has to wait for a stop with a grace period, at most.
	 */
	static Duration limitFor(Duration gracePeriod) {
		return min(gracePeriod, LONGEST).plus(LAST_MOMENT);
	}

	private static Duration min(Duration one, Duration other) {
		return (one.compareTo(other) < 0) ? one : other;
	}

}
