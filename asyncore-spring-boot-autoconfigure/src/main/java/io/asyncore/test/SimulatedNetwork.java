package io.asyncore.test;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import io.asyncore.simulation.LinkConditions;

/**
 * The network of a {@link Simulation}. What is said of it holds for all that is sent from
 * then on. At first it takes from 0.1 to 0.5 milliseconds, has 64 KiB on the way at most
 * in each direction of a stream, gives and takes one in five times less than it could,
 * and loses nothing.
 */
public final class SimulatedNetwork {

	private final Simulation simulation;

	private final Map<String, List<InetAddress>> names = new HashMap<>(
			Map.of("localhost", List.of(InetAddress.getLoopbackAddress())));

	SimulatedNetwork(Simulation simulation) {
		this.simulation = simulation;
	}

	private LinkConditions conditions() {
		return this.simulation.world().network().conditions();
	}

	private SimulatedNetwork set(LinkConditions conditions) {
		this.simulation.world().network().setConditions(conditions);
		return this;
	}

	/**
	 * Give addresses a name. At first there is {@code localhost}, and no other one.
	 * @param host the name
	 * @param addresses the addresses, none to have nobody know it
	 * @return this network
	 */
	public SimulatedNetwork name(String host, InetAddress... addresses) {
		this.names.put(host, List.of(addresses));
		return this;
	}

	List<InetAddress> addresses(String host) {
		return this.names.getOrDefault(host, List.of());
	}

	/**
	 * Set how long everything takes.
	 * @param least the shortest time
	 * @param jitter how much longer at most, each time anew
	 * @return this network
	 */
	public SimulatedNetwork latency(Duration least, Duration jitter) {
		LinkConditions present = conditions();
		return set(new LinkConditions(least.toNanos(), jitter.toNanos(), present.window(), present.shortTransfers(),
				present.lostDatagrams(), present.doubledDatagrams()));
	}

	/**
	 * Set how much of a stream can be on its way and unread.
	 * @param bytes the number of bytes, at least 1
	 * @return this network
	 */
	public SimulatedNetwork window(int bytes) {
		LinkConditions present = conditions();
		return set(new LinkConditions(present.latency(), present.jitter(), bytes, present.shortTransfers(),
				present.lostDatagrams(), present.doubledDatagrams()));
	}

	/**
	 * Set how often a read or a write takes less than it could.
	 * @param chance from 0 for never to less than 1
	 * @return this network
	 */
	public SimulatedNetwork shortTransfers(double chance) {
		LinkConditions present = conditions();
		return set(new LinkConditions(present.latency(), present.jitter(), present.window(), chance,
				present.lostDatagrams(), present.doubledDatagrams()));
	}

	/**
	 * Set how often a datagram does not arrive, and how often it does twice.
	 * @param lost from 0 for never to 1 for always
	 * @param doubled from 0 for never to 1 for always
	 * @return this network
	 */
	public SimulatedNetwork datagrams(double lost, double doubled) {
		LinkConditions present = conditions();
		return set(new LinkConditions(present.latency(), present.jitter(), present.window(), present.shortTransfers(),
				lost, doubled));
	}

	/**
	 * Have nothing arrive: what was sent in streams waits, datagrams are lost.
	 * @return this network
	 */
	public SimulatedNetwork partition() {
		this.simulation.world().network().partition();
		return this;
	}

	/**
	 * Have everything arrive again, what has waited too.
	 * @return this network
	 */
	public SimulatedNetwork heal() {
		this.simulation.world().network().heal();
		return this;
	}

}
