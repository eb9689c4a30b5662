package io.asyncore.simulation;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * A socket for datagrams, which are lost, come twice, and come in another order than they
 * were sent in.
 */
final class SimulatedDatagrams extends DatagramChannel implements Simulated {

	// how many wait to be received: what comes besides is lost
	private static final int MOST_WAITING = 100;

	private static final int MOST_BYTES = 65507;

	private final Network network;

	private final Options options = new Options(Set.of(StandardSocketOptions.SO_SNDBUF, StandardSocketOptions.SO_RCVBUF,
			StandardSocketOptions.SO_REUSEADDR, StandardSocketOptions.SO_REUSEPORT, StandardSocketOptions.SO_BROADCAST,
			StandardSocketOptions.IP_TOS, StandardSocketOptions.IP_MULTICAST_IF, StandardSocketOptions.IP_MULTICAST_TTL,
			StandardSocketOptions.IP_MULTICAST_LOOP));

	private final Deque<Datagram> waiting = new ArrayDeque<>();

	private @Nullable InetSocketAddress bound;

	private @Nullable InetSocketAddress remote;

	private boolean unreachable;

	private boolean killed;

	SimulatedDatagrams(SimulatedProvider provider, Network network) {
		super(provider);
		this.network = network;
	}

	private Faults faults() {
		return ((SimulatedProvider) provider()).faults();
	}

	private World world() {
		return this.network.world();
	}

	private void requireOpen() throws IOException {
		if (!isOpen()) {
			throw new ClosedChannelException();
		}
	}

	// addresses

	@Override
	public DatagramChannel bind(@Nullable SocketAddress address) throws IOException {
		requireOpen();
		if (this.bound != null) {
			throw new AlreadyBoundException();
		}
		faults().call("bind", toString());
		boolean shared = Boolean.TRUE.equals(this.options.get(StandardSocketOptions.SO_REUSEADDR))
				|| Boolean.TRUE.equals(this.options.get(StandardSocketOptions.SO_REUSEPORT));
		this.bound = this.network.bind(this, address, false, shared);
		return this;
	}

	@Nullable InetSocketAddress bound() {
		return this.killed ? null : this.bound;
	}

	@Override
	public @Nullable SocketAddress getLocalAddress() throws IOException {
		requireOpen();
		return this.bound;
	}

	@Override
	public @Nullable SocketAddress getRemoteAddress() throws IOException {
		requireOpen();
		return this.remote;
	}

	@Override
	public DatagramChannel connect(SocketAddress address) throws IOException {
		requireOpen();
		if (this.remote != null) {
			throw new AlreadyConnectedException();
		}
		InetSocketAddress target = Network.inet(address);
		faults().call("connect", toString());
		bindIfNeeded();
		this.remote = new InetSocketAddress(Network.nearTo(target), target.getPort());
		this.waiting.removeIf((datagram) -> !datagram.from().equals(this.remote));
		return this;
	}

	private InetSocketAddress bindIfNeeded() throws IOException {
		InetSocketAddress bound = this.bound;
		if (bound == null) {
			bound = this.network.bind(this, null, false, false);
			this.bound = bound;
		}
		return bound;
	}

	@Override
	public DatagramChannel disconnect() {
		this.remote = null;
		return this;
	}

	@Override
	public boolean isConnected() {
		return this.remote != null;
	}

	// datagrams

	@Override
	public @Nullable SocketAddress receive(ByteBuffer target) throws IOException {
		requireOpen();
		faults().call("receive", toString());
		if (this.bound == null) {
			bindIfNeeded();
		}
		throwIfUnreachable();
		Datagram datagram = this.waiting.poll();
		if (datagram == null) {
			return null;
		}
		ByteBuffer data = ByteBuffer.wrap(datagram.data());
		target.put(data.limit(Math.min(data.limit(), target.remaining())));
		return datagram.from();
	}

	private void throwIfUnreachable() throws IOException {
		if (this.unreachable) {
			this.unreachable = false;
			throw new PortUnreachableException();
		}
	}

	@Override
	public int send(ByteBuffer source, SocketAddress address) throws IOException {
		requireOpen();
		InetSocketAddress target = Network.inet(address);
		if (this.remote != null && !this.remote.equals(target)) {
			throw new AlreadyConnectedException();
		}
		faults().call("send", toString());
		InetSocketAddress bound = bindIfNeeded();
		throwIfUnreachable();
		int count = source.remaining();
		if (count > MOST_BYTES) {
			throw new IOException("Message too long");
		}
		byte[] data = new byte[count];
		source.get(data);
		InetSocketAddress from = new InetSocketAddress(Network.nearTo(target), bound.getPort());
		send(new Datagram(from, data), target);
		return count;
	}

	private void send(Datagram datagram, InetSocketAddress target) {
		String way = SimulatedStream.name(datagram.from()) + " > " + SimulatedStream.name(target);
		String text = Trace.text(ByteBuffer.wrap(datagram.data()));
		LinkConditions conditions = this.network.conditions();
		if (world().happens(conditions.lostDatagrams())) {
			world().trace().add(way + "  loses " + text);
			return;
		}
		world().trace().add(way + "  sends " + text);
		int copies = world().happens(conditions.doubledDatagrams()) ? 2 : 1;
		for (int i = 0; i < copies; i++) {
			world().after(this.network.delay(), () -> arrive(datagram, target));
		}
	}

	private void arrive(Datagram datagram, InetSocketAddress target) {
		if (this.network.isPartitioned()) {
			return;
		}
		SimulatedDatagrams receiver = this.network.datagrams(target);
		if (receiver == null) {
			this.unreachable |= this.remote != null;
		}
		else {
			receiver.arrived(datagram);
		}
	}

	private void arrived(Datagram datagram) {
		boolean wanted = this.remote == null || this.remote.equals(datagram.from());
		if (wanted && this.waiting.size() < MOST_WAITING) {
			this.waiting.add(datagram);
		}
	}

	@Override
	public int read(ByteBuffer target) throws IOException {
		if (this.remote == null) {
			throw new NotYetConnectedException();
		}
		int position = target.position();
		receive(target);
		return target.position() - position;
	}

	@Override
	public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
		return read(targets[offset]);
	}

	@Override
	public int write(ByteBuffer source) throws IOException {
		InetSocketAddress remote = this.remote;
		if (remote == null) {
			throw new NotYetConnectedException();
		}
		return send(source, remote);
	}

	@Override
	public long write(ByteBuffer[] sources, int offset, int length) throws IOException {
		return write(sources[offset]);
	}

	@Override
	public int readyOperations() {
		boolean read = !this.waiting.isEmpty() || this.unreachable;
		return SelectionKey.OP_WRITE | (read ? SelectionKey.OP_READ : 0);
	}

	// its end

	@Override
	protected void implCloseSelectableChannel() {
		if (!isRegistered()) {
			kill();
		}
	}

	@Override
	public void kill() {
		if (!this.killed) {
			this.killed = true;
			faults().closed();
			this.network.unbind(this, this.bound, false);
		}
	}

	@Override
	protected void implConfigureBlocking(boolean block) throws IOException {
		faults().call("configureBlocking", toString());
	}

	// options

	@Override
	public <T> DatagramChannel setOption(SocketOption<T> option, @Nullable T value) throws IOException {
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
	public MembershipKey join(InetAddress group, NetworkInterface networkInterface) {
		throw new UnsupportedOperationException("A simulated network has no groups");
	}

	@Override
	public MembershipKey join(InetAddress group, NetworkInterface networkInterface, @Nullable InetAddress source) {
		throw new UnsupportedOperationException("A simulated network has no groups");
	}

	@Override
	public DatagramSocket socket() {
		throw new UnsupportedOperationException("A simulated channel has no java.net.DatagramSocket");
	}

	@Override
	public String toString() {
		InetSocketAddress bound = this.bound;
		return "simulated socket for datagrams" + ((bound != null) ? " " + SimulatedStream.name(bound) : "")
				+ (isOpen() ? "" : " (closed)");
	}

	/**
	 * What is sent.
	 *
	 * @param from its sender
	 * @param data its content
	 */
	private record Datagram(InetSocketAddress from, byte[] data) {
	}

}
