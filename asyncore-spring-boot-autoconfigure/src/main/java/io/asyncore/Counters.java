package io.asyncore;

import org.jspecify.annotations.Nullable;

/**
 * What is counted of one channel, and of all channels of its name by it; and why it is
 * closed. The thread of the loop writes, others read what they find.
 */
final class Counters {

	// counted by nobody yet
	private static final byte FRESH = 0;

	// a constructor has transferred something, before the channel had its name
	private static final byte DEFERRED = 1;

	// counted as opened
	private static final byte OPENED = 2;

	private static final CloseReason[] REASONS = CloseReason.values();

	private final Owner owner;

	private volatile @Nullable String name;

	private volatile @Nullable ChannelTotals totals;

	// where the present connection was counted as opened, or before that as accepted
	private volatile @Nullable ChannelTotals countedIn;

	private volatile byte stage;

	// what the application says a close is for, what it is for if that does not say, and
	// if nothing else comes in between: by number, for there may be many of these
	private volatile byte givenReason;

	private volatile byte inferredReason;

	private volatile byte defaultReason;

	// the times when the socket came and when something was transferred
	private long since;

	private long active;

	private long received;

	private long sent;

	Counters(Owner owner) {
		this.owner = owner;
	}

	/**
	 * Begin with a new socket, or without one.
	 */
	void begin() {
		this.givenReason = 0;
		this.inferredReason = 0;
		this.defaultReason = 0;
		this.received = 0;
		this.sent = 0;
		if (this.stage == DEFERRED) {
			this.stage = FRESH;
		}
		this.since = this.owner.activityTime();
		this.active = this.since;
	}

	String name() {
		String name = this.name;
		return (name != null) ? name : this.owner.defaultName();
	}

	boolean isNamed() {
		return this.name != null;
	}

	void setName(String name) {
		this.name = name;
		this.totals = null;
	}

	/**
	 * Note that the channel is counted by another loop.
	 */
	void moved() {
		this.totals = null;
	}

	/**
	 * Return what is counted of all channels of that name.
	 */
	ChannelTotals totals() {
		ChannelTotals totals = this.totals;
		if (totals == null) {
			totals = this.owner.totals(name());
			this.totals = totals;
		}
		return totals;
	}

	// the connection

	boolean isOpened() {
		return this.stage == OPENED;
	}

	/**
	 * Note that a listener has accepted the connection. It counts as rejected if it ends
	 * before it is opened. Under the lock of the channel.
	 * @param listener what is counted of that
	 */
	void accepted(ChannelTotals listener) {
		this.countedIn = listener;
	}

	/**
	 * Count the connection, once, when the loop serves it. Under the lock of the channel.
	 */
	void opened() {
		ChannelTotals totals = totals();
		this.countedIn = totals;
		boolean deferred = this.stage == DEFERRED;
		this.stage = OPENED;
		totals.addOpened();
		if (deferred) {
			attribute(totals);
		}
	}

	/**
	 * Count that an attempt to connect is over. May be called by any thread.
	 */
	void connectEnded(ConnectOutcome outcome) {
		totals().addConnect(outcome);
	}

	/**
	 * Count the end of the connection, if it was counted. Under the lock of the channel.
	 * @return whether it was counted as opened
	 */
	boolean closed(CloseReason reason) {
		ChannelTotals totals = this.countedIn;
		if (totals == null) {
			return false;
		}
		this.countedIn = null;
		if (!isOpened()) {
			boolean failed = reason(this.inferredReason) == CloseReason.ERROR;
			totals.addRejected(failed ? RejectReason.ERROR : RejectReason.REFUSED);
			return false;
		}
		this.stage = FRESH;
		// which it may have left meanwhile
		totals.addClosed(reason);
		return true;
	}

	// why it is closed

	/**
	 * Return what a close counts as, {@code null} as far as that is not known.
	 */
	@Nullable CloseReason closeReason() {
		byte given = this.givenReason;
		byte inferred = this.inferredReason;
		return reason((given != 0) ? given : (inferred != 0) ? inferred : this.defaultReason);
	}

	private static @Nullable CloseReason reason(byte number) {
		return (number != 0) ? REASONS[number - 1] : null;
	}

	private static byte number(@Nullable CloseReason reason) {
		return (reason != null) ? (byte) (reason.ordinal() + 1) : 0;
	}

	/**
	 * Set what a close counts as.
	 */
	void setCloseReason(CloseReason reason) {
		this.givenReason = number(reason);
	}

	/**
	 * Set what a close counts as if nothing else comes in between.
	 */
	void setDefaultReason(CloseReason reason) {
		this.defaultReason = number(reason);
	}

	/**
	 * Set what a close counts as if the application does not say.
	 * @return what that was before
	 */
	@Nullable CloseReason inferReason(@Nullable CloseReason reason) {
		CloseReason before = reason(this.inferredReason);
		this.inferredReason = number(reason);
		return before;
	}

	/**
	 * Go back to an earlier reason, unless there is another one by now.
	 * @param present what was set in between
	 */
	void restoreReason(CloseReason present, @Nullable CloseReason before) {
		if (this.inferredReason == number(present)) {
			this.inferredReason = number(before);
		}
	}

	// bytes

	void received(int bytes) {
		this.active = this.owner.activityTime();
		if (isNameless()) {
			this.stage = DEFERRED;
		}
		else {
			named().addReceived(bytes);
		}
		this.received += bytes;
	}

	void sent(int bytes) {
		this.active = this.owner.activityTime();
		if (isNameless()) {
			this.stage = DEFERRED;
		}
		else {
			named().addSent(bytes);
		}
		this.sent += bytes;
	}

	// what has a name by now, also for what was transferred before
	private ChannelTotals named() {
		ChannelTotals totals = totals();
		if (this.stage == DEFERRED) {
			this.stage = FRESH;
			attribute(totals);
		}
		return totals;
	}

	private void attribute(ChannelTotals totals) {
		totals.addReceived(this.received);
		totals.addSent(this.sent);
	}

	// while a server has it made, whose name it will have
	private boolean isNameless() {
		return this.stage != OPENED && (this.stage == DEFERRED || (this.received == 0 && this.sent == 0))
				&& this.owner.isMade();
	}

	long since() {
		return this.since;
	}

	long activeAt() {
		return this.active;
	}

	void setActive(long time) {
		this.active = time;
	}

	long received() {
		return this.received;
	}

	long sent() {
		return this.sent;
	}

	/**
	 * The channel of which this is counted.
	 */
	interface Owner {

		/**
		 * Return the time to note for what is transferred now.
		 */
		long activityTime();

		/**
		 * Return what the channel is called if it has no name of its own.
		 */
		String defaultName();

		/**
		 * Return what is counted of all channels of a name.
		 */
		ChannelTotals totals(String name);

		/**
		 * Say whether a channel is being made that is still to get its name.
		 */
		boolean isMade();

	}

}
