package io.asyncore.health;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.Gate;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.autoconfigure.health.AsyncoreHealthAutoConfiguration;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.Servers;
import io.asyncore.test.ScriptedClient;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.MapAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link AsyncoreHealthIndicator} and its auto-configuration.
 */
class AsyncoreHealthIndicatorTests {

	private final ApplicationContextRunner contextRunner = EchoApplication
		.runner(AsyncoreHealthAutoConfiguration.class);

	@Test
	void whenTheLoopRunsIsUp() {
		this.contextRunner.run((context) -> {
			try (ScriptedClient client = EchoApplication.servedClient(context)) {
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
				loop(context).containsOnly(Map.entry("state", "running"), Map.entry("channels", 2));
				server(context).containsEntry("listening", "[::]:" + EchoApplication.port(context))
					.containsEntry("protocol", "tcp")
					.containsEntry("connections", 1)
					.doesNotContainKey("paused");
				assertThat(client.localAddress()).isNotNull();
			}
		});
	}

	@Test
	void tellsOfServersForDatagrams() {
		this.contextRunner.withBean("datagrams", DatagramDispatcher.class, () -> new DatagramDispatcher())
			.withPropertyValues("asyncore.servers.datagrams.protocol=udp", "asyncore.servers.datagrams.port=0")
			.run((context) -> {
				Dispatcher datagrams = context.getBean("datagrams", Dispatcher.class);
				part(context, "servers", "datagrams").containsOnly(Map.entry("protocol", "udp"),
						Map.entry("listening", "[::]:" + Loopback.port(datagrams)));
			});
	}

	@Test
	void whenThereIsNoServerTellsOfTheLoopOnly() {
		new ApplicationContextRunner()
			.withConfiguration(
					AutoConfigurations.of(AsyncoreAutoConfiguration.class, AsyncoreHealthAutoConfiguration.class))
			.run((context) -> {
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
				assertThat(health(context).getDetails()).containsOnlyKeys("loops");
			});
	}

	@Test
	void whenAHandlerHoldsTheLoopIsDownUntilItGoesOn() {
		this.contextRunner.withPropertyValues("asyncore.watchdog.down=50ms").run((context) -> {
			Gate gate = context.getBean(Gate.class);
			try (ScriptedClient client = EchoApplication.servedClient(context)) {
				client.send("hold\nafter\n");
				gate.awaitArrival();
				awaitStatus(context, Status.DOWN);
				loop(context).containsEntry("state", "stalled")
					.containsEntry("handler", "terminator")
					.containsEntry("channel", "echo")
					.hasEntrySatisfying("busy", (busy) -> assertThat(busy).asString().matches("[0-9]+ ms"));
				gate.open();
				client.expectLine("after");
				awaitStatus(context, Status.UP);
				loop(context).doesNotContainKeys("busy", "handler", "channel");
			}
		});
	}

	@Test
	void whenATaskHoldsTheLoopTellsOfNoChannel() {
		this.contextRunner.withPropertyValues("asyncore.watchdog.down=50ms").run((context) -> {
			Gate gate = context.getBean(Gate.class);
			context.getBean(EventLoop.class).execute(gate::pass);
			gate.awaitArrival();
			awaitStatus(context, Status.DOWN);
			loop(context).containsEntry("handler", "task").doesNotContainKey("channel");
			gate.stayOpen();
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "exit", "stop" })
	void whenTheLoopHasEndedIsDownAndAfterAStartUp(String how) {
		this.contextRunner.run((context) -> {
			EchoApplication.client(context).send(how + "\n").expectEnd().close();
			awaitStatus(context, Status.DOWN);
			loop(context).containsOnly(Map.entry("state", "dead"), Map.entry("channels", 0));
			server(context).containsEntry("listening", "no").containsEntry("connections", 0);
			context.getBean(EventLoopLifecycle.class).start();
			assertThat(health(context).getStatus()).isEqualTo(Status.UP);
			EchoApplication.servedClient(context).close();
		});
	}

	@Test
	void whenOneOfSeveralLoopsHasEndedIsDownAndSaysWhich() {
		this.contextRunner.withPropertyValues("asyncore.loop.threads=2").run((context) -> {
			assertThat(health(context).getStatus()).isEqualTo(Status.UP);
			try (ScriptedClient first = EchoApplication.servedClient(context);
					ScriptedClient second = EchoApplication.client(context)) {
				second.send("exit\n").expectEnd();
				awaitStatus(context, Status.DOWN);
				part(context, "loops", "asyncore-loop-1").containsEntry("state", "running");
				part(context, "loops", "asyncore-loop-2").containsEntry("state", "dead");
				first.send("still\n").expectLine("still");
			}
		});
	}

	@Test
	void whileTheLoopDrainsIsOutOfService() {
		this.contextRunner.run((context) -> {
			Gate gate = context.getBean(Gate.class);
			try (ScriptedClient client = EchoApplication.servedClient(context)) {
				client.send("hold\n");
				gate.awaitArrival();
				context.getBean(EventLoopLifecycle.class).stop(() -> {
				});
				assertThat(health(context).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
				loop(context).containsEntry("state", "draining");
				gate.stayOpen();
				client.expectEnd();
			}
			await().atMost(Loopback.BOUND).until(() -> !context.getBean(EventLoopLifecycle.class).isRunning());
			assertThat(health(context).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
			loop(context).containsEntry("state", "stopped");
		});
	}

	@Test
	void whenTheContextIsStoppedIsOutOfServiceAndAfterAStartUp() {
		this.contextRunner.run((context) -> {
			context.getSourceApplicationContext().stop();
			assertThat(health(context).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
			context.getSourceApplicationContext().start();
			assertThat(health(context).getStatus()).isEqualTo(Status.UP);
		});
	}

	@Test
	void whenAServerDoesNotListenAnyMoreIsDownAndAfterARestartUp() {
		this.contextRunner.withPropertyValues("asyncore.servers.second.port=0", "asyncore.servers.second.channel=echo")
			.run((context) -> {
				context.getBean(Servers.class).all().get("echo").close();
				assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
				server(context).containsEntry("listening", "no");
				part(context, "servers", "second").hasEntrySatisfying("listening",
						(address) -> assertThat(address).asString().startsWith("[::]:"));
				context.getSourceApplicationContext().stop();
				assertThat(health(context).getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
				context.getSourceApplicationContext().start();
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
			});
	}

	@Test
	void whenAServerForDatagramsIsClosedByWhatItsHandlerThrowsIsDown() {
		this.contextRunner.withBean("datagrams", Dispatcher.class, FailingDatagrams::new)
			.withPropertyValues("asyncore.servers.datagrams.protocol=udp", "asyncore.servers.datagrams.port=0")
			.run((context) -> {
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
				Dispatcher datagrams = context.getBean("datagrams", Dispatcher.class);
				try (DatagramSocket socket = new DatagramSocket()) {
					socket.send(new DatagramPacket(new byte[3], 3, InetAddress.getLoopbackAddress(),
							Loopback.port(datagrams)));
				}
				awaitStatus(context, Status.DOWN);
				part(context, "servers", "datagrams").containsEntry("listening", "no");
			});
	}

	@Test
	void whenAServerDoesNotListenOnOneOfItsLoopsIsDownAndSaysOnWhich() {
		this.contextRunner
			.withPropertyValues("asyncore.loop.threads=2", "asyncore.servers.echo.reuse-port=true",
					"asyncore.servers.echo.address=127.0.0.1")
			.run((context) -> {
				EventLoop second = context.getBean(EventLoopGroup.class).loops().get(1);
				await().atMost(Loopback.BOUND).until(() -> second.map().size() == 1);
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
				server(context).doesNotContainKey("deaf");
				second.map().channels().get(0).close();
				assertThat(health(context).getStatus()).isEqualTo(Status.DOWN);
				server(context).containsEntry("listening", "127.0.0.1:" + EchoApplication.port(context))
					.containsEntry("deaf", List.of("asyncore-loop-2"));
			});
	}

	@Test
	void whileItStartsAndStopsIsNeverDown() throws Exception {
		Set<Status> seen = ConcurrentHashMap.newKeySet();
		AtomicBoolean over = new AtomicBoolean();
		this.contextRunner.withPropertyValues("asyncore.servers.second.port=0", "asyncore.servers.second.channel=echo")
			.run((context) -> {
				CompletableFuture<Void> watch = CompletableFuture.runAsync(() -> {
					while (!over.get()) {
						seen.add(health(context).getStatus());
					}
				});
				for (int i = 0; i < 50; i++) {
					context.getSourceApplicationContext().stop();
					context.getSourceApplicationContext().start();
				}
				over.set(true);
				assertThat(watch).succeedsWithin(Loopback.BOUND);
			});
		assertThat(seen).doesNotContain(Status.DOWN);
	}

	@Test
	void whenAServerIsFullSaysSo() {
		this.contextRunner.withPropertyValues("asyncore.servers.echo.max-connections=1").run((context) -> {
			try (ScriptedClient client = EchoApplication.servedClient(context)) {
				server(context).containsEntry("paused", "limit");
				assertThat(health(context).getStatus()).isEqualTo(Status.UP);
				assertThat(client.localAddress()).isNotNull();
			}
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "management.health.asyncore.enabled", "management.health.defaults.enabled",
			"asyncore.enabled" })
	void whenDisabledIsNotThere(String property) {
		this.contextRunner.withPropertyValues(property + "=false")
			.run((context) -> assertThat(context).hasNotFailed().doesNotHaveBean(HealthContributor.class));
	}

	@Test
	void whenOnlyTheDefaultsAreDisabledIsThere() {
		this.contextRunner
			.withPropertyValues("management.health.defaults.enabled=false", "management.health.asyncore.enabled=true")
			.run((context) -> assertThat(context).hasSingleBean(AsyncoreHealthIndicator.class));
	}

	@ParameterizedTest
	@ValueSource(strings = { "asyncoreHealthIndicator", "asyncoreHealthContributor" })
	void whenUserHasOneUsesIt(String name) {
		HealthIndicator mine = () -> Health.up().withDetail("mine", true).build();
		this.contextRunner.withBean(name, HealthIndicator.class, () -> mine)
			.run((context) -> assertThat(context).hasSingleBean(HealthContributor.class)
				.getBean(HealthContributor.class)
				.isSameAs(mine));
	}

	@Test
	void whenHealthIsMissingServesAllTheSame() {
		this.contextRunner.withClassLoader(new FilteredClassLoader(HealthContributor.class)).run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean("asyncoreHealthContributor");
			EchoApplication.servedClient(context).close();
		});
	}

	@Test
	void whenTheLoopHasNotBeenStartedIsOutOfService() {
		this.contextRunner.run((context) -> {
			EventLoopLifecycle unstarted = new EventLoopLifecycle(context.getBean(EventLoop.class), context,
					new EventLoopLifecycle.Settings(Duration.ofSeconds(1), false, Duration.ZERO));
			AsyncoreHealthIndicator indicator = new AsyncoreHealthIndicator(unstarted, context.getBean(Servers.class),
					Duration.ofSeconds(1));
			assertThat(indicator.health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
		});
	}

	private static Health health(ApplicationContext context) {
		Health health = context.getBean(AsyncoreHealthIndicator.class).health();
		assertThat(health).isNotNull();
		return health;
	}

	private static void awaitStatus(ApplicationContext context, Status status) {
		await().atMost(Loopback.BOUND).until(() -> health(context).getStatus().equals(status));
	}

	private static MapAssert<String, Object> loop(ApplicationContext context) {
		return part(context, "loops", "asyncore-loop");
	}

	private static MapAssert<String, Object> server(ApplicationContext context) {
		return part(context, "servers", "echo");
	}

	private static MapAssert<String, Object> part(ApplicationContext context, String kind, String name) {
		return assertThat(health(context).getDetails()).extractingByKey(kind)
			.asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class))
			.extractingByKey(name)
			.asInstanceOf(InstanceOfAssertFactories.map(String.class, Object.class));
	}

	private static final class FailingDatagrams extends Dispatcher {

		@Override
		protected void handleRead() throws Exception {
			if (recvFrom(ByteBuffer.allocate(10)) != null) {
				throw new IllegalStateException("a bad datagram");
			}
		}

	}

}
