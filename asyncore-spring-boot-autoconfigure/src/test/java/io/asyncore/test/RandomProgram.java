package io.asyncore.test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.LoopInsight;
import io.asyncore.ServerDispatcher;
import org.jspecify.annotations.Nullable;

/**
 * A server and its peers that do what a seed says, and what must be true of them whatever
 * that is.
 */
final class RandomProgram {

	/** What a handler says that fails on purpose. */
	static final String FAILURE = "a handler fails";

	private static final Duration MOST_TIME = Duration.ofMinutes(10);

	// so many turns a loop may have in ten minutes in which nothing happens
	private static final int TURNS_AT_REST = 200;

	// and so many for each thing that happens
	private static final int MOST_TURNS_FOR_ONE = 20;

	private final Simulation simulation;

	private final Random random;

	private final List<ChannelMap> maps = new ArrayList<>();

	private final Map<Integer, Talker> talkers = new LinkedHashMap<>();

	private final List<Life> lives = new ArrayList<>();

	private final List<String> mistakes = new ArrayList<>();

	private final ServerDispatcher server;

	private @Nullable Exception refused;

	private boolean calm;

	private boolean failing;

	RandomProgram(Simulation simulation) {
		this.simulation = simulation;
		this.random = new Random(simulation.seed());
		this.maps.add(simulation.map());
		for (int i = this.random.nextInt(3); i > 0; i--) {
			this.maps.add(simulation.newMap());
		}
		simulation.world().check(this::checkNobodySleeps);
		SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
		this.server = new ServerDispatcher(address, this::channel, simulation.map());
		if (this.random.nextBoolean()) {
			List<EventLoop> loops = this.maps.stream().map(ChannelMap::eventLoop).toList();
			this.server.setEventLoopGroup(new EventLoopGroup(loops));
		}
	}

	Random random() {
		return this.random;
	}

	private Dispatcher channel(SocketChannel socket, SocketAddress peer) throws Exception {
		Talker talker = this.talkers.get(((InetSocketAddress) peer).getPort());
		if (talker == null) {
			throw new AssertionError("Nobody has the address " + peer);
		}
		Life life = new Life(talker);
		EventLoop loop = EventLoop.current();
		Dispatcher channel = Echoes.any(socket, (loop != null) ? loop.map() : this.simulation.map(), life, this);
		this.lives.add(life);
		return channel;
	}

	/**
	 * Do something that the application might, or nothing.
	 * @param promise closes the channel when all was sent, if it can
	 */
	void meddle(Dispatcher channel, @Nullable Runnable promise) throws Exception {
		int what = (this.calm || channel.closed()) ? 1000 : this.random.nextInt(400);
		switch (what) {
			case 0 -> channel.close();
			case 1 -> elsewhere(channel::close);
			case 2, 3 -> channel.callLater(Duration.ofMillis(this.random.nextInt(100)), channel::close);
			case 4, 5 -> {
				ChannelMap target = this.maps.get(this.random.nextInt(this.maps.size()));
				channel.addChannel(target);
			}
			case 6, 7 -> Echoes.nest(channel.map());
			case 8 -> throw new IllegalStateException(FAILURE);
			default -> {
				if (what < 20 && promise != null) {
					promise.run();
				}
			}
		}
	}

	void elsewhere(Runnable work) {
		this.simulation.elsewhere(work);
	}

	// what happens

	RandomProgram open() throws Exception {
		this.simulation.loop().execute(() -> {
			try {
				this.server.open();
			}
			catch (Exception ex) {
				this.refused = ex;
			}
		});
		this.simulation.runUntil(() -> this.server.accepting() || this.refused != null);
		if (this.refused != null && !this.failing) {
			throw this.refused;
		}
		return this;
	}

	boolean isOpen() {
		return this.server.accepting();
	}

	RandomProgram fail(int call, boolean lasting) {
		this.failing = true;
		this.simulation.world().faults().fail(call, lasting);
		return this;
	}

	RandomProgram talk() throws Exception {
		SimulatedNetwork network = this.simulation.network();
		network.latency(Duration.ofNanos(this.random.nextInt(2_000_000)),
				Duration.ofNanos(this.random.nextInt(5_000_000)));
		network.window(1 + this.random.nextInt(this.random.nextBoolean() ? 100 : 60_000));
		network.shortTransfers(this.random.nextDouble() * 0.9);
		for (int i = 1 + this.random.nextInt(5); i > 0; i--) {
			Talker talker = new Talker(this.simulation, this.server.localAddress(), i, this.random);
			this.talkers.put(talker.port(), talker);
		}
		this.simulation.advance(Duration.ofMillis(this.random.nextInt(1000)));
		if (this.random.nextInt(4) == 0) {
			network.partition();
			this.simulation.advance(Duration.ofMillis(this.random.nextInt(20_000)));
			network.heal();
		}
		this.simulation.advance(Duration.ofMillis(this.random.nextInt(2000)));
		return this;
	}

	/**
	 * Have all of it come to its end.
	 */
	RandomProgram end() {
		this.calm = true;
		this.simulation.world().faults().end();
		this.talkers.values().forEach(Talker::comeToAnEnd);
		this.simulation.world()
			.runUntil(() -> this.talkers.values().stream().allMatch((talker) -> talker.closed), MOST_TIME.toNanos());
		this.talkers.values().forEach(Talker::close);
		this.simulation.world().runUntil(() -> this.lives.stream().allMatch(Life::isOver), MOST_TIME.toNanos());
		return this;
	}

	List<String> mistakes() {
		this.lives.forEach((life) -> this.mistakes.addAll(life.mistakes(this.failing)));
		long turns = this.simulation.world().turns();
		long happened = this.simulation.world().happened();
		if (turns > MOST_TURNS_FOR_ONE * happened + TURNS_AT_REST) {
			this.mistakes.add(turns + " turns for " + happened + " things that have happened");
		}
		checkRest();
		this.server.close();
		this.simulation.advance(Duration.ofSeconds(1));
		for (ChannelMap map : this.maps) {
			if (!map.isEmpty()) {
				this.mistakes.add("left in a map: " + map.channels());
			}
		}
		int descriptors = this.simulation.world().faults().descriptors();
		if (descriptors != 0) {
			this.mistakes.add(descriptors + " descriptors are left");
		}
		return this.mistakes;
	}

	private void checkNobodySleeps() {
		for (ChannelMap map : this.maps) {
			EventLoop loop = map.eventLoop();
			if (loop.thread() != null && LoopInsight.isWorkWaiting(loop) && this.mistakes.isEmpty()) {
				this.mistakes.add(loop.name() + " waits though there is something to do");
			}
		}
	}

	private void checkRest() {
		long before = this.simulation.world().turns();
		this.simulation.advance(MOST_TIME);
		long turns = this.simulation.world().turns() - before;
		if (turns > TURNS_AT_REST * this.maps.size()) {
			this.mistakes.add(turns + " turns though nothing happens");
		}
	}

}
