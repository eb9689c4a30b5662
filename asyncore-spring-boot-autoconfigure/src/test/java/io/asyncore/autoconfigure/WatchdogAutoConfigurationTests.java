package io.asyncore.autoconfigure;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.asyncore.CapturedLog;
import io.asyncore.EventLoop;
import io.asyncore.Gate;
import io.asyncore.Hook;
import io.asyncore.Loopback;
import io.asyncore.context.EventPublisher;
import io.asyncore.context.LoopRecoveredEvent;
import io.asyncore.context.LoopStalledEvent;
import io.asyncore.context.Watchdog;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.GenericApplicationListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * The watchdog as an application has it.
 */
class WatchdogAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = EchoApplication.runner();

	@Test
	void tellsOfAHandlerThatHoldsTheLoopAndOfItsEnd() {
		this.contextRunner.run((context) -> {
			EventLoop loop = context.getBean(EventLoop.class);
			loop.monitor().setTimed(true);
			BlockingQueue<ApplicationEvent> events = new LinkedBlockingQueue<>();
			context
				.addApplicationListener(GenericApplicationListener.forEventType(LoopStalledEvent.class, events::add));
			context
				.addApplicationListener(GenericApplicationListener.forEventType(LoopRecoveredEvent.class, events::add));
			Gate gate = context.getBean(Gate.class);
			try (ScriptedClient client = EchoApplication.servedClient(context); CapturedLog log = new CapturedLog()) {
				client.send("hold\nafter\n");
				gate.awaitArrival();
				LoopStalledEvent stalled = next(events, LoopStalledEvent.class);
				while (stalled.getHook() != Hook.TERMINATOR) {
					// the machine has held it up before
					next(events, LoopRecoveredEvent.class);
					stalled = next(events, LoopStalledEvent.class);
				}
				assertThat(stalled.getChannel()).isNotNull();
				assertThat(stalled.getChannel().channelName()).isEqualTo("echo");
				assertThat(stalled.getDuration()).isGreaterThanOrEqualTo(Duration.ofMillis(100));
				assertThat(log.warnings()).last()
					.asString()
					.contains("'terminator'", "'echo'", "'asyncore-loop'", " ms")
					.contains(Gate.class.getName() + ".pass",
							EchoApplication.Echo.class.getName() + ".foundTerminator");
				gate.stayOpen();
				next(events, LoopRecoveredEvent.class);
				client.expectLine("after");
				assertThat(loop.monitor().longestLagNanos()).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(10));
			}
		});
	}

	private static <E> E next(BlockingQueue<ApplicationEvent> events, Class<E> type) throws InterruptedException {
		ApplicationEvent event = events.poll(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
		assertThat(event).isInstanceOf(type);
		return type.cast(event);
	}

	@Test
	void hasAThreadWhileTheContextRuns() {
		this.contextRunner.run((context) -> {
			assertThat(watchdogs()).singleElement().satisfies((thread) -> assertThat(thread.isDaemon()).isTrue());
			context.getSourceApplicationContext().stop();
			await().atMost(Loopback.BOUND).until(() -> watchdogs().isEmpty());
			context.getSourceApplicationContext().start();
			assertThat(watchdogs()).hasSize(1);
			assertThat(context.getBean(Watchdog.class).isRunning()).isTrue();
		});
		await().atMost(Loopback.BOUND).until(() -> watchdogs().isEmpty());
	}

	@Test
	void whenStoppedAndStartedLooksAgain() {
		this.contextRunner.withPropertyValues("asyncore.watchdog.warn=10ms").run((context) -> {
			context.getSourceApplicationContext().stop();
			context.getSourceApplicationContext().start();
			Gate gate = context.getBean(Gate.class);
			EventLoop loop = context.getBean(EventLoop.class);
			loop.execute(gate::pass);
			gate.awaitArrival();
			await().atMost(Loopback.BOUND).until(() -> loop.monitor().stalls() > 0);
			gate.stayOpen();
		});
	}

	@Test
	void whenDisabledHasNoThread() {
		this.contextRunner.withPropertyValues("asyncore.watchdog.enabled=false").run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean(Watchdog.class);
			assertThat(watchdogs()).isEmpty();
			EchoApplication.servedClient(context).close();
		});
	}

	@Test
	void whenUserHasAWatchdogUsesIt() {
		this.contextRunner.withUserConfiguration(Mine.class)
			.run((context) -> assertThat(context).hasSingleBean(Watchdog.class).hasBean("mine"));
	}

	@ParameterizedTest
	@CsvSource({ "warn,0", "warn,-1s", "warn,999us", "down,0", "down,-1ms" })
	void whenATimeIsWrongFailsNamingIt(String name, String value) {
		this.contextRunner.withPropertyValues("asyncore.watchdog." + name + "=" + value)
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContaining("asyncore.watchdog." + name));
	}

	@Test
	void takesAMillisecond() {
		this.contextRunner.withPropertyValues("asyncore.watchdog.warn=1ms", "asyncore.watchdog.down=1ns")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void whenDisabledDoesNotCareForTheTime() {
		this.contextRunner.withPropertyValues("asyncore.watchdog.warn=0", "asyncore.watchdog.enabled=false")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	private static List<Thread> watchdogs() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().equals("asyncore-watchdog"))
			.toList();
	}

	static class Mine {

		@Bean
		Watchdog mine(EventLoop loop, EventPublisher publisher) {
			return new Watchdog(loop, publisher, Duration.ofSeconds(1));
		}

	}

}
