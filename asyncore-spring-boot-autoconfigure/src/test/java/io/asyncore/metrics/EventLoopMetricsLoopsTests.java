package io.asyncore.metrics;

import java.time.Duration;
import java.util.List;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.LoopThread;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.autoconfigure.SeveralLoops;
import io.asyncore.autoconfigure.metrics.AsyncoreMetricsAutoConfiguration;
import io.asyncore.chat.AsyncChat;
import io.asyncore.test.ScriptedClient;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;

import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link EventLoopMetrics} where there are several loops, or not all meters.
 */
class EventLoopMetricsLoopsTests {

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private final ApplicationContextRunner contextRunner = EchoApplication
		.runner(MetricsAutoConfiguration.class, AsyncoreMetricsAutoConfiguration.class)
		.withBean(MeterRegistry.class, () -> this.registry);

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

	@Test
	void metersWithoutATagForTheLoopAreTheSumOfAll() {
		this.contextRunner.withPropertyValues("asyncore.loop.threads=3").run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 6);
			assertThat(counter("asyncore.channels.opened", "channel", "echo")).isEqualTo(6);
			await().atMost(Loopback.BOUND)
				.untilAsserted(() -> assertThat(counter("asyncore.data.received", "channel", "echo")).isEqualTo(6 * 6));
			assertThat(counter("asyncore.data.sent", "channel", "echo")).isEqualTo(6 * 6);
			SeveralLoops.close(clients);
			await().atMost(Loopback.BOUND)
				.untilAsserted(
						() -> assertThat(counter("asyncore.channels.closed", "channel", "echo", "reason", "peer"))
							.isEqualTo(6));
			assertThat(this.registry.get("asyncore.channels.opened").meters()).hasSize(1);
		});
	}

	@Test
	void metersWithATagForTheLoopAreThoseOfEach() {
		this.contextRunner.withPropertyValues("asyncore.loop.threads=3").run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 6);
			for (int i = 1; i <= 3; i++) {
				String loop = "asyncore-loop-" + i;
				assertThat(counter("asyncore.loop.passes", "loop", loop)).isPositive();
				assertThat(this.registry.get("asyncore.handler")
					.tags("loop", loop, "channel", "echo", "handler", "terminator")
					.timer()
					.count()).isEqualTo(2);
				await().atMost(Loopback.BOUND)
					.untilAsserted(() -> assertThat(this.registry.get("asyncore.channels")
						.tags("loop", loop, "channel", "echo", "state", "connected")
						.gauge()
						.value()).isEqualTo(2));
			}
			SeveralLoops.close(clients);
		});
	}

	@Test
	void gaugesWithoutATagForTheLoopAreTheSumOfAll() {
		this.contextRunner.withPropertyValues("asyncore.loop.threads=2").run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 2);
			for (EventLoop loop : SeveralLoops.of(context)) {
				AsyncChat chat = (AsyncChat) SeveralLoops.conversations(loop).get(0);
				chat.push(new byte[32 * 1024 * 1024]);
			}
			await().atMost(Loopback.BOUND)
				.untilAsserted(() -> assertThat(
						this.registry.get("asyncore.output.queued").tag("channel", "echo").gauge().value())
					.isEqualTo(SeveralLoops.of(context)
						.stream()
						.mapToDouble((loop) -> SeveralLoops.conversations(loop).get(0).outBuffered())
						.sum())
					.isGreaterThan(32 * 1024 * 1024));
			SeveralLoops.conversations(SeveralLoops.of(context).get(0)).forEach(Dispatcher::close);
			SeveralLoops.conversations(SeveralLoops.of(context).get(1)).forEach(Dispatcher::close);
			SeveralLoops.close(clients);
		});
	}

	@Test
	void theMostNamesAreThoseOfTheRegistry() {
		EventLoop one = new ChannelMap().eventLoop();
		EventLoop other = new ChannelMap().eventLoop();
		other.setName("other");
		new EventLoopMetrics(new EventLoopGroup(List.of(one, other))).bindTo(this.registry);
		for (int i = 0; i < EventLoopMetrics.MOST_GROUPS; i++) {
			one.monitor().group("name" + i);
			other.monitor().group("name" + i);
		}
		try (CapturedLog log = new CapturedLog()) {
			one.monitor().group("more");
			other.monitor().group("more");
			assertThat(log.warnings()).hasSize(2).allSatisfy((line) -> assertThat(line).contains("'more'"));
		}
		assertThat(this.registry.find("asyncore.channels.opened").meters()).hasSize(EventLoopMetrics.MOST_GROUPS + 1);
		assertThat(this.registry.find("asyncore.channels").tag("state", "connected").meters())
			.hasSize(2 * (EventLoopMetrics.MOST_GROUPS + 1));
	}

	@Test
	void whenTheLoopsHaveOtherNamesTheMostAreThoseOfTheRegistryToo() {
		EventLoop one = new ChannelMap().eventLoop();
		EventLoop other = new ChannelMap().eventLoop();
		new EventLoopMetrics(new EventLoopGroup(List.of(one, other))).bindTo(this.registry);
		try (CapturedLog log = new CapturedLog()) {
			for (int i = 0; i < EventLoopMetrics.MOST_GROUPS; i++) {
				one.monitor().group("name" + i);
			}
			other.monitor().group("more");
			other.monitor().group("yet another");
			assertThat(log.warnings()).singleElement().asString().contains("'more'");
		}
		assertThat(this.registry.find("asyncore.channels.opened").meters()).hasSize(EventLoopMetrics.MOST_GROUPS);
	}

	private double counter(String name, String... tags) {
		return this.registry.get(name).tags(tags).functionCounter().count();
	}

}
