package io.asyncore;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;

import org.jspecify.annotations.Nullable;

/**
 * A datagram socket. That a peer's port is unreachable says something about one datagram
 * only, so it is passed over.
 */
final class DatagramEndpoint extends ChannelEndpoint {

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
		try {
			return this.channel.send(data, target);
		}
		catch (PortUnreachableException ex) {
			// tells of an earlier datagram, this one has not been sent yet
			return this.channel.send(data, target);
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
	public Endpoint reopen() throws IOException {
		DatagramChannel socket = (this.family != null) ? DatagramChannel.open(this.family) : DatagramChannel.open();
		try {
			Endpoint endpoint = Endpoint.datagrams(socket, this.family);
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
		return Endpoint.ask(this.channel::getLocalAddress);
	}

	@Override
	public @Nullable SocketAddress remoteAddress() {
		return Endpoint.ask(this.channel::getRemoteAddress);
	}

	@Override
	public ChannelState state() {
		if (this.channel.isConnected()) {
			return ChannelState.CONNECTED;
		}
		return (localAddress() != null) ? ChannelState.BOUND : ChannelState.CREATED;
	}

	@Override
	public boolean isConnectionless() {
		return true;
	}

}
