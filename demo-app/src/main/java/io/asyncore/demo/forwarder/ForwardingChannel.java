package io.asyncore.demo.forwarder;

import java.nio.ByteBuffer;

import io.asyncore.ChannelMap;
import io.asyncore.DispatcherWithSend;
import org.jspecify.annotations.Nullable;

/**
 * One of the two channels of a forwarded connection: sends to the other one what it
 * receives.
 */
abstract class ForwardingChannel extends DispatcherWithSend {

	// when so much waits on the other side, its peer has to read first
	private static final int MAX_QUEUED = 256 * 1024;

	private @Nullable ForwardingChannel other;

	private boolean ended;

	ForwardingChannel() {
	}

	ForwardingChannel(ChannelMap map) {
		super(map);
	}

	void join(ForwardingChannel other) {
		this.other = other;
		other.other = this;
	}

	@Override
	protected boolean readable() {
		return this.other != null && this.other.outBuffered() < MAX_QUEUED;
	}

	// for the other side announces what readable() looks at: see handleWrite()
	@Override
	protected boolean predicatesDependOnOwnEventsOnly() {
		return true;
	}

	@Override
	protected void handleData(ByteBuffer data) throws Exception {
		if (this.other == null || this.other.closed()) {
			// by another thread: there is nobody to forward to any more
			closeWhenSent();
		}
		else {
			this.other.send(data);
		}
	}

	@Override
	protected void handleWrite() throws Exception {
		boolean full = outBuffered() >= MAX_QUEUED;
		super.handleWrite();
		if (full && this.other != null) {
			this.other.interestChanged();
		}
	}

	/**
	 * Pass on that this side's peer has ended its stream. It can still receive, so the
	 * connection goes on until both have.
	 */
	@Override
	protected void handleEof() throws Exception {
		this.ended = true;
		ForwardingChannel other = this.other;
		if (other == null || other.closed()) {
			closeWhenSent();
		}
		else if (other.ended) {
			closeWhenSent();
			other.closeWhenSent();
		}
		else {
			other.shutdownOutput();
		}
	}

	/**
	 * This side has gone: the other one gets what was received before, and goes too.
	 */
	@Override
	protected void handleClose() throws Exception {
		close();
		if (this.other != null && !this.other.closed()) {
			this.other.closeWhenSent();
		}
	}

	private void closeWhenSent() throws Exception {
		// what the superclass does at the end of the stream
		super.handleEof();
	}

}
