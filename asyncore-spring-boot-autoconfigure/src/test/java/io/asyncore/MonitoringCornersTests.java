package io.asyncore;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of monitoring where handlers, observers and threads get in each other's way.
 */
@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MonitoringCornersTests extends MonitoringFixture {

	private static final Duration LONG = Duration.ofSeconds(11);

	@Test
	void whenPeerEndsItsStreamCloseIsCountedOnce() throws IOException {
		this.monitor.setTimed(true);
		Peer peer = peer();
		Scripted channel = channel(peer);
		peer.close();
		until(channel::closed);
		assertThat(channel.events).containsExactly("read", "close");
		assertThat(group().calls(Hook.CLOSE)).isEqualTo(1);
	}

	@Test
	void whenPeerHasHalfClosedCloseIsCountedWhenItIsCalled() throws IOException {
		this.monitor.setTimed(true);
		Peer peer = keep(Peer.withSmallBuffers());
		DispatcherWithSend channel = named(new DispatcherWithSend(peer.near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				recv(100);
			}

		});
		channel.send(new byte[8 * 1024 * 1024]);
		peer.endOutput();
		until(() -> group().calls(Hook.READ) > 0);
		passes(3);
		assertThat(channel.outBuffered()).isPositive();
		assertThat(group().calls(Hook.CLOSE)).isZero();
	}

	@Test
	void whenOffloadedWorkComesBackOneTaskIsCounted() throws IOException {
		this.monitor.setTimed(true);
		Scripted channel = channel(peer());
		List<String> results = new ArrayList<>();
		channel.offload(() -> "done", results::add);
		until(() -> !results.isEmpty());
		assertThat(group().calls(Hook.TASK)).isEqualTo(1);
	}

	@Test
	void whenHostIsConnectedToByNameConnectIsCountedOnce() throws IOException {
		this.monitor.setTimed(true);
		Scripted listener = listener();
		Scripted channel = new Scripted(this.map);
		channel.setChannelName("client");
		channel.createSocket();
		channel.connect("localhost", Loopback.port(listener));
		until(channel::connected);
		assertThat(channel.events).containsExactly("connect");
		assertThat(this.monitor.group("client").calls(Hook.CONNECT)).isEqualTo(1);
	}

	@Test
	void whenConnectionIsRefusedConnectIsNotCounted() throws IOException {
		this.monitor.setTimed(true);
		Scripted channel = connecting(Peer.nobody());
		until(channel::closed);
		assertThat(channel.events).containsExactly("error", "close");
		assertThat(group().calls(Hook.CONNECT)).isZero();
	}

	@Test
	void whenPassIsTheLastOneItsWorkCounts() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			this.clock.advance(LONG);
		});
		deliver(peer, channel, "x");
		pass();
		assertThat(this.monitor.workedNanos()).isEqualTo(LONG.toNanos());
	}

	@Test
	void whenTimersAreDueTogetherLagIsThatOfEach() throws IOException {
		channel(peer());
		this.monitor.addObserver(this.news);
		this.map.eventLoop().callLater(Duration.ZERO, () -> this.clock.advance(LONG));
		this.map.eventLoop().callLater(Duration.ZERO, () -> {
		});
		pass();
		assertThat(this.news.late).containsExactly(0L, LONG.toNanos());
		assertThat(this.monitor.longestLagNanos()).isEqualTo(LONG.toNanos());
	}

	@Test
	void whenPredicateFailsTheAnswerOfTheOtherCounts() throws IOException {
		Scripted channel = channel(peer());
		channel.writable = () -> {
			throw new IllegalStateException("as planned");
		};
		pass();
		assertThat(this.monitor.readable(true)).isEqualTo(1);
	}

	@Test
	void whenChannelIsRenamedItIsClosedWhereItWasOpened() throws IOException {
		Scripted channel = channel(peer());
		pass();
		channel.setChannelName("renamed");
		channel.close();
		assertThat(group().opened() - closed(group())).isZero();
		ChannelStats renamed = this.monitor.group("renamed");
		assertThat(renamed.opened() - closed(renamed)).isZero();
	}

	@Test
	void whenChannelIsMovedItIsClosedWhereItWasOpened() throws IOException {
		Scripted channel = channel(peer());
		pass();
		ChannelMap other = new ChannelMap();
		channel.addChannel(other);
		Loopback.onePass(other, false, Duration.ZERO);
		channel.close();
		assertThat(group().opened() - closed(group())).isZero();
		ChannelStats moved = other.eventLoop().monitor().group(NAME);
		assertThat(moved.opened() - closed(moved)).isZero();
	}

	@Test
	void whenInterceptorDoesNotProceedReadEventsAreHeldBack() throws IOException {
		AtomicInteger calls = new AtomicInteger();
		this.monitor.addInterceptor((channel, hook, invocation) -> calls.incrementAndGet());
		Peer peer = peer();
		channel(peer);
		peer.send("x");
		until(() -> calls.get() > 0);
		passes(100);
		assertThat(calls).hasValueLessThan(2 * Brake.PATIENCE);
	}

	@Test
	void whenInterceptorOfAListenerFailsAcceptEventsAreHeldBack() throws IOException {
		this.monitor.addInterceptor((channel, hook, invocation) -> {
			if (hook == Hook.ACCEPT) {
				throw new IllegalStateException("as planned");
			}
			invocation.proceed();
		});
		Scripted listener = listener();
		keep(Peer.connectTo(listener.localAddress()));
		until(() -> !listener.failures.isEmpty());
		passes(100);
		assertThat(listener.failures).hasSizeLessThan(2 * Brake.PATIENCE);
	}

	@Test
	void whenChannelIsOpenedByTheLoopItsHandlerIsIntercepted() throws Exception {
		List<String> hooks = new ArrayList<>();
		this.monitor.addInterceptor((channel, hook, invocation) -> {
			hooks.add(hook.label());
			invocation.proceed();
		});
		channel(peer());
		List<LoopActivity> activities = new ArrayList<>();
		Dispatcher bean = new Dispatcher(this.map) {

			@Override
			protected void handleOpen() {
				activities.add(MonitoringCornersTests.this.monitor.activity());
			}

		};
		this.map.eventLoop().execute(() -> {
			try {
				this.map.eventLoop().open(bean);
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		});
		pass();
		assertThat(activities).singleElement().satisfies((activity) -> {
			assertThat(activity.hook()).isEqualTo(Hook.OPEN);
			assertThat(activity.channel()).isSameAs(bean);
		});
		assertThat(hooks).containsExactly("open");
	}

	@Test
	void whenObserverClosesAChannelItIsNotOpened() throws IOException {
		List<String> events = new ArrayList<>();
		this.monitor.addObserver(new EventLoopObserver() {

			@Override
			public void opened(Dispatcher channel) {
				channel.close();
			}

		});
		client(server((socket, address) -> new Dispatcher(socket, this.map) {

			@Override
			protected void handleOpen() {
				events.add(closed() ? "open, closed" : "open");
			}

		}));
		assertThat(events).isEmpty();
	}

	@Test
	void whenObserverIsAddedWhileAGroupIsMadeItIsTold() throws Exception {
		CountDownLatch asked = new CountDownLatch(1);
		Thread adding = new Thread(() -> this.monitor.addObserver(this.news));
		this.monitor.addObserver(new EventLoopObserver() {

			@Override
			public HookObserver hooks(ChannelStats group) {
				if (asked.getCount() > 0) {
					asked.countDown();
					adding.start();
					join(adding, Duration.ofMillis(200));
				}
				return null;
			}

		});
		this.monitor.setTimed(true);
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "x");
		adding.join(Loopback.BOUND.toMillis());
		deliver(peer, channel, "y");
		assertThat(this.news.handled).contains("tested read");
	}

	// it may have to wait for this thread
	private static void join(Thread thread, Duration bound) {
		try {
			thread.join(bound.toMillis());
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void whenAnotherThreadMakesRoomTheLastNewsIsThatItAccepts() throws IOException {
		List<Scripted> channels = new ArrayList<>();
		ServerDispatcher server = server((socket, address) -> {
			Scripted channel = new Scripted(socket, this.map);
			channels.add(channel);
			return channel;
		});
		server.setMaxConnections(2);
		Thread closing = new Thread(() -> channels.get(0).close());
		this.monitor.addObserver(new EventLoopObserver() {

			@Override
			public void acceptPaused(Dispatcher listener, PauseReason reason) {
				closing.start();
				join(closing, Duration.ofMillis(200));
			}

		});
		this.monitor.addObserver(this.news);
		client(server);
		client(server);
		join(closing, Loopback.BOUND);
		assertThat(server.acceptPaused()).isNull();
		// whichever of the two threads was faster to tell of its channel
		assertThat(this.news.events).filteredOn((event) -> event.endsWith("tested limit"))
			.containsExactly("paused tested limit", "resumed tested limit");
	}

	@Test
	void whenListenerIsClosedWhileItIsPausedThePauseIsOver() throws IOException {
		this.monitor.addObserver(this.news);
		Scripted listener = named(new Scripted(this.map));
		ScriptedEndpoint endpoint = new ScriptedEndpoint(keep(ServerSocketChannel.open().bind(Loopback.anyPort())));
		endpoint.accepts.add(ScriptedEndpoint.failing("too many open files, as planned"));
		listener.channel().use(endpoint);
		keep(SocketChannel.open(listener.localAddress()));
		try (CapturedLog log = new CapturedLog()) {
			until(() -> !log.warnings().isEmpty());
		}
		listener.close();
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(5);
		keep(Peer.connectTo(listener.localAddress()));
		until(() -> listener.events.contains("accepted"));
		assertThat(this.news.events).containsExactly("paused tested descriptors", "resumed tested descriptors");
	}

	@Test
	void whenServerIsClosedWhileItIsFullItDoesNotAcceptAgain() throws IOException {
		this.monitor.addObserver(this.news);
		ServerDispatcher server = server();
		server.setMaxConnections(1);
		client(server);
		Dispatcher channel = last(server);
		server.close();
		this.news.events.clear();
		channel.close();
		assertThat(this.news.events).containsExactly("closed tested local");
	}

	@Test
	void whenUrgentDataIsSentItCounts() throws IOException {
		Scripted channel = channel(peer());
		channel.sendUrgent('!');
		assertThat(group().sent()).isEqualTo(1);
	}

	@Test
	void whenChannelHasNoSocketItHasNoAge() throws IOException {
		Scripted channel = new Scripted(this.map);
		channel.addChannel();
		assertThat(ChannelSnapshot.of(channel).age()).isZero();
		assertThat(ChannelSnapshot.of(channel).idle()).isZero();
	}

	@Test
	void whenChannelIsIdleItsHandlerSeesForHowLong() throws IOException {
		List<Duration> idle = new ArrayList<>();
		Dispatcher channel = new Dispatcher(peer().near(), this.map) {

			@Override
			protected void handleTimeout() {
				idle.add(ChannelSnapshot.of(this).idle());
			}

		};
		channel.setIdleTimeout(LONG);
		this.clock.advance(LONG);
		passes(2);
		assertThat(idle).containsExactly(LONG);
		assertThat(ChannelSnapshot.of(channel).idle()).isEqualTo(LONG);
	}

	@Test
	void whenSlowHandlerHasJustSentChannelIsNotIdle() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			this.clock.advance(LONG);
			self.send(new byte[1]);
		});
		channel.setIdleTimeout(LONG.minusSeconds(1));
		deliver(peer, channel, "x");
		passes(2);
		assertThat(channel.events).containsExactly("read");
		assertThat(channel.closed()).isFalse();
	}

	@Test
	void whileHandlersComeAndGoTheirChannelIsTold() throws Exception {
		Scripted channel = channel(peer()).on("write", (self) -> {
			self.events.clear();
			self.eventServed();
		});
		channel.writable = () -> true;
		List<LoopActivity> halves = new ArrayList<>();
		try (LoopThread thread = LoopThread.run(this.map)) {
			for (int i = 0; i < 5_000_000 && halves.isEmpty(); i++) {
				LoopActivity activity = this.monitor.activity();
				if (activity.hook() == Hook.WRITE && activity.channel() == null) {
					halves.add(activity);
				}
				if (activity.hook() == null && activity.channel() != null) {
					halves.add(activity);
				}
			}
			thread.awaitPass();
		}
		assertThat(halves).isEmpty();
	}

}
