package io.asyncore;

import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;

/**
 * The loops that share the connections of servers: the loop of a
 * {@link ServerDispatcher#setEventLoopGroup server} accepts them, or each loop does if
 * they share its port, and each connection is served by one loop of the group for as long
 * as it lives. A group does not run its loops: each needs a thread of its own that does.
 * All methods may be called from any thread.
 *
 * @see ServerDispatcher#setEventLoopGroup
 */
public final class EventLoopGroup {

	private final List<EventLoop> loops;

	private final ChannelDistribution distribution;

	// which loop is the next one, or the first of those that are compared
	private final AtomicInteger turn = new AtomicInteger();

	/**
	 * Create a group whose loops have their turn one after the other.
	 * @param loops the loops, at least one, and each once
	 * @throws IllegalArgumentException if there is no loop, or one is there twice
	 */
	public EventLoopGroup(List<EventLoop> loops) {
		this(loops, ChannelDistribution.ROUND_ROBIN);
	}

	/**
	 * Create a group.
	 * @param loops the loops, at least one, and each once
	 * @param distribution how to choose the loop of a connection
	 * @throws IllegalArgumentException if there is no loop, or one is there twice
	 */
	public EventLoopGroup(List<EventLoop> loops, ChannelDistribution distribution) {
		if (loops.isEmpty()) {
			throw new IllegalArgumentException("'loops' must not be empty");
		}
		if (new HashSet<>(loops).size() < loops.size()) {
			throw new IllegalArgumentException("'loops' must have each loop once: " + loops);
		}
		this.loops = List.copyOf(loops);
		this.distribution = distribution;
		this.loops.forEach((loop) -> loop.parts().shareFailures(first().parts().failures()));
	}

	/**
	 * Return the loops.
	 * @return the loops, unmodifiable and in the order in which they were given
	 */
	public List<EventLoop> loops() {
		return this.loops;
	}

	/**
	 * Return the loop that stands for the group where there can be one only: by
	 * convention it has the listeners.
	 * @return the first of the {@link #loops()}
	 */
	public EventLoop first() {
		return this.loops.get(0);
	}

	/**
	 * Return how the loop of a connection is chosen.
	 * @return the distribution
	 */
	public ChannelDistribution distribution() {
		return this.distribution;
	}

	/**
	 * Choose the loop of the next connection: {@code null} if none is running.
	 */
	@Nullable EventLoop next() {
		int size = this.loops.size();
		int start = Math.floorMod(this.turn.getAndIncrement(), size);
		EventLoop chosen = null;
		for (int i = 0; i < size; i++) {
			EventLoop loop = this.loops.get((start + i) % size);
			if (loop.parts().takesConnections() && isBetter(loop, chosen)) {
				chosen = loop;
			}
		}
		return chosen;
	}

	private boolean isBetter(EventLoop loop, @Nullable EventLoop chosen) {
		return chosen == null || switch (this.distribution) {
			case ROUND_ROBIN -> false;
			case LEAST_CONNECTIONS -> loop.parts().arrivals().connections() < chosen.parts().arrivals().connections();
		};
	}

	@Override
	public String toString() {
		return "EventLoopGroup" + this.loops.stream().map(EventLoop::name).toList();
	}

}
