package io.asyncore.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.ToDoubleFunction;

import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.Hook;
import io.asyncore.LoopMonitor;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.noop.NoopTimer;
import org.jspecify.annotations.Nullable;

/**
 * The meters of an event loop and its channels, see {@link AsyncoreMeters}.
 * <p>
 * Most are read from what the loop counts anyway when a registry wants to know. Only
 * timers cost something when a handler is called, and only if the registry wants them.
 */
public class EventLoopMetrics implements MeterBinder, AutoCloseable {

	/**
	 * The most names of channels that have meters in a registry, besides that of the
	 * {@linkplain LoopMonitor#OTHER other} ones.
	 */
	static final int MOST_GROUPS = 200;

	private static final Map<String, Hook> EVENTS = Map.of("read", Hook.READ, "write", Hook.WRITE, "connect",
			Hook.CONNECT, "accept", Hook.ACCEPT, "priority", Hook.EXPT);

	private final EventLoopGroup group;

	private final Tags commonTags;

	private final List<MetricsObserver> observers = new CopyOnWriteArrayList<>();

	// registries do not keep what their meters read
	private final List<GroupsOfRegistry> read = new CopyOnWriteArrayList<>();

	/**
	 * Create a new instance.
	 * @param loop the loop
	 */
	public EventLoopMetrics(EventLoop loop) {
		this(loop, List.of());
	}

	/**
	 * Create a new instance.
	 * @param loop the loop
	 * @param tags tags that all its meters shall have besides their own
	 */
	public EventLoopMetrics(EventLoop loop, Iterable<Tag> tags) {
		this(new EventLoopGroup(List.of(loop)), tags);
	}

	/**
	 * Create a new instance for several loops. Meters that have no tag for the loop are
	 * the sum over all of them.
	 * @param group the loops
	 */
	public EventLoopMetrics(EventLoopGroup group) {
		this(group, List.of());
	}

	/**
	 * Create a new instance for several loops. Meters that have no tag for the loop are
	 * the sum over all of them.
	 * @param group the loops
	 * @param tags tags that all their meters shall have besides their own
	 */
	public EventLoopMetrics(EventLoopGroup group, Iterable<Tag> tags) {
		this.group = group;
		this.commonTags = Tags.of(tags);
	}

	/**
	 * Register the meters. Those of channels are registered when the first channel of a
	 * name turns up.
	 */
	@Override
	public void bindTo(MeterRegistry registry) {
		GroupsOfRegistry groups = new GroupsOfRegistry(registry, this.group.loops(), this.commonTags);
		this.read.add(groups);
		for (EventLoop loop : this.group.loops()) {
			Tags tags = this.commonTags.and(AsyncoreMeters.Tags.LOOP.asString(), loop.name());
			registerCounters(registry, loop.monitor(), tags);
			boolean handlersTimed = isEnabled(AsyncoreMeters.HANDLER, registry, tags);
			if (handlersTimed) {
				loop.monitor().setTimed(true);
			}
			MetricsObserver observer = new MetricsObserver(loop, groups, handlersTimed, tags,
					(meter) -> timer(meter, registry, tags));
			this.observers.add(observer);
			loop.monitor().addObserver(observer);
		}
	}

	private static @Nullable Timer timer(AsyncoreMeters meter, MeterRegistry registry, Tags tags) {
		return isEnabled(meter, registry, tags) ? HandlerTimers.timer(meter).tags(tags).register(registry) : null;
	}

	/**
	 * Tell the registries nothing any more. What was registered stays.
	 */
	@Override
	public void close() {
		this.observers.forEach(MetricsObserver::leave);
		this.observers.clear();
	}

	private static void registerCounters(MeterRegistry registry, LoopMonitor monitor, Tags tags) {
		for (boolean result : new boolean[] { true, false }) {
			Tags answer = tags.and(AsyncoreMeters.Tags.RESULT.asString(), Boolean.toString(result));
			String predicate = AsyncoreMeters.Tags.PREDICATE.asString();
			counter(AsyncoreMeters.POLLS, monitor, (each) -> each.readable(result), answer.and(predicate, "readable"),
					registry);
			counter(AsyncoreMeters.POLLS, monitor, (each) -> each.writable(result), answer.and(predicate, "writable"),
					registry);
		}
		EVENTS.forEach((event, hook) -> counter(AsyncoreMeters.READINESS, monitor, (each) -> each.readiness(hook),
				tags.and(AsyncoreMeters.Tags.EVENT.asString(), event), registry));
		counter(AsyncoreMeters.LOOP_PASSES, monitor, LoopMonitor::passes, tags, registry);
		counter(AsyncoreMeters.LOOP_STALLS, monitor, LoopMonitor::stalls, tags, registry);
		Gauge.builder(AsyncoreMeters.LOOP_TASKS.getName(), monitor, LoopMonitor::tasks)
			.tags(tags)
			.baseUnit(AsyncoreMeters.LOOP_TASKS.getBaseUnit())
			.description(AsyncoreMeters.LOOP_TASKS.getDescription())
			.register(registry);
	}

	private static void counter(AsyncoreMeters meter, LoopMonitor monitor, ToDoubleFunction<LoopMonitor> reader,
			Tags tags, MeterRegistry registry) {
		FunctionCounter.builder(meter.getName(), monitor, reader)
			.tags(tags)
			.description(meter.getDescription())
			.register(registry);
	}

	/**
	 * Say whether a registry keeps a timer. A registry tells only when it is registered.
	 */
	private static boolean isEnabled(AsyncoreMeters meter, MeterRegistry registry, Tags tags) {
		if (registry instanceof CompositeMeterRegistry composite && !composite.getRegistries().isEmpty()) {
			return composite.getRegistries().stream().anyMatch((part) -> isEnabled(meter, part, tags));
		}
		Tags complete = tags;
		for (var key : meter.getKeyNames()) {
			complete = tags.stream().anyMatch((tag) -> tag.getKey().equals(key.asString())) ? complete
					: complete.and(key.asString(), "none");
		}
		Timer probe = HandlerTimers.timer(meter).tags(complete).register(registry);
		registry.remove((Meter) probe);
		return !(probe instanceof NoopTimer);
	}

}
