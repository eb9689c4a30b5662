package io.asyncore.context;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.asyncore.Asyncore;
import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.Gate;
import io.asyncore.Hook;
import io.asyncore.LoopThread;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import io.asyncore.ServerDispatcher;
import io.asyncore.chat.AsyncChat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.context.ApplicationEvent;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link Watchdog} that look by hand, at times of their own.
 */
class WatchdogTests {

	private static final Duration WARN = Duration.ofMillis(100);

	private static final long PERIOD = WARN.toNanos() / 4;

	private final ChannelMap map = new ChannelMap();

	private final EventLoop loop = this.map.eventLoop();

	private final GenericApplicationContext context = new GenericApplicationContext();

	private final EventPublisher publisher = new EventPublisher(this.context);

	private final List<ApplicationEvent> events = new CopyOnWriteArrayList<>();

	private long classes = 1000;

	private final Watchdog watchdog = new Watchdog(new EventLoopGroup(List.of(this.loop)), this.publisher, WARN,
			EventLoopLifecycle.PHASE, () -> this.classes);

	private final CapturedLog log = new CapturedLog();

	private final Gate gate = new Gate();

	private LoopThread thread;

	private long now = 1;

	@BeforeEach
	void run() throws Exception {
		this.context.refresh();
		this.context.addApplicationListener(this.events::add);
		this.publisher.start();
		this.thread = LoopThread.run(this.map);
	}

	@AfterEach
	void stop() throws Exception {
		this.gate.stayOpen();
		this.thread.call(() -> {
			Asyncore.closeAll(this.map, true);
			return null;
		});
		this.thread.close();
		this.publisher.stop();
		this.context.close();
		this.log.close();
	}

	@Test
	void tellsOfAHandlerThatHoldsTheLoopOnce() throws Exception {
		try (Peer peer = Peer.withNearEnd()) {
			Dispatcher channel = this.thread.call(() -> new Blocking(peer));
			channel.setChannelName("slow");
			peer.send("x");
			this.gate.awaitArrival();
			look(4);
			assertThat(this.log.warnings()).isEmpty();
			look(1);
			assertThat(this.log.warnings()).singleElement()
				.asString()
				.contains("'read'", "'slow'", "100 ms", "'asyncore-loop'")
				.contains("\n\tat ")
				.contains(Blocking.class.getName() + ".handleRead");
			assertThat(this.loop.monitor().stalls()).isEqualTo(1);
			look(100);
			assertThat(this.log.warnings()).hasSize(1);
			assertThat(this.loop.monitor().stalls()).isEqualTo(1);
			goOn();
			assertThat(this.log.infos()).filteredOn((line) -> line.contains("goes on")).hasSize(1);
			await().atMost(Loopback.BOUND).until(() -> this.events.size() == 2);
			assertThat(this.events.get(0)).isInstanceOfSatisfying(LoopStalledEvent.class, (event) -> {
				assertThat(event.getLoop()).isSameAs(this.loop);
				assertThat(event.getChannel()).isSameAs(channel);
				assertThat(event.getHook()).isEqualTo(Hook.READ);
				assertThat(event.getDuration()).isEqualTo(WARN);
			});
			assertThat(this.events.get(1)).isInstanceOfSatisfying(LoopRecoveredEvent.class,
					(event) -> assertThat(event.getDuration()).isGreaterThan(WARN));
		}
	}

	@Test
	void whileManyClassesAreLoadedTellsNothingForAWhile() throws Exception {
		this.loop.execute(this.gate::pass);
		this.gate.awaitArrival();
		look(1);
		for (int i = 0; i < 8; i++) {
			look(3);
			this.classes += 50;
			look(1);
		}
		assertThat(this.log.warnings()).isEmpty();
		assertThat(this.loop.monitor().stalls()).isZero();
		this.classes += 5;
		look(5);
		assertThat(this.log.warnings()).hasSize(1);
	}

	@Test
	void howeverManyClassesAreLoadedTellsInTheEnd() throws Exception {
		this.loop.execute(this.gate::pass);
		this.gate.awaitArrival();
		for (int i = 0; i < 50; i++) {
			this.classes += 50;
			look(1);
		}
		assertThat(this.log.warnings()).hasSize(1);
	}

	@Test
	void adviceFitsWhatIsHeld() throws Exception {
		ServerDispatcher server = this.thread.call(() -> {
			ServerDispatcher made = slowToMakeChannels();
			made.open();
			return made;
		});
		try (Peer peer = Peer.connectTo(server.localAddress())) {
			this.gate.awaitArrival();
			look(5);
			assertThat(this.log.warnings()).singleElement()
				.asString()
				.contains("'accept'", "its constructor")
				.doesNotContain("another thread");
			assertThat(peer.isEnded()).isFalse();
		}
	}

	@Test
	void manyConnectionsAtOnceAreNotOneThatTakesLong() throws Exception {
		ServerDispatcher server = this.thread.call(() -> {
			ServerDispatcher made = slowToMakeChannels();
			made.open();
			return made;
		});
		try (Peer first = Peer.connectTo(server.localAddress());
				Peer second = Peer.connectTo(server.localAddress());
				Peer third = Peer.connectTo(server.localAddress())) {
			for (int i = 0; i < 3; i++) {
				this.gate.awaitArrival();
				look(3);
				this.gate.open();
			}
			assertThat(first.isEnded() || second.isEnded() || third.isEnded()).isFalse();
			// before they end, of which these channels leave the event unserved
			assertThat(this.log.warnings()).isEmpty();
		}
	}

	@Test
	void countsTheNextIncidentAgain() throws Exception {
		for (int i = 1; i <= 3; i++) {
			this.loop.execute(this.gate::pass);
			this.gate.awaitArrival();
			look(5);
			assertThat(this.loop.monitor().stalls()).isEqualTo(i);
			goOn();
		}
		assertThat(this.log.warnings()).hasSize(3).allMatch((line) -> line.startsWith("A task of the loop has held"));
	}

	@Test
	void whenATaskIsDoneInTimeTellsNothing() throws Exception {
		for (int i = 0; i < 20; i++) {
			this.loop.execute(this.gate::pass);
			this.gate.awaitArrival();
			look(4);
			this.gate.open();
			this.thread.awaitPass();
		}
		look(1);
		assertThat(this.loop.monitor().stalls()).isZero();
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void whenTheLoopWaitsTellsNothing() {
		await().atMost(Loopback.BOUND).until(() -> this.loop.monitor().activity().busyNanos() == 0);
		look(1_000);
		assertThat(this.loop.monitor().stalls()).isZero();
		assertThat(this.loop.monitor().tasks()).isZero();
	}

	@Test
	void tellsOfAPredicate() throws Exception {
		try (Peer peer = Peer.withNearEnd()) {
			this.thread.call(() -> {
				Dispatcher channel = new Dispatcher(peer.near(), this.map) {

					@Override
					protected boolean readable() {
						WatchdogTests.this.gate.pass();
						return false;
					}

				};
				channel.setChannelName("asked");
				return channel;
			});
			this.gate.awaitArrival();
			look(5);
			assertThat(this.log.warnings()).singleElement().asString().contains("'predicate'", "'asked'", ".readable");
			this.gate.stayOpen();
		}
	}

	@Test
	void tellsOfATimer() throws Exception {
		this.loop.callLater(Duration.ofMillis(1), this.gate::pass);
		this.gate.awaitArrival();
		look(5);
		assertThat(this.log.warnings()).singleElement().asString().contains("A task of the loop");
	}

	@Test
	void tellsOfATaskOfAChannel() throws Exception {
		Dispatcher channel = new Dispatcher(this.map);
		channel.setChannelName("ticking");
		channel.createSocket();
		channel.callLater(Duration.ofMillis(1), this.gate::pass);
		this.gate.awaitArrival();
		look(5);
		assertThat(this.log.warnings()).singleElement().asString().contains("'task'", "'ticking'");
	}

	@Test
	void takesTheTerminatorsOfOneReadTogether() throws Exception {
		try (Peer peer = Peer.withNearEnd()) {
			Dispatcher lines = this.thread.call(() -> new Lines(peer));
			lines.setChannelName("lines");
			peer.send("a\nb\nc\n");
			for (int i = 0; i < 3; i++) {
				this.gate.awaitArrival();
				look(3);
				this.gate.open();
			}
			// two of them were held long enough
			assertThat(this.loop.monitor().stalls()).isEqualTo(1);
			assertThat(this.log.warnings()).singleElement().asString().contains("'terminator'", "'lines'");
		}
	}

	@Test
	void whenANestedLoopWaitsTellsNothingUntilItIsHeldItself() throws Exception {
		AtomicBoolean over = new AtomicBoolean();
		try (Peer peer = Peer.withNearEnd()) {
			this.thread.call(() -> new Lines(peer));
			CountDownLatch nested = new CountDownLatch(1);
			this.loop.execute(() -> {
				nested.countDown();
				passUntil(over);
			});
			assertThat(nested.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
			await().atMost(Loopback.BOUND).until(() -> this.loop.monitor().activity().busyNanos() == 0);
			look(100);
			assertThat(this.loop.monitor().stalls()).isZero();
			this.loop.execute(this.gate::pass);
			this.gate.awaitArrival();
			look(5);
			assertThat(this.loop.monitor().stalls()).isEqualTo(1);
			over.set(true);
			goOn();
		}
	}

	private void passUntil(AtomicBoolean over) {
		try {
			while (!over.get()) {
				Asyncore.loop(Loopback.BOUND, false, this.map, 1);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Test
	void whenTheProcessWasHeldUpBeginsAnew() throws Exception {
		this.loop.execute(this.gate::pass);
		this.gate.awaitArrival();
		look(1);
		// a collection of garbage, say
		this.now += Duration.ofSeconds(2).toNanos();
		look(4);
		assertThat(this.loop.monitor().stalls()).isZero();
		look(1);
		assertThat(this.loop.monitor().stalls()).isEqualTo(1);
	}

	@Test
	void doesNotAskTheChannelForItsText() throws Exception {
		try (Peer peer = Peer.withNearEnd()) {
			Dispatcher channel = this.thread.call(() -> new Blocking(peer) {

				@Override
				public String toString() {
					throw new AssertionError("it may wait for what the handler holds");
				}

			});
			channel.setChannelName("silent");
			channel.setLabel("device\n7");
			peer.send("x");
			this.gate.awaitArrival();
			look(5);
			assertThat(this.log.warnings()).singleElement()
				.asString()
				.contains("'silent'", "(" + channel.getClass().getName(), "peer 127.0.0.1:", ", label 'device\\n7')");
		}
	}

	private ServerDispatcher slowToMakeChannels() {
		return new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
			this.gate.pass();
			return new Dispatcher(socket);
		}, this.map);
	}

	private void look(int times) {
		for (int i = 0; i < times; i++) {
			this.now += PERIOD;
			this.watchdog.look(this.now);
		}
	}

	private void goOn() throws InterruptedException {
		this.gate.open();
		this.thread.awaitPass();
		await().atMost(Loopback.BOUND).until(() -> this.loop.monitor().activity().busyNanos() == 0);
		look(1);
	}

	private class Blocking extends Dispatcher {

		Blocking(Peer peer) throws Exception {
			super(peer.near(), WatchdogTests.this.map);
		}

		@Override
		protected boolean writable() {
			return false;
		}

		@Override
		protected void handleRead() throws Exception {
			WatchdogTests.this.gate.pass();
			recv(1);
		}

	}

	private final class Lines extends AsyncChat {

		Lines(Peer peer) throws Exception {
			super(peer.near(), WatchdogTests.this.map);
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			WatchdogTests.this.gate.pass();
		}

	}

}
