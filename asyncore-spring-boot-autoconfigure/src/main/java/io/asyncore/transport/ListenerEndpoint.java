package io.asyncore.transport;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stream socket that listens. Options that a listener itself does not have are set on
 * the sockets it accepts.
 */
final class ListenerEndpoint extends ChannelEndpoint implements SocketEndpoint {

	private static final Logger logger = LoggerFactory.getLogger(ListenerEndpoint.class);

	/** What a connection can have set, where its own socket cannot be asked. */
	static final Set<SocketOption<?>> CONNECTION_OPTIONS = Set.of(StandardSocketOptions.TCP_NODELAY,
			StandardSocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_LINGER, StandardSocketOptions.SO_SNDBUF,
			StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.IP_TOS);

	private static final Set<SocketOption<?>> UNIX_CONNECTION_OPTIONS = Set.of(StandardSocketOptions.SO_LINGER,
			StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_RCVBUF);

	private static final int DEFAULT_BACKLOG = 128;

	private final ServerSocketChannel channel;

	// a listener for TCP has all it has for its connections; one of a Unix domain socket
	// hands nothing on
	private final boolean unix;

	private final Set<SocketOption<?>> connectionOptions;

	private final Map<SocketOption<?>, Object> acceptedOptions = new LinkedHashMap<>();

	ListenerEndpoint(ServerSocketChannel channel, Set<SocketOption<?>> connectionOptions) {
		this.channel = channel;
		this.unix = !channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEADDR);
		this.connectionOptions = this.unix ? UNIX_CONNECTION_OPTIONS : connectionOptions;
		this.acceptedOptions.put(StandardSocketOptions.TCP_NODELAY, true);
	}

	@Override
	public SelectableChannel channel() {
		return this.channel;
	}

	@Override
	public int read(ByteBuffer buffer) {
		throw unsupported("read");
	}

	@Override
	public int write(ByteBuffer data) {
		throw unsupported("write");
	}

	@Override
	public void bind(SocketAddress address) throws IOException {
		this.channel.bind(address, DEFAULT_BACKLOG);
	}

	@Override
	public SocketEndpoint listen(int backlog) throws IOException {
		if (this.channel.getLocalAddress() == null) {
			this.channel.bind(null, backlog);
		}
		return this;
	}

	@Override
	public @Nullable SocketEndpoint accept() throws IOException {
		SocketChannel socket = this.channel.accept();
		if (socket == null) {
			return null;
		}
		try {
			for (Map.Entry<SocketOption<?>, Object> option : this.acceptedOptions.entrySet()) {
				set(socket, option);
			}
			return new StreamEndpoint(socket, null);
		}
		catch (IOException ex) {
			// a peer that has gone already is as good as one that never came
			logger.debug("A connection is gone that {} has just accepted", this, ex);
			StreamEndpoint.close(socket);
			return null;
		}
		catch (RuntimeException | Error ex) {
			// a wrong value of an option, or no memory for it
			StreamEndpoint.close(socket);
			throw ex;
		}
	}

	@SuppressWarnings("unchecked")
	private static <T> void set(SocketChannel socket, Map.Entry<SocketOption<?>, Object> option) throws IOException {
		if (socket.supportedOptions().contains(option.getKey())) {
			socket.setOption((SocketOption<T>) option.getKey(), (T) option.getValue());
		}
	}

	@Override
	public <T> void setOption(SocketOption<T> option, T value) throws IOException {
		if (this.connectionOptions.contains(option)
				&& (this.unix || !this.channel.supportedOptions().contains(option))) {
			this.acceptedOptions.put(option, value);
		}
		else {
			this.channel.setOption(option, value);
		}
	}

	@Override
	@SuppressWarnings("unchecked")
	public <T> T getOption(SocketOption<T> option) throws IOException {
		Object value = this.acceptedOptions.get(option);
		return (value != null) ? (T) value : this.channel.getOption(option);
	}

	@Override
	public @Nullable SocketAddress localAddress() {
		SocketAddress address = boundAddress();
		return this.unix ? SocketFile.place(address) : address;
	}

	private @Nullable SocketAddress boundAddress() {
		return ask(this.channel::getLocalAddress);
	}

	@Override
	void closeChannel() throws IOException {
		SocketAddress bound = this.unix ? boundAddress() : null;
		this.channel.close();
		SocketFile.forget(bound);
	}

	@Override
	public Stage stage() {
		return (localAddress() != null) ? Stage.LISTENING : Stage.CREATED;
	}

}
