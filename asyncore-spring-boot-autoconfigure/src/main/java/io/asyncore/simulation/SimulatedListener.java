package io.asyncore.simulation;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetBoundException;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A stream socket that listens.
 */
final class SimulatedListener extends ServerSocketChannel implements Simulated {

	private static final int DEFAULT_BACKLOG = 50;

	private final Network network;

	private final Options options = new Options(Set.of(StandardSocketOptions.SO_RCVBUF,
			StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT));

	private final Deque<SimulatedStream> waiting = new ArrayDeque<>();

	private @Nullable InetSocketAddress bound;

	private int backlog;

	private boolean killed;

	SimulatedListener(SimulatedProvider provider, Network network) {
		super(provider);
		this.network = network;
	}

	private Faults faults() {
		return ((SimulatedProvider) provider()).faults();
	}

	private void requireOpen() throws IOException {
		if (!isOpen()) {
			throw new ClosedChannelException();
		}
	}

	@Override
	public ServerSocketChannel bind(@Nullable SocketAddress address, int backlog) throws IOException {
		requireOpen();
		if (this.bound != null) {
			throw new AlreadyBoundException();
		}
		faults().call("listen", toString());
		this.bound = this.network.listen(this, address);
		this.backlog = (backlog > 0) ? backlog : DEFAULT_BACKLOG;
		this.network.world().trace().add(SimulatedStream.name(this.bound) + "  listens");
		return this;
	}

	@Nullable InetSocketAddress bound() {
		return this.killed ? null : this.bound;
	}

	boolean isShared() {
		return Boolean.TRUE.equals(this.options.get(StandardSocketOptions.SO_REUSEPORT));
	}

	boolean isFull() {
		return this.waiting.size() >= this.backlog;
	}

	void add(SimulatedStream stream) {
		this.waiting.add(stream);
	}

	@Override
	public @Nullable SocketChannel accept() throws IOException {
		requireOpen();
		if (this.bound == null) {
			throw new NotYetBoundException();
		}
		if (isBlocking()) {
			this.network.world().runUntil(() -> !this.waiting.isEmpty() || !isOpen(), World.NEVER);
		}
		faults().call("accept", toString());
		if (this.waiting.isEmpty()) {
			return null;
		}
		faults().open("a connection");
		return this.waiting.remove();
	}

	@Override
	public int readyOperations() {
		return this.waiting.isEmpty() ? 0 : SelectionKey.OP_ACCEPT;
	}

	@Override
	protected void implCloseSelectableChannel() {
		if (!isRegistered()) {
			kill();
		}
	}

	@Override
	public void kill() {
		if (this.killed) {
			return;
		}
		this.killed = true;
		faults().closed();
		this.network.unbind(this, this.bound, true);
		// nobody will ever have them
		this.waiting.forEach(SimulatedStream::refuse);
		this.waiting.clear();
	}

	@Override
	protected void implConfigureBlocking(boolean block) throws IOException {
		faults().call("configureBlocking", toString());
	}

	@Override
	public @Nullable SocketAddress getLocalAddress() throws IOException {
		requireOpen();
		return this.bound;
	}

	@Override
	public <T> ServerSocketChannel setOption(SocketOption<T> option, @Nullable T value) throws IOException {
		requireOpen();
		faults().call("setOption", toString());
		this.options.set(option, value);
		return this;
	}

	@Override
	public <T> @Nullable T getOption(SocketOption<T> option) throws IOException {
		requireOpen();
		return this.options.get(option);
	}

	@Override
	public Set<SocketOption<?>> supportedOptions() {
		return this.options.supported();
	}

	@Override
	public ServerSocket socket() {
		throw new UnsupportedOperationException("A simulated channel has no java.net.ServerSocket");
	}

	@Override
	public String toString() {
		InetSocketAddress bound = this.bound;
		return "simulated listener" + ((bound != null) ? " " + SimulatedStream.name(bound) : "")
				+ (isOpen() ? "" : " (closed)");
	}

}
