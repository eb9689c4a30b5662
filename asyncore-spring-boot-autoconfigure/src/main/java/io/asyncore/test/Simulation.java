package io.asyncore.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.ExitNow;
import io.asyncore.simulation.SimulatedPoller;
import io.asyncore.simulation.SimulatedTransport;
import io.asyncore.simulation.World;

/**
 * A world in which channels run on a network and a clock that are not those of this
 * machine: a test says what the network is like and what time it is, and chance says the
 * rest, of which the same seed always has the same in store. So what fails once can be
 * had again, and hours are over in no time. Needs no Spring.
 *
 * <pre>{@code
 * try (Simulation simulation = Simulation.seed(42)) {
 *	Server server = new Server(simulation.map());
 *	ScriptedClient client = simulation.connect(server);
 *	client.send("HELO x\r\n").expectLine("250 .*");
 *	client.send("half a li");
 *	simulation.advance(Duration.ofHours(2));
 *	client.expectLine("421 .*").expectEnd();
 * }
 * }</pre>
 *
 * Nothing happens by itself. Whoever waits for something, a {@link ScriptedClient}
 * included, has the loops of the simulation go on until it is so, one at a time; when all
 * of them wait, the clock goes on to what comes next. What takes time on the network, in
 * which order ready channels are found, how much a read or a write takes, when another
 * thread does its work: that is for the seed to say.
 * <p>
 * For one thread. Sockets of the Unix domain, pipes, files and groups of datagrams are
 * not of this world.
 */
public final class Simulation implements AutoCloseable {

	private static final Duration DEFAULT_TIMEOUT = Duration.ofHours(1);

	private final World world;

	private final SimulatedTransport transport;

	private final SimulatedNetwork network;

	private final List<ChannelMap> maps = new ArrayList<>();

	private Simulation(long seed) {
		this.world = new World(seed);
		this.transport = new SimulatedTransport(this.world);
		this.network = new SimulatedNetwork(this);
		newMap();
	}

	/**
	 * Begin a simulation.
	 * @param seed says what chance has in store
	 * @return the simulation
	 */
	public static Simulation seed(long seed) {
		return new Simulation(seed);
	}

	/**
	 * Return the seed.
	 * @return what was given to {@link #seed(long)}
	 */
	public long seed() {
		return this.world.seed();
	}

	World world() {
		return this.world;
	}

	/**
	 * Return the map for the channels that are to be tested.
	 * @return the first map of this simulation
	 */
	public ChannelMap map() {
		return this.maps.get(0);
	}

	/**
	 * Return the loop of that map.
	 * @return the loop, which makes its passes whenever something is waited for
	 */
	public EventLoop loop() {
		return map().eventLoop();
	}

	/**
	 * Make another map, with a loop of its own.
	 * @return the map
	 */
	public ChannelMap newMap() {
		ChannelMap map = this.transport.make(ChannelMap::new);
		SimulatedPoller poller = this.transport.lastPoller();
		map.eventLoop().setOffloadExecutor(this.world.elsewhere());
		map.eventLoop().setResolver(this::resolve);
		map.eventLoop().setName("simulated-" + (this.maps.size() + 1));
		Thread thread = new Thread(() -> run(map.eventLoop(), poller), map.eventLoop().name());
		thread.setDaemon(true);
		int before = this.world.loops();
		thread.start();
		while (this.world.loops() == before) {
			// it waits for its first turn in a moment
			Thread.onSpinWait();
		}
		this.maps.add(map);
		return map;
	}

	private CompletionStage<? extends List<InetAddress>> resolve(String host) {
		CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
		boolean failing = this.world.faults().isFailing("resolve");
		this.world.elsewhere().later(() -> {
			List<InetAddress> addresses = failing ? List.of() : this.network.addresses(host);
			if (addresses.isEmpty()) {
				answer.completeExceptionally(new UnknownHostException(host));
			}
			else {
				answer.complete(addresses);
			}
		});
		return answer;
	}

	private void run(EventLoop loop, SimulatedPoller poller) {
		poller.begin();
		try {
			boolean ended = false;
			while (!ended) {
				try {
					loop.run();
					ended = true;
				}
				catch (IOException ex) {
					// whoever runs a loop begins anew
					this.world.trace().add(loop.name() + " has failed: " + ex);
					poller.rest();
				}
			}
		}
		catch (ExitNow ex) {
			this.world.trace().add(loop.name() + " has ended by " + ex);
		}
		catch (RuntimeException | Error ex) {
			this.world.failed(ex);
		}
		finally {
			poller.leave();
		}
	}

	/**
	 * Return the network.
	 * @return the network, to say what it is like
	 */
	public SimulatedNetwork network() {
		return this.network;
	}

	// peers

	/**
	 * Connect to a server of this simulation.
	 * @param server the server, which listens
	 * @return the client, whose connection is there, though the server may not have
	 * accepted it yet; it waits in the time of this simulation
	 * @throws UncheckedIOException if there is no connection to be had
	 */
	public ScriptedClient connect(Dispatcher server) {
		if (!(server.localAddress() instanceof InetSocketAddress address)) {
			throw new IllegalArgumentException(server + " has no address to connect to");
		}
		return connect(address);
	}

	/**
	 * Connect to a port of this simulation.
	 * @param port the port
	 * @return the client
	 * @throws UncheckedIOException if there is no connection to be had
	 */
	public ScriptedClient connect(int port) {
		return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
	}

	private ScriptedClient connect(SocketAddress address) {
		try {
			SocketChannel socket = this.world.network().outside().openSocketChannel();
			socket.connect(address);
			return new ScriptedClient(socket, "the server", this.world::now);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot connect to " + address, ex);
		}
	}

	/**
	 * Listen on any free port, for the clients that are to be tested.
	 * @return the server, which waits in the time of this simulation
	 */
	public ScriptedServer listen() {
		return listen(0);
	}

	/**
	 * Listen on a port, for the clients that are to be tested.
	 * @param port the port
	 * @return the server
	 * @throws UncheckedIOException if another one has it
	 */
	public ScriptedServer listen(int port) {
		SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
		try {
			return new ScriptedServer(this.world.network().outside().openServerSocketChannel().bind(address),
					this.world::now);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot listen on " + address, ex);
		}
	}

	// time

	/**
	 * Return how much time has gone by.
	 * @return the time since the beginning
	 */
	public Duration elapsed() {
		return Duration.ofNanos(this.world.elapsed());
	}

	/**
	 * Let time go by, with all that happens in it.
	 * @param time how much
	 * @return this simulation
	 */
	public Simulation advance(Duration time) {
		this.world.runUntil(() -> false, time.toNanos());
		return this;
	}

	/**
	 * Go on until something is so, for an hour at most.
	 * @param condition what, asked again after each pass
	 * @return this simulation
	 * @throws AssertionError if it never is, with the {@link #trace()}
	 */
	public Simulation runUntil(BooleanSupplier condition) {
		return runUntil(condition, DEFAULT_TIMEOUT);
	}

	/**
	 * Go on until something is so.
	 * @param condition what, asked again after each pass
	 * @param timeout how long at most, in the time of this simulation
	 * @return this simulation
	 * @throws AssertionError if it never is, with the {@link #trace()}
	 */
	public Simulation runUntil(BooleanSupplier condition, Duration timeout) {
		if (!this.world.runUntil(condition, timeout.toNanos())) {
			throw new AssertionError("Waited " + timeout + " in vain, with seed " + seed() + "\n" + trace());
		}
		return this;
	}

	/**
	 * Have another thread do something, at a moment of chance: between two passes, or
	 * while a loop waits. What it throws is thrown by whoever waits then.
	 * @param work what to do
	 * @return this simulation
	 */
	public Simulation elsewhere(Runnable work) {
		this.world.elsewhere().later(work);
		return this;
	}

	/**
	 * Make something in this world: maps that are made within the call belong to it.
	 * @param <T> what is made
	 * @param maker makes it
	 * @return what was made
	 */
	public <T> T make(Supplier<T> maker) {
		return this.transport.make(maker);
	}

	/**
	 * Return what has happened, in order: who has connected, what was sent, what has
	 * failed, and when.
	 * @return a line for each, the time in seconds first
	 */
	public String trace() {
		return this.world.trace().toString();
	}

	/**
	 * Close all channels, and end the loops.
	 */
	@Override
	public void close() {
		this.world.faults().end();
		this.maps.forEach((map) -> map.eventLoop().shutdown(Duration.ZERO));
		runUntil(() -> this.world.loops() == 0);
	}

}
