package io.asyncore.metrics;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import io.asyncore.ChannelStats;
import io.asyncore.EventLoop;
import io.asyncore.LoopMonitor;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The meters that a registry has of channels by their names, for loops that belong
 * together.
 */
final class GroupsOfRegistry {

	private static final Logger logger = LoggerFactory.getLogger(EventLoopMetrics.class);

	private final MeterRegistry registry;

	private final Tags commonTags;

	private final Census census;

	private final Map<String, GroupMeters> groups = new ConcurrentHashMap<>();

	private final AtomicBoolean tooManyReported = new AtomicBoolean();

	GroupsOfRegistry(MeterRegistry registry, List<EventLoop> loops, Tags commonTags) {
		this.registry = registry;
		this.commonTags = commonTags;
		this.census = new Census(loops);
	}

	/**
	 * Have meters for the channels of a name in one of the loops.
	 * @param loopTags the tags of that loop
	 * @return the timers of their handlers, {@code null} if there are too many names
	 */
	synchronized @Nullable HandlerTimers add(ChannelStats group, Tags loopTags) {
		GroupMeters meters = this.groups.get(group.name());
		if (meters != null) {
			return meters.add(group, loopTags);
		}
		if (this.groups.size() >= EventLoopMetrics.MOST_GROUPS && !LoopMonitor.OTHER.equals(group.name())) {
			if (this.tooManyReported.compareAndSet(false, true)) {
				logger.warn(
						"Channels have more than {} names: '{}' and further ones have no meters; "
								+ "call setChannelName() with a name that many channels share",
						EventLoopMetrics.MOST_GROUPS, group.name());
			}
			return null;
		}
		meters = new GroupMeters(this.registry, group.name(), this.census, this.commonTags);
		this.groups.put(group.name(), meters);
		HandlerTimers timers = meters.add(group, loopTags);
		meters.register();
		return timers;
	}

	/**
	 * Record work that a channel of a name has offloaded. May be called by any thread.
	 */
	void offloaded(ChannelStats group, long nanos, @Nullable Throwable failure) {
		GroupMeters meters = this.groups.get(group.name());
		if (meters != null) {
			meters.offloaded(nanos, failure);
		}
	}

}
