package io.asyncore.transport;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

import org.jspecify.annotations.Nullable;

/**
 * The sockets and selectors of the JDK.
 */
public class NioTransport implements Transport {

	/** What loops use that say nothing else. */
	public static final NioTransport DEFAULT = new NioTransport();

	/**
	 * Create a new instance, for a subclass: all others may share {@link #DEFAULT}.
	 */
	public NioTransport() {
	}

	@Override
	public SocketEndpoint open(ProtocolFamily family, boolean datagrams) throws IOException {
		return datagrams ? datagrams(provider().openDatagramChannel(family), family)
				: stream(provider().openSocketChannel(family), family);
	}

	/**
	 * Return where channels and selectors come from.
	 * @return the provider
	 */
	protected SelectorProvider provider() {
		return SelectorProvider.provider();
	}

	/**
	 * Use a new socket for a stream, which is closed if that is not possible.
	 */
	static StreamEndpoint stream(SocketChannel socket, @Nullable ProtocolFamily family) throws IOException {
		try {
			socket.configureBlocking(false);
			if (socket.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
				socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
			}
			return new StreamEndpoint(socket, family);
		}
		catch (IOException | RuntimeException | Error ex) {
			socket.close();
			throw ex;
		}
	}

	/**
	 * Use a new socket for datagrams, which is closed if that is not possible.
	 */
	static DatagramEndpoint datagrams(DatagramChannel socket, @Nullable ProtocolFamily family) throws IOException {
		try {
			socket.configureBlocking(false);
			return new DatagramEndpoint(socket, family);
		}
		catch (IOException | RuntimeException | Error ex) {
			socket.close();
			throw ex;
		}
	}

	@Override
	public Endpoint of(SelectableChannel channel) throws IOException {
		channel.configureBlocking(false);
		if (channel instanceof SocketChannel socket) {
			return new StreamEndpoint(socket, null);
		}
		if (channel instanceof ServerSocketChannel listener) {
			return new ListenerEndpoint(listener, ListenerEndpoint.CONNECTION_OPTIONS);
		}
		if (channel instanceof DatagramChannel datagrams) {
			return new DatagramEndpoint(datagrams, null);
		}
		if (channel instanceof Pipe.SourceChannel || channel instanceof Pipe.SinkChannel) {
			return new PipeEndpoint(channel);
		}
		throw new IllegalArgumentException("A dispatcher needs a SocketChannel, ServerSocketChannel, DatagramChannel "
				+ "or an end of a Pipe, not " + channel);
	}

	@Override
	public Poller poller() {
		return new NioPoller(this);
	}

	/**
	 * Open a selector.
	 * @return the selector, which the poller closes
	 * @throws IOException if the system has none to give now
	 */
	protected Selector openSelector() throws IOException {
		return provider().openSelector();
	}

}
