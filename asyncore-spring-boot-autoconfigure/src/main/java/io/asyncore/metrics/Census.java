package io.asyncore.metrics;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelMap;
import io.asyncore.ChannelSnapshot;
import io.asyncore.ChannelState;
import io.asyncore.Dispatcher;
import io.asyncore.PauseReason;

/**
 * Counts the channels that are open, for the gauges: all of them at once, because a
 * registry reads its gauges one after the other and there may be many channels.
 */
final class Census {

	private static final long FRESH_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	private static final Counts NOTHING = new Counts();

	private final ChannelMap map;

	private Map<String, Counts> counts = Map.of();

	private long taken;

	private boolean everTaken;

	Census(ChannelMap map) {
		this.map = map;
	}

	/**
	 * Return the counts of the channels of a name, not older than a moment.
	 */
	synchronized Counts of(String name) {
		long now = System.nanoTime();
		if (!this.everTaken || now - this.taken > FRESH_NANOS) {
			this.counts = take();
			this.everTaken = true;
			this.taken = System.nanoTime();
		}
		return this.counts.getOrDefault(name, NOTHING);
	}

	private Map<String, Counts> take() {
		Map<String, Counts> counts = new HashMap<>();
		for (Dispatcher channel : this.map) {
			counts.computeIfAbsent(channel.channelName(), (name) -> new Counts()).add(channel);
		}
		return counts;
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
