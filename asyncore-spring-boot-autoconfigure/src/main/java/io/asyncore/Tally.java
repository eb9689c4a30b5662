package io.asyncore;

import org.jspecify.annotations.Nullable;

/**
 * What is counted of one channel, and of the group of its name by it. The thread of the
 * loop writes, others read what they find.
 */
final class Tally {

	private final Attachment attachment;

	private volatile @Nullable String name;

	private volatile @Nullable ChannelGroup group;

	// whether the present connection was counted as opened
	private volatile boolean opened;

	private volatile @Nullable CloseReason closeReason;

	// the times when the socket came and when something was transferred
	private long since;

	private long active;

	private long received;

	private long sent;

	Tally(Attachment attachment) {
		this.attachment = attachment;
	}

	/**
	 * Begin with a new socket.
	 */
	void reset() {
		this.closeReason = null;
		this.received = 0;
		this.sent = 0;
		this.since = this.attachment.loop().activityTime();
		this.active = this.since;
	}

	String name() {
		String name = this.name;
		return (name != null) ? name : this.attachment.traits().name();
	}

	boolean isNamed() {
		return this.name != null;
	}

	void setName(String name) {
		this.name = name;
		this.group = null;
	}

	/**
	 * Note that the channel is in another map.
	 */
	void moved() {
		this.group = null;
	}

	ChannelGroup group() {
		ChannelGroup group = this.group;
		if (group == null) {
			group = this.attachment.loop().monitor().group(name());
			this.group = group;
		}
		return group;
	}

	boolean isOpened() {
		return this.opened;
	}

	/**
	 * Count the connection, once, when the loop serves it. Under the lock of the
	 * attachment.
	 */
	void opened() {
		this.opened = true;
		group().addOpened();
		for (EventLoopObserver observer : this.attachment.loop().monitor().observers()) {
			observer.opened(this.attachment.dispatcher());
		}
	}

	/**
	 * Count the end of the connection, if it was counted. Under the lock of the
	 * attachment.
	 */
	void closed() {
		if (!this.opened) {
			return;
		}
		this.opened = false;
		CloseReason reason = closeReason();
		group().addClosed(reason);
		for (EventLoopObserver observer : this.attachment.loop().monitor().observers()) {
			observer.closed(this.attachment.dispatcher(), reason);
		}
	}

	private CloseReason closeReason() {
		CloseReason reason = this.closeReason;
		if (reason != null) {
			return reason;
		}
		boolean peerGone = this.attachment.isSilent() || this.attachment.transfer().isEnded();
		return peerGone ? CloseReason.PEER : CloseReason.LOCAL;
	}

	/**
	 * Set what a close counts as.
	 * @return what it counted as before
	 */
	@Nullable CloseReason setCloseReason(@Nullable CloseReason reason) {
		CloseReason before = this.closeReason;
		this.closeReason = reason;
		return before;
	}

	void received(int bytes) {
		this.received += bytes;
		this.active = this.attachment.loop().activityTime();
		group().addReceived(bytes);
	}

	void sent(int bytes) {
		this.sent += bytes;
		this.active = this.attachment.loop().activityTime();
		group().addSent(bytes);
	}

	/**
	 * Count as if something had come or gone.
	 */
	void activeNow() {
		this.active = this.attachment.loop().now();
	}

	long since() {
		return this.since;
	}

	long active() {
		return this.active;
	}

	long received() {
		return this.received;
	}

	long sent() {
		return this.sent;
	}

}
