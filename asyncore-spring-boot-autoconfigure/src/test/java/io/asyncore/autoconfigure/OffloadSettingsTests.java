package io.asyncore.autoconfigure;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.ChannelStats;
import io.asyncore.EventLoop;
import io.asyncore.Gate;
import io.asyncore.Loopback;
import io.asyncore.ServerDispatcher;
import io.asyncore.context.Servers;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;

import org.springframework.boot.autoconfigure.task.TaskExecutionAutoConfiguration;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.core.task.support.TaskExecutorAdapter;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * Tests for who does the work that channels of an application offload.
 */
class OffloadSettingsTests {

	private final ApplicationContextRunner contextRunner = EchoApplication.runner(TaskExecutionAutoConfiguration.class);

	@Test
	@EnabledForJreRange(max = JRE.JAVA_20)
	void withoutVirtualThreadsThoseOfTheApplicationDoIt() {
		this.contextRunner.run((context) -> assertWorker(context, "task-\\d+"));
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsDoIt() {
		// they have no names
		this.contextRunner.run((context) -> assertWorker(context, ""));
	}

	@Test
	void withoutAnExecutorThereAreThreadsNevertheless() {
		EchoApplication.runner().run((context) -> assertWorker(context, "(?!task-).*"));
	}

	@Test
	void executorMayBeNamed() {
		this.contextRunner.withBean("own", Executor.class, OffloadSettingsTests::own)
			.withPropertyValues("asyncore.offload.executor=own")
			.run((context) -> assertWorker(context, "own-\\d+"));
	}

	@Test
	void whenThereIsNoSuchBeanSaysSo() {
		this.contextRunner.withPropertyValues("asyncore.offload.executor=onw")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class, (ex) -> {
					assertThat(ex.getName()).isEqualTo("asyncore.offload.executor");
					assertThat(ex.getValue()).isEqualTo("onw");
					assertThat(ex.getReason()).contains("no bean of that name", "Executor");
				}));
	}

	@Test
	void whenTheBeanIsNoExecutorSaysWhatItIs() {
		this.contextRunner.withPropertyValues("asyncore.offload.executor=gate")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class,
						(ex) -> assertThat(ex.getReason()).contains("no Executor", Gate.class.getName())));
	}

	@Test
	void limitsWhatWaitsOfAChannel() {
		this.contextRunner.withPropertyValues("asyncore.offload.max-queued=3")
			.run((context) -> assertThat(context.getBean(EventLoop.class).maxQueuedOffloads()).isEqualTo(3));
		this.contextRunner
			.run((context) -> assertThat(context.getBean(EventLoop.class).maxQueuedOffloads()).isEqualTo(16));
	}

	@Test
	void whenNothingMayWaitNamesTheProperty() {
		this.contextRunner.withPropertyValues("asyncore.offload.max-queued=0")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class,
						(ex) -> assertThat(ex.getName()).isEqualTo("asyncore.offload.max-queued")));
	}

	@Test
	void stopFinishesWhatWaits() {
		AtomicInteger failed = new AtomicInteger();
		this.contextRunner.withPropertyValues("asyncore.offload.executor=applicationTaskExecutor").run((context) -> {
			EventLoop loop = context.getBean(EventLoop.class);
			ServerDispatcher server = context.getBean(Servers.class).all().get("echo");
			Gate gate = context.getBean(Gate.class);
			ScriptedClient client = EchoApplication.servedClient(context);
			client.send("hold elsewhere\noffload\noffload\n");
			gate.awaitArrival();
			ChannelStats group = loop.monitor().group("echo");
			await().atMost(Loopback.BOUND).until(() -> group.offloadsQueued() == 2);
			Thread stopping = new Thread(() -> {
				try {
					context.close();
				}
				catch (RuntimeException ex) {
					failed.incrementAndGet();
				}
			});
			stopping.start();
			await().atMost(Loopback.BOUND).until(server::closed);
			assertThat(loop.thread()).isNotNull();
			gate.stayOpen();
			client.expectLine(".*").expectLine(".*").close();
			stopping.join(Loopback.BOUND.toMillis());
			assertThat(stopping.isAlive()).isFalse();
			assertThat(failed).hasValue(0);
		});
	}

	@Test
	void executorThatHasEndedHasASuccessor() throws Exception {
		ExecutorService service = Executors.newSingleThreadExecutor();
		service.shutdown();
		ThreadPoolTaskExecutor pool = new ThreadPoolTaskExecutor();
		pool.initialize();
		pool.shutdown();
		SimpleAsyncTaskExecutor simple = new SimpleAsyncTaskExecutor();
		simple.setTaskTerminationTimeout(1);
		simple.close();
		AtomicInteger done = new AtomicInteger();
		for (Executor ended : new Executor[] { service, pool, simple }) {
			int before = done.get();
			new OffloadExecutor(ended, Runnable::run).execute(done::incrementAndGet);
			assertThat(done).hasValue(before + 1);
		}
	}

	@Test
	void executorThatRestsHasASuccessor() {
		ThreadPoolTaskExecutor pool = new ThreadPoolTaskExecutor();
		pool.initialize();
		AtomicInteger done = new AtomicInteger();
		OffloadExecutor executor = new OffloadExecutor(pool, Runnable::run);
		pool.stop();
		executor.execute(done::incrementAndGet);
		assertThat(done).hasValue(1);
		pool.start();
		executor.execute(done::incrementAndGet);
		await().atMost(Loopback.BOUND).until(() -> done.get() == 2);
		pool.shutdown();
	}

	@Test
	void executorThatIsFullHasNone() {
		Executor full = new TaskExecutorAdapter((work) -> {
			throw new RejectedExecutionException("full");
		});
		OffloadExecutor executor = new OffloadExecutor(full, Runnable::run);
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> executor.execute(() -> {
		}));
	}

	private static Executor own() {
		SimpleAsyncTaskExecutor executor = new SimpleAsyncTaskExecutor("own-");
		executor.setTaskTerminationTimeout(Duration.ofSeconds(1).toMillis());
		return executor;
	}

	private static void assertWorker(ApplicationContext context, String regex) {
		try (ScriptedClient client = EchoApplication.servedClient(context)) {
			client.send("offload\n").expectLine(regex);
		}
	}

}
