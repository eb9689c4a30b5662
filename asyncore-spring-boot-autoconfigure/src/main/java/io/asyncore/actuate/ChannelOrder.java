package io.asyncore.actuate;

import java.util.Comparator;

import io.asyncore.ChannelSnapshot;

/**
 * By what the endpoint sorts channels.
 */
public enum ChannelOrder {

	/** The order in which the channels were made. */
	ID(Comparator.comparingLong(ChannelSnapshot::id)),

	/** How much waits to be sent. */
	QUEUED(Comparator.comparingInt(ChannelSnapshot::queued)),

	/** How long the channel has had its socket. */
	AGE(Comparator.comparing(ChannelSnapshot::age)),

	/** How long nothing has come or gone. */
	IDLE(Comparator.comparing(ChannelSnapshot::idle)),

	/** How much has come. */
	RECEIVED(Comparator.comparingLong(ChannelSnapshot::received)),

	/** How much has gone. */
	SENT(Comparator.comparingLong(ChannelSnapshot::sent));

	private final Comparator<ChannelSnapshot> ascending;

	ChannelOrder(Comparator<ChannelSnapshot> ascending) {
		this.ascending = ascending;
	}

	/**
	 * Return how to compare channels. Those that are equal are in the order in which they
	 * were made, so that pages fit together.
	 */
	Comparator<ChannelSnapshot> comparator(Direction direction) {
		Comparator<ChannelSnapshot> comparator = (direction == Direction.ASC) ? this.ascending
				: this.ascending.reversed();
		return comparator.thenComparingLong(ChannelSnapshot::id);
	}

	/**
	 * Return the direction that somebody wants who says nothing.
	 */
	Direction direction() {
		return (this == ID) ? Direction.ASC : Direction.DESC;
	}

	/**
	 * Which comes first.
	 */
	public enum Direction {

		/** The least. */
		ASC,

		/** The most. */
		DESC

	}

}
