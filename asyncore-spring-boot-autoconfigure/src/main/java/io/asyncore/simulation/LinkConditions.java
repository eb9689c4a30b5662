package io.asyncore.simulation;

/**
 * How bytes get from one end to the other. Times are in nanoseconds, chances from 0 to 1.
 *
 * @param latency how long they take at least
 * @param jitter how much longer at most, each time anew
 * @param window how many bytes of a stream may be under way and unread, in each direction
 * @param shortTransfers how often a read or a write takes less than it could
 * @param lostDatagrams how often a datagram is lost
 * @param doubledDatagrams how often it comes twice
 */
public record LinkConditions(long latency, long jitter, int window, double shortTransfers, double lostDatagrams,
		double doubledDatagrams) {

	/** A short way on which nothing is lost. */
	public static final LinkConditions DEFAULT = new LinkConditions(100_000, 400_000, 64 * 1024, 0.2, 0, 0);

	/**
	 * Create a new instance.
	 * @throws IllegalArgumentException if a value is not possible
	 */
	public LinkConditions {
		check("latency", latency >= 0, latency, "not negative");
		check("jitter", jitter >= 0, jitter, "not negative");
		check("window", window > 0, window, "positive");
		check("shortTransfers", shortTransfers >= 0 && shortTransfers < 1, shortTransfers, "from 0 to less than 1");
		check("lostDatagrams", lostDatagrams >= 0 && lostDatagrams <= 1, lostDatagrams, "from 0 to 1");
		check("doubledDatagrams", doubledDatagrams >= 0 && doubledDatagrams <= 1, doubledDatagrams, "from 0 to 1");
	}

	private static void check(String name, boolean valid, Number value, String condition) {
		if (!valid) {
			throw new IllegalArgumentException("'" + name + "' must be " + condition + ", not " + value);
		}
	}

}
