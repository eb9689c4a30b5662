package io.asyncore.metrics;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelSnapshot;
import io.asyncore.ChannelState;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.PauseReason;

/**
 * Counts the channels that are open, for the gauges: all of them at once, because a
 * registry reads its gauges one after the other and there may be many channels.
 */
final class Census {

	private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	private static final Counts NOTHING = new Counts();

	private final List<EventLoop> loops;

	private Map<String, Counts> counts = Map.of();

	private Map<EventLoop, Map<String, Counts>> countsByLoop = Map.of();

	private long taken;

	private boolean everTaken;

	Census(List<EventLoop> loops) {
		this.loops = loops;
	}

	/**
	 * Return the counts of the channels of a name in all loops, not older than a moment.
	 */
	synchronized Counts of(String name) {
		takeIfOld();
		return this.counts.getOrDefault(name, NOTHING);
	}

	/**
	 * Return the counts of the channels of a name in one loop, not older than a moment.
	 */
	synchronized Counts of(String name, EventLoop loop) {
		takeIfOld();
		return this.countsByLoop.getOrDefault(loop, Map.of()).getOrDefault(name, NOTHING);
	}

	private void takeIfOld() {
		long now = System.nanoTime();
		if (!this.everTaken || now - this.taken > FRESH_NANOS) {
			take();
			this.everTaken = true;
			this.taken = System.nanoTime();
		}
	}

	private void take() {
		Map<String, Counts> counts = new HashMap<>();
		Map<EventLoop, Map<String, Counts>> countsByLoop = new HashMap<>();
		for (EventLoop loop : this.loops) {
			Map<String, Counts> ofLoop = new HashMap<>();
			for (Dispatcher channel : loop.map()) {
				ofLoop.computeIfAbsent(loop.monitor().countedAs(channel), (name) -> new Counts()).add(channel);
			}
			ofLoop.forEach((name, part) -> counts.computeIfAbsent(name, (key) -> new Counts()).add(part));
			countsByLoop.put(loop, ofLoop);
		}
		this.counts = counts;
		this.countsByLoop = countsByLoop;
	}

	/**
	 * What is counted of the channels of one name.
	 */
	static class Counts {

		private final Map<ChannelState, Integer> states = new EnumMap<>(ChannelState.class);

		private final Map<PauseReason, Integer> paused = new EnumMap<>(PauseReason.class);

		private long queued;

		private void add(Dispatcher channel) {
			this.states.merge(state(channel), 1, Integer::sum);
			PauseReason reason = channel.acceptPaused();
			if (reason != null) {
				this.paused.merge(reason, 1, Integer::sum);
			}
			this.queued += ChannelSnapshot.queued(channel);
		}

		private void add(Counts part) {
			part.states.forEach((state, count) -> this.states.merge(state, count, Integer::sum));
			part.paused.forEach((reason, count) -> this.paused.merge(reason, count, Integer::sum));
			this.queued += part.queued;
		}

		private static ChannelState state(Dispatcher channel) {
			if (channel.connected()) {
				return ChannelState.CONNECTED;
			}
			if (channel.accepting()) {
				return ChannelState.LISTENING;
			}
			return channel.connecting() ? ChannelState.CONNECTING : ChannelSnapshot.state(channel);
		}

		int channels(ChannelState state) {
			return this.states.getOrDefault(state, 0);
		}

		int paused(PauseReason reason) {
			return this.paused.getOrDefault(reason, 0);
		}

		long queued() {
			return this.queued;
		}

	}

}
