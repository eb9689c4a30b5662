package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.asyncore.transport.NioPoller;
import io.asyncore.transport.Poller;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Poller}: its selector and the descriptors it holds.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollerTests {

	private final Selectors selectors = new Selectors();

	private final ChannelMap map = new ChannelMap(System::nanoTime, this.selectors);

	private final List<Loopback.Pair> pairs = new ArrayList<>();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
		for (Loopback.Pair pair : this.pairs) {
			pair.close();
		}
	}

	// a broken selector

	@Test
	void whenSelectorSpinsReplacesItAndGoesOnServing() throws IOException {
		Selectors spinning = new Selectors(1);
		ChannelMap broken = new ChannelMap(System::nanoTime, spinning);
		Loopback.Pair pair = pair();
		Loopback.Recorder idle = new Loopback.Recorder(pair().near(), broken);
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), broken);
		try (CapturedLog log = new CapturedLog()) {
			Asyncore.loop(Loopback.BOUND, false, broken, NioPoller.SPIN_LIMIT - 1);
			assertThat(spinning.opened).hasSize(1);
			assertThat(log.warnings()).isEmpty();
			Asyncore.loop(Loopback.BOUND, false, broken, 1);
			assertThat(spinning.opened).hasSize(2);
			assertThat(spinning.opened.get(0).isOpen()).isFalse();
			assertThat(log.warnings()).hasSize(1);
		}
		Sockets.send(pair.far(), "x");
		Loopback.passUntil(broken, () -> channel.received.length() > 0);
		assertThat(idle.events).isEmpty();
		assertThat(spinning.opened).hasSize(2);
		assertThat(spinning.opened.get(1).keys()).hasSize(2);
		assertThat(spinning.spins).hasValue(NioPoller.SPIN_LIMIT);
		Asyncore.closeAll(broken, false);
		assertThat(spinning.opened).noneMatch(Selector::isOpen);
	}

	@Test
	void whenSelectorSpinsDoesNotTakeClosedChannelsAlong() throws IOException {
		Selectors spinning = new Selectors(1);
		ChannelMap broken = new ChannelMap(System::nanoTime, spinning);
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), broken);
		Loopback.Recorder gone = new Loopback.Recorder(pair().near(), broken);
		Asyncore.loop(Loopback.BOUND, false, broken, NioPoller.SPIN_LIMIT - 1);
		assertThat(spinning.opened).hasSize(1);
		try (CapturedLog log = new CapturedLog()) {
			// its key is still in the selector when that is replaced
			broken.eventLoop().execute(gone::close);
			Asyncore.loop(Loopback.BOUND, false, broken, 1);
			Asyncore.loop(Duration.ZERO, false, broken, 2);
			assertThat(log.warnings()).hasSize(1);
		}
		assertThat(spinning.opened).hasSize(2);
		assertThat(spinning.opened.get(1).keys()).hasSize(1);
		assertThat(broken.channels()).containsExactly(channel);
		Asyncore.closeAll(broken, false);
	}

	@Test
	void whileAnotherThreadClosesAChannelEarlyReturnsAreNoSpin() throws Exception {
		Selectors spinning = new Selectors(1);
		ChannelMap broken = new ChannelMap(System::nanoTime, spinning);
		new Loopback.Recorder(pair().near(), broken);
		CountDownLatch closing = new CountDownLatch(1);
		CountDownLatch permitted = new CountDownLatch(1);
		ScriptedEndpoint slow = new ScriptedEndpoint(pair().near());
		slow.onClose = () -> {
			closing.countDown();
			await(permitted);
		};
		Dispatcher channel = new Loopback.Recorder(broken);
		channel.channel().use(slow);
		Asyncore.loop(Duration.ZERO, false, broken, 2);
		Thread closer = new Thread(channel::close);
		closer.start();
		await(closing);
		// a socket that is half closed is reported without being ready
		Asyncore.loop(Duration.ofMillis(2), false, broken, 2 * NioPoller.SPIN_LIMIT);
		assertThat(spinning.opened).hasSize(1);
		permitted.countDown();
		closer.join(Loopback.BOUND.toMillis());
		Asyncore.closeAll(broken, false);
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void whenWokenUpOftenDoesNotReplaceTheSelector() throws Exception {
		new Loopback.Recorder(pair().near(), this.map);
		try (LoopThread thread = LoopThread.run(this.map)) {
			for (int i = 0; i < 3 * NioPoller.SPIN_LIMIT; i++) {
				thread.awaitPass();
			}
		}
		assertThat(this.selectors.opened).hasSize(1);
	}

	@Test
	void whenInterruptedOftenDoesNotReplaceTheSelector() throws Exception {
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map);
		LoopThread thread = LoopThread.run(this.map, () -> Asyncore.loop(this.map));
		for (int i = 0; i < 3 * NioPoller.SPIN_LIMIT; i++) {
			thread.thread().interrupt();
			Thread.onSpinWait();
		}
		thread.awaitPass();
		channel.close();
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(this.selectors.opened).hasSize(1);
	}

	// keys that are cancelled

	@Test
	void whenChannelLeavesAndJoinsInOnePassGoesOn() throws IOException {
		Loopback.Pair pair = pair();
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map) {

			@Override
			protected void handleRead() throws Exception {
				super.handleRead();
				delChannel();
				addChannel();
			}

		};
		for (int i = 1; i <= 3; i++) {
			Sockets.send(pair, "x");
			int expected = i;
			Loopback.passUntil(this.map, () -> channel.received.length() == expected);
		}
		assertThat(channel.events).containsExactly("read", "read", "read");
	}

	@Test
	void whenChannelLeavesHasNoEventsUntilItJoinsAgain() throws IOException {
		Loopback.Pair pair = pair();
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map);
		Loopback.Pair second = pair();
		Loopback.Recorder other = new Loopback.Recorder(second.near(), this.map);
		pass();
		channel.delChannel();
		Sockets.send(pair, "x");
		Sockets.send(second, "x");
		Loopback.passUntil(this.map, () -> other.received.length() > 0);
		pass();
		assertThat(channel.events).isEmpty();
		assertThat(channel.closed()).isFalse();
		channel.addChannel();
		Loopback.passUntil(this.map, () -> channel.received.length() > 0);
		assertThat(channel.events).containsExactly("read");
	}

	@Test
	void whenChannelIsClosedByAnEarlierEventOfThePassItHasNone() throws IOException {
		List<Loopback.Recorder> channels = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			Loopback.Pair pair = pair();
			channels.add(new Loopback.Recorder(pair.near(), this.map) {

				@Override
				protected void handleRead() throws Exception {
					super.handleRead();
					channels.forEach(Dispatcher::close);
				}

			});
			Sockets.send(pair, "x");
		}
		pass();
		pass();
		assertThat(channels.stream().flatMap((channel) -> channel.events.stream())).containsExactly("read");
	}

	@Test
	void whenChannelGetsAnotherSocketInAPassTheEventOfTheOldOneIsNotDelivered() throws IOException {
		Loopback.Pair replacement = pair();
		List<Loopback.Recorder> channels = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			Loopback.Pair pair = pair();
			channels.add(new Loopback.Recorder(pair.near(), this.map) {

				@Override
				protected void handleRead() throws Exception {
					super.handleRead();
					Dispatcher other = channels.get((channels.get(0) == this) ? 1 : 0);
					other.close();
					other.setSocket(replacement.near());
				}

			});
			Sockets.send(pair, "x");
		}
		pass();
		pass();
		assertThat(channels.stream().flatMap((channel) -> channel.events.stream())).containsExactly("read");
		assertThat(this.map.size()).isEqualTo(2);
	}

	@Test
	void whenSocketIsClosedBehindItsBackOthersGoOn() throws IOException {
		Loopback.Pair pair = pair();
		Loopback.Recorder other = new Loopback.Recorder(pair.near(), this.map);
		boolean[] wants = new boolean[1];
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map) {

			@Override
			protected boolean readable() {
				return wants[0];
			}

		};
		pass();
		channel.socket().close();
		pass();
		wants[0] = true;
		Sockets.send(pair, "x");
		Loopback.passUntil(this.map, () -> other.received.length() > 0);
		pass();
		assertThat(other.events).containsExactly("read");
		assertThat(channel.events).containsExactly("close");
		assertThat(this.map.channels()).containsExactly(other);
	}

	@Test
	void whenRegisteredSocketIsClosedBehindItsBackOthersGoOn() throws IOException {
		Loopback.Pair pair = pair();
		Loopback.Recorder other = new Loopback.Recorder(pair.near(), this.map);
		boolean[] wants = { true };
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map) {

			@Override
			protected boolean readable() {
				return wants[0];
			}

		};
		pass();
		channel.socket().close();
		wants[0] = false;
		pass();
		wants[0] = true;
		pass();
		Sockets.send(pair, "x");
		Loopback.passUntil(this.map, () -> other.received.length() > 0);
		assertThat(other.events).containsExactly("read");
		assertThat(channel.events).containsExactly("close");
	}

	@Test
	void whenSocketIsMadeBlockingBehindItsBackOthersGoOn() throws IOException {
		Loopback.Pair pair = pair();
		Loopback.Recorder other = new Loopback.Recorder(pair.near(), this.map);
		boolean[] wants = new boolean[1];
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map) {

			@Override
			protected boolean readable() {
				return wants[0];
			}

		};
		pass();
		channel.socket().configureBlocking(true);
		wants[0] = true;
		Sockets.send(pair, "x");
		try (CapturedLog log = new CapturedLog()) {
			pass();
			pass();
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(other.events).containsExactly("read");
		assertThat(channel.events).containsExactly("error", "close");
	}

	// the ports of listeners

	@Test
	void whenListenerIsClosedByHandItsPortIsFreeAtOnce() throws IOException {
		new Loopback.Recorder(pair().near(), this.map);
		Dispatcher server = listener(this.map);
		SocketAddress address = server.localAddress();
		pass();
		server.close();
		bindElsewhere(address);
	}

	@Test
	void whenOnlyListenerIsClosedByHandItsPortIsFreeAtOnce() throws IOException {
		Dispatcher server = listener(this.map);
		SocketAddress address = server.localAddress();
		pass();
		server.close();
		bindElsewhere(address);
		assertThat(this.selectors.opened).isNotEmpty().noneMatch(Selector::isOpen);
	}

	@Test
	void whenListenerIsClosedInAHandlerItsPortCanBeBoundThere() throws IOException {
		Dispatcher server = listener(this.map);
		SocketAddress address = server.localAddress();
		pass();
		Dispatcher next = new Dispatcher(this.map);
		List<Throwable> failures = new ArrayList<>();
		this.map.eventLoop().execute(() -> {
			try {
				server.close();
				next.createSocket();
				next.bind(address);
				next.listen(1);
			}
			catch (IOException ex) {
				failures.add(ex);
			}
		});
		pass();
		assertThat(failures).isEmpty();
		assertThat(next.localAddress()).isEqualTo(address);
	}

	@Test
	void whenListenerIsClosedInAHandlerItsPortIsFreeAfterTheNextPass() throws IOException {
		new Loopback.Recorder(pair().near(), this.map);
		Dispatcher server = listener(this.map);
		SocketAddress address = server.localAddress();
		pass();
		this.map.eventLoop().execute(server::close);
		pass();
		pass();
		bindElsewhere(address);
	}

	@Test
	void whenListenerIsClosedByAnotherThreadWhileTheLoopWaitsItsPortIsFreeSoon() throws Exception {
		new Loopback.Recorder(pair().near(), this.map);
		Dispatcher server = listener(this.map);
		InetSocketAddress address = (InetSocketAddress) server.localAddress();
		try (LoopThread thread = LoopThread.run(this.map)) {
			for (int i = 0; i < 20; i++) {
				thread.awaitPass();
				server.close();
				// the loop would wait for 30 s
				Awaitility.await()
					.pollInterval(Duration.ofMillis(1))
					.atMost(Loopback.BOUND)
					.ignoreException(BindException.class)
					.untilAsserted(() -> bindElsewhere(address));
				thread.call(() -> listenAgain(server, address));
			}
		}
		server.close();
	}

	private static boolean listenAgain(Dispatcher server, SocketAddress address) throws IOException {
		server.createSocket();
		server.bind(address);
		server.listen(1);
		return server.accepting();
	}

	// what an empty map holds

	@Test
	void whenMapIsEmptiedByHandHoldsNoSelector() throws IOException {
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map);
		pass();
		assertThat(this.selectors.opened).hasSize(1).allMatch(Selector::isOpen);
		channel.close();
		assertThat(this.selectors.opened).noneMatch(Selector::isOpen);
	}

	@Test
	void whenMapIsEmptiedInAHandlerHoldsNoSelector() throws IOException {
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map);
		pass();
		this.map.eventLoop().execute(channel::close);
		Asyncore.loop(this.map);
		assertThat(this.selectors.opened).noneMatch(Selector::isOpen);
	}

	@Test
	void whenMapIsEmptiedByAnotherThreadWhileTheLoopWaitsHoldsNoSelector() throws Exception {
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map);
		try (LoopThread thread = LoopThread.run(this.map)) {
			assertThat(thread.isAlive()).isTrue();
			Awaitility.await().atMost(Loopback.BOUND).until(() -> !this.selectors.opened.isEmpty());
			channel.close();
			Awaitility.await().atMost(Loopback.BOUND).until(() -> !this.selectors.opened.get(0).isOpen());
		}
	}

	@Test
	void whenLastChannelMovesAwayHoldsNoSelector() throws IOException {
		ChannelMap other = new ChannelMap();
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map);
		pass();
		channel.addChannel(other);
		assertThat(this.selectors.opened).noneMatch(Selector::isOpen);
		channel.close();
	}

	@Test
	void whenMapIsUsedAgainOpensAnotherSelector() throws IOException {
		for (int i = 1; i <= 3; i++) {
			Loopback.Pair pair = pair();
			Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map);
			Sockets.send(pair, "x");
			Loopback.passUntil(this.map, () -> channel.received.length() == 1);
			channel.close();
			assertThat(this.selectors.opened).hasSize(i).noneMatch(Selector::isOpen);
		}
	}

	// a map that nobody can reach any more

	@Test
	@EnabledOnOs(OS.LINUX)
	void whenMapIsUnreachableAfterAPassFreesItsDescriptors() throws Exception {
		assertDescriptorsAreFreed((abandoned) -> Asyncore.poll(Duration.ZERO, abandoned));
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void whenMapIsUnreachableAfterRunFreesItsDescriptors() throws Exception {
		assertDescriptorsAreFreed((abandoned) -> {
			abandoned.eventLoop().execute(abandoned.eventLoop()::stop);
			abandoned.eventLoop().run();
		});
	}

	private void assertDescriptorsAreFreed(Use use) throws Exception {
		long selectorsBefore = Sockets.descriptors("anon_inode:[eventpoll]");
		long socketsBefore = Sockets.descriptors("socket:");
		abandon(use);
		Awaitility.await().pollInterval(Duration.ofMillis(50)).atMost(Loopback.BOUND).untilAsserted(() -> {
			System.gc();
			assertThat(Sockets.descriptors("socket:")).isLessThanOrEqualTo(socketsBefore);
			assertThat(Sockets.descriptors("anon_inode:[eventpoll]")).isLessThanOrEqualTo(selectorsBefore);
		});
	}

	private static void abandon(Use use) throws Exception {
		ChannelMap abandoned = new ChannelMap();
		listener(abandoned);
		Loopback.Pair pair = Loopback.pair();
		new Loopback.Recorder(pair.near(), abandoned);
		new DispatcherWithSend(pair.far(), abandoned);
		use.use(abandoned);
		assertThat(abandoned.size()).isEqualTo(3);
	}

	private static Dispatcher listener(ChannelMap map) throws IOException {
		Dispatcher server = new Dispatcher(map);
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(5);
		return server;
	}

	private static void bindElsewhere(SocketAddress address) throws IOException {
		try (ServerSocket socket = new ServerSocket()) {
			socket.bind(address);
			assertThat(socket.isBound()).isTrue();
		}
	}

	private void pass() throws IOException {
		Asyncore.poll(Duration.ZERO, this.map);
	}

	private Loopback.Pair pair() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		this.pairs.add(pair);
		return pair;
	}

	/**
	 * What is done with a map before it is abandoned.
	 */
	@FunctionalInterface
	private interface Use {

		void use(ChannelMap map) throws Exception;

	}

}
