package io.asyncore.transport;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A datagram socket. That a peer's port is unreachable says something about one datagram
 * only, so it is passed over.
 */
final class DatagramEndpoint extends ChannelEndpoint implements SocketEndpoint {

	// and of where it is sent from
	private static final List<SocketOption<?>> OPTIONS_OF_WHAT_IS_SENT = List.of(StandardSocketOptions.SO_REUSEPORT,
			StandardSocketOptions.SO_BROADCAST, StandardSocketOptions.IP_TOS, StandardSocketOptions.IP_MULTICAST_IF,
			StandardSocketOptions.IP_MULTICAST_TTL, StandardSocketOptions.IP_MULTICAST_LOOP);

	private final DatagramChannel channel;

	private final @Nullable ProtocolFamily family;

	// what the user has set
	private @Nullable SocketOptions options;

	// whether the address was not chosen by the system for connecting
	private boolean bound;

	/**
	 * Create a new instance.
	 * @param channel the socket
	 * @param family the family it was opened with, if known
	 */
	DatagramEndpoint(DatagramChannel channel, @Nullable ProtocolFamily family) {
		this.channel = channel;
		this.family = family;
	}

	@Override
	public SelectableChannel channel() {
		return this.channel;
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		if (!this.channel.isConnected()) {
			int position = buffer.position();
			receive(buffer);
			return buffer.position() - position;
		}
		try {
			return this.channel.read(buffer);
		}
		catch (PortUnreachableException ex) {
			return 0;
		}
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		if (!data.hasRemaining() && this.channel.isConnected()) {
			return sendEmpty(this.channel.getRemoteAddress());
		}
		try {
			return this.channel.write(data);
		}
		catch (PortUnreachableException ex) {
			// tells of an earlier datagram, this one has not been sent yet
			return this.channel.write(data);
		}
	}

	@Override
	public @Nullable SocketAddress receive(ByteBuffer buffer) throws IOException {
		try {
			return this.channel.receive(buffer);
		}
		catch (PortUnreachableException ex) {
			return null;
		}
	}

	@Override
	public int send(ByteBuffer data, SocketAddress target) throws IOException {
		if (!data.hasRemaining() && target.equals(this.channel.getRemoteAddress())) {
			return sendEmpty(target);
		}
		try {
			return this.channel.send(data, target);
		}
		catch (PortUnreachableException ex) {
			// tells of an earlier datagram, this one has not been sent yet
			return this.channel.send(data, target);
		}
	}

	/**
	 * Send a datagram without content. A channel that is connected asks the system for
	 * nothing if there is nothing to write, so another one does, for a moment and from
	 * the same address. What the peer sends meanwhile still comes to this one, which is
	 * the better match.
	 */
	private int sendEmpty(SocketAddress target) throws IOException {
		boolean shared = this.channel.getOption(StandardSocketOptions.SO_REUSEADDR);
		try (DatagramChannel other = another()) {
			other.configureBlocking(false);
			for (SocketOption<?> option : OPTIONS_OF_WHAT_IS_SENT) {
				copy(option, other);
			}
			other.setOption(StandardSocketOptions.SO_REUSEADDR, true);
			this.channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
			other.bind(this.channel.getLocalAddress());
			return other.send(ByteBuffer.allocate(0), target);
		}
		finally {
			if (!shared) {
				this.channel.setOption(StandardSocketOptions.SO_REUSEADDR, false);
			}
		}
	}

	private DatagramChannel another() throws IOException {
		SelectorProvider provider = this.channel.provider();
		return (this.family != null) ? provider.openDatagramChannel(this.family) : provider.openDatagramChannel();
	}

	private <T> void copy(SocketOption<T> option, DatagramChannel target) throws IOException {
		T value = this.channel.supportedOptions().contains(option) ? this.channel.getOption(option) : null;
		if (value != null) {
			target.setOption(option, value);
		}
	}

	@Override
	public void bind(SocketAddress address) throws IOException {
		this.channel.bind(address);
	}

	@Override
	public boolean connect(SocketAddress address) throws IOException {
		this.bound = this.channel.getLocalAddress() != null;
		this.channel.connect(address);
		return true;
	}

	@Override
	public boolean finishConnect() {
		return true;
	}

	@Override
	public boolean reaches(InetAddress address) {
		return this.family != StandardProtocolFamily.INET || address instanceof Inet4Address;
	}

	@Override
	public boolean closeIfItsOwnPeer() throws IOException {
		if (this.bound || !isOwnPeer(localAddress(), remoteAddress())) {
			return false;
		}
		close();
		return true;
	}

	@Override
	public boolean outlivesFailure() {
		return this.channel.isOpen();
	}

	@Override
	public SocketEndpoint reopen() throws IOException {
		DatagramChannel socket = another();
		try {
			SocketEndpoint endpoint = NioTransport.datagrams(socket, this.family);
			if (this.options != null) {
				this.options.applyTo(endpoint);
			}
			return endpoint;
		}
		catch (IOException | RuntimeException ex) {
			socket.close();
			throw ex;
		}
	}

	@Override
	public <T> void setOption(SocketOption<T> option, T value) throws IOException {
		this.channel.setOption(option, value);
		this.options = SocketOptions.with(this.options, option, value);
	}

	@Override
	public <T> T getOption(SocketOption<T> option) throws IOException {
		return this.channel.getOption(option);
	}

	@Override
	public @Nullable SocketAddress localAddress() {
		return ask(this.channel::getLocalAddress);
	}

	@Override
	public @Nullable SocketAddress remoteAddress() {
		return ask(this.channel::getRemoteAddress);
	}

	@Override
	public Stage stage() {
		if (this.channel.isConnected()) {
			return Stage.CONNECTED;
		}
		return (localAddress() != null) ? Stage.BOUND : Stage.CREATED;
	}

	@Override
	public boolean isConnectionless() {
		return true;
	}

}
