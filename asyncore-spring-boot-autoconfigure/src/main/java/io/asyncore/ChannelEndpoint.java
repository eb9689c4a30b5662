package io.asyncore;

import java.io.IOException;
import java.nio.channels.SelectableChannel;

import org.jspecify.annotations.Nullable;

/**
 * An endpoint with a channel of the system, whose descriptor the JDK itself does not free
 * when nobody can reach it any more: the {@link Holdings} of its map do.
 */
abstract class ChannelEndpoint implements Endpoint {

	// those of the holdings, used under their lock
	@Nullable Holdings holdings;

	@Nullable ChannelEndpoint previous;

	@Nullable ChannelEndpoint next;

	@Override
	public abstract SelectableChannel channel();

	@Override
	public void heldBy(@Nullable Holdings holdings) {
		Holdings present = this.holdings;
		if (present != null && present != holdings) {
			present.remove(this);
		}
		if (holdings != null) {
			holdings.add(this);
			if (!channel().isOpen()) {
				// closed by another thread in the middle of it
				holdings.remove(this);
			}
		}
	}

	@Override
	public void close() throws IOException {
		try {
			closeChannel();
		}
		finally {
			heldBy(null);
		}
	}

	/**
	 * Close the channel, without waiting for anything.
	 */
	void closeChannel() throws IOException {
		channel().close();
	}

}
