package io.asyncore;

import org.jspecify.annotations.Nullable;

/**
 * What is counted of one channel, and of the group of its name by it. The thread of the
 * loop writes, others read what they find.
 */
abstract class Counters {

	final Channel channel;

	private volatile @Nullable String name;

	private volatile @Nullable ChannelStats group;

	// where the present connection was counted as opened, or before that as accepted
	private volatile @Nullable ChannelStats countedIn;

	private volatile boolean opened;

	// what the application says a close is for
	private volatile @Nullable CloseReason saidReason;

	// what it is for if the application does not say
	private volatile @Nullable CloseReason presumedReason;

	// what it is for if nothing else comes in between
	private volatile @Nullable CloseReason plannedReason;

	// the times when the socket came and when something was transferred
	private long since;

	private long active;

	private long received;

	private long sent;

	// whether a constructor has transferred that, before the channel had its name
	private boolean held;

	Counters(Channel channel) {
		this.channel = channel;
		this.since = channel.engine().activityTime(channel);
		this.active = this.since;
	}

	/**
	 * Begin with a new socket.
	 */
	void reset() {
		this.saidReason = null;
		this.presumedReason = null;
		this.plannedReason = null;
		this.received = 0;
		this.sent = 0;
		this.held = false;
		this.since = this.channel.engine().activityTime(this.channel);
		this.active = this.since;
	}

	String name() {
		String name = this.name;
		return (name != null) ? name : this.channel.type().name();
	}

	boolean isNamed() {
		return this.name != null;
	}

	void setName(String name) {
		this.name = name;
		this.group = null;
		this.channel.described();
	}

	/**
	 * Note that the channel is in another map.
	 */
	void moved() {
		this.group = null;
	}

	ChannelStats group() {
		ChannelStats group = this.group;
		if (group == null) {
			group = this.channel.loop().monitor().group(name());
			this.group = group;
		}
		return group;
	}

	boolean isOpened() {
		return this.opened;
	}

	/**
	 * Note that a listener has accepted the connection. It counts as rejected if it ends
	 * before it is opened. Under the lock of the channel.
	 * @param group that of the listener
	 */
	void accepted(ChannelStats group) {
		this.countedIn = group;
	}

	/**
	 * Count the connection, once, when the loop serves it. Under the lock of the
	 * channel.
	 */
	void opened() {
		ChannelStats group = group();
		this.countedIn = group;
		this.opened = true;
		group.addOpened();
		attribute(group);
		Dispatcher channel = this.channel.dispatcher();
		this.channel.loop().monitor().tell((observer) -> observer.opened(channel));
	}

	/**
	 * Count that an attempt to connect is over. May be called by any thread.
	 */
	void connectEnded(ConnectOutcome outcome) {
		group().addConnect(outcome);
	}

	/**
	 * Count the end of the connection, if it was counted. Under the lock of the
	 * channel.
	 * @return why it has ended
	 */
	CloseReason closed() {
		CloseReason known = closeReason();
		CloseReason reason = (known != null) ? known : isPeerGone() ? CloseReason.PEER : CloseReason.LOCAL;
		countClosed(reason);
		return reason;
	}

	private void countClosed(CloseReason reason) {
		ChannelStats group = this.countedIn;
		if (group == null) {
			return;
		}
		this.countedIn = null;
		if (!this.opened) {
			boolean failed = this.presumedReason == CloseReason.ERROR;
			group.addRejected(failed ? RejectReason.ERROR : RejectReason.REFUSED);
			return;
		}
		this.opened = false;
		// which it may have left meanwhile
		group.addClosed(reason);
		Dispatcher channel = this.channel.dispatcher();
		this.channel.loop().monitor().tell((observer) -> observer.closed(channel, reason));
	}

	/**
	 * Say whether the peer has ended its stream.
	 */
	abstract boolean isEnded();

	/**
	 * Say whether sending has failed, because the peer has gone.
	 */
	abstract boolean isOutputLost();

	private boolean isPeerGone() {
		return this.channel.isSilent() || isEnded() || isOutputLost();
	}

	/**
	 * Return what a close counts as, as far as that is known.
	 */
	@Nullable CloseReason closeReason() {
		CloseReason said = this.saidReason;
		CloseReason presumed = this.presumedReason;
		return (said != null) ? said : (presumed != null) ? presumed : this.plannedReason;
	}

	/**
	 * Set what a close counts as.
	 */
	void setCloseReason(CloseReason reason) {
		this.saidReason = reason;
	}

	/**
	 * Set what a close counts as if nothing else comes in between.
	 */
	void setPlannedReason(CloseReason reason) {
		this.plannedReason = reason;
	}

	/**
	 * Set what a close counts as if the application does not say.
	 * @return what was presumed before
	 */
	@Nullable CloseReason presume(@Nullable CloseReason reason) {
		CloseReason before = this.presumedReason;
		this.presumedReason = reason;
		return before;
	}

	/**
	 * Presume again what was presumed before, unless there is another reason by now.
	 * @param present what was presumed in between
	 */
	void restore(CloseReason present, @Nullable CloseReason before) {
		if (this.presumedReason == present) {
			this.presumedReason = before;
		}
	}

	void received(int bytes) {
		active();
		if (isNameless()) {
			this.held = true;
		}
		else {
			ChannelStats group = group();
			attribute(group);
			group.addReceived(bytes);
		}
		this.received += bytes;
	}

	void sent(int bytes) {
		active();
		if (isNameless()) {
			this.held = true;
		}
		else {
			ChannelStats group = group();
			attribute(group);
			group.addSent(bytes);
		}
		this.sent += bytes;
	}

	private void attribute(ChannelStats group) {
		if (this.held) {
			this.held = false;
			group.addReceived(this.received);
			group.addSent(this.sent);
		}
	}

	// while a server has it made, whose name it will have
	private boolean isNameless() {
		return !this.opened && (this.held || (this.received == 0 && this.sent == 0))
				&& this.channel.loop().monitor().isMaking();
	}

	private void active() {
		this.active = this.channel.engine().activityTime(this.channel);
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

}
