package io.asyncore.context;

import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.CapturedLog;
import io.asyncore.CloseReason;
import io.asyncore.Dispatcher;
import io.asyncore.Gate;
import io.asyncore.Loopback;
import io.asyncore.PauseReason;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.event.EventListener;
import org.springframework.context.event.GenericApplicationListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link EventPublisher}, as an application sees it.
 */
class EventPublisherTests {

	private static final String THREAD = "asyncore-events";

	private static final int QUEUED = 10_000;

	private final ApplicationContextRunner contextRunner = EchoApplication.runner();

	private final ApplicationContextRunner listeningRunner = this.contextRunner.withBean(Listener.class, Listener::new);

	@Test
	void publishesWhatHappensToConnectionsInOrderWithPeerAndReason() {
		this.listeningRunner.run((context) -> {
			Listener listener = context.getBean(Listener.class);
			for (int i = 0; i < 100; i++) {
				SocketAddress peer;
				try (ScriptedClient client = EchoApplication.servedClient(context)) {
					peer = client.localAddress();
				}
				assertThat(listener.next()).isInstanceOfSatisfying(ChannelOpenedEvent.class, (event) -> {
					assertThat(event.getPeer()).isEqualTo(peer);
					assertThat(event.getChannelName()).isEqualTo("echo");
				});
				assertThat(listener.next()).isInstanceOfSatisfying(ChannelClosedEvent.class, (event) -> {
					assertThat(event.getPeer()).isEqualTo(peer);
					assertThat(event.getReason()).isEqualTo(CloseReason.PEER);
					assertThat(event.getChannel().connected()).isFalse();
				});
			}
			assertThat(listener.events).isEmpty();
		});
	}

	@Test
	void tellsWhyAConnectionWasClosed() {
		this.listeningRunner.run((context) -> {
			Listener listener = context.getBean(Listener.class);
			EchoApplication.servedClient(context).send("close\n").expectEnd().close();
			assertThat(listener.nextClosed().getReason()).isEqualTo(CloseReason.LOCAL);
			EchoApplication.servedClient(context).send("fail\n").expectEnd().close();
			assertThat(listener.nextClosed().getReason()).isEqualTo(CloseReason.ERROR);
			try (ScriptedClient client = EchoApplication.servedClient(context)) {
				context.getBean(EventLoopLifecycle.class).stop();
				client.expectEnd();
			}
			assertThat(listener.nextClosed().getReason()).isEqualTo(CloseReason.SHUTDOWN);
		});
	}

	@Test
	void publishesManyConnectionsAtOnceEachOpenedBeforeItIsClosed() {
		this.listeningRunner.run((context) -> {
			List<ScriptedClient> clients = new ArrayList<>();
			for (int i = 0; i < 100; i++) {
				clients.add(EchoApplication.client(context));
			}
			clients.forEach(ScriptedClient::close);
			Listener listener = context.getBean(Listener.class);
			List<Dispatcher> open = new ArrayList<>();
			for (int i = 0; i < 2 * clients.size(); i++) {
				ChannelEvent event = (ChannelEvent) listener.next();
				boolean opens = event instanceof ChannelOpenedEvent;
				assertThat(opens ? open.add(event.getChannel()) : open.remove(event.getChannel())).isTrue();
			}
			assertThat(open).isEmpty();
			assertThat(listener.threads).isEqualTo(Collections.nCopies(2 * clients.size(), THREAD));
		});
	}

	@Test
	void publishesThatAServerIsFullAndIsNotAnyMore() {
		this.listeningRunner.withPropertyValues("asyncore.servers.echo.max-connections=1").run((context) -> {
			Listener listener = context.getBean(Listener.class);
			EchoApplication.servedClient(context).close();
			awaitNoConnection(context);
			assertThat(listener.next()).isInstanceOfSatisfying(AcceptPausedEvent.class, (event) -> {
				assertThat(event.getReason()).isEqualTo(PauseReason.LIMIT);
				assertThat(event.getChannelName()).isEqualTo("echo");
				assertThat(event.getPeer()).isNull();
			});
			assertThat(listener.next()).isInstanceOf(ChannelOpenedEvent.class);
			assertThat(listener.next()).isInstanceOf(ChannelClosedEvent.class);
			assertThat(listener.next()).isInstanceOfSatisfying(AcceptResumedEvent.class,
					(event) -> assertThat(event.getReason()).isEqualTo(PauseReason.LIMIT));
		});
	}

	@Test
	void whenNobodyListensMakesNeitherEventNorThread() {
		this.contextRunner.run((context) -> {
			EchoApplication.servedClient(context).close();
			awaitNoConnection(context);
			AtomicInteger made = new AtomicInteger();
			publish(context, made, 1);
			assertThat(made).hasValue(0);
			assertThat(Thread.getAllStackTraces().keySet()).noneMatch((thread) -> thread.getName().equals(THREAD));
		});
	}

	@Test
	void whenSomebodyListensToSomeEventsMakesOnlyThose() {
		this.contextRunner.run((context) -> {
			context.addApplicationListener(GenericApplicationListener.forEventType(LoopStalledEvent.class, (event) -> {
			}));
			AtomicInteger made = new AtomicInteger();
			publish(context, made, 1);
			assertThat(made).hasValue(0);
		});
	}

	@Test
	void tellsAListenerThatComesLater() {
		this.contextRunner.run((context) -> {
			EchoApplication.servedClient(context).close();
			awaitNoConnection(context);
			BlockingQueue<ChannelEvent> events = new LinkedBlockingQueue<>();
			context
				.addApplicationListener(GenericApplicationListener.forEventType(ChannelOpenedEvent.class, events::add));
			try (ScriptedClient client = EchoApplication.servedClient(context)) {
				ChannelEvent event = events.poll(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
				assertThat(event).isNotNull();
				assertThat(event.getPeer()).isEqualTo(client.localAddress());
			}
		});
	}

	@Test
	void whenAListenerIsSlowLosesEventsWithAWarningAndServesOn() {
		this.contextRunner.run((context) -> {
			try (CapturedLog log = new CapturedLog(); Gate gate = new Gate()) {
				AtomicInteger told = new AtomicInteger();
				context.addApplicationListener(
						GenericApplicationListener.forEventType(ChannelOpenedEvent.class, (event) -> {
							gate.pass();
							told.incrementAndGet();
						}));
				AtomicInteger made = new AtomicInteger();
				publish(context, made, 1);
				gate.awaitArrival();
				publish(context, made, QUEUED + 1_000);
				EchoApplication.servedClient(context).close();
				assertThat(log.warnings()).singleElement().asString().contains("too slow").contains("the first");
				gate.stayOpen();
				await().atMost(Loopback.BOUND).until(() -> told.get() == QUEUED + 1);
				// that of the client too
				assertThat(log.warnings().get(1)).startsWith("1001 event(s)").contains("lost");
				assertThat(log.warnings()).hasSize(2);
				publish(context, made, 1);
				await().atMost(Loopback.BOUND).until(() -> told.get() == QUEUED + 2);
			}
		});
	}

	@Test
	void whenAListenerThrowsTellsTheNext() {
		this.contextRunner.run((context) -> {
			try (CapturedLog log = new CapturedLog()) {
				BlockingQueue<ChannelEvent> events = new LinkedBlockingQueue<>();
				context.addApplicationListener(GenericApplicationListener.forEventType(ChannelEvent.class, (event) -> {
					events.add(event);
					throw new IllegalStateException("as planned");
				}));
				EchoApplication.servedClient(context).close();
				assertThat(events.poll(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS))
					.isInstanceOf(ChannelOpenedEvent.class);
				assertThat(events.poll(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS))
					.isInstanceOf(ChannelClosedEvent.class);
				await().atMost(Loopback.BOUND).until(() -> log.errors().size() == 2);
				assertThat(log.errors().get(0)).contains("listener has failed").contains("ChannelOpenedEvent[echo, ");
			}
		});
	}

	@Test
	void whenAListenerLacksAClassTellsTheNextByTheSameThread() {
		this.contextRunner.run((context) -> {
			try (CapturedLog log = new CapturedLog()) {
				BlockingQueue<Thread> threads = new LinkedBlockingQueue<>();
				context.addApplicationListener(GenericApplicationListener.forEventType(ChannelEvent.class, (event) -> {
					threads.add(Thread.currentThread());
					throw new NoClassDefFoundError("as planned");
				}));
				EchoApplication.servedClient(context).close();
				Thread first = threads.poll(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
				assertThat(threads.poll(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isNotNull().isSameAs(first);
				await().atMost(Loopback.BOUND).until(() -> log.errors().size() == 2);
				assertThat(log.errors()).allMatch((line) -> line.contains("listener has failed"));
			}
		});
	}

	@Test
	void publishesWhatIsLeftWhenTheContextIsClosed() {
		Listener listener = new Listener();
		List<ScriptedClient> clients = new ArrayList<>();
		this.contextRunner.withBean("listener", Listener.class, () -> listener).run((context) -> {
			for (int i = 0; i < 50; i++) {
				clients.add(EchoApplication.servedClient(context));
			}
		});
		clients.forEach(ScriptedClient::close);
		assertThat(listener.events).filteredOn(ChannelClosedEvent.class::isInstance).hasSize(50);
		assertThat(Thread.getAllStackTraces().keySet()).noneMatch((thread) -> thread.getName().equals(THREAD));
	}

	@Test
	void tellsListenersOfAParent() {
		new ApplicationContextRunner().withBean(Listener.class, Listener::new)
			.run((parent) -> this.contextRunner.withParent(parent).run((child) -> {
				EchoApplication.servedClient(child).close();
				Listener listener = parent.getBean(Listener.class);
				assertThat(listener.next()).isInstanceOf(ChannelOpenedEvent.class);
				assertThat(listener.next()).isInstanceOf(ChannelClosedEvent.class);
			}));
	}

	@Test
	void publishesAgainAfterARestart() {
		this.listeningRunner.run((context) -> {
			Listener listener = context.getBean(Listener.class);
			context.getSourceApplicationContext().stop();
			assertThat(context.getBean(EventPublisher.class).isRunning()).isFalse();
			context.getSourceApplicationContext().start();
			EchoApplication.servedClient(context).close();
			assertThat(listener.next()).isInstanceOf(ChannelOpenedEvent.class);
			assertThat(listener.next()).isInstanceOf(ChannelClosedEvent.class);
		});
	}

	private static void publish(ApplicationContext context, AtomicInteger made, int times) {
		Dispatcher channel = new Dispatcher(context.getBean(EventLoopLifecycle.class).loop().map());
		for (int i = 0; i < times; i++) {
			context.getBean(EventPublisher.class).publish(ChannelOpenedEvent.class, () -> {
				made.incrementAndGet();
				return new ChannelOpenedEvent(channel);
			});
		}
	}

	private static void awaitNoConnection(ApplicationContext context) {
		await().atMost(Loopback.BOUND).until(() -> context.getBean(Servers.class).get("echo").connections() == 0);
	}

	static class Listener {

		final BlockingQueue<Object> events = new LinkedBlockingQueue<>();

		final List<String> threads = Collections.synchronizedList(new ArrayList<>());

		@EventListener
		void happened(ChannelEvent event) {
			this.threads.add(Thread.currentThread().getName());
			this.events.add(event);
		}

		Object next() throws InterruptedException {
			Object event = this.events.poll(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
			assertThat(event).isNotNull();
			return event;
		}

		ChannelClosedEvent nextClosed() throws InterruptedException {
			Object event = next();
			return (event instanceof ChannelClosedEvent closed) ? closed : nextClosed();
		}

	}

}
