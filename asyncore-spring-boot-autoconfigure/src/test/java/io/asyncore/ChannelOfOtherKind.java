package io.asyncore;

import java.nio.channels.SelectionKey;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.SelectorProvider;

/**
 * A channel of which nobody knows how to read it.
 */
class ChannelOfOtherKind extends AbstractSelectableChannel {

	ChannelOfOtherKind() {
		super(SelectorProvider.provider());
	}

	@Override
	public int validOps() {
		return SelectionKey.OP_READ;
	}

	@Override
	protected void implCloseSelectableChannel() {
	}

	@Override
	protected void implConfigureBlocking(boolean block) {
	}

}
