package io.asyncore.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;

import org.jspecify.annotations.Nullable;

/**
 * An endpoint with a channel of the system, whose descriptor the JDK itself does not free
 * when nobody can reach it any more: the {@link Holdings} of its map do.
 */
public abstract class ChannelEndpoint implements Endpoint {

	// that of the poller
	@Nullable Registration registration;

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
	 * Say whether two addresses of a socket are one and the same.
	 */
	static boolean isOwnPeer(@Nullable SocketAddress local, @Nullable SocketAddress remote) {
		// a Unix domain socket that connects has no address
		return remote instanceof InetSocketAddress && remote.equals(local);
	}

	/**
	 * Close the channel, without waiting for anything.
	 */
	void closeChannel() throws IOException {
		channel().close();
	}

	/**
	 * Ask a channel for an address: {@code null} if another thread has closed it.
	 * @param question asks for one of its addresses
	 * @return the address, {@code null} also if there is none
	 */
	public static @Nullable SocketAddress ask(AddressQuestion question) {
		try {
			return question.address();
		}
		catch (IOException ex) {
			return null;
		}
	}

	@Override
	public UnsupportedOperationException unsupported(String method) {
		return new UnsupportedOperationException(method + " is not possible on " + channel());
	}

	@Override
	public String toString() {
		return channel().toString();
	}

	/**
	 * One of the addresses of a channel.
	 */
	@FunctionalInterface
	public interface AddressQuestion {

		/**
		 * Ask the channel.
		 * @return the address, {@code null} if it has none
		 * @throws IOException if the channel is closed
		 */
		@Nullable SocketAddress address() throws IOException;

	}

}
