package io.asyncore.context;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.event.GenericApplicationListener;
import org.springframework.core.ResolvableType;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * How {@link EventPublisher} finds out who listens, where that is not so easy.
 */
class EventPublisherInterestTests {

	private static final BlockingQueue<ApplicationEvent> EVENTS = new LinkedBlockingQueue<>();

	private final ApplicationContextRunner contextRunner = EchoApplication.runner();

	@Test
	void whenAListenerBeanIsLazyTellsIt() {
		this.contextRunner.withUserConfiguration(LazyListener.class)
			.run((context) -> assertTellsListener(EchoApplication.servedClient(context)));
	}

	@Test
	void whenInitializationIsLazyTellsListenerBeans() {
		this.contextRunner.withUserConfiguration(EagerListener.class)
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> assertTellsListener(EchoApplication.servedClient(context)));
	}

	private static void assertTellsListener(ScriptedClient client) throws InterruptedException {
		EVENTS.clear();
		client.close();
		assertThat(EVENTS.poll(2, TimeUnit.SECONDS)).isInstanceOf(ChannelClosedEvent.class);
	}

	@Test
	void whenAListenerTakesThePlaceOfAnotherTellsIt() {
		this.contextRunner.run((context) -> {
			BlockingQueue<ApplicationEvent> events = new LinkedBlockingQueue<>();
			GenericApplicationListener first = GenericApplicationListener.forEventType(ChannelOpenedEvent.class,
					events::add);
			context.addApplicationListener(first);
			EchoApplication.servedClient(context).close();
			assertThat(events.poll(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isNotNull();
			await().atMost(Loopback.BOUND).until(() -> context.getBean(Servers.class).get("echo").connections() == 0);
			context.getSourceApplicationContext().removeApplicationListener(first);
			context
				.addApplicationListener(GenericApplicationListener.forEventType(ChannelClosedEvent.class, events::add));
			EchoApplication.servedClient(context).close();
			assertThat(events.poll(2, TimeUnit.SECONDS)).isInstanceOf(ChannelClosedEvent.class);
		});
	}

	@Test
	void whenListenersComeWhileItLooksServesOn() {
		this.contextRunner.run((context) -> {
			AtomicBoolean asked = new AtomicBoolean();
			// what a bean does that is made meanwhile by another thread
			context.addApplicationListener(new Asked(ChannelOpenedEvent.class, () -> {
				if (asked.compareAndSet(false, true)) {
					context.addApplicationListener(new Asked(ServerListeningEvent.class, () -> {
					}));
				}
			}));
			context.addApplicationListener(new Asked(ServerListeningEvent.class, () -> {
			}));
			try (ScriptedClient client = EchoApplication.client(context)) {
				client.send("hello\n").expectLine("hello");
			}
			assertThat(asked).isTrue();
		});
	}

	@Test
	void whenAListenerCannotSayWhatItListensToServesOn() {
		this.contextRunner.run((context) -> {
			context.addApplicationListener(new Asked(ChannelOpenedEvent.class, EventPublisherInterestTests::fail));
			try (ScriptedClient client = EchoApplication.client(context)) {
				client.send("hello\n").expectLine("hello");
			}
		});
	}

	@Test
	void whenAListenerCannotSayWhatItListensToClientsDoNotEndTheLoop() {
		this.contextRunner.run((context) -> {
			context.addApplicationListener(new Asked(ChannelOpenedEvent.class, EventPublisherInterestTests::fail));
			EventLoop loop = context.getBean(EventLoop.class);
			CountDownLatch passed = new CountDownLatch(1);
			loop.execute(() -> connect(loop, EchoApplication.port(context)));
			loop.callLater(Duration.ofMillis(100), passed::countDown);
			assertThat(passed.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
			assertThat(context.getBean(EventLoopLifecycle.class).isRunning()).isTrue();
		});
	}

	private static void connect(EventLoop loop, int port) {
		try {
			Dispatcher channel = new Dispatcher(loop.map());
			channel.createSocket();
			channel.connect("127.0.0.1", port);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Test
	void whenAListenerCannotSayWhatItListensToClosesChannelsAllTheSame() {
		this.contextRunner.run((context) -> {
			context.addApplicationListener(new Asked(ChannelClosedEvent.class, EventPublisherInterestTests::fail));
			EchoApplication.servedClient(context).close();
			EventLoop loop = context.getBean(EventLoop.class);
			await().atMost(Duration.ofSeconds(2)).until(() -> loop.map().size() == 1);
			EchoApplication.servedClient(context).send("close\n").expectEnd();
		});
	}

	private static void fail() {
		throw new IllegalStateException("as planned");
	}

	@Test
	void whenAListenerClosesTheContextDoesNotWaitForItselfNorInterruptIt() {
		this.contextRunner.run((context) -> {
			CountDownLatch closed = new CountDownLatch(1);
			AtomicBoolean interrupted = new AtomicBoolean();
			long[] took = new long[1];
			context
				.addApplicationListener(GenericApplicationListener.forEventType(ChannelClosedEvent.class, (event) -> {
					long start = System.nanoTime();
					context.getSourceApplicationContext().close();
					took[0] = System.nanoTime() - start;
					interrupted.set(Thread.currentThread().isInterrupted());
					closed.countDown();
				}));
			EchoApplication.servedClient(context).close();
			assertThat(closed.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
			assertThat(interrupted).isFalse();
			assertThat(TimeUnit.NANOSECONDS.toMillis(took[0])).isLessThan(1_500);
		});
	}

	static class LazyListener {

		@Bean
		@Lazy
		Listener listener() {
			return new Listener();
		}

	}

	static class EagerListener {

		@Bean
		Listener listener() {
			return new Listener();
		}

	}

	static class Listener implements ApplicationListener<ChannelClosedEvent> {

		@Override
		public void onApplicationEvent(ChannelClosedEvent event) {
			EVENTS.add(event);
		}

	}

	private record Asked(Class<?> event, Runnable action) implements GenericApplicationListener {

		@Override
		public boolean supportsEventType(ResolvableType type) {
			if (type.isAssignableFrom(this.event)) {
				this.action.run();
			}
			return false;
		}

		@Override
		public void onApplicationEvent(ApplicationEvent event) {
			throw new IllegalStateException("It listens to nothing");
		}

	}

}
