package io.asyncore.metrics;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.autoconfigure.metrics.AsyncoreMetricsAutoConfiguration;
import io.asyncore.test.ScriptedClient;
import io.micrometer.common.docs.KeyName;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link EventLoopMetrics}.
 */
class EventLoopMetricsTests {

	private static final int MESSAGES = 1_000;

	private static final int CONNECTIONS = 1_000;

	private static final Map<String, Double> MOVED_BY_MESSAGES = new HashMap<>();

	static {
		MOVED_BY_MESSAGES.put("asyncore.loop.passes", 1.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.loop.wait", 1.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.loop.work", 1.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.readiness event=read", 1.0 * MESSAGES);
		// once more after the read, to answer in the same pass
		MOVED_BY_MESSAGES.put("asyncore.polls predicate=readable result=true", 2.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.polls predicate=writable result=true", 1.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.polls predicate=writable result=false", 1.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.handler channel=echo handler=read outcome=success", 1.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.handler channel=echo handler=terminator outcome=success", 1.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.handler channel=echo handler=write outcome=success", 1.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.data.received channel=echo", 5.0 * MESSAGES);
		MOVED_BY_MESSAGES.put("asyncore.data.sent channel=echo", 5.0 * MESSAGES);
	}

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private final ApplicationContextRunner contextRunner = EchoApplication
		.runner(MetricsAutoConfiguration.class, AsyncoreMetricsAutoConfiguration.class)
		.withBean(MeterRegistry.class, () -> this.registry);

	@Test
	void registersEveryMeterWithItsTypeUnitAndTags() {
		this.contextRunner.run((context) -> {
			try (ScriptedClient client = EchoApplication.servedClient(context)) {
				client.send("offload\n").expectLine(".*");
			}
			await().atMost(Loopback.BOUND).until(() -> handlerTimers().contains("close"));
			Map<String, List<Meter>> meters = this.registry.getMeters()
				.stream()
				.collect(Collectors.groupingBy((meter) -> meter.getId().getName()));
			for (AsyncoreMeters documented : AsyncoreMeters.values()) {
				assertThat(meters.remove(documented.getName())).as(documented.getName())
					.isNotNull()
					.allSatisfy((meter) -> {
						assertThat(meter.getId().getType()).isEqualTo(documented.getType());
						assertThat(meter.getId().getBaseUnit()).isEqualTo(unit(documented));
						assertThat(meter.getId().getDescription()).isEqualTo(documented.getDescription());
						assertThat(keys(meter)).isEqualTo(keys(documented));
					});
			}
			assertThat(meters.keySet()).noneMatch((name) -> name.startsWith("asyncore"));
		});
	}

	// a registry sets the unit of timers
	private static @Nullable String unit(AsyncoreMeters documented) {
		return (documented.getType() == Meter.Type.TIMER) ? "seconds" : documented.getBaseUnit();
	}

	private static Set<String> keys(Meter meter) {
		return meter.getId().getTags().stream().map(Tag::getKey).collect(Collectors.toCollection(TreeSet::new));
	}

	private static Set<String> keys(AsyncoreMeters documented) {
		return Arrays.stream(documented.getKeyNames())
			.map(KeyName::asString)
			.collect(Collectors.toCollection(TreeSet::new));
	}

	@Test
	void givesEachTagItsValues() {
		this.contextRunner.run((context) -> {
			assertThat(values("asyncore.polls", "predicate")).containsExactlyInAnyOrder("readable", "writable");
			assertThat(values("asyncore.polls", "result")).containsExactlyInAnyOrder("true", "false");
			assertThat(values("asyncore.readiness", "event")).containsExactlyInAnyOrder("read", "write", "connect",
					"accept", "priority");
			assertThat(values("asyncore.channels", "state")).containsExactlyInAnyOrder("listening", "bound",
					"connecting", "connected");
			assertThat(values("asyncore.channels.closed", "reason")).containsExactlyInAnyOrder("peer", "local", "error",
					"timeout", "limit", "shutdown");
			assertThat(values("asyncore.connects", "outcome")).containsExactlyInAnyOrder("connected", "refused",
					"timeout", "unreachable", "unresolved", "closed", "error");
			assertThat(values("asyncore.accept.rejected", "reason")).containsExactlyInAnyOrder("error", "refused",
					"unhandled");
			assertThat(values("asyncore.accept.paused", "reason")).containsExactlyInAnyOrder("limit", "descriptors");
			assertThat(values("asyncore.loop.passes", "loop")).containsExactly("asyncore-loop");
			assertThat(values("asyncore.data.sent", "channel")).containsExactly("echo");
		});
	}

	private Set<String> values(String name, String key) {
		return this.registry.find(name)
			.meters()
			.stream()
			.map((meter) -> meter.getId().getTag(key))
			.collect(Collectors.toCollection(TreeSet::new));
	}

	@Test
	void countsAThousandEchoedMessagesExactly() {
		this.contextRunner.run((context) -> {
			try (ScriptedClient client = EchoApplication.servedClient(context)) {
				EchoApplication.awaitIdle(context);
				Map<String, Double> before = numbers();
				for (int i = 0; i < MESSAGES; i++) {
					client.send("line\n").expectLine("line");
					EchoApplication.awaitIdle(context);
				}
				assertThat(moved(before)).containsExactlyInAnyOrderEntriesOf(MOVED_BY_MESSAGES);
			}
		});
	}

	@Test
	void countsConnections() {
		this.contextRunner.run((context) -> {
			ChannelMap map = context.getBean(ChannelMap.class);
			EchoApplication.awaitIdle(context);
			Map<String, Double> before = numbers();
			for (int i = 0; i < 10; i++) {
				EchoApplication.servedClient(context).close();
			}
			EchoApplication.servedClient(context).send("close\n").expectEnd().close();
			EchoApplication.servedClient(context).send("fail\n").expectEnd().close();
			await().atMost(Loopback.BOUND).until(() -> map.size() == 1);
			EchoApplication.awaitIdle(context);
			assertThat(moved(before)).containsEntry("asyncore.channels.opened channel=echo", 12.0)
				.containsEntry("asyncore.channels.closed channel=echo reason=peer", 10.0)
				.containsEntry("asyncore.channels.closed channel=echo reason=local", 1.0)
				.containsEntry("asyncore.channels.closed channel=echo reason=error", 1.0)
				.containsEntry("asyncore.handler channel=echo handler=terminator outcome=error", 1.0)
				.containsEntry("asyncore.handler channel=echo handler=read outcome=error", 1.0)
				.containsEntry("asyncore.handler channel=echo handler=error outcome=success", 1.0)
				.containsEntry("asyncore.handler channel=echo handler=close outcome=success", 10.0)
				.containsEntry("asyncore.handler channel=echo handler=open outcome=success", 12.0)
				.containsKey("asyncore.readiness event=accept")
				.containsKey("asyncore.handler channel=echo handler=accept outcome=success")
				.doesNotContainKey("asyncore.readiness event=connect")
				.doesNotContainKey("asyncore.loop.stalls");
		});
	}

	@Test
	void hasNotMoreSeriesWithAThousandConnections() {
		this.contextRunner.run((context) -> {
			ChannelMap map = context.getBean(ChannelMap.class);
			EchoApplication.servedClient(context).close();
			await().atMost(Loopback.BOUND).until(() -> map.size() == 1 && handlerTimers().contains("close"));
			Set<Meter.Id> before = ids();
			InetSocketAddress address = new InetSocketAddress("127.0.0.1", EchoApplication.port(context));
			List<Peer> peers = new ArrayList<>();
			try {
				for (int i = 0; i < CONNECTIONS; i++) {
					peers.add(Peer.connectTo(address));
				}
				await().atMost(Loopback.BOUND).until(() -> channels("echo", "connected") == CONNECTIONS);
				assertThat(ids()).isEqualTo(before);
			}
			finally {
				closeAll(peers);
			}
			await().atMost(Loopback.BOUND).until(() -> channels("echo", "connected") == 0);
			assertThat(ids()).isEqualTo(before);
			assertThat(counter("asyncore.channels.opened")).isEqualTo(CONNECTIONS + 1);
			assertThat(counter("asyncore.channels.closed", "reason", "peer")).isEqualTo(CONNECTIONS + 1);
		});
	}

	private static void closeAll(List<Peer> peers) throws IOException {
		for (Peer peer : peers) {
			peer.close();
		}
	}

	private Set<Meter.Id> ids() {
		return this.registry.getMeters().stream().map(Meter::getId).collect(Collectors.toSet());
	}

	private double channels(String name, String state) {
		return gauge("asyncore.channels", "channel", name, "state", state);
	}

	private double gauge(String name, String... tags) {
		return this.registry.get(name).tags(tags).gauge().value();
	}

	private double counter(String name, String... tags) {
		return this.registry.get(name).tags(tags).functionCounter().count();
	}

	private Map<String, Double> moved(Map<String, Double> before) {
		Map<String, Double> moved = numbers();
		moved.replaceAll((key, value) -> value - before.getOrDefault(key, 0.0));
		moved.values().removeIf((value) -> value == 0);
		return moved;
	}

	/**
	 * Return what the meters show that count, by their names and tags but for the loop.
	 */
	private Map<String, Double> numbers() {
		Map<String, Double> numbers = new HashMap<>();
		for (Meter meter : this.registry.getMeters()) {
			String tags = meter.getId()
				.getTags()
				.stream()
				.filter((tag) -> !tag.getKey().equals("loop"))
				.map((tag) -> tag.getKey() + "=" + tag.getValue())
				.collect(Collectors.joining(" "));
			String name = (meter.getId().getName() + " " + tags).strip();
			if (meter instanceof Timer timer) {
				numbers.put(name, (double) timer.count());
			}
			else if (meter instanceof FunctionCounter counter) {
				numbers.put(name, counter.count());
			}
		}
		return numbers;
	}

	private Set<String> handlerTimers() {
		return values("asyncore.handler", "handler");
	}

}
