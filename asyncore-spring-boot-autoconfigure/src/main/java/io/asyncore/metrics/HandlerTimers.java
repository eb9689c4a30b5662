package io.asyncore.metrics;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.asyncore.Hook;
import io.asyncore.HookObserver;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * The timers of the handlers that the channels of one name have in one loop. Registers
 * them when a handler is called for the first time. Used by the thread of that loop only.
 */
final class HandlerTimers implements HookObserver {

	// handlers take microseconds, and the default range begins at a millisecond
	private static final Duration SHORTEST_EXPECTED = Duration.ofNanos(1_000);

	private static final Duration LONGEST_EXPECTED = Duration.ofSeconds(10);

	private final MeterRegistry registry;

	private final Tags tags;

	private final @Nullable Timer[] successes = new Timer[Hook.values().length];

	private final @Nullable Timer[] errors = new Timer[Hook.values().length];

	HandlerTimers(MeterRegistry registry, Tags tags) {
		this.registry = registry;
		this.tags = tags;
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
			.tags(this.tags.and(AsyncoreMeters.Tags.HANDLER.asString(), hook.label())
				.and(AsyncoreMeters.Tags.OUTCOME.asString(), outcome))
			.register(this.registry);
	}

	static Timer.Builder timer(AsyncoreMeters meter) {
		return Timer.builder(meter.getName())
			.description(meter.getDescription())
			.minimumExpectedValue(SHORTEST_EXPECTED)
			.maximumExpectedValue(LONGEST_EXPECTED);
	}

}
