package io.asyncore.simulation;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.channels.spi.SelectorProvider;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * One machine that is connected to itself: who has which port, who listens, and what the
 * ways are like that bytes go.
 */
public final class Network {

	private static final int FIRST_EPHEMERAL = 49152;

	private static final int LAST_EPHEMERAL = 65535;

	private final World world;

	private final SelectorProvider provider;

	private final SelectorProvider outside;

	private final Map<Integer, List<Object>> streams = new LinkedHashMap<>();

	private final Map<Integer, List<Object>> datagrams = new LinkedHashMap<>();

	// what waits until the network works again
	private final List<Runnable> held = new ArrayList<>();

	private LinkConditions conditions = LinkConditions.DEFAULT;

	private int lastPort = FIRST_EPHEMERAL - 1;

	private boolean partitioned;

	private int connections;

	Network(World world) {
		this.world = world;
		this.provider = new SimulatedProvider(this, world.faults());
		this.outside = new SimulatedProvider(this, new Faults(world));
	}

	World world() {
		return this.world;
	}

	/**
	 * Return where channels and selectors of this network come from.
	 * @return the provider
	 */
	public SelectorProvider provider() {
		return this.provider;
	}

	/**
	 * Return where those have their channels from who are not to be tested: their calls
	 * neither fail nor count.
	 * @return the provider
	 */
	public SelectorProvider outside() {
		return this.outside;
	}

	/**
	 * Return what the ways are like from now on.
	 * @return the conditions
	 */
	public LinkConditions conditions() {
		return this.conditions;
	}

	/**
	 * Change what the ways are like from now on.
	 * @param conditions the conditions
	 */
	public void setConditions(LinkConditions conditions) {
		this.conditions = conditions;
	}

	/**
	 * Have nothing arrive until the network is whole again: streams wait, datagrams are
	 * lost.
	 */
	public void partition() {
		this.partitioned = true;
		this.world.trace().add("the network is partitioned");
	}

	/**
	 * Have everything arrive again.
	 */
	public void heal() {
		this.partitioned = false;
		this.world.trace().add("the network is whole");
		List<Runnable> arrivals = List.copyOf(this.held);
		this.held.clear();
		// at once, or what is sent from now on would come before
		arrivals.forEach(Runnable::run);
	}

	boolean isPartitioned() {
		return this.partitioned;
	}

	/**
	 * Have something arrive that was sent in a stream, in its order.
	 */
	void arrive(Runnable arrival) {
		if (this.partitioned) {
			this.held.add(arrival);
		}
		else {
			arrival.run();
		}
	}

	long delay() {
		return this.conditions.latency() + this.world.random(this.conditions.jitter());
	}

	int nextConnection() {
		return ++this.connections;
	}

	// ports

	/**
	 * Give a socket an address.
	 * @param socket the socket
	 * @param wanted the address, {@code null} for any
	 * @param stream whether it is a socket for a stream
	 * @param shared whether others of the same kind may have it too
	 */
	InetSocketAddress bind(Object socket, @Nullable SocketAddress wanted, boolean stream, boolean shared)
			throws IOException {
		InetSocketAddress address = (wanted != null) ? inet(wanted) : new InetSocketAddress(0);
		Map<Integer, List<Object>> ports = stream ? this.streams : this.datagrams;
		int port = (address.getPort() != 0) ? address.getPort() : freePort(ports);
		List<Object> present = ports.computeIfAbsent(port, (key) -> new ArrayList<>());
		if (!present.isEmpty() && !shared) {
			throw new BindException("Address already in use");
		}
		present.add(socket);
		return new InetSocketAddress(address.getAddress(), port);
	}

	/**
	 * Give a listener an address, that of a socket that only held it for a listener too.
	 */
	InetSocketAddress listen(SimulatedListener listener, @Nullable SocketAddress wanted) throws IOException {
		InetSocketAddress address = (wanted != null) ? inet(wanted) : new InetSocketAddress(0);
		List<Object> present = this.streams.getOrDefault(address.getPort(), List.of());
		boolean shared = listener.isShared() || present.stream().noneMatch(SimulatedListener.class::isInstance);
		return bind(listener, address, true, shared);
	}

	private int freePort(Map<Integer, List<Object>> ports) throws IOException {
		for (int i = FIRST_EPHEMERAL; i <= LAST_EPHEMERAL; i++) {
			this.lastPort = (this.lastPort < LAST_EPHEMERAL) ? this.lastPort + 1 : FIRST_EPHEMERAL;
			if (ports.getOrDefault(this.lastPort, List.of()).isEmpty()) {
				return this.lastPort;
			}
		}
		throw new BindException("Cannot assign requested address");
	}

	void unbind(Object socket, @Nullable InetSocketAddress address, boolean stream) {
		Map<Integer, List<Object>> ports = stream ? this.streams : this.datagrams;
		if (address != null) {
			List<Object> present = ports.get(address.getPort());
			if (present != null && present.remove(socket) && present.isEmpty()) {
				ports.remove(address.getPort());
			}
		}
	}

	/**
	 * Return how many ports somebody has.
	 * @return the number
	 */
	public int portsInUse() {
		return this.streams.size() + this.datagrams.size();
	}

	@Nullable SimulatedListener listener(InetSocketAddress address) {
		for (Object socket : this.streams.getOrDefault(address.getPort(), List.of())) {
			if (socket instanceof SimulatedListener listener && reaches(listener.bound(), address)) {
				return listener;
			}
		}
		return null;
	}

	@Nullable SimulatedDatagrams datagrams(InetSocketAddress address) {
		for (Object socket : this.datagrams.getOrDefault(address.getPort(), List.of())) {
			if (socket instanceof SimulatedDatagrams receiver && reaches(receiver.bound(), address)) {
				return receiver;
			}
		}
		return null;
	}

	private static boolean reaches(@Nullable InetSocketAddress bound, InetSocketAddress address) {
		return bound != null && (bound.getAddress().isAnyLocalAddress() || address.getAddress().isAnyLocalAddress()
				|| bound.getAddress().equals(address.getAddress()));
	}

	/**
	 * Return the address on this side of a way to another one.
	 */
	static InetAddress nearTo(InetSocketAddress address) {
		return address.getAddress().isAnyLocalAddress() ? InetAddress.getLoopbackAddress() : address.getAddress();
	}

	static InetSocketAddress inet(SocketAddress address) {
		if (!(address instanceof InetSocketAddress inet)) {
			throw new UnsupportedAddressTypeException();
		}
		if (inet.isUnresolved()) {
			throw new UnresolvedAddressException();
		}
		return inet;
	}

}
