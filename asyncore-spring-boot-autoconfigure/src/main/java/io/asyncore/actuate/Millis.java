package io.asyncore.actuate;

/**
 * Times as the endpoint tells them.
 */
final class Millis {

	private static final double NANOS_PER_MICRO = 1_000;

	private static final double MICROS_PER_MILLI = 1_000;

	private Millis() {
	}

	/**
	 * Return milliseconds, with three digits after the point.
	 */
	static double of(long nanos) {
		return Math.round(nanos / NANOS_PER_MICRO) / MICROS_PER_MILLI;
	}

}
