package io.asyncore.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToDoubleFunction;

import io.asyncore.ChannelGroup;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopObserver;
import io.asyncore.Hook;
import io.asyncore.HookObserver;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The meters of an event loop and its channels, see {@link AsyncoreMeters}.
 * <p>
 * Most are read from what the loop counts anyway when a registry wants to know. Only
 * timers cost something when a handler is called, and only if the registry wants them.
 */
public class EventLoopMetrics implements MeterBinder, AutoCloseable {

	/**
	 * The most names of channels that have meters.
	 */
	static final int MOST_GROUPS = 200;

	private static final Logger logger = LoggerFactory.getLogger(EventLoopMetrics.class);

	private static final Map<String, Hook> EVENTS = Map.of("read", Hook.READ, "write", Hook.WRITE, "connect",
			Hook.CONNECT, "accept", Hook.ACCEPT, "priority", Hook.EXPT);

	private final EventLoop loop;

	private final Tags commonTags;

	private final List<Observer> observers = new CopyOnWriteArrayList<>();

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
		this.loop = loop;
		this.commonTags = Tags.of(tags);
	}

	/**
	 * Register the meters. Those of channels are registered when the first channel of a
	 * name turns up.
	 */
	@Override
	public void bindTo(MeterRegistry registry) {
		Tags tags = this.commonTags.and(AsyncoreMeters.Tags.LOOP.asString(), this.loop.name());
		registerCounters(registry, tags);
		boolean handlersTimed = isEnabled(AsyncoreMeters.HANDLER, registry, tags);
		if (handlersTimed) {
			this.loop.monitor().setTimed(true);
		}
		Observer observer = new Observer(registry, this.loop, tags, this.commonTags, handlersTimed);
		this.observers.add(observer);
		this.loop.monitor().addObserver(observer);
	}

	/**
	 * Tell the registries nothing any more. What was registered stays.
	 */
	@Override
	public void close() {
		this.observers.forEach(this.loop.monitor()::removeObserver);
		this.observers.clear();
	}

	private void registerCounters(MeterRegistry registry, Tags tags) {
		for (boolean result : new boolean[] { true, false }) {
			Tags answer = tags.and(AsyncoreMeters.Tags.RESULT.asString(), Boolean.toString(result));
			String predicate = AsyncoreMeters.Tags.PREDICATE.asString();
			counter(AsyncoreMeters.POLLS, (monitor) -> monitor.readable(result), answer.and(predicate, "readable"),
					registry);
			counter(AsyncoreMeters.POLLS, (monitor) -> monitor.writable(result), answer.and(predicate, "writable"),
					registry);
		}
		EVENTS.forEach((event, hook) -> counter(AsyncoreMeters.READINESS, (monitor) -> monitor.readiness(hook),
				tags.and(AsyncoreMeters.Tags.EVENT.asString(), event), registry));
		counter(AsyncoreMeters.LOOP_PASSES, LoopMonitor::passes, tags, registry);
		counter(AsyncoreMeters.LOOP_STALLS, LoopMonitor::stalls, tags, registry);
		Gauge.builder(AsyncoreMeters.LOOP_TASKS.getName(), this.loop.monitor(), LoopMonitor::tasks)
			.tags(tags)
			.baseUnit(AsyncoreMeters.LOOP_TASKS.getBaseUnit())
			.description(AsyncoreMeters.LOOP_TASKS.getDescription())
			.register(registry);
	}

	private void counter(AsyncoreMeters meter, ToDoubleFunction<LoopMonitor> reader, Tags tags,
			MeterRegistry registry) {
		FunctionCounter.builder(meter.getName(), this.loop.monitor(), reader)
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
		Timer probe = GroupMeters.timer(meter).tags(complete).register(registry);
		registry.remove((Meter) probe);
		return !(probe instanceof NoopTimer);
	}

	/**
	 * Passes on what the loop does not count.
	 */
	private static final class Observer implements EventLoopObserver {

		private final MeterRegistry registry;

		private final Tags tags;

		private final Tags commonTags;

		private final boolean handlersTimed;

		private final Census census;

		private final Map<String, GroupMeters> groups = new ConcurrentHashMap<>();

		private final AtomicBoolean tooManyReported = new AtomicBoolean();

		private final @Nullable Timer wait;

		private final @Nullable Timer work;

		private final @Nullable Timer lag;

		Observer(MeterRegistry registry, EventLoop loop, Tags tags, Tags commonTags, boolean handlersTimed) {
			this.registry = registry;
			this.tags = tags;
			this.commonTags = commonTags;
			this.handlersTimed = handlersTimed;
			this.census = new Census(loop.map());
			this.wait = timer(AsyncoreMeters.LOOP_WAIT);
			this.work = timer(AsyncoreMeters.LOOP_WORK);
			this.lag = timer(AsyncoreMeters.LOOP_LAG);
		}

		private @Nullable Timer timer(AsyncoreMeters meter) {
			return isEnabled(meter, this.registry, this.tags)
					? GroupMeters.timer(meter).tags(this.tags).register(this.registry) : null;
		}

		@Override
		public @Nullable HookObserver hooks(ChannelGroup group) {
			GroupMeters meters = this.groups.get(group.name());
			if (meters == null && this.groups.size() >= MOST_GROUPS) {
				if (this.tooManyReported.compareAndSet(false, true)) {
					logger.warn(
							"Channels have more than {} names: '{}' and further ones have no meters; "
									+ "call setChannelName() with a name that many channels share",
							MOST_GROUPS, group.name());
				}
				return null;
			}
			if (meters == null) {
				meters = new GroupMeters(this.registry, group, this.census, this.tags, this.commonTags);
				this.groups.put(group.name(), meters);
				meters.register();
			}
			return this.handlersTimed ? meters : null;
		}

		@Override
		public void found(long waited, long worked) {
			if (this.wait != null && waited > 0) {
				this.wait.record(waited, TimeUnit.NANOSECONDS);
			}
			if (this.work != null) {
				this.work.record(worked, TimeUnit.NANOSECONDS);
			}
		}

		@Override
		public void late(long nanos) {
			if (this.lag != null) {
				this.lag.record(nanos, TimeUnit.NANOSECONDS);
			}
		}

	}

}
