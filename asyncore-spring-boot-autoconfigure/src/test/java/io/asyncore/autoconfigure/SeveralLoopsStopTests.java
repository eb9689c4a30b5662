package io.asyncore.autoconfigure;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.asyncore.CapturedLog;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Gate;
import io.asyncore.Loopback;
import io.asyncore.chat.AsyncChat;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.LoopState;
import io.asyncore.context.Servers;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * How several loops come to their end, and begin anew.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SeveralLoopsStopTests {

	private static final int MUCH = 32 * 1024 * 1024;

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private final ApplicationContextRunner contextRunner = EchoApplication.runner()
		.withPropertyValues("asyncore.loop.threads=3");

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 2 })
	void whenAHandlerOfOneStopsTheApplicationAllEnd(int index) {
		this.contextRunner.run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 3);
			List<EventLoop> loops = SeveralLoops.of(context);
			CountDownLatch closed = new CountDownLatch(1);
			loops.get(index).execute(() -> {
				context.getSourceApplicationContext().close();
				closed.countDown();
			});
			assertThat(closed.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
			clients.forEach(ScriptedClient::expectEnd);
			assertEnded(loops);
		});
	}

	private static void assertEnded(List<EventLoop> loops) {
		await().atMost(Loopback.BOUND)
			.until(() -> loops.stream().allMatch((loop) -> loop.thread() == null && loop.map().isEmpty()));
	}

	@Test
	void whenHandlersOfAllStopThemNobodyWaitsForTheOther() {
		this.contextRunner.run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			List<EventLoop> loops = SeveralLoops.of(context);
			try (Gate gate = new Gate()) {
				CountDownLatch stopped = new CountDownLatch(loops.size());
				loops.forEach((loop) -> loop.execute(() -> {
					gate.pass();
					lifecycle.stop();
					stopped.countDown();
				}));
				gate.awaitArrival().awaitArrival().awaitArrival();
				gate.stayOpen();
				assertThat(stopped.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
				assertEnded(loops);
			}
		});
	}

	@Test
	void whenOneEndsByItselfTheOthersGoOn() {
		this.contextRunner.run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			List<EventLoop> loops = SeveralLoops.of(context);
			List<ScriptedClient> clients = new ArrayList<>(SeveralLoops.clients(context, 3));
			clients.get(1).send("exit\n").expectEnd();
			await().atMost(Loopback.BOUND)
				.until(() -> lifecycle.state(loops.get(1), PATIENCE) == LoopState.DEAD
						&& lifecycle.state(PATIENCE) == LoopState.DEAD);
			assertThat(lifecycle.isRunning()).isTrue();
			assertThat(lifecycle.state(loops.get(0), PATIENCE)).isEqualTo(LoopState.RUNNING);
			clients.get(0).send("still\n").expectLine("still");
			clients.get(2).send("here\n").expectLine("here");
			clients.addAll(SeveralLoops.clients(context, 4));
			assertThat(SeveralLoops.conversations(context)).containsEntry("asyncore-loop-2", 0L);
			lifecycle.stop();
			assertThat(lifecycle.state(PATIENCE)).isEqualTo(LoopState.STOPPED);
			lifecycle.start();
			assertThat(lifecycle.state(PATIENCE)).isEqualTo(LoopState.RUNNING);
			clients.addAll(SeveralLoops.clients(context, 3));
			assertThat(SeveralLoops.conversations(context).values()).containsOnly(1L);
			SeveralLoops.close(clients);
		});
	}

	@Test
	void whenTheFirstEndsByItselfTheOthersGoOnUntilTheyAreStopped() {
		this.contextRunner.run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			List<ScriptedClient> clients = SeveralLoops.clients(context, 3);
			clients.get(0).send("exit\n").expectEnd();
			await().atMost(Loopback.BOUND).until(() -> lifecycle.state(PATIENCE) == LoopState.DEAD);
			assertThat(context.getBean(Servers.class).get("echo").accepting()).isFalse();
			clients.get(1).send("still\n").expectLine("still");
			long start = System.nanoTime();
			lifecycle.stop();
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
			clients.get(1).expectEnd();
			clients.get(2).expectEnd();
			lifecycle.start();
			SeveralLoops.close(SeveralLoops.clients(context, 3));
			SeveralLoops.close(clients);
		});
	}

	@Test
	void whatIsQueuedOnEachIsSentWithinTheGracePeriod() {
		this.contextRunner.run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 3);
			queueOnEach(context);
			CompletableFuture<Void> stopped = new CompletableFuture<>();
			context.getBean(EventLoopLifecycle.class).stop(() -> stopped.complete(null));
			assertThat(context.getBean(EventLoopLifecycle.class).state(PATIENCE)).isEqualTo(LoopState.DRAINING);
			for (ScriptedClient client : clients) {
				assertThat(client.readAll()).hasSize(MUCH);
			}
			assertThat(stopped).succeedsWithin(Loopback.BOUND);
			SeveralLoops.close(clients);
		});
	}

	// more than the system takes from those whose peer does not read
	private static void queueOnEach(ApplicationContext context) {
		for (EventLoop loop : SeveralLoops.of(context)) {
			AsyncChat chat = (AsyncChat) SeveralLoops.conversations(loop).get(0);
			chat.push(new byte[MUCH]);
			assertThat(chat.outBuffered()).isPositive();
		}
	}

	@Test
	void theGracePeriodIsOneForAll() {
		this.contextRunner.withPropertyValues("asyncore.shutdown.grace-period=1s").run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 3);
			queueOnEach(context);
			long start = System.nanoTime();
			context.getBean(EventLoopLifecycle.class).stop();
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(900),
					Duration.ofMillis(1900));
			assertEnded(SeveralLoops.of(context));
			SeveralLoops.close(clients);
		});
	}

	@Test
	void whenNothingIsToBeDoneTheyStopAtOnce() {
		this.contextRunner.run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			for (int i = 0; i < 30; i++) {
				List<ScriptedClient> clients = SeveralLoops.clients(context, 3);
				long start = System.nanoTime();
				lifecycle.stop();
				// none of them has waited until it stops waiting for the first one
				assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(900));
				SeveralLoops.close(clients);
				lifecycle.start();
			}
		});
	}

	@Test
	void whenTheFirstIsHeldTheOthersDrainAllTheSame() {
		this.contextRunner.run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			List<EventLoop> loops = SeveralLoops.of(context);
			try (Gate gate = new Gate()) {
				loops.get(0).execute(gate::pass);
				gate.awaitArrival();
				CompletableFuture<Void> stopped = new CompletableFuture<>();
				lifecycle.stop(() -> stopped.complete(null));
				await().atMost(Loopback.BOUND)
					.until(() -> loops.get(1).thread() == null && loops.get(2).thread() == null);
				assertThat(stopped).isNotDone();
				gate.stayOpen();
				assertThat(stopped).succeedsWithin(Loopback.BOUND);
			}
		});
	}

	@Test
	void whenAHandlerHoldsUpOneSaysWhichAndWhere() {
		this.contextRunner.withPropertyValues("asyncore.shutdown.grace-period=0").run((context) -> {
			try (Gate gate = new Gate(); CapturedLog log = new CapturedLog()) {
				SeveralLoops.of(context).get(2).execute(gate::pass);
				gate.awaitArrival();
				context.getBean(EventLoopLifecycle.class).stop();
				assertThat(log.warnings()).filteredOn((line) -> line.contains("a handler holds it up at"))
					.singleElement()
					.asString()
					.contains("'asyncore-loop-3'", "Gate.pass");
				gate.stayOpen();
			}
		});
	}

	@Test
	void whatIsHandedOverWhenItStopsIsServed() {
		this.contextRunner.run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			List<EventLoop> loops = SeveralLoops.of(context);
			try (Gate gate = new Gate()) {
				loops.get(1).execute(gate::pass);
				gate.awaitArrival();
				List<ScriptedClient> clients = new ArrayList<>();
				clients.add(EchoApplication.servedClient(context));
				ScriptedClient waiting = EchoApplication.client(context).send("one\ntwo\n");
				clients.add(waiting);
				await().atMost(Loopback.BOUND)
					.until(() -> context.getBean(Servers.class).get("echo").connections() == 2);
				lifecycle.stop(() -> {
				});
				await().atMost(Loopback.BOUND).until(() -> loops.get(0).thread() == null);
				gate.stayOpen();
				// served, and then closed because nothing is queued
				waiting.readAll();
				assertEnded(loops);
				assertThat(loops.get(1).monitor().group("echo").opened()).isOne();
				assertThat(context.getBean(Servers.class).get("echo").connections()).isZero();
				SeveralLoops.close(clients);
			}
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whileClientsConnectItStopsAndStartsWithoutLeavingAnything(boolean reusePort) {
		this.contextRunner
			.withPropertyValues("asyncore.servers.echo.reuse-port=" + reusePort,
					"asyncore.servers.echo.address=127.0.0.1")
			.run((context) -> {
				EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
				for (int i = 0; i < 10; i++) {
					CountDownLatch connecting = new CountDownLatch(20);
					int port = EchoApplication.port(context);
					CompletableFuture<Void> clients = CompletableFuture
						.runAsync(() -> connectUntilRefused(port, connecting));
					assertThat(connecting.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
					lifecycle.stop();
					assertThat(clients).succeedsWithin(Loopback.BOUND);
					assertThat(context.getBean(Servers.class).get("echo").connections()).isZero();
					assertThat(SeveralLoops.of(context)).allMatch((loop) -> loop.map().isEmpty());
					lifecycle.start();
				}
				assertThat(SeveralLoops.of(context))
					.allSatisfy((loop) -> assertThat(loop.map().channels()).allMatch(Dispatcher::accepting));
				SeveralLoops.close(SeveralLoops.clients(context, 3));
			});
	}

	private static void connectUntilRefused(int port, CountDownLatch connecting) {
		List<ScriptedClient> clients = new ArrayList<>();
		try {
			while (clients.size() < 10_000) {
				clients.add(ScriptedClient.connect(port));
				connecting.countDown();
			}
		}
		catch (AssertionError | RuntimeException ex) {
			// refused, because the listener is closed
		}
		// whoever has got in, or only into the backlog, is told that it is over
		clients.forEach((client) -> {
			try {
				client.readAll();
			}
			catch (AssertionError | RuntimeException ex) {
				assertThat(ex).hasMessageContaining("reset");
			}
			client.close();
		});
	}

}
