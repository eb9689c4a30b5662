package io.asyncore;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * {@link Dispatcher#handleClosed}: point 13 of the contract.
 */
@Timeout(60)
class HandleClosedTests extends MapFixture {

	@Test
	void whenPeerClosesIsToldAfterHandleClose() throws IOException {
		Peer peer = peer();
		Told channel = served(peer);
		peer.endOutput();
		Loopback.passUntil(this.map, () -> channel.events.contains("closed peer"));
		assertThat(channel.events).containsExactly("read", "close", "read returns", "closed peer");
	}

	@Test
	void whenHandlerClosesIsToldWhenItHasReturned() throws IOException {
		Peer peer = peer();
		Told channel = served(peer);
		channel.onRead = channel::close;
		peer.send("x");
		Loopback.passUntil(this.map, () -> channel.events.contains("closed local"));
		assertThat(channel.events).containsExactly("read", "read returns", "closed local");
	}

	@Test
	void whenHandlerThatHasClosedRunsTheLoopIsToldWhenItHasReturned() throws IOException {
		Peer peer = peer();
		Told channel = served(peer);
		channel.onRead = () -> {
			channel.close();
			Asyncore.loop(Duration.ZERO, false, this.map, 3);
			new Told(peer().near(), this.map);
			Asyncore.loop(Duration.ofMillis(10), false, this.map, 3);
			channel.events.add("loop returns");
		};
		peer.send("x");
		Loopback.passUntil(this.map, () -> channel.events.contains("closed local"));
		assertThat(channel.events).containsExactly("read", "loop returns", "read returns", "closed local");
	}

	@Test
	void whenHandlerFailsIsToldAfterHandleError() throws IOException {
		Peer peer = peer();
		Told channel = served(peer);
		channel.onRead = () -> {
			throw new IllegalStateException("refused");
		};
		peer.send("x");
		Loopback.passUntil(this.map, () -> channel.events.contains("closed error"));
		assertThat(channel.events).containsExactly("read", "error", "close", "closed error");
	}

	@Test
	void whenConnectionIsRefusedIsTold() throws IOException {
		Told channel = new Told(this.map);
		channel.createSocket();
		channel.connect(Peer.nobody());
		Loopback.passUntil(this.map, () -> channel.events.contains("closed error"));
		assertThat(channel.events).containsExactly("error", "close", "closed error");
	}

	@Test
	void whenTimeoutClosesIsTold() throws IOException {
		Told channel = served(peer());
		channel.setIdleTimeout(Duration.ofMillis(10));
		Loopback.passUntil(this.map, () -> channel.events.contains("closed timeout"));
		assertThat(channel.events).containsExactly("close", "closed timeout");
	}

	@Test
	void whenAnotherThreadClosesIsToldOnTheLoop() throws Exception {
		List<Boolean> inLoop = Collections.synchronizedList(new ArrayList<>());
		CountDownLatch told = new CountDownLatch(1);
		Dispatcher channel = new Dispatcher(peer().near(), this.map) {

			@Override
			protected void handleClosed(CloseReason reason) {
				inLoop.add(map().eventLoop().inLoop() && EventLoop.current() == map().eventLoop());
				told.countDown();
			}

		};
		try (LoopThread thread = LoopThread.run(this.map)) {
			CountDownLatch served = new CountDownLatch(1);
			channel.callLater(Duration.ofMillis(1), served::countDown);
			assertThat(served.await(10, TimeUnit.SECONDS)).isTrue();
			channel.close();
			assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
			assertThat(thread.isAlive()).isTrue();
		}
		assertThat(inLoop).containsExactly(true);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenLoopIsShutDownEachIsTold(boolean graceful) throws Exception {
		Told connection = new Told(peer().near(), this.map);
		Told listener = new Told(this.map);
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(5);
		LoopThread thread = LoopThread.run(this.map);
		awaitPass();
		if (graceful) {
			this.map.eventLoop().shutdown(Duration.ofSeconds(5));
			thread.join();
		}
		thread.close();
		if (!graceful) {
			// nothing is closed yet
			assertThat(connection.events).isEmpty();
			Asyncore.closeAll(this.map, false);
		}
		assertThat(connection.events).containsExactly("closed shutdown");
		assertThat(listener.events).containsExactly("closed shutdown");
	}

	private void awaitPass() throws InterruptedException {
		CountDownLatch passed = new CountDownLatch(1);
		this.map.eventLoop().callLater(Duration.ofMillis(1), passed::countDown);
		assertThat(passed.await(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void whenClosedBetweenTwoLoopsIsToldByTheNext() throws IOException {
		Told channel = served(peer());
		channel.close();
		assertThat(channel.events).isEmpty();
		Asyncore.loop(Duration.ZERO, false, this.map);
		assertThat(channel.events).containsExactly("closed local");
	}

	@Test
	void whatNoLoopHasServedIsNotTold() throws IOException {
		Told channel = new Told(peer().near(), this.map);
		channel.close();
		Told created = new Told(this.map);
		created.createSocket();
		created.close();
		Asyncore.loop(Duration.ZERO, false, this.map);
		Asyncore.poll(Duration.ZERO, this.map);
		assertThat(channel.events).isEmpty();
		assertThat(created.events).isEmpty();
	}

	@Test
	void whatWasClosedTwiceIsToldOnce() throws IOException {
		Told channel = served(peer());
		channel.close();
		channel.close();
		Asyncore.poll(Duration.ZERO, this.map);
		channel.close();
		Asyncore.poll(Duration.ZERO, this.map);
		assertThat(channel.events).containsExactly("closed local");
	}

	@Test
	void whenGivenAnotherSocketIsToldOfTheFirst() throws IOException {
		Told channel = served(peer());
		channel.setSocket(peer().near());
		Asyncore.loop(Duration.ZERO, false, this.map, 2);
		assertThat(channel.events).containsExactly("closed local");
		channel.close();
		Asyncore.poll(Duration.ZERO, this.map);
		assertThat(channel.events).containsExactly("closed local", "closed local");
	}

	@Test
	void mayOpenItAgainAndLoopGoesOn() throws IOException {
		Peer first = peer();
		Peer second = peer();
		AtomicInteger lives = new AtomicInteger();
		new Dispatcher(first.near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				recv(100);
			}

			@Override
			protected void handleClosed(CloseReason reason) throws IOException {
				if (lives.incrementAndGet() == 1) {
					setSocket(second.near());
				}
			}

		};
		first.close();
		second.close();
		// returns when nothing is left, so not before the second one is over too
		Asyncore.loop(Duration.ofMillis(10), false, this.map);
		assertThat(lives).hasValue(2);
	}

	@Test
	void isToldWithinTheLoopAtItsEndToo() throws Exception {
		Told channel = served(peer());
		List<Object> current = new ArrayList<>();
		channel.onClosed = () -> current.add(EventLoop.current());
		LoopThread loop = LoopThread.run(this.map);
		this.map.eventLoop().shutdown(Duration.ZERO);
		loop.join();
		assertThat(channel.events).contains("closed shutdown");
		assertThat(current).containsExactly(this.map.eventLoop());
	}

	@Test
	void isToldByALoopThatAHandlerRunsAndThatEnds() throws Exception {
		Peer peer = peer();
		Told channel = served(peer);
		Told other = served(peer());
		channel.onRead = () -> {
			channel.recv(ByteBuffer.allocate(100));
			// closes all channels after its last pass
			this.map.eventLoop().shutdown(Duration.ZERO);
			this.map.eventLoop().run();
			channel.events.add("others " + other.events);
		};
		peer.send("x");
		Loopback.passUntil(this.map, () -> channel.events.contains("read returns"));
		assertThat(channel.events).contains("others [closed shutdown]");
	}

	@Test
	void whatItThrowsIsLoggedAndChangesNothing() throws IOException {
		Told neighbour = served(peer());
		Dispatcher channel = new Dispatcher(peer().near(), this.map) {

			@Override
			protected void handleClosed(CloseReason reason) {
				throw new LinkageError("no such class");
			}

			@Override
			protected void handleError(Throwable failure) {
				neighbour.events.add("error");
			}

		};
		Asyncore.poll(Duration.ZERO, this.map);
		try (CapturedLog log = new CapturedLog()) {
			channel.close();
			Asyncore.poll(Duration.ZERO, this.map);
			assertThat(log.errors()).singleElement().asString().contains("handleClosed() of");
		}
		assertThat(neighbour.events).isEmpty();
	}

	@Test
	void exitNowLeavesTheLoop() throws IOException {
		Dispatcher channel = new Dispatcher(peer().near(), this.map) {

			@Override
			protected void handleClosed(CloseReason reason) {
				throw new ExitNow();
			}

		};
		Asyncore.poll(Duration.ZERO, this.map);
		channel.close();
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> Asyncore.poll(Duration.ZERO, this.map));
		// and it can be run again
		Asyncore.poll(Duration.ZERO, this.map);
	}

	@Test
	void listenersDatagramsAndPipesAreTold() throws IOException {
		Told listener = new Told(this.map);
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(5);
		Told datagrams = new Told(this.map);
		datagrams.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		datagrams.bind(Loopback.anyPort());
		Pipe pipe = Pipe.open();
		keep(pipe.sink());
		Told source = new Told(pipe.source(), this.map);
		Asyncore.poll(Duration.ZERO, this.map);
		for (Told channel : List.of(listener, datagrams, source)) {
			channel.close();
		}
		Asyncore.poll(Duration.ZERO, this.map);
		for (Told channel : List.of(listener, datagrams, source)) {
			assertThat(channel.events).containsExactly("closed local");
		}
	}

	@Test
	void connectionsOfServersAreTold() throws IOException {
		List<Told> channels = new ArrayList<>();
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, address) -> {
			channels.add(new Told(this.map));
			return channels.get(channels.size() - 1);
		}, this.map);
		server.open();
		Peer peer = Peer.connectTo(server.localAddress());
		keep(peer);
		Loopback.passUntil(this.map, () -> !channels.isEmpty());
		peer.close();
		Loopback.passUntil(this.map, () -> channels.get(0).events.contains("closed peer"));
		assertThat(channels.get(0).events).containsExactly("read", "close", "read returns", "closed peer");
	}

	@RepeatedTest(20)
	void whenTwoThreadsCloseIsToldOnce() throws Exception {
		AtomicInteger told = new AtomicInteger();
		Dispatcher channel = new Dispatcher(peer().near(), this.map) {

			@Override
			protected void handleClosed(CloseReason reason) {
				told.incrementAndGet();
			}

		};
		try (LoopThread thread = LoopThread.run(this.map)) {
			awaitPass();
			Thread other = new Thread(channel::close);
			other.start();
			channel.close();
			other.join(10_000);
			awaitPass();
			assertThat(thread.isAlive()).isTrue();
		}
		assertThat(told).hasValue(1);
	}

	private Told served(Peer peer) throws IOException {
		Told channel = new Told(peer.near(), this.map);
		Asyncore.poll(Duration.ZERO, this.map);
		return channel;
	}

	@FunctionalInterface
	private interface Action {

		void run() throws IOException;

	}

	private static final class Told extends Dispatcher {

		final List<String> events = Collections.synchronizedList(new ArrayList<>());

		Action onRead = () -> recv(ByteBuffer.allocate(100));

		Runnable onClosed = () -> {
		};

		Told(ChannelMap map) {
			super(map);
		}

		Told(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected boolean writable() {
			return false;
		}

		@Override
		protected void handleRead() throws Exception {
			this.events.add("read");
			this.onRead.run();
			this.events.add("read returns");
		}

		@Override
		protected void handleClose() throws Exception {
			this.events.add("close");
			super.handleClose();
		}

		@Override
		protected void handleError(Throwable failure) throws Exception {
			this.events.add("error");
			super.handleError(failure);
		}

		@Override
		protected void handleClosed(CloseReason reason) {
			this.events.add("closed " + reason.label());
			this.onClosed.run();
		}

		@Override
		protected java.util.Set<String> ignoreLogTypes() {
			return java.util.Set.of("warning", "error", "info");
		}

	}

}
