package io.asyncore;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * How a {@link Dispatcher} sends and receives: points 6, 10, 11 and 12 of the contract.
 */
@Timeout(60)
class DispatcherTransferTests extends MapFixture {

	private static final Duration LONG = Duration.ofSeconds(30);

	private static byte[] random(int length) {
		byte[] data = new byte[length];
		new Random(length).nextBytes(data);
		return data;
	}

	/**
	 * Writing at once.
	 */
	@Nested
	class Point6 {

		private final ChannelMap map = DispatcherTransferTests.this.map;

		@ParameterizedTest
		@ValueSource(booleans = { false, true })
		void whenChannelWantsToWriteThePassDoesNotWait(boolean usePoll) throws Exception {
			Scripted channel = new Scripted(peer().near(), this.map).on("write", (self) -> self.send(new byte[1]));
			channel.writable = () -> true;
			Peer.elsewhere(() -> {
				for (int i = 0; i < 100; i++) {
					Loopback.onePass(this.map, usePoll, LONG);
				}
				return null;
			});
			assertThat(channel.events).hasSize(100).containsOnly("write");
		}

		@Test
		void whenRequestIsReadTheAnswerLeavesInTheSamePass() throws Exception {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.writable = () -> channel.received.length() > 0;
			channel.on("write", (self) -> {
				self.send(self.received.toString().getBytes());
				self.received.setLength(0);
			});
			peer.send("ping");
			Peer.elsewhere(() -> {
				Loopback.onePass(this.map, false, LONG);
				return null;
			});
			assertThat(channel.events).containsExactly("read", "write");
			passUntil(() -> peer.poll().text().equals("ping"));
		}

		@Test
		void whenSocketIsFullWaitsUntilThereIsRoomAgain() throws IOException {
			Peer peer = keep(Peer.withSmallBuffers());
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.writable = () -> true;
			int[] last = new int[] { 65536 };
			channel.on("write", (self) -> last[0] = self.send(new byte[65536]));
			// nobody reads: in the end no more is taken
			passUntil(() -> last[0] < 65536);
			settle(channel);
			int events = channel.events.size();
			for (int i = 0; i < 20; i++) {
				Loopback.onePass(this.map, false, Duration.ZERO);
			}
			assertThat(channel.events).hasSize(events);
			passUntil(() -> peer.poll() != null && channel.events.size() > events);
			assertThat(last[0]).isPositive();
		}

		// the system may still find room for a moment
		private void settle(Scripted channel) throws IOException {
			int before;
			do {
				before = channel.events.size();
				for (int i = 0; i < 5; i++) {
					Loopback.onePass(this.map, false, Duration.ofMillis(20));
				}
			}
			while (channel.events.size() > before);
		}

		@ParameterizedTest
		@ValueSource(booleans = { false, true })
		void muchDataToSlowReaderArrivesComplete(boolean usePoll) throws IOException {
			Peer peer = keep(Peer.withSmallBuffers());
			byte[] data = random(4_000_000);
			ByteBuffer left = ByteBuffer.wrap(data);
			int[] shortWrites = new int[1];
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.writable = left::hasRemaining;
			channel.on("write", (self) -> {
				int before = left.position();
				int count = self.send(left);
				assertThat(left.position()).isEqualTo(before + count);
				shortWrites[0] += left.hasRemaining() ? 1 : 0;
			});
			Loopback.passUntil(this.map, usePoll, () -> peer.poll().count() >= data.length);
			assertThat(Arrays.mismatch(peer.bytes(), data)).isEqualTo(-1);
			assertThat(shortWrites[0]).isPositive();
			assertThat(channel.failures).isEmpty();
		}

		@Test
		void muchDataInBothDirectionsArrivesComplete() throws IOException {
			Peer peer = keep(Peer.withSmallBuffers());
			byte[] out = random(1_000_000);
			byte[] in = random(1_000_001);
			ByteArrayOutputStream received = new ByteArrayOutputStream();
			ByteBuffer left = ByteBuffer.wrap(out);
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.on("read", (self) -> received.writeBytes(self.recv(3000)));
			channel.writable = left::hasRemaining;
			channel.on("write", (self) -> self.send(left));
			peer.send(in);
			passUntil(() -> peer.poll().count() >= out.length && received.size() >= in.length);
			assertThat(Arrays.mismatch(peer.bytes(), out)).isEqualTo(-1);
			assertThat(Arrays.mismatch(received.toByteArray(), in)).isEqualTo(-1);
		}

		@Test
		void whenOnlyWritableIsOverriddenTheDefaultHandleWriteIsNotCalled() throws IOException {
			int[] asked = new int[1];
			try (CapturedLog log = new CapturedLog()) {
				new Dispatcher(peer().near(), this.map) {

					@Override
					protected boolean writable() {
						asked[0]++;
						return true;
					}

					@Override
					protected Set<String> ignoreLogTypes() {
						return Set.of();
					}

				};
				for (int i = 0; i < 5; i++) {
					Loopback.onePass(this.map, false, Duration.ofMillis(1));
				}
				assertThat(log.warnings()).isEmpty();
			}
			assertThat(asked[0]).isPositive();
		}

	}

	/**
	 * Buffers.
	 */
	@Nested
	class Point10 {

		private final ChannelMap map = DispatcherTransferTests.this.map;

		@Test
		void sendAdvancesThePositionByWhatWasTaken() throws IOException {
			Peer peer = keep(Peer.withSmallBuffers());
			Scripted channel = new Scripted(peer.near(), this.map);
			byte[] bytes = random(2_000_000);
			ByteBuffer data = ByteBuffer.wrap(bytes).position(100).limit(1_900_000);
			int count = channel.send(data);
			assertThat(count).isPositive().isLessThan(1_800_000);
			assertThat(data.position()).isEqualTo(100 + count);
			assertThat(data.limit()).isEqualTo(1_900_000);
			passUntil(() -> peer.poll().count() >= count);
			assertThat(Arrays.mismatch(peer.bytes(), Arrays.copyOfRange(bytes, 100, 100 + count))).isEqualTo(-1);
		}

		@Test
		void whenFullSendTakesNothing() throws IOException {
			Peer peer = keep(Peer.withSmallBuffers());
			Scripted channel = new Scripted(peer.near(), this.map);
			int zeros = 0;
			for (int i = 0; i < 10_000 && zeros < 10; i++) {
				zeros += (channel.send(new byte[10_000]) == 0) ? 1 : 0;
			}
			ByteBuffer data = ByteBuffer.allocate(10);
			assertThat(channel.send(data)).isZero();
			assertThat(data.position()).isZero();
			assertThat(channel.connected()).isTrue();
			assertThat(channel.events).isEmpty();
		}

		@Test
		void whenConnectingSendAndRecvReturnNothing() throws IOException {
			Scripted server = Scripted.listening(this.map);
			Scripted channel = Scripted.connecting(this.map, server.localAddress());
			assertThat(channel.send(new byte[10])).isZero();
			assertThat(channel.recv(10)).isEmpty();
			assertThat(channel.recv(ByteBuffer.allocate(10))).isZero();
			assertThat(channel.events).isEmpty();
			passUntil(channel::connected);
		}

		@Test
		void arrayIsTheCallersAgainWhenSendReturns() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			byte[] data = "before".getBytes();
			assertThat(channel.send(data)).isEqualTo(6);
			Arrays.fill(data, (byte) 'x');
			passUntil(() -> peer.poll().count() == 6);
			assertThat(peer.text()).isEqualTo("before");
		}

		@Test
		void directAndReadOnlyBuffersCanBeSent() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			assertThat(channel.send(ByteBuffer.allocateDirect(3).put("abc".getBytes()).flip())).isEqualTo(3);
			assertThat(channel.send(ByteBuffer.wrap("def".getBytes()).asReadOnlyBuffer())).isEqualTo(3);
			passUntil(() -> peer.poll().text().equals("abcdef"));
		}

		@Test
		void emptyDataIsNothing() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			assertThat(channel.send(new byte[0])).isZero();
			assertThat(channel.recv(0)).isEmpty();
			assertThat(channel.recv(ByteBuffer.allocate(0))).isZero();
			assertThat(channel.events).isEmpty();
		}

		@Test
		void recvFillsTheBufferBetweenPositionAndLimit() throws IOException {
			Peer peer = peer();
			List<Integer> counts = new ArrayList<>();
			ByteBuffer buffer = ByteBuffer.allocate(20).position(3).limit(7);
			new Scripted(peer.near(), this.map).on("read", (self) -> counts.add(self.recv(buffer)));
			peer.send("123456");
			passUntil(() -> !counts.isEmpty());
			assertThat(counts.get(0)).isEqualTo(4);
			assertThat(buffer.position()).isEqualTo(7);
			assertThat(buffer.limit()).isEqualTo(7);
			assertThat(new String(buffer.array(), 0, 8)).isEqualTo("\0\0\0" + "1234" + "\0");
		}

		@Test
		void recvIntoLargeHeapBufferLeavesItsLimit() throws IOException {
			Peer peer = peer();
			ByteBuffer buffer = ByteBuffer.allocate(1_000_000);
			new Scripted(peer.near(), this.map).on("read", (self) -> self.recv(buffer));
			peer.send("12");
			passUntil(() -> buffer.position() == 2);
			assertThat(buffer.limit()).isEqualTo(1_000_000);
		}

		@Test
		void recvReturnsNoMoreThanAskedFor() throws IOException {
			Peer peer = peer();
			List<String> pieces = new ArrayList<>();
			new Scripted(peer.near(), this.map).on("read", (self) -> pieces.add(new String(self.recv(4))));
			peer.send("0123456789");
			passUntil(() -> pieces.size() >= 3);
			assertThat(pieces).containsExactly("0123", "4567", "89");
		}

		@Test
		void arrayOfRecvIsTheCallersToKeep() throws IOException {
			Peer peer = peer();
			List<byte[]> pieces = new ArrayList<>();
			new Scripted(peer.near(), this.map).on("read", (self) -> pieces.add(self.recv(2)));
			peer.send("abcdef");
			passUntil(() -> pieces.size() >= 3);
			assertThat(pieces).containsExactly("ab".getBytes(), "cd".getBytes(), "ef".getBytes());
		}

		@Test
		void recvOfHugeSizeDoesNotTakeHugeMemory() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map).on("read",
					(self) -> self.receive(Integer.MAX_VALUE));
			peer.send("small");
			passUntil(() -> channel.received.toString().equals("small"));
			assertThat(channel.failures).isEmpty();
			// outside of the loop too
			assertThat(channel.recv(Integer.MAX_VALUE)).isEmpty();
		}

		@Test
		void recvOfNegativeSizeIsIllegal() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			assertThatIllegalArgumentException().isThrownBy(() -> channel.recv(-1))
				.withMessageContainingAll("bufferSize", "-1");
		}

	}

	/**
	 * Latency.
	 */
	@Nested
	class Point11 {

		private final ChannelMap map = DispatcherTransferTests.this.map;

		@Test
		void connectedSocketsHaveNoDelay() throws IOException {
			Scripted server = Scripted.listening(this.map);
			Scripted channel = Scripted.connecting(this.map, server.localAddress());
			passUntil(channel::connected);
			assertThat(noDelay(channel)).isTrue();
		}

		@Test
		void socketsConnectedByNameHaveNoDelay() throws IOException {
			try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
				Scripted channel = new Scripted(this.map);
				channel.createSocket(StandardProtocolFamily.INET);
				channel.connect("localhost", server.socket().getLocalPort());
				passUntil(channel::connected);
				assertThat(noDelay(channel)).isTrue();
			}
		}

		@Test
		void acceptedSocketsHaveNoDelay() throws IOException {
			Scripted server = Scripted.listening(this.map);
			assertThat(accept(server).getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
		}

		@Test
		void socketsAcceptedByAdoptedListenerHaveNoDelay() throws IOException {
			ServerSocketChannel socket = ServerSocketChannel.open().bind(Loopback.anyPort());
			Scripted server = new Scripted(socket, this.map);
			assertThat(accept(server).getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
		}

		@Test
		void whenConfiguredOtherwiseBeforeConnectThatIsKept() throws IOException {
			Scripted server = Scripted.listening(this.map);
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			channel.setOption(StandardSocketOptions.TCP_NODELAY, false);
			channel.connect(server.localAddress());
			passUntil(channel::connected);
			assertThat(noDelay(channel)).isFalse();
		}

		@Test
		void whenConfiguredOtherwiseBeforeListenThatIsKept() throws IOException {
			Scripted server = new Scripted(this.map);
			server.createSocket();
			server.setOption(StandardSocketOptions.TCP_NODELAY, false);
			server.bind(Loopback.anyPort());
			server.listen(5);
			assertThat(accept(server).getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
		}

		@Test
		void whenConfiguredOtherwiseAfterListenThatIsKept() throws IOException {
			Scripted server = Scripted.listening(this.map);
			server.setOption(StandardSocketOptions.TCP_NODELAY, false);
			assertThat(accept(server).getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
		}

		@Test
		void otherOptionsOfConnectionsAreSetOnAcceptedSockets() throws IOException {
			Scripted server = Scripted.listening(this.map);
			server.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
			assertThat(accept(server).getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
		}

		private SocketChannel accept(Scripted server) throws IOException {
			List<SocketChannel> accepted = new ArrayList<>();
			server.onAccepted(accepted::add);
			keep(Peer.connectTo(server.localAddress()));
			passUntil(() -> !accepted.isEmpty());
			return keep(accepted.get(0));
		}

		private static boolean noDelay(Dispatcher channel) throws IOException {
			return ((SocketChannel) channel.socket()).getOption(StandardSocketOptions.TCP_NODELAY);
		}

	}

	/**
	 * Out-of-band data.
	 */
	@Nested
	class Point12 {

		private final ChannelMap map = DispatcherTransferTests.this.map;

		@Test
		@DisabledIfSystemProperty(named = "test.transport", matches = "filtered",
				disabledReason = "urgent data would go past the filters")
		void urgentByteArrivesInOrderAtPeerThatTakesItInline() throws IOException {
			Peer peer = peer();
			peer.socket().socket().setOOBInline(true);
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.send("a".getBytes());
			channel.sendUrgent(0x1F4);
			channel.send("b".getBytes());
			passUntil(() -> peer.poll().count() == 3);
			assertThat(peer.text()).isEqualTo("a\u00f4b");
		}

		@Test
		@DisabledIfSystemProperty(named = "test.transport", matches = "filtered",
				disabledReason = "urgent data would go past the filters")
		void urgentByteIsNotInlineAtPeerThatDoesNotTakeItSo() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.send("a".getBytes());
			channel.sendUrgent('!');
			channel.send("b".getBytes());
			passUntil(() -> peer.poll().text().endsWith("b"));
			assertThat(peer.text()).isEqualTo("ab");
		}

		@Test
		void withoutSocketSendUrgentIsIllegal() {
			assertThatIllegalStateException().isThrownBy(() -> new Scripted(this.map).sendUrgent(1))
				.withMessageContaining("createSocket()");
		}

		@Test
		void onDatagramSocketSendUrgentIsUnsupported() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
			assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> channel.sendUrgent(1));
		}

		@Test
		void recvUrgentIsUnsupportedAndSaysWhy() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(channel::recvUrgent)
				.withMessageContaining("java.nio");
		}

		@Test
		void classThatOverridesHandleExptIsWarnedOfOnce() throws IOException {
			try (CapturedLog log = new CapturedLog()) {
				for (int i = 0; i < 3; i++) {
					new Expecting(this.map).createSocket();
				}
				new ExpectingMore(peer().near(), this.map).close();
				assertThat(log.warnings()).hasSize(2).allMatch((line) -> line.contains("handleExpt()"));
				assertThat(log.warnings().get(0)).contains(Expecting.class.getName());
				assertThat(log.warnings().get(1)).contains(ExpectingMore.class.getName());
			}
		}

		@Test
		void classThatDoesNotOverrideHandleExptIsNotWarnedOf() throws IOException {
			try (CapturedLog log = new CapturedLog()) {
				new Scripted(this.map).createSocket();
				assertThat(log.warnings()).isEmpty();
			}
		}

	}

	private static class Expecting extends Dispatcher {

		Expecting(ChannelMap map) {
			super(map);
		}

		Expecting(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleExpt() {
		}

	}

	private static final class ExpectingMore extends Expecting {

		ExpectingMore(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

	}

}
