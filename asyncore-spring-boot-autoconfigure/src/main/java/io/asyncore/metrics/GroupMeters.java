package io.asyncore.metrics;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelGroup;
import io.asyncore.ChannelState;
import io.asyncore.CloseReason;
import io.asyncore.Hook;
import io.asyncore.HookObserver;
import io.asyncore.PauseReason;
import io.asyncore.RejectReason;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * The meters of the channels of one name. Registers timers when a handler is called for
 * the first time.
 */
final class GroupMeters implements HookObserver {

	// handlers take microseconds, and the default range begins at a millisecond
	private static final Duration SHORTEST_EXPECTED = Duration.ofNanos(1_000);

	private static final Duration LONGEST_EXPECTED = Duration.ofSeconds(10);

	private static final List<ChannelState> STATES = List.of(ChannelState.LISTENING, ChannelState.BOUND,
			ChannelState.CONNECTING, ChannelState.CONNECTED);

	private final MeterRegistry registry;

	private final ChannelGroup group;

	private final Census census;

	private final Tags loopTags;

	private final Tags tags;

	private final @Nullable Timer[] successes = new Timer[Hook.values().length];

	private final @Nullable Timer[] errors = new Timer[Hook.values().length];

	GroupMeters(MeterRegistry registry, ChannelGroup group, Census census, Tags loopTags, Tags commonTags) {
		this.registry = registry;
		this.group = group;
		this.census = census;
		Tag name = Tag.of(AsyncoreMeters.Tags.CHANNEL.asString(), group.name());
		this.tags = commonTags.and(name);
		this.loopTags = loopTags.and(name);
	}

	void register() {
		for (ChannelState state : STATES) {
			gauge(AsyncoreMeters.CHANNELS, (counts) -> counts.channels(state),
					this.loopTags.and(AsyncoreMeters.Tags.STATE.asString(), state.label()));
		}
		gauge(AsyncoreMeters.OUTPUT_QUEUED, Census.Counts::queued, this.tags);
		for (PauseReason reason : PauseReason.values()) {
			gauge(AsyncoreMeters.ACCEPT_PAUSED, (counts) -> counts.paused(reason), withReason(reason.label()));
		}
		counter(AsyncoreMeters.CHANNELS_OPENED, ChannelGroup::opened, this.tags);
		counter(AsyncoreMeters.DATA_RECEIVED, ChannelGroup::received, this.tags);
		counter(AsyncoreMeters.DATA_SENT, ChannelGroup::sent, this.tags);
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

	private void gauge(AsyncoreMeters meter, CountReader reader, Tags tags) {
		Gauge.builder(meter.getName(), this.census, (census) -> reader.read(census.of(this.group.name())))
			.tags(tags)
			.baseUnit(meter.getBaseUnit())
			.description(meter.getDescription())
			.register(this.registry);
	}

	private void counter(AsyncoreMeters meter, CounterReader reader, Tags tags) {
		FunctionCounter.builder(meter.getName(), this.group, reader::read)
			.tags(tags)
			.baseUnit(meter.getBaseUnit())
			.description(meter.getDescription())
			.register(this.registry);
	}

	@Override
	public void handled(Hook hook, long nanos, @Nullable Throwable failure) {
		@Nullable Timer[] timers = (failure != null) ? this.errors : this.successes;
		Timer timer = timers[hook.ordinal()];
		if (timer == null) {
			timer = timer(hook, (failure != null) ? "error" : "success");
			timers[hook.ordinal()] = timer;
		}
		timer.record(nanos, TimeUnit.NANOSECONDS);
	}

	private Timer timer(Hook hook, String outcome) {
		return timer(AsyncoreMeters.HANDLER)
			.tags(this.loopTags.and(AsyncoreMeters.Tags.HANDLER.asString(), hook.label())
				.and(AsyncoreMeters.Tags.OUTCOME.asString(), outcome))
			.register(this.registry);
	}

	static Timer.Builder timer(AsyncoreMeters meter) {
		return Timer.builder(meter.getName())
			.description(meter.getDescription())
			.minimumExpectedValue(SHORTEST_EXPECTED)
			.maximumExpectedValue(LONGEST_EXPECTED);
	}

	/**
	 * Reads a gauge.
	 */
	private interface CountReader {

		double read(Census.Counts counts);

	}

	/**
	 * Reads a counter.
	 */
	private interface CounterReader {

		double read(ChannelGroup group);

	}

}
