package io.asyncore.metrics;

import java.time.Duration;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.LoopThread;
import io.asyncore.Peer;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link EventLoopMetrics} where there are several loops, or not all meters.
 */
class EventLoopMetricsLoopsTests {

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private double sum(String name) {
		return this.registry.get(name).functionCounters().stream().mapToDouble((counter) -> counter.count()).sum();
	}

	@Test
	void whenHandlersAreNotWantedTellsAllTheSameHowLateTasksRun() throws Exception {
		this.registry.config().meterFilter(MeterFilter.denyNameStartsWith("asyncore.handler"));
		ChannelMap map = new ChannelMap();
		new EventLoopMetrics(map.eventLoop()).bindTo(this.registry);
		try (LoopThread thread = LoopThread.run(map)) {
			thread.awaitPass();
			await().atMost(Duration.ofSeconds(2))
				.untilAsserted(() -> assertThat(this.registry.get("asyncore.loop.lag").timer().count()).isPositive());
		}
	}

	private static final class Reading extends Dispatcher {

		Reading(Peer peer, ChannelMap map) throws Exception {
			super(peer.near(), map);
		}

		@Override
		protected void handleRead() throws Exception {
			recv(10);
		}

	}

}
