package io.asyncore;

/**
 * How an {@link EventLoopGroup} chooses the loop that is to serve a connection. Loops
 * that nobody runs are passed over. Means nothing where each loop accepts connections
 * itself, for then the system chooses.
 */
public enum ChannelDistribution {

	/** One loop after the other. */
	ROUND_ROBIN,

	/**
	 * The loop that has the fewest connections of servers at that moment, those on their
	 * way to it included.
	 */
	LEAST_CONNECTIONS

}
