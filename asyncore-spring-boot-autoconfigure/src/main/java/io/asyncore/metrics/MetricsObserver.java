package io.asyncore.metrics;

import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import io.asyncore.ChannelStats;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopObserver;
import io.asyncore.HookObserver;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import org.jspecify.annotations.Nullable;

/**
 * Passes on to a registry what a loop does not count.
 */
final class MetricsObserver implements EventLoopObserver {

	private final EventLoop loop;

	private final GroupsOfRegistry groups;

	private final boolean handlersTimed;

	private final Tags tags;

	private final @Nullable Timer wait;

	private final @Nullable Timer work;

	private final @Nullable Timer lag;

	MetricsObserver(EventLoop loop, GroupsOfRegistry groups, boolean handlersTimed, Tags tags,
			Function<AsyncoreMeters, @Nullable Timer> timers) {
		this.loop = loop;
		this.groups = groups;
		this.handlersTimed = handlersTimed;
		this.tags = tags;
		this.wait = timers.apply(AsyncoreMeters.LOOP_WAIT);
		this.work = timers.apply(AsyncoreMeters.LOOP_WORK);
		this.lag = timers.apply(AsyncoreMeters.LOOP_LAG);
	}

	@Override
	public @Nullable HookObserver hooks(ChannelStats group) {
		HandlerTimers timers = this.groups.add(group, this.tags);
		return this.handlersTimed ? timers : null;
	}

	@Override
	public void offloaded(ChannelStats group, long nanos, @Nullable Throwable failure) {
		this.groups.offloaded(group, nanos, failure);
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

	/**
	 * Be told nothing any more.
	 */
	void leave() {
		this.loop.monitor().removeObserver(this);
	}

}
