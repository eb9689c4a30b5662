package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DispatcherWithSend}.
 */
@Timeout(60)
class DispatcherWithSendTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void sendsAtOnceWithoutPass() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Sender sender = new Sender(peer.near(), this.map);
			assertThat(sender.send("hello".getBytes(StandardCharsets.ISO_8859_1))).isEqualTo(5);
			assertThat(sender.outBuffered()).isZero();
			assertThat(sender.writable()).isFalse();
			Loopback.passUntil(this.map, () -> peer.poll().text().equals("hello"));
		}
	}

	@Test
	void sendAdvancesPositionToLimit() throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			ByteBuffer data = ByteBuffer.allocate(1_000_000);
			data.position(10).limit(900_010);
			assertThat(sender.send(data)).isEqualTo(900_000);
			assertThat(data.position()).isEqualTo(900_010);
			assertThat(data.limit()).isEqualTo(900_010);
			assertThat(sender.outBuffered()).isPositive().isLessThan(900_000);
		}
	}

	@Test
	void whenNothingIsSentReturnsZero() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Sender sender = new Sender(peer.near(), this.map);
			assertThat(sender.send(new byte[0])).isZero();
			assertThat(sender.outBuffered()).isZero();
		}
	}

	@Test
	void whenNotConnectedQueuesUntilItIs() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			Sender sender = new Sender(this.map);
			assertThat(sender.send("one ".getBytes(StandardCharsets.ISO_8859_1))).isEqualTo(4);
			sender.createSocket();
			assertThat(sender.send("two ".getBytes(StandardCharsets.ISO_8859_1))).isEqualTo(4);
			sender.connect(server.getLocalAddress());
			assertThat(sender.send("three".getBytes(StandardCharsets.ISO_8859_1))).isEqualTo(5);
			assertThat(sender.outBuffered()).isEqualTo(13);
			assertThat(sender.writable()).isTrue();
			try (Peer peer = Peer.of(server.accept())) {
				Loopback.passUntil(this.map, () -> peer.poll().text().equals("one two three"));
			}
			assertThat(sender.events).containsExactly("connect");
			assertThat(sender.outBuffered()).isZero();
			assertThat(sender.writable()).isFalse();
		}
	}

	@Test
	void whenHostIsLookedUpQueuesUntilConnected() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			Sender sender = new Sender(this.map);
			sender.createSocket();
			sender.connect("localhost", server.socket().getLocalPort());
			sender.send("queued".getBytes(StandardCharsets.ISO_8859_1));
			Loopback.passUntil(this.map, sender::connected);
			try (Peer peer = Peer.of(server.accept())) {
				Loopback.passUntil(this.map, () -> peer.poll().text().equals("queued"));
			}
		}
	}

	@Test
	void whenSocketIsFullKeepsOrder() throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			byte[] expected = random(3_000_000);
			int position = 0;
			Random sizes = new Random(2);
			while (position < expected.length) {
				int length = Math.min(sizes.nextInt(100_000), expected.length - position);
				assertThat(sender.send(ByteBuffer.wrap(expected, position, length))).isEqualTo(length);
				position += length;
			}
			assertThat(sender.outBuffered()).isGreaterThan(2_000_000);
			Loopback.passUntil(this.map, () -> peer.poll().count() >= expected.length);
			assertThat(Arrays.mismatch(peer.bytes(), expected)).isEqualTo(-1);
			assertThat(sender.outBuffered()).isZero();
		}
	}

	@Test
	void whenMillionSingleBytesAreSentAllArrive() throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			byte[] expected = random(1_000_000);
			byte[] one = new byte[1];
			for (byte value : expected) {
				one[0] = value;
				sender.send(one);
			}
			Loopback.passUntil(this.map, () -> peer.poll().count() >= expected.length);
			assertThat(Arrays.mismatch(peer.bytes(), expected)).isEqualTo(-1);
		}
	}

	@Test
	void whenCallerReusesItsArrayAtOnceSendsWhatWasThere() throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			byte[] data = random(2_000_000);
			byte[] expected = data.clone();
			sender.send(data);
			Arrays.fill(data, (byte) 0);
			Loopback.passUntil(this.map, () -> peer.poll().count() >= expected.length);
			assertThat(Arrays.mismatch(peer.bytes(), expected)).isEqualTo(-1);
		}
	}

	@Test
	void whenSentInHandleReadEchoes() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Sender sender = new Sender(peer.near(), this.map);
			sender.echo = true;
			peer.send("ping");
			Loopback.passUntil(this.map, () -> peer.poll().text().equals("ping"));
		}
	}

	@Test
	void whenSentInHandleConnectArrives() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			DispatcherWithSend sender = new DispatcherWithSend(this.map) {

				@Override
				protected void handleConnect() {
					send("first".getBytes(StandardCharsets.ISO_8859_1));
				}

			};
			sender.createSocket();
			sender.connect(server.getLocalAddress());
			try (Peer peer = Peer.of(server.accept())) {
				Loopback.passUntil(this.map, () -> peer.poll().text().equals("first"));
			}
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenPeerHalfClosesSendsWhatIsQueuedBeforeHandleClose(boolean usePoll) throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			byte[] reply = random(5_000_000);
			sender.send(reply);
			peer.send("request").endOutput();
			Loopback.passUntil(this.map, usePoll, () -> sender.received.toString().equals("request"));
			for (int i = 0; i < 10; i++) {
				Loopback.onePass(this.map, usePoll, Duration.ZERO);
			}
			assertThat(sender.outBuffered()).isPositive();
			assertThat(sender.events).doesNotContain("close");
			Loopback.passUntil(this.map, usePoll, () -> peer.poll().isEnded());
			assertThat(Arrays.mismatch(peer.bytes(), reply)).isEqualTo(-1);
			// once for the request, once for the end, and not again while the reply
			// leaves
			assertThat(sender.events).containsExactly("read", "read", "close");
			assertThat(sender.bufferedAtClose).isZero();
			assertThat(this.map.isEmpty()).isTrue();
		}
	}

	@Test
	void whenPeerClosesAndNothingIsQueuedCallsHandleCloseAtOnce() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Sender sender = new Sender(peer.near(), this.map);
			peer.endOutput();
			Loopback.passUntil(this.map, sender::closed);
			assertThat(sender.events).containsExactly("read", "close");
		}
	}

	@Test
	void halfClosedPeerThatTakesNothingIsNotWaitedForForEver() throws IOException {
		MovableClock clock = new MovableClock();
		ChannelMap map = clock.map();
		try (CapturedLog log = new CapturedLog(); Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), map);
			sender.send(new byte[3_000_000]);
			peer.endOutput();
			Loopback.passUntil(map, () -> sender.events.contains("read"));
			Duration waited = Duration.ZERO;
			while (!sender.closed() && waited.compareTo(Duration.ofMinutes(5)) < 0) {
				clock.advance(Duration.ofSeconds(15));
				Loopback.passUntilSystemHasAnswered(map);
				waited = waited.plusSeconds(15);
			}
			assertThat(waited).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(180));
			assertThat(sender.events).containsOnlyOnce("close").doesNotContain("error");
			assertThat(map.eventLoop().monitor().group("Sender").closed(CloseReason.TIMEOUT)).isOne();
			assertThat(log.infos()).singleElement().asString().contains("for a minute");
		}
		finally {
			Asyncore.closeAll(map, true);
		}
	}

	@Test
	void halfClosedPeerThatTakesAgainGetsAll() throws Exception {
		MovableClock clock = new MovableClock();
		ChannelMap map = clock.map();
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), map);
			sender.send(new byte[3_000_000]);
			peer.endOutput();
			Loopback.passUntil(map, () -> sender.events.contains("read"));
			for (int i = 0; i < 3; i++) {
				clock.advance(Duration.ofSeconds(15));
				Loopback.passUntilSystemHasAnswered(map);
			}
			assertThat(sender.closed()).isFalse();
			Loopback.passUntil(map, () -> {
				peer.poll();
				return sender.closed();
			});
			assertThat(sender.bufferedAtClose).isZero();
			assertThat(map.eventLoop().monitor().group("Sender").closed(CloseReason.TIMEOUT)).isZero();
		}
		finally {
			Asyncore.closeAll(map, true);
		}
	}

	@Test
	void whenPeerHasGoneWithDataQueuedCallsHandleCloseOnce() throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			sender.send(new byte[1_000_000]);
			peer.reset();
			Loopback.passUntil(this.map, sender::closed);
			assertThat(sender.events).endsWith("close").containsOnlyOnce("close").doesNotContain("error");
			assertThat(sender.outBuffered()).isZero();
			assertThat(this.map.isEmpty()).isTrue();
		}
	}

	@Test
	void whenHandleCloseLeavesItOpenWithDataQueuedLaterSendClosesIt() throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			sender.staysOpen = true;
			sender.send(new byte[1_000_000]);
			peer.reset();
			Loopback.passUntil(this.map, () -> sender.events.contains("close"));
			assertThat(sender.closed()).isFalse();
			// the peer has gone: this cannot but fail
			sender.send(new byte[1]);
			assertThat(sender.closed()).isTrue();
			assertThat(sender.events).containsOnlyOnce("close");
		}
	}

	@Test
	void halfClosedPeerGetsTheAnswerThatIsWorkedOn() throws IOException {
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch go = new CountDownLatch(1);
		try (Peer peer = Peer.withNearEnd()) {
			DispatcherWithSend channel = new DispatcherWithSend(peer.near(), this.map) {

				@Override
				protected void handleRead() throws IOException {
					if (recv(100).length > 0) {
						offload(() -> {
							begun.countDown();
							go.await();
							return "answer".getBytes(StandardCharsets.ISO_8859_1);
						}, this::send);
					}
				}

			};
			peer.send("get").endOutput();
			Loopback.passUntil(this.map, () -> begun.getCount() == 0);
			for (int i = 0; i < 5; i++) {
				Loopback.onePass(this.map, false, Duration.ofMillis(5));
			}
			assertThat(channel.closed()).isFalse();
			go.countDown();
			Loopback.passUntil(this.map, () -> peer.poll().isEnded());
			assertThat(peer.text()).isEqualTo("answer");
		}
	}

	@Test
	void whenHandleCloseLeavesItOpenCanStillAnswerHalfClosedPeer() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Sender sender = new Sender(peer.near(), this.map);
			sender.staysOpen = true;
			peer.endOutput();
			Loopback.passUntil(this.map, () -> sender.events.contains("close"));
			sender.send("late".getBytes(StandardCharsets.ISO_8859_1));
			Loopback.passUntil(this.map, () -> peer.poll().text().equals("late"));
			assertThat(sender.events).containsExactly("read", "close");
		}
	}

	@Test
	void whenClosedDropsWhatIsQueued() throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			sender.send(new byte[1_000_000]);
			assertThat(sender.outBuffered()).isPositive();
			sender.close();
			assertThat(sender.outBuffered()).isZero();
			assertThat(sender.events).isEmpty();
		}
	}

	@Test
	void whenClosedSendReturnsZeroAndQueuesNothing() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Sender sender = new Sender(peer.near(), this.map);
			sender.close();
			ByteBuffer data = ByteBuffer.allocate(7);
			assertThat(sender.send(data)).isZero();
			assertThat(data.remaining()).isEqualTo(7);
			assertThat(sender.send(new byte[7])).isZero();
			assertThat(sender.outBuffered()).isZero();
		}
	}

	@Test
	void whenClosedAndGivenNewSocketStartsAnew() throws IOException {
		try (Peer first = Peer.withSmallBuffers(); Peer second = Peer.withNearEnd()) {
			Sender sender = new Sender(first.near(), this.map);
			sender.send(new byte[1_000_000]);
			sender.close();
			sender.setSocket(second.near());
			sender.send("anew".getBytes(StandardCharsets.ISO_8859_1));
			Loopback.passUntil(this.map, () -> second.poll().text().equals("anew"));
			for (int i = 0; i < 5; i++) {
				Loopback.onePass(this.map, false, Duration.ZERO);
			}
			assertThat(second.poll().text()).isEqualTo("anew");
			assertThat(sender.events).isEmpty();
		}
	}

	@Test
	void whenGivenNewSocketInHandleCloseTheEndOfTheOldOneIsForgotten() throws IOException {
		try (Peer first = Peer.withSmallBuffers(); Peer second = Peer.withSmallBuffers()) {
			Sender sender = new Sender(first.near(), this.map);
			sender.next = second.near();
			first.endOutput();
			Loopback.passUntil(this.map, () -> sender.events.contains("close"));
			byte[] data = random(1_000_000);
			sender.send(data);
			Loopback.passUntil(this.map, () -> second.poll().count() >= data.length);
			for (int i = 0; i < 5; i++) {
				Loopback.onePass(this.map, false, Duration.ZERO);
			}
			assertThat(Arrays.mismatch(second.poll().bytes(), data)).isEqualTo(-1);
			assertThat(sender.connected()).isTrue();
			assertThat(sender.events).containsOnlyOnce("close");
		}
	}

	@Test
	void whenGivenNewSocketWithoutCloseDoesNotSendWhatWasForTheOldPeer() throws IOException {
		try (Peer first = Peer.withSmallBuffers(); Peer second = Peer.withNearEnd()) {
			Sender sender = new Sender(first.near(), this.map);
			sender.send(new byte[1_000_000]);
			assertThat(sender.outBuffered()).isPositive();
			sender.setSocket(second.near());
			sender.send("for the second".getBytes(StandardCharsets.ISO_8859_1));
			Loopback.passUntil(this.map, () -> second.poll().text().endsWith("for the second"));
			assertThat(second.count()).isEqualTo("for the second".length());
		}
	}

	@Test
	void whenSentByAnotherThreadWhileLoopWaitsArrivesAtOnce() throws Exception {
		try (Peer peer = Peer.withNearEnd()) {
			Sender sender = new Sender(peer.near(), this.map);
			try (LoopThread thread = LoopThread.run(this.map)) {
				assertThat(thread.isAlive()).isTrue();
				assertThat(sender.send("from afar".getBytes(StandardCharsets.ISO_8859_1))).isEqualTo(9);
				assertThat(receive(peer, 9)).isEqualTo("from afar".getBytes(StandardCharsets.ISO_8859_1));
			}
		}
	}

	@Test
	void whenSentByManyThreadsNothingIsLostOrMixed() throws Exception {
		int threads = 4;
		int messages = 2000;
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			try (LoopThread thread = LoopThread.run(this.map)) {
				assertThat(thread.isAlive()).isTrue();
				List<Thread> writers = new ArrayList<>();
				for (int i = 0; i < threads; i++) {
					int id = i;
					Thread writer = new Thread(() -> {
						for (int j = 0; j < messages; j++) {
							sender.send(String.format("%d:%06d\n", id, j).getBytes(StandardCharsets.ISO_8859_1));
						}
					});
					writers.add(writer);
					writer.start();
				}
				byte[] all = receive(peer, threads * messages * 9);
				for (Thread writer : writers) {
					writer.join(Loopback.BOUND.toMillis());
				}
				List<String> lines = new String(all, StandardCharsets.ISO_8859_1).lines().toList();
				for (int i = 0; i < threads; i++) {
					String prefix = i + ":";
					List<String> ofOne = lines.stream().filter((line) -> line.startsWith(prefix)).toList();
					assertThat(ofOne).hasSize(messages).isSorted();
				}
			}
		}
	}

	@Test
	void whenClosedByAnotherThreadWhileDataIsQueuedForgetsItAndEndsTheLoop() throws Exception {
		// again and again, for the close may come at any moment of a pass
		for (int i = 0; i < 100; i++) {
			ChannelMap map = new ChannelMap();
			try (Peer peer = Peer.withSmallBuffers()) {
				Sender sender = new Sender(peer.near(), map);
				try (LoopThread thread = LoopThread.run(map, () -> Asyncore.loop(LONG, false, map))) {
					sender.send(new byte[100_000]);
					sender.close();
					assertThat(sender.send(new byte[10])).isZero();
					// the map is empty now
					thread.join();
					assertThat(sender.outBuffered()).isZero();
					assertThat(sender.events).isEmpty();
				}
			}
		}
	}

	@Test
	void whileDataIsQueuedWaitsForRoomOnly() throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			Sender sender = new Sender(peer.near(), this.map);
			sender.send(new byte[1_000_000]);
			// the system may still find room for a moment
			do {
				sender.writes = 0;
				for (int i = 0; i < 5; i++) {
					Loopback.onePass(this.map, false, Duration.ofMillis(20));
				}
			}
			while (sender.writes > 0);
			for (int i = 0; i < 20; i++) {
				Loopback.onePass(this.map, false, Duration.ZERO);
			}
			assertThat(sender.writes).isZero();
		}
	}

	@Test
	void whenPeerTakesEverythingOneChannelDoesNotStarveTheOthers() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Sender sender = new Sender(this.map);
			// queued before there is a connection, so that all of it is left to
			// handleWrite()
			sender.send(new byte[20_000_000]);
			ScriptedEndpoint endpoint = new ScriptedEndpoint(peer.near());
			for (int i = 0; i < 20_000_000 / 1000; i++) {
				endpoint.writes.add((data) -> {
					int count = data.remaining();
					data.position(data.limit());
					return count;
				});
			}
			sender.channel().use(endpoint);
			Loopback.onePass(this.map, false, Duration.ZERO);
			assertThat(sender.writes).isEqualTo(1);
			assertThat(sender.outBuffered()).isBetween(15_000_000, 19_999_999);
			Loopback.passUntil(this.map, () -> sender.outBuffered() == 0);
		}
	}

	@Test
	void isWritableUntilItIsConnected() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			Sender sender = new Sender(this.map);
			sender.createSocket();
			assertThat(sender.writable()).isTrue();
			sender.connect(server.getLocalAddress());
			assertThat(sender.writable()).isTrue();
			Loopback.passUntil(this.map, sender::connected);
			assertThat(sender.writable()).isFalse();
		}
	}

	private static byte[] random(int length) {
		byte[] data = new byte[length];
		new Random(length).nextBytes(data);
		return data;
	}

	private static byte[] receive(Peer peer, int count) throws Exception {
		return Peer.elsewhere(() -> {
			peer.socket().configureBlocking(true);
			byte[] data = new byte[count];
			ByteBuffer buffer = ByteBuffer.wrap(data);
			while (buffer.hasRemaining() && peer.socket().read(buffer) >= 0) {
				// until all of it is there
			}
			return data;
		});
	}

	private static final class Sender extends DispatcherWithSend {

		private final List<String> events = new ArrayList<>();

		private final StringBuffer received = new StringBuffer();

		private boolean echo;

		private boolean staysOpen;

		private SelectableChannel next;

		private int bufferedAtClose = -1;

		private int writes;

		Sender(ChannelMap map) {
			super(map);
		}

		Sender(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleConnect() {
			this.events.add("connect");
		}

		@Override
		protected void handleRead() throws IOException {
			this.events.add("read");
			byte[] data = recv(4096);
			this.received.append(new String(data, StandardCharsets.ISO_8859_1));
			if (this.echo) {
				send(data);
			}
		}

		@Override
		protected void handleWrite() throws Exception {
			this.writes++;
			super.handleWrite();
		}

		@Override
		protected void handleClose() throws IOException {
			this.events.add("close");
			this.bufferedAtClose = outBuffered();
			if (this.next != null) {
				setSocket(this.next);
			}
			else if (!this.staysOpen) {
				close();
			}
		}

		@Override
		protected void handleError(Throwable failure) throws Exception {
			this.events.add("error");
			super.handleError(failure);
		}

	}

}
