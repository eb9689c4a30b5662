package io.asyncore.simulation;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A stream socket.
 */
final class SimulatedStream extends SocketChannel implements Simulated {

	private static final SocketOption<Integer> LINGER = StandardSocketOptions.SO_LINGER;

	private final Network network;

	private final Options options = new Options(Set.of(StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_RCVBUF,
			StandardSocketOptions.SO_KEEPALIVE, StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_LINGER,
			StandardSocketOptions.TCP_NODELAY, StandardSocketOptions.IP_TOS));

	private @Nullable InetSocketAddress bound;

	private @Nullable InetSocketAddress local;

	private @Nullable InetSocketAddress remote;

	private @Nullable Wire in;

	private @Nullable Wire out;

	private boolean pending;

	private boolean connected;

	private @Nullable Handshake handshake;

	private boolean inputShut;

	private boolean outputShut;

	private boolean killed;

	// one that was accepted shares the port of its listener
	private final boolean ownPort;

	SimulatedStream(SimulatedProvider provider, Network network) {
		super(provider);
		this.network = network;
		this.ownPort = true;
	}

	/**
	 * Create one that is connected.
	 */
	SimulatedStream(SimulatedProvider provider, Network network, InetSocketAddress local, InetSocketAddress remote,
			Wire in, Wire out) {
		super(provider);
		this.network = network;
		this.ownPort = false;
		this.local = local;
		this.remote = remote;
		this.in = in;
		this.out = out;
		this.connected = true;
	}

	private Faults faults() {
		return ((SimulatedProvider) provider()).faults();
	}

	private void requireOpen() throws IOException {
		if (!isOpen()) {
			throw new ClosedChannelException();
		}
	}

	private Wire requireConnected(@Nullable Wire wire) {
		if (wire == null || !this.connected) {
			throw new NotYetConnectedException();
		}
		return wire;
	}

	// a thread that blocks has the world go on
	private void await(int operation) {
		if (isBlocking()) {
			this.network.world().runUntil(() -> !isOpen() || (readyOperations() & operation) != 0, World.NEVER);
		}
	}

	// addresses

	@Override
	public SocketChannel bind(@Nullable SocketAddress address) throws IOException {
		requireOpen();
		faults().call("bind", toString());
		this.bound = this.network.bind(this, address, true, false);
		this.local = this.bound;
		return this;
	}

	@Nullable InetSocketAddress bound() {
		return this.bound;
	}

	@Override
	public @Nullable SocketAddress getLocalAddress() throws IOException {
		requireOpen();
		return this.local;
	}

	@Override
	public @Nullable SocketAddress getRemoteAddress() throws IOException {
		requireOpen();
		return this.remote;
	}

	// connecting

	@Override
	public boolean connect(SocketAddress address) throws IOException {
		requireOpen();
		if (this.connected) {
			throw new AlreadyConnectedException();
		}
		if (this.pending) {
			throw new ConnectionPendingException();
		}
		InetSocketAddress target = Network.inet(address);
		faults().call("connect", toString());
		target = new InetSocketAddress(Network.nearTo(target), target.getPort());
		if (this.bound == null) {
			this.bound = this.network.bind(this, null, true, false);
		}
		this.local = new InetSocketAddress(Network.nearTo(target), this.bound.getPort());
		this.remote = target;
		this.pending = true;
		Handshake handshake = new Handshake(this.network, this.local, target);
		this.handshake = handshake;
		handshake.begin();
		if (isBlocking()) {
			await(SelectionKey.OP_CONNECT);
			return finishConnect();
		}
		return false;
	}

	static String name(InetSocketAddress address) {
		return address.getAddress().getHostAddress() + ":" + address.getPort();
	}

	@Override
	public boolean finishConnect() throws IOException {
		requireOpen();
		if (this.connected) {
			return true;
		}
		if (!this.pending) {
			throw new NoConnectionPendingException();
		}
		Handshake handshake = Objects.requireNonNull(this.handshake);
		IOException failure = handshake.failure();
		if (failure == null && faults().isFailing("finishConnect")) {
			failure = new ConnectException("Simulated failure of finishConnect");
		}
		if (failure != null) {
			// as those of the JDK do
			close();
			throw failure;
		}
		Wire[] wires = handshake.wires();
		if (wires != null) {
			this.out = wires[0];
			this.in = wires[1];
			this.connected = true;
			this.pending = false;
		}
		return this.connected;
	}

	@Override
	public boolean isConnected() {
		return this.connected;
	}

	@Override
	public boolean isConnectionPending() {
		return this.pending;
	}

	// bytes

	@Override
	public int read(ByteBuffer target) throws IOException {
		requireOpen();
		Wire in = requireConnected(this.in);
		if (this.inputShut) {
			return -1;
		}
		await(SelectionKey.OP_READ);
		faults().call("read", toString());
		return target.hasRemaining() ? in.read(target) : 0;
	}

	@Override
	public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
		long count = 0;
		for (int i = offset; i < offset + length; i++) {
			int part = read(targets[i]);
			if (part < 0) {
				return (count > 0) ? count : -1;
			}
			count += part;
			if (targets[i].hasRemaining()) {
				return count;
			}
		}
		return count;
	}

	@Override
	public int write(ByteBuffer source) throws IOException {
		requireOpen();
		Wire out = requireConnected(this.out);
		if (this.outputShut) {
			throw new ClosedChannelException();
		}
		await(SelectionKey.OP_WRITE);
		faults().call("write", toString());
		return out.write(source);
	}

	@Override
	public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
		long count = 0;
		for (int i = offset; i < offset + length; i++) {
			count += write(sources[i]);
			if (sources[i].hasRemaining()) {
				return count;
			}
		}
		return count;
	}

	@Override
	public SocketChannel shutdownInput() throws IOException {
		requireOpen();
		requireConnected(this.in);
		this.inputShut = true;
		return this;
	}

	@Override
	public SocketChannel shutdownOutput() throws IOException {
		requireOpen();
		Wire out = requireConnected(this.out);
		if (!this.outputShut) {
			faults().call("shutdownOutput", toString());
			this.outputShut = true;
			out.end();
		}
		return this;
	}

	@Override
	public int readyOperations() {
		if (!this.connected) {
			Handshake handshake = this.handshake;
			return (this.pending && handshake != null && handshake.isOver()) ? SelectionKey.OP_CONNECT : 0;
		}
		Wire in = this.in;
		Wire out = this.out;
		boolean read = this.inputShut || (in != null && in.isReadable());
		boolean write = this.outputShut || (out != null && out.isWritable());
		return (read ? SelectionKey.OP_READ : 0) | (write ? SelectionKey.OP_WRITE : 0);
	}

	@Override
	public long unacknowledged() {
		Wire out = this.out;
		return (out != null) ? out.unacknowledged() : 0;
	}

	// its end

	@Override
	protected void implCloseSelectableChannel() {
		Wire out = this.out;
		if (isRegistered() && out != null && !Integer.valueOf(0).equals(this.options.get(LINGER))) {
			// the descriptor is free later, but the peer need not wait for that
			out.end();
		}
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
		if (this.ownPort) {
			this.network.unbind(this, this.bound, true);
		}
		drop();
	}

	/**
	 * End a connection that nobody has accepted.
	 */
	void refuse() {
		Objects.requireNonNull(this.out).reset();
		Objects.requireNonNull(this.in).readerGone();
	}

	private void drop() {
		Wire in = this.in;
		Wire out = this.out;
		Handshake handshake = this.handshake;
		if (handshake != null && !this.connected) {
			handshake.abandon();
		}
		if (in == null || out == null) {
			return;
		}
		if (in.available() > 0 || Integer.valueOf(0).equals(this.options.get(LINGER))) {
			out.reset();
		}
		else {
			out.end();
		}
		in.readerGone();
	}

	@Override
	protected void implConfigureBlocking(boolean block) throws IOException {
		faults().call("configureBlocking", toString());
	}

	// options

	@Override
	public <T> SocketChannel setOption(SocketOption<T> option, @Nullable T value) throws IOException {
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
	public Socket socket() {
		throw new UnsupportedOperationException("A simulated channel has no java.net.Socket");
	}

	@Override
	public String toString() {
		InetSocketAddress local = this.local;
		InetSocketAddress remote = this.remote;
		return "simulated socket" + ((local != null) ? " " + name(local) : "")
				+ ((remote != null) ? " > " + name(remote) : "") + (isOpen() ? "" : " (closed)");
	}

}
