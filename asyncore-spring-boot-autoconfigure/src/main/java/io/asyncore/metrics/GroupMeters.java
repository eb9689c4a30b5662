package io.asyncore.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

import io.asyncore.ChannelState;
import io.asyncore.ChannelStats;
import io.asyncore.CloseReason;
import io.asyncore.ConnectOutcome;
import io.asyncore.PauseReason;
import io.asyncore.RejectReason;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * The meters of the channels of one name, in however many loops: what has no tag for the
 * loop is the sum over all of them.
 */
final class GroupMeters {

	private static final List<ChannelState> STATES = List.of(ChannelState.LISTENING, ChannelState.BOUND,
			ChannelState.CONNECTING, ChannelState.CONNECTED);

	private final MeterRegistry registry;

	private final String name;

	private final Census census;

	private final Tags tags;

	private final Map<ChannelStats, HandlerTimers> groups = new ConcurrentHashMap<>();

	GroupMeters(MeterRegistry registry, String name, Census census, Tags commonTags) {
		this.registry = registry;
		this.name = name;
		this.census = census;
		this.tags = commonTags.and(AsyncoreMeters.Tags.CHANNEL.asString(), name);
	}

	/**
	 * Take the channels of a loop in.
	 * @param loopTags the tags of that loop
	 * @return who is to be told of their handlers
	 */
	HandlerTimers add(ChannelStats group, Tags loopTags) {
		return this.groups.computeIfAbsent(group, (key) -> {
			Tags tags = loopTags.and(AsyncoreMeters.Tags.CHANNEL.asString(), this.name);
			for (ChannelState state : STATES) {
				gauge(AsyncoreMeters.CHANNELS, (census) -> census.of(this.name, group.loop()).channels(state),
						tags.and(AsyncoreMeters.Tags.STATE.asString(), state.label()));
			}
			return new HandlerTimers(this.registry, tags);
		});
	}

	/**
	 * Record offloaded work. May be called by any thread.
	 */
	void offloaded(long nanos, @Nullable Throwable failure) {
		String outcome = (failure != null) ? "error" : "success";
		Timer.builder(AsyncoreMeters.OFFLOAD.getName())
			.description(AsyncoreMeters.OFFLOAD.getDescription())
			.tags(this.tags.and(AsyncoreMeters.Tags.OUTCOME.asString(), outcome))
			.register(this.registry)
			.record(nanos, TimeUnit.NANOSECONDS);
	}

	void register() {
		gauge(AsyncoreMeters.OFFLOAD_QUEUED, ChannelStats::offloadsQueued);
		gauge(AsyncoreMeters.OFFLOAD_ACTIVE, ChannelStats::offloadsActive);
		gauge(AsyncoreMeters.OUTPUT_QUEUED, (census) -> census.of(this.name).queued(), this.tags);
		for (PauseReason reason : PauseReason.values()) {
			gauge(AsyncoreMeters.ACCEPT_PAUSED, (census) -> census.of(this.name).paused(reason),
					withReason(reason.label()));
		}
		for (ConnectOutcome outcome : ConnectOutcome.values()) {
			counter(AsyncoreMeters.CONNECTS, (group) -> group.connects(outcome),
					this.tags.and(AsyncoreMeters.Tags.OUTCOME.asString(), outcome.label()));
		}
		counter(AsyncoreMeters.CHANNELS_OPENED, ChannelStats::opened, this.tags);
		counter(AsyncoreMeters.DATA_RECEIVED, ChannelStats::received, this.tags);
		counter(AsyncoreMeters.DATA_SENT, ChannelStats::sent, this.tags);
		for (CloseReason reason : CloseReason.values()) {
			counter(AsyncoreMeters.CHANNELS_CLOSED, (group) -> group.closed(reason), withReason(reason.label()));
		}
		for (RejectReason reason : RejectReason.values()) {
			counter(AsyncoreMeters.ACCEPT_REJECTED, (group) -> group.rejected(reason), withReason(reason.label()));
		}
	}

	private Tags withReason(String reason) {
		return this.tags.and(AsyncoreMeters.Tags.REASON.asString(), reason);
	}

	private void gauge(AsyncoreMeters meter, ToDoubleFunction<Census> reader, Tags tags) {
		Gauge.builder(meter.getName(), this.census, reader)
			.tags(tags)
			.baseUnit(meter.getBaseUnit())
			.description(meter.getDescription())
			.register(this.registry);
	}

	private void gauge(AsyncoreMeters meter, ToLongFunction<ChannelStats> reader) {
		Gauge.builder(meter.getName(), this, (meters) -> meters.sum(reader))
			.tags(this.tags)
			.baseUnit(meter.getBaseUnit())
			.description(meter.getDescription())
			.register(this.registry);
	}

	private void counter(AsyncoreMeters meter, ToLongFunction<ChannelStats> reader, Tags tags) {
		FunctionCounter.builder(meter.getName(), this, (meters) -> meters.sum(reader))
			.tags(tags)
			.baseUnit(meter.getBaseUnit())
			.description(meter.getDescription())
			.register(this.registry);
	}

	private double sum(ToLongFunction<ChannelStats> reader) {
		return this.groups.keySet().stream().mapToLong(reader).sum();
	}

}
