package io.asyncore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What happens to a {@link Dispatcher} when its peer goes away or never comes: point 2 of
 * the contract.
 */
@Timeout(60)
class DispatcherPeerGoneTests extends MapFixture {

	private static int send(Dispatcher channel, ByteBuffer data) {
		try {
			return channel.send(data);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Nested
	class Receiving {

		@Test
		void whenPeerEndsItsStreamReturnsMinusOneAndCallsHandleCloseOnce() throws IOException {
			Peer peer = peer();
			List<Integer> counts = new ArrayList<>();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map).on("read",
					(self) -> counts.add(self.recv(ByteBuffer.allocate(10))));
			peer.endOutput();
			passUntil(channel::closed);
			passes();
			assertThat(counts).containsExactly(-1);
			assertThat(channel.events).containsExactly("read", "close");
			assertThat(channel.failures).isEmpty();
		}

		@Test
		void whenPeerEndsItsStreamReturnsEmptyArray() throws IOException {
			Peer peer = peer();
			List<Integer> counts = new ArrayList<>();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map).on("read",
					(self) -> counts.add(self.recv(10).length));
			peer.endOutput();
			passUntil(channel::closed);
			assertThat(counts).containsExactly(0);
			assertThat(channel.events).containsExactly("read", "close");
		}

		@Test
		void whenHandleReadReadsOnAfterTheEndHandleCloseIsStillCalledOnce() throws IOException {
			Peer peer = peer();
			List<Integer> counts = new ArrayList<>();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map).on("read", (self) -> {
				for (int i = 0; i < 3; i++) {
					counts.add(self.recv(ByteBuffer.allocate(10)));
				}
			}).on("close", (self) -> {
				// stays open
			});
			peer.endOutput();
			passUntil(() -> !channel.events.isEmpty());
			passes();
			assertThat(counts).containsExactly(-1, -1, -1);
			assertThat(channel.events).containsExactly("read", "close");
		}

		@Test
		void endOfTheInputIsToldOnceBeforeHandleEof() throws IOException {
			Peer peer = peer();
			Ending channel = new Ending(peer.near(), DispatcherPeerGoneTests.this.map);
			peer.endOutput();
			passUntil(channel::closed);
			assertThat(channel.events).containsExactly("read", "input ended", "eof", "close");
		}

		@Test
		void endOfTheInputByResetIsToldOnceBeforeHandleClose() throws IOException {
			Peer peer = peer();
			Ending channel = new Ending(peer.near(), DispatcherPeerGoneTests.this.map);
			peer.reset();
			passUntil(channel::closed);
			assertThat(channel.events).containsExactly("read", "input ended", "close");
		}

		@Test
		void whenInputEndedFailsThatIsToldAndNothingFollowsTheClose() throws IOException {
			for (boolean reset : new boolean[] { false, true }) {
				Peer peer = peer();
				Ending channel = new Ending(peer.near(), DispatcherPeerGoneTests.this.map);
				channel.on("input ended", (self) -> {
					throw new IllegalStateException("as planned");
				});
				if (reset) {
					peer.reset();
				}
				else {
					peer.endOutput();
				}
				passUntil(channel::closed);
				passes();
				assertThat(channel.events).containsExactly("read", "input ended", "error", "close");
			}
		}

		@Test
		void whenInputEndedGivesItAnotherSocketThatHearsOfNoEnd() throws IOException {
			Peer next = peer();
			Peer peer = peer();
			Ending channel = new Ending(peer.near(), DispatcherPeerGoneTests.this.map);
			channel.on("input ended", (self) -> self.setSocket(next.near()));
			peer.endOutput();
			passUntil(() -> channel.events.contains("input ended"));
			next.send("hello");
			passUntil(() -> channel.received.length() == 5);
			assertThat(channel.events).doesNotContain("eof", "close");
		}

		@Test
		void whenHandleReadReadsOnAfterTheEndHandleEofIsCalledOnce() throws IOException {
			int[] ends = new int[1];
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map) {

				@Override
				protected void handleEof() {
					// the peer may still be listening, so this stays open
					ends[0]++;
				}

			};
			channel.on("read", (self) -> {
				for (int i = 0; i < 3; i++) {
					self.receive(10);
				}
			});
			peer.send("last").endOutput();
			passUntil(() -> ends[0] > 0);
			passes();
			assertThat(channel.received).hasToString("last");
			assertThat(ends[0]).isEqualTo(1);
			assertThat(channel.events).doesNotContain("close");
			assertThat(channel.send(new byte[1])).isEqualTo(1);
		}

		@Test
		void whenConnectionIsResetReturnsMinusOneAndCallsHandleCloseOnce() throws IOException {
			Peer peer = peer();
			List<Integer> counts = new ArrayList<>();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map).on("read",
					(self) -> counts.add(self.recv(ByteBuffer.allocate(10))));
			peer.reset();
			passUntil(channel::closed);
			assertThat(counts).containsExactly(-1);
			assertThat(channel.events).containsExactly("read", "close");
			assertThat(channel.failures).isEmpty();
		}

		@Test
		void whenNothingIsThereReturnsZeroAndCallsNothing() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map);
			assertThat(channel.recv(ByteBuffer.allocate(10))).isZero();
			assertThat(channel.recv(10)).isEmpty();
			assertThat(channel.events).isEmpty();
			assertThat(channel.connected()).isTrue();
		}

		@Test
		void afterOwnCloseReturnsNothing() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map);
			peer.send("unread");
			channel.close();
			assertThat(channel.recv(ByteBuffer.allocate(10))).isLessThanOrEqualTo(0);
			assertThat(channel.recv(10)).isEmpty();
			assertThat(channel.events).isEmpty();
		}

	}

	@Nested
	class FailingAfterwards {

		@Test
		void whenHandleReadFailsItIsClosedAndNotToldAgain() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map).on("read", (self) -> {
				if (self.recv(10).length == 0) {
					throw new IllegalStateException("nothing to parse");
				}
			}).on("close", (self) -> {
				// stays open
			});
			peer.endOutput();
			passUntil(channel::closed);
			passes();
			assertThat(channel.events).containsExactly("read", "close", "error");
		}

		@Test
		void whenTaskFailsItIsClosedAndNotToldAgain() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map).on("close", (self) -> {
				// stays open
			});
			peer.endOutput();
			passUntil(() -> channel.events.contains("close"));
			channel.callLater(Duration.ZERO, () -> {
				throw new IllegalStateException("too late");
			});
			passUntil(channel::closed);
			assertThat(channel.events).containsExactly("read", "close", "error");
		}

	}

	@Nested
	class Sending {

		@Test
		void whenPipeIsBrokenReturnsZeroAndCallsHandleCloseOnce() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map);
			channel.readable = () -> false;
			int[] last = new int[1];
			channel.on("write", (self) -> last[0] = self.send(new byte[10]));
			channel.writable = () -> true;
			peer.reset();
			passUntil(channel::closed);
			passes();
			assertThat(last[0]).isZero();
			assertThat(channel.events).startsWith("write").endsWith("close").containsOnlyOnce("close");
			assertThat(channel.failures).isEmpty();
		}

		@Test
		void whenPipeIsBrokenLeavesTheDataWhereItIs() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map);
			peer.reset();
			ByteBuffer data = ByteBuffer.allocate(10);
			passUntil(() -> {
				data.clear();
				return send(channel, data) == 0;
			});
			assertThat(data.position()).isZero();
			assertThat(data.limit()).isEqualTo(10);
			passUntil(channel::closed);
			assertThat(channel.events).containsOnlyOnce("close");
		}

		@Test
		void whenPeerHasOnlyHalfClosedDataStillArrives() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map).on("close", (self) -> {
				assertThat(self.send("reply".getBytes())).isEqualTo(5);
				self.close();
			});
			peer.endOutput();
			passUntil(() -> peer.poll().isEnded());
			assertThat(peer.text()).isEqualTo("reply");
			assertThat(channel.events).containsExactly("read", "close");
		}

		@Test
		void whenClosedReturnsZeroAndCallsNothing() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), DispatcherPeerGoneTests.this.map);
			channel.close();
			assertThat(channel.send(new byte[10])).isZero();
			assertThat(channel.send(ByteBuffer.allocate(10))).isZero();
			assertThat(channel.events).isEmpty();
		}

	}

	@Nested
	class LeftOpen {

		@Test
		void goesSilent() throws IOException {
			Peer peer = peer();
			Scripted channel = leftOpen(peer);
			channel.writable = () -> true;
			peer.endOutput();
			passUntil(() -> channel.events.contains("close"));
			int events = channel.events.size();
			passes();
			assertThat(channel.events).hasSize(events);
			assertThat(channel.closed()).isFalse();
			assertThat(DispatcherPeerGoneTests.this.map.contains(channel)).isTrue();
		}

		@Test
		void doesNotKeepTheLoopBusy() throws IOException {
			Peer peer = peer();
			Scripted channel = leftOpen(peer);
			peer.endOutput();
			passUntil(() -> channel.events.contains("close"));
			int[] passes = new int[1];
			channel.readable = () -> ++passes[0] > 0;
			channel.writable = () -> true;
			DispatcherPeerGoneTests.this.map.eventLoop().callLater(Duration.ofMillis(200), () -> {
				throw new ExitNow();
			});
			assertThatExceptionOfType(ExitNow.class)
				.isThrownBy(() -> Asyncore.loop(Duration.ofSeconds(30), false, DispatcherPeerGoneTests.this.map));
			assertThat(passes[0]).isLessThan(10);
			assertThat(channel.events).containsExactly("read", "close");
		}

		@Test
		void canStillSendToHalfClosedPeer() throws IOException {
			Peer peer = peer();
			Scripted channel = leftOpen(peer);
			peer.endOutput();
			passUntil(() -> channel.events.contains("close"));
			assertThat(channel.send("late".getBytes())).isEqualTo(4);
			passUntil(() -> peer.poll().text().equals("late"));
		}

		@Test
		void laterSendThatFailsClosesItWithoutFurtherHook() throws IOException {
			Peer peer = peer();
			Scripted channel = leftOpen(peer);
			peer.reset();
			passUntil(() -> channel.events.contains("close"));
			assertThat(channel.closed()).isFalse();
			passUntil(() -> {
				assertThat(send(channel, ByteBuffer.allocate(1))).isLessThanOrEqualTo(1);
				return channel.closed();
			});
			assertThat(channel.events).containsExactly("read", "close");
			assertThat(DispatcherPeerGoneTests.this.map.isEmpty()).isTrue();
		}

		@Test
		void canBeClosedLater() throws IOException {
			Peer peer = peer();
			Scripted channel = leftOpen(peer);
			peer.endOutput();
			passUntil(() -> channel.events.contains("close"));
			channel.close();
			assertThat(DispatcherPeerGoneTests.this.map.isEmpty()).isTrue();
			passUntil(() -> peer.poll().isEnded());
			assertThat(channel.events).containsExactly("read", "close");
		}

		private Scripted leftOpen(Peer peer) throws IOException {
			return new Scripted(peer.near(), DispatcherPeerGoneTests.this.map).on("close", (self) -> {
				// stays open
			});
		}

	}

	@Nested
	class Connecting {

		@Test
		void whenRefusedTellsHandleErrorThenHandleClose() throws IOException {
			assertFails(Scripted.connecting(DispatcherPeerGoneTests.this.map, Peer.nobody()), ConnectException.class);
		}

		@Test
		void whenRefusedByHostTellsHandleErrorThenHandleClose() throws IOException {
			Scripted channel = new Scripted(DispatcherPeerGoneTests.this.map);
			channel.createSocket();
			channel.connect("127.0.0.1", ((InetSocketAddress) Peer.nobody()).getPort());
			assertFails(channel, ConnectException.class);
		}

		@Test
		void whenHostIsUnknownTellsHandleErrorThenHandleClose() throws IOException {
			Scripted channel = new Scripted(DispatcherPeerGoneTests.this.map);
			channel.createSocket();
			channel.connect("no-such-host.invalid", 80);
			assertFails(channel, UnknownHostException.class);
		}

		@Test
		void whenHostIsNonsenseTellsHandleErrorThenHandleClose() throws IOException {
			Scripted channel = new Scripted(DispatcherPeerGoneTests.this.map);
			channel.createSocket();
			channel.connect("[nonsense:", 80);
			assertFails(channel, UnknownHostException.class);
		}

		@Test
		void whenUnresolvedAddressIsUnknownTellsHandleErrorThenHandleClose() throws IOException {
			Scripted channel = Scripted.connecting(DispatcherPeerGoneTests.this.map,
					InetSocketAddress.createUnresolved("no-such-host.invalid", 80));
			assertFails(channel, UnknownHostException.class);
		}

		@Test
		void whenFamilyDoesNotFitTellsHandleErrorThenHandleClose() throws IOException {
			Scripted channel = new Scripted(DispatcherPeerGoneTests.this.map);
			channel.createSocket(StandardProtocolFamily.INET);
			channel.connect(new InetSocketAddress(InetAddress.getByName("::1"), 1));
			assertFails(channel, IOException.class);
		}

		@Test
		void whenKindOfAddressDoesNotFitTellsHandleErrorThenHandleClose() throws IOException {
			assertFails(Scripted.connecting(DispatcherPeerGoneTests.this.map, UnixDomainSocketAddress.of("/nowhere")),
					IOException.class);
		}

		@Test
		void whenSystemRefusesAtOnceTellsHandleErrorThenHandleClose() throws IOException {
			InetAddress broadcast = Inet4Address.getByAddress(new byte[] { -1, -1, -1, -1 });
			assertFails(Scripted.connecting(DispatcherPeerGoneTests.this.map, new InetSocketAddress(broadcast, 9)),
					IOException.class);
		}

		@Test
		void whenHandleErrorLeavesItOpenGoesSilent() throws IOException {
			Scripted channel = Scripted.connecting(DispatcherPeerGoneTests.this.map, Peer.nobody())
				.on("error", (self) -> assertThat(self.connecting()).isFalse());
			channel.writable = () -> true;
			passUntil(() -> channel.events.contains("error"));
			passes();
			assertThat(channel.events).containsExactly("error");
			assertThat(channel.failures).hasSize(1);
			assertThat(channel.closed()).isFalse();
			assertThat(channel.connected()).isFalse();
			assertThat(channel.connecting()).isFalse();
		}

		@Test
		void whenFailedConnectIsLeftOpenSendClosesIt() throws IOException {
			Scripted channel = Scripted.connecting(DispatcherPeerGoneTests.this.map, Peer.nobody())
				.on("error", (self) -> assertThat(self.connected()).isFalse());
			passUntil(() -> channel.events.contains("error"));
			assertThat(channel.send(new byte[1])).isZero();
			assertThat(channel.closed()).isTrue();
		}

		@Test
		void whenHostIsNameConnects() throws IOException {
			try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
				Scripted channel = new Scripted(DispatcherPeerGoneTests.this.map);
				channel.createSocket();
				channel.connect("localhost", server.socket().getLocalPort());
				assertThat(channel.connecting()).isTrue();
				assertThat(channel.events).isEmpty();
				passUntil(channel::connected);
				assertThat(channel.events).containsExactly("connect");
				assertThat(channel.remoteAddress()).isEqualTo(server.getLocalAddress());
			}
		}

		@Test
		void whenAddressIsUnresolvedConnects() throws IOException {
			try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
				SocketAddress address = InetSocketAddress.createUnresolved("localhost", server.socket().getLocalPort());
				Scripted channel = Scripted.connecting(DispatcherPeerGoneTests.this.map, address);
				passUntil(channel::connected);
				assertThat(channel.events).containsExactly("connect");
				assertThat(channel.addr()).isEqualTo(address);
			}
		}

		@Test
		void whenClosedBeforeTheNameIsKnownHearsNothing() throws IOException {
			Scripted closed = new Scripted(DispatcherPeerGoneTests.this.map);
			closed.createSocket();
			closed.connect("no-such-host.invalid", 80);
			closed.close();
			Scripted witness = new Scripted(DispatcherPeerGoneTests.this.map);
			witness.createSocket();
			witness.connect("no-such-host.invalid", 80);
			passUntil(witness::closed);
			passes();
			assertThat(closed.events).isEmpty();
		}

		private void assertFails(Scripted channel, Class<? extends IOException> type) throws IOException {
			assertThat(channel.events).as("nothing before the loop runs").isEmpty();
			assertThat(channel.connecting()).isTrue();
			passUntil(channel::closed);
			passes();
			assertThat(channel.events).containsExactly("error", "close");
			assertThat(channel.failures).singleElement().isInstanceOf(type);
			assertThat(DispatcherPeerGoneTests.this.map.isEmpty()).isTrue();
		}

	}

	/**
	 * Records the end of its input as well.
	 */
	private static final class Ending extends Scripted {

		Ending(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
			on("read", (self) -> self.receive(10));
		}

		@Override
		protected void inputEnded() throws Exception {
			runs("input ended");
		}

		@Override
		protected void handleEof() throws Exception {
			this.events.add("eof");
			super.handleEof();
		}

	}

}
