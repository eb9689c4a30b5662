package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;

import io.asyncore.transport.NioTransport;
import io.asyncore.transport.SocketEndpoint;
import io.asyncore.transport.StreamEndpoint;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Service} and what it keeps from others.
 */
class ServiceTests {

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void whenSocketIsMadeBlockingOnlyItsChannelFails() throws IOException {
		try (Loopback.Pair pair = Loopback.pair(); Loopback.Pair other = Loopback.pair()) {
			Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map);
			Loopback.Recorder neighbour = new Loopback.Recorder(other.near(), this.map);
			pair.near().configureBlocking(true);
			Sockets.send(other, "x");
			Loopback.passUntil(this.map, () -> channel.closed() && neighbour.received.length() == 1);
			assertThat(channel.events).containsExactly("error", "close");
		}
	}

	@Test
	void whenNoSelectorCanBeOpenedTriesAgainLater() throws IOException {
		MovableClock clock = new MovableClock();
		int[] failures = { 2 };
		ChannelMap scarce = new ChannelMap(clock, new NioTransport() {

			@Override
			protected Selector openSelector() throws IOException {
				if (failures[0]-- > 0) {
					throw new IOException("Too many open files");
				}
				return super.openSelector();
			}

		});
		try (Loopback.Pair pair = Loopback.pair(); CapturedLog log = new CapturedLog()) {
			Loopback.Recorder channel = new Loopback.Recorder(pair.near(), scarce);
			Sockets.send(pair, "x");
			Loopback.passUntil(scarce, () -> {
				clock.advanceMillis(60);
				return channel.received.length() == 1;
			});
			assertThat(channel.closed()).isFalse();
			assertThat(log.warnings()).hasSize(1);
			channel.close();
		}
	}

	@Test
	void whenSendFindsThePeerGoneWhatWasReceivedCanStillBeRead() throws IOException {
		ByteBuffer scripted = ByteBuffer.wrap("rest".getBytes(StandardCharsets.ISO_8859_1));
		try (Loopback.Pair pair = Loopback.pair()) {
			StringBuilder read = new StringBuilder();
			List<String> events = new ArrayList<>();
			Dispatcher channel = new Dispatcher(this.map) {

				@Override
				protected void handleClose() throws IOException {
					events.add("close");
					for (byte[] data = recv(100); data.length > 0; data = recv(100)) {
						read.append(new String(data, StandardCharsets.ISO_8859_1));
					}
					close();
				}

			};
			ScriptedEndpoint endpoint = new ScriptedEndpoint(pair.near());
			endpoint.writes.add(ScriptedEndpoint.failing("Broken pipe"));
			channel.channel().use(endpoint);
			pair.far().write(scripted);
			pair.far().shutdownOutput();
			Sockets.awaitReadable(pair.near());
			assertThat(channel.send(new byte[10])).isZero();
			assertThat(read).hasToString("rest");
			assertThat(events).containsExactly("close");
		}
	}

	@Test
	void whenHandlerClosesAndThenThrowsHandleCloseIsNotCalled() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map) {

				@Override
				protected void handleRead() {
					close();
					throw new IllegalStateException("as planned");
				}

			};
			Sockets.send(pair, "x");
			Loopback.passUntil(this.map, channel::closed);
			assertThat(channel.events).containsExactly("error");
		}
	}

	@Test
	void whenHandleAcceptedLeavesTheLoopTheConnectionStaysOpen() throws IOException {
		List<Dispatcher> accepted = new ArrayList<>();
		Dispatcher server = new Dispatcher(this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
				accepted.add(new Dispatcher(socket));
				throw new ExitNow();
			}

		};
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(1);
		try (SocketChannel peer = SocketChannel.open(server.localAddress())) {
			assertThat(peer.isConnected()).isTrue();
			assertThatExceptionOfType(ExitNow.class)
				.isThrownBy(() -> Loopback.passUntil(this.map, () -> !accepted.isEmpty()));
			assertThat(accepted).singleElement().matches(Dispatcher::connected);
		}
	}

	@Test
	void whenInnerLoopAcceptsTheOuterConnectionIsStillClosedByAFailure() throws IOException {
		List<SocketChannel> accepted = new ArrayList<>();
		Dispatcher server = new Dispatcher(this.map) {

			@Override
			protected void handleAccept() throws Exception {
				Accepted next = accept();
				if (next != null) {
					handleAccepted(next.socket(), next.address());
				}
			}

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
				accepted.add(socket);
				if (accepted.size() == 1) {
					Loopback.passUntil(ServiceTests.this.map, () -> accepted.size() == 2);
					throw new IllegalStateException("as planned");
				}
			}

		};
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(2);
		try (SocketChannel one = SocketChannel.open(server.localAddress());
				SocketChannel two = SocketChannel.open(server.localAddress())) {
			Loopback.passUntil(this.map, () -> accepted.size() == 2);
			assertThat(one.isConnected() && two.isConnected()).isTrue();
			assertThat(accepted.get(0).isOpen()).isFalse();
			assertThat(accepted.get(1).isOpen()).isTrue();
			accepted.get(1).close();
		}
	}

	@Test
	void whenOptionForConnectionsIsWrongClosesThemAndTellsTheListener() throws IOException {
		Loopback.Recorder server = new Loopback.Recorder(this.map);
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(1);
		server.setOption(StandardSocketOptions.SO_SNDBUF, -1);
		try (SocketChannel peer = SocketChannel.open(server.localAddress())) {
			Loopback.passUntil(this.map, () -> server.events.contains("error"));
			assertThat(server.accepting()).isTrue();
			peer.socket().setSoTimeout((int) Loopback.BOUND.toMillis());
			assertThat(peer.read(ByteBuffer.allocate(1))).isEqualTo(-1);
		}
	}

	@Test
	void whenOptionIsUnknownToListenerSaysSo() throws IOException {
		Dispatcher server = new Dispatcher(this.map);
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(1);
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> server.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true));
	}

	@Test
	void whenPeerIsGoneSendsFromOtherThreadsAreNotQueuedForEver() throws Exception {
		try (Loopback.Pair pair = Loopback.pair()) {
			DispatcherWithSend channel = new DispatcherWithSend(pair.near(), this.map) {

				@Override
				protected void handleRead() throws IOException {
					recv(100);
				}

				@Override
				protected void handleClose() {
					// left open
				}

			};
			pair.far().setOption(StandardSocketOptions.SO_LINGER, 0);
			pair.far().close();
			Loopback.passUntil(this.map, () -> channel.channel().socket().isSilent());
			try (LoopThread thread = LoopThread.run(this.map)) {
				assertThat(thread.isAlive()).isTrue();
				Awaitility.await().atMost(Loopback.BOUND).until(() -> {
					channel.send(new byte[100]);
					return channel.closed();
				});
				assertThat(channel.outBuffered()).isZero();
			}
		}
	}

	@Test
	void whenStreamIsReopenedItIsAsBefore() throws IOException {
		StreamEndpoint endpoint = (StreamEndpoint) NioTransport.DEFAULT.open(StandardProtocolFamily.INET, false);
		endpoint.setOption(StandardSocketOptions.TCP_NODELAY, false);
		endpoint.bind(Loopback.anyPort());
		SocketAddress address = endpoint.localAddress();
		endpoint.close();
		SocketEndpoint again = endpoint.reopen();
		assertThat(again.localAddress()).isEqualTo(address);
		assertThat(((SocketChannel) again.channel()).getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
		assertThat(again.reaches(InetAddress.getByName("::1"))).isFalse();
		assertThat(again.reaches(InetAddress.getByName("127.0.0.1"))).isTrue();
		again.close();
	}

	@Test
	void whenFailureCannotBeDescribedTheLoopGoesOn() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			Dispatcher channel = new Dispatcher(pair.near(), this.map) {

				@Override
				protected void handleRead() {
					throw new Indescribable();
				}

			};
			boolean[] after = new boolean[1];
			this.map.eventLoop().execute(() -> {
				throw new Indescribable();
			});
			this.map.eventLoop().execute(() -> after[0] = true);
			Sockets.send(pair, "x");
			Loopback.passUntil(this.map, () -> after[0] && channel.closed());
		}
	}

	@Test
	void whenFailureToAcceptCannotBeDescribedTheListenerSurvives() throws IOException {
		boolean[] failed = new boolean[1];
		Dispatcher server = new Dispatcher(this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) {
				failed[0] = true;
				throw new Indescribable();
			}

		};
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(1);
		try (SocketChannel peer = SocketChannel.open(server.localAddress())) {
			Loopback.passUntil(this.map, () -> failed[0]);
			assertThat(peer.isConnected()).isTrue();
			assertThat(server.accepting()).isTrue();
		}
	}

	@Test
	void whenShutDownPeerGetsAllThoughItHasSentMoreThanWasRead() throws Exception {
		byte[] answer = new byte[4 * 1024 * 1024];
		try (Loopback.Pair pair = Loopback.pair()) {
			boolean[] asked = new boolean[1];
			DispatcherWithSend channel = new DispatcherWithSend(pair.near(), this.map) {

				@Override
				protected boolean readable() {
					return !asked[0];
				}

				@Override
				protected void handleRead() throws IOException {
					recv(1);
					asked[0] = true;
					send(answer);
				}

			};
			pair.far().socket().setSoTimeout((int) Loopback.BOUND.toMillis());
			Sockets.send(pair, "ab");
			try (LoopThread thread = LoopThread.run(this.map)) {
				Awaitility.await().atMost(Loopback.BOUND).until(() -> asked[0]);
				this.map.eventLoop().shutdown(Loopback.BOUND);
				assertThat(pair.far().socket().getInputStream().readAllBytes()).hasSize(answer.length);
				thread.join();
			}
			assertThat(channel.closed()).isTrue();
		}
	}

	@Test
	void whenPredicateMovesItsChannelThisLoopLeavesTheOtherAlone() throws IOException {
		Selectors selectors = new Selectors();
		ChannelMap other = new ChannelMap(System::nanoTime, selectors);
		try (Loopback.Pair pair = Loopback.pair()) {
			Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map) {

				@Override
				protected boolean readable() {
					if (map() != other) {
						addChannel(other);
					}
					return true;
				}

			};
			Loopback.onePass(this.map, false, Duration.ZERO);
			assertThat(channel.map()).isSameAs(other);
			assertThat(selectors.opened).isEmpty();
			Sockets.send(pair, "x");
			Loopback.passUntil(other, () -> channel.received.length() == 1);
			channel.close();
		}
	}

	@Test
	void whenClosedByAnotherThreadWhileASocketIsMadeIsEitherOpenOrClosed() throws Exception {
		CyclicBarrier barrier = new CyclicBarrier(2);
		Dispatcher channel = new Dispatcher(this.map);
		int rounds = 2000;
		Thread closer = new Thread(() -> {
			for (int i = 0; i < rounds; i++) {
				meet(barrier);
				channel.close();
				meet(barrier);
			}
		});
		closer.start();
		for (int i = 0; i < rounds; i++) {
			channel.createSocket();
			meet(barrier);
			channel.createSocket();
			meet(barrier);
			assertThat(this.map.contains(channel)).isEqualTo(!channel.closed());
			assertThat(channel.socket() != null).isEqualTo(!channel.closed());
		}
		closer.join(Loopback.BOUND.toMillis());
		channel.close();
	}

	private static void meet(CyclicBarrier barrier) {
		try {
			barrier.await(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void whenPassesAreOverNothingClosedIsKept() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map);
			channel.callLater(Duration.ZERO, channel::close);
			Asyncore.loop(Loopback.BOUND, false, this.map);
			assertThat(this.map).isEmpty();
			assertThat(channel.channel().isInEveryPass()).isFalse();
		}
	}

	private static final class Indescribable extends RuntimeException {

		@Override
		public String getMessage() {
			throw new IllegalStateException("as planned");
		}

	}

}
