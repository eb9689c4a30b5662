package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.asyncore.CapturedLog;
import io.asyncore.EventLoop;
import io.asyncore.Gate;
import io.asyncore.Loopback;
import io.asyncore.chat.AsyncChat;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.LoopState;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.context.LifecycleAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.LifecycleProcessor;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.support.AbstractApplicationContext;
import org.springframework.context.support.DefaultLifecycleProcessor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * How an application stops whose handlers do not let go of the loop, or whose Spring does
 * not wait for it.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeldLoopStopTests {

	// two seconds are for the handler, the rest for a busy machine
	private static final Duration MOMENT = Duration.ofSeconds(5);

	private static final Duration PATIENCE = Duration.ofSeconds(30);

	private static final int MUCH = 32 * 1024 * 1024;

	private final Gate gate = new Gate();

	private final Object lock = new Object();

	private final CountDownLatch asleep = new CountDownLatch(1);

	private final CompletableFuture<Object> outcome = new CompletableFuture<>();

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class, LifecycleAutoConfiguration.class))
		.withInitializer((context) -> ((org.springframework.context.support.GenericApplicationContext) context)
			.registerBean("server", Conversation.class, () -> new Conversation(context),
					(definition) -> definition.setScope("prototype")))
		.withPropertyValues("asyncore.servers.server.port=0", "asyncore.shutdown.grace-period=300ms",
				"asyncore.watchdog.enabled=false");

	@AfterEach
	void letGo() {
		this.gate.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "hold", "lock" })
	void whenAHandlerHoldsTheLoopAllIsClosedSoonAfterTheGracePeriod(String how) {
		this.contextRunner.run((context) -> {
			Thread thread = thread(context);
			int port = port(context);
			try (ScriptedClient before = served(context);
					ScriptedClient client = client(context);
					ScriptedClient after = client(context);
					CapturedLog log = new CapturedLog()) {
				client.send(how + "\n");
				this.gate.awaitArrival();
				assertThat(timeToClose(context)).isLessThan(MOMENT);
				before.expectEnd();
				client.expectEnd();
				// accepted or not
				after.readAll();
				assertFree(port);
				assertThat(log.warnings()).anySatisfy((line) -> assertThat(line)
					.contains("'asyncore-loop' was told to stop", "a handler holds it up at", "Gate.pass"));
			}
			assertThat(thread.isAlive()).isTrue();
			this.gate.stayOpen();
			assertEnds(thread);
		});
	}

	@Test
	void whileAHandlerHoldsTheLoopNobodyIsLetIn() {
		this.contextRunner.withPropertyValues("asyncore.shutdown.grace-period=20s").run((context) -> {
			int port = port(context);
			try (ScriptedClient client = served(context)) {
				client.send("hold\n");
				this.gate.awaitArrival();
				CompletableFuture<Void> closed = CompletableFuture.runAsync(context::close);
				await().atMost(Loopback.BOUND).untilAsserted(() -> assertFree(port));
				assertThat(closed).isNotDone();
				this.gate.stayOpen();
				// it has its answer all the same
				client.expectLine("held");
				client.expectEnd();
				assertThat(closed).succeedsWithin(MOMENT);
			}
		});
	}

	@Test
	void whenAHandlerSleepsIsInterruptedAfterTheGracePeriodOnly() {
		this.contextRunner.withPropertyValues("asyncore.shutdown.grace-period=1s").run((context) -> {
			Thread thread = thread(context);
			try (ScriptedClient client = served(context); CapturedLog log = new CapturedLog()) {
				client.send("sleep\n");
				assertThat(this.asleep.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
				long start = System.nanoTime();
				context.close();
				assertEnds(thread);
				assertThat(this.outcome).succeedsWithin(Loopback.BOUND)
					.isInstanceOfSatisfying(Long.class, (time) -> assertThat(Duration.ofNanos(time - start))
						.isBetween(Duration.ofSeconds(1), MOMENT));
				assertThat(log.warnings()).noneMatch((line) -> line.contains("holds it up"));
			}
		});
	}

	@Test
	void whenHandlersHoldSeveralLoopsTheTimeIsOneForAll() {
		this.contextRunner.withPropertyValues("asyncore.loop.threads=3").run((context) -> {
			List<ScriptedClient> clients = new ArrayList<>();
			for (int i = 0; i < 3; i++) {
				clients.add(served(context));
			}
			List<Thread> threads = SeveralLoops.of(context).stream().map(EventLoop::thread).toList();
			clients.get(1).send("hold\n");
			this.gate.awaitArrival();
			clients.get(2).send("hold\n");
			this.gate.awaitArrival();
			assertThat(timeToClose(context)).isLessThan(MOMENT);
			clients.forEach(ScriptedClient::expectEnd);
			assertThat(threads.get(0).isAlive()).isFalse();
			this.gate.stayOpen();
			for (Thread thread : threads) {
				assertEnds(thread);
			}
			SeveralLoops.close(clients);
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "close", "exit" })
	void whenAHandlerStopsTheApplicationItEndsAtOnce(String how) {
		this.contextRunner.withPropertyValues("asyncore.shutdown.grace-period=20s").run((context) -> {
			Thread thread = thread(context);
			try (ScriptedClient other = served(context); ScriptedClient client = served(context)) {
				long start = System.nanoTime();
				client.send(how + "\n").expectLine("stopping").expectEnd();
				other.expectEnd();
				assertThat(this.outcome).succeedsWithin(Loopback.BOUND);
				assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(MOMENT);
				assertEnds(thread);
			}
		});
	}

	@Test
	void whenAHandlerStopsTheApplicationAndAnotherLoopIsHeldDoesNotWaitForEver() {
		this.contextRunner.withPropertyValues("asyncore.loop.threads=2").run((context) -> {
			try (ScriptedClient first = served(context); ScriptedClient second = served(context)) {
				second.send("hold\n");
				this.gate.awaitArrival();
				first.send("close\n").expectLine("stopping").expectEnd();
				assertThat(this.outcome).succeedsWithin(MOMENT);
				second.expectEnd();
			}
		});
	}

	@Test
	void whenSpringWaitsForLessSaysSoAndHasEndedAllTheSame() {
		try (CapturedLog log = new CapturedLog()) {
			this.contextRunner
				.withPropertyValues("asyncore.shutdown.grace-period=15s",
						"spring.lifecycle.timeout-per-shutdown-phase=1s")
				.run((context) -> {
					assertThat(log.warnings()).singleElement()
						.asString()
						.contains("'asyncore.shutdown.grace-period'", "'spring.lifecycle.timeout-per-shutdown-phase'",
								"15s", "1s", "at least 17s", "at most 800ms");
					Thread thread = thread(context);
					try (ScriptedClient client = served(context)) {
						client.send("much\n").read(1);
						assertThat(timeToClose(context)).isLessThan(MOMENT);
						assertThat(thread.isAlive()).isFalse();
						assertThat(client.readAll().length).isLessThan(MUCH);
					}
				});
			assertThat(log.warnings()).hasSize(1);
		}
	}

	@Test
	void whenSpringWaitsForLongEnoughSaysNothing() {
		try (CapturedLog log = new CapturedLog()) {
			this.contextRunner.withPropertyValues("asyncore.shutdown.grace-period=20s")
				.run((context) -> assertThat(context).hasNotFailed());
			assertThat(log.warnings()).isEmpty();
		}
	}

	@Test
	void whenSpringWaitsLongEnoughForThisPhaseSaysNothing() {
		try (CapturedLog log = new CapturedLog()) {
			DefaultLifecycleProcessor processor = new DefaultLifecycleProcessor();
			processor.setTimeoutPerShutdownPhase(1);
			processor.setTimeoutForShutdownPhase(EventLoopLifecycle.PHASE, 60_000);
			this.contextRunner
				.withBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME, LifecycleProcessor.class,
						() -> processor)
				.withPropertyValues("asyncore.shutdown.grace-period=20s")
				.run((context) -> {
					try (ScriptedClient client = served(context)) {
						client.send("much\n").read(1);
						CompletableFuture<Void> closed = CompletableFuture.runAsync(context::close);
						assertThat(client.readAll()).hasSize(MUCH - 1);
						assertThat(closed).succeedsWithin(MOMENT);
					}
				});
			assertThat(log.warnings()).isEmpty();
		}
	}

	@Test
	void whenNobodyWaitsForTheStopHasEndedWhenItIsDestroyed() {
		this.contextRunner
			.withBean(AbstractApplicationContext.LIFECYCLE_PROCESSOR_BEAN_NAME, LifecycleProcessor.class,
					ImpatientProcessor::new)
			.withPropertyValues("asyncore.shutdown.grace-period=20s")
			.run((context) -> {
				context.getBean(ImpatientProcessor.class).lifecycle = context.getBean(EventLoopLifecycle.class);
				context.getBean(EventLoopLifecycle.class).start();
				Thread thread = thread(context);
				try (ScriptedClient client = served(context)) {
					client.send("much\n").read(1);
					assertThat(timeToClose(context)).isLessThan(MOMENT);
					assertThat(thread.isAlive()).isFalse();
					assertThat(client.readAll().length).isLessThan(MUCH);
				}
			});
	}

	@Test
	void whenALoopWasGivenUpStartsAgainAsSoonAsTheHandlerHasReturned() {
		this.contextRunner.run((context) -> {
			ConfigurableApplicationContext application = context.getSourceApplicationContext();
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			Thread thread = thread(context);
			try (ScriptedClient client = served(context)) {
				client.send("hold\n");
				this.gate.awaitArrival();
				application.stop();
				client.expectEnd();
				assertThat(lifecycle.state(PATIENCE)).isEqualTo(LoopState.DRAINING);
				assertThatIllegalStateException().isThrownBy(application::start)
					.withMessageContaining("'asyncore-loop' cannot be started again")
					.withMessageContaining("Gate.pass");
				assertThatIllegalStateException().isThrownBy(lifecycle::start);
				this.gate.stayOpen();
				assertEnds(thread);
				assertThat(lifecycle.state(PATIENCE)).isEqualTo(LoopState.STOPPED);
			}
			application.start();
			served(context).close();
		});
	}

	@Test
	void whenALoopWasGivenUpAndIsStoppedOnceMoreWaitsForNothing() {
		this.contextRunner.run((context) -> {
			try (ScriptedClient client = served(context)) {
				client.send("hold\n");
				this.gate.awaitArrival();
				context.getSourceApplicationContext().stop();
				assertThat(timeToClose(context)).isLessThan(Duration.ofSeconds(2));
			}
		});
	}

	private static Thread thread(ApplicationContext context) {
		Thread thread = context.getBean(EventLoop.class).thread();
		assertThat(thread).isNotNull();
		return thread;
	}

	private static int port(ApplicationContext context) {
		return context.getEnvironment().getRequiredProperty("local.asyncore.server.port", Integer.class);
	}

	private static ScriptedClient client(ApplicationContext context) {
		return ScriptedClient.connect(port(context));
	}

	private static ScriptedClient served(ApplicationContext context) {
		return client(context).send("hello\n").expectLine("hello");
	}

	private static Duration timeToClose(ConfigurableApplicationContext context) {
		long start = System.nanoTime();
		context.close();
		return Duration.ofNanos(System.nanoTime() - start);
	}

	private static void assertEnds(Thread thread) throws InterruptedException {
		thread.join(Loopback.BOUND.toMillis());
		assertThat(thread.isAlive()).isFalse();
	}

	private static void assertFree(int port) {
		try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
			assertThat(other.isBound()).isTrue();
		}
		catch (IOException ex) {
			throw new AssertionError("The port is not free", ex);
		}
	}

	/**
	 * Does what its peer says.
	 */
	private final class Conversation extends AsyncChat {

		private final ConfigurableApplicationContext application;

		Conversation(ConfigurableApplicationContext application) {
			this.application = application;
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			String line = takeIncoming(StandardCharsets.UTF_8);
			switch (line) {
				case "hold" -> hold();
				case "lock" -> holdLock();
				case "sleep" -> sleep();
				case "much" -> push(new byte[MUCH]);
				case "close" -> stop(this.application::close);
				case "exit" -> stop(() -> SpringApplication.exit(this.application));
				default -> push(line + "\n");
			}
		}

		private void hold() {
			HeldLoopStopTests.this.gate.pass();
			push("held\n");
		}

		// which whoever closes it wants to have
		private void holdLock() {
			synchronized (HeldLoopStopTests.this.lock) {
				hold();
			}
		}

		private void sleep() {
			HeldLoopStopTests.this.asleep.countDown();
			try {
				// nobody counts it down: only an interrupt ends this early
				new CountDownLatch(1).await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				HeldLoopStopTests.this.outcome.complete(System.nanoTime());
			}
		}

		private void stop(Runnable stop) {
			push("stopping\n");
			stop.run();
			HeldLoopStopTests.this.outcome.complete("stopped");
		}

		@Override
		public void close() {
			synchronized (HeldLoopStopTests.this.lock) {
				super.close();
			}
		}

	}

	/**
	 * Has the loop stop, and does not wait for that.
	 */
	private static final class ImpatientProcessor implements LifecycleProcessor {

		private SmartLifecycle lifecycle;

		@Override
		public void onRefresh() {
		}

		@Override
		public void onClose() {
			stop();
		}

		@Override
		public void start() {
		}

		@Override
		public void stop() {
			this.lifecycle.stop(() -> {
			});
		}

		@Override
		public boolean isRunning() {
			return true;
		}

	}

}
