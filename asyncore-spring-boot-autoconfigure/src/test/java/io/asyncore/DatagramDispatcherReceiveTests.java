package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a {@link DatagramDispatcher} receives.
 */
@Timeout(60)
class DatagramDispatcherReceiveTests {

	private static final int LARGEST = 65507;

	private final ChannelMap map = new ChannelMap();

	private Datagrams server;

	private DatagramChannel client;

	@BeforeEach
	void open() throws IOException {
		this.server = new Datagrams(this.map);
		this.server.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		this.server.setOption(StandardSocketOptions.SO_RCVBUF, 1 << 20);
		this.server.bind(Loopback.anyPort());
		this.client = DatagramChannel.open(StandardProtocolFamily.INET).bind(Loopback.anyPort());
	}

	@AfterEach
	void close() throws IOException {
		this.client.close();
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void handlesEachDatagramWithItsSender() throws IOException {
		send("one", "", "two");
		passUntilReceived(3);
		assertThat(this.server.received).containsExactly("one", "", "two");
		assertThat(this.server.senders).containsOnly(this.client.getLocalAddress());
	}

	@Test
	void cutsNothingOffTheLargestDatagram() throws IOException {
		byte[] data = new byte[LARGEST];
		Arrays.fill(data, (byte) 'x');
		this.client.setOption(StandardSocketOptions.SO_SNDBUF, 1 << 20);
		this.client.send(ByteBuffer.wrap(data), this.server.localAddress());
		passUntilReceived(1);
		assertThat(this.server.received.get(0)).hasSize(LARGEST);
	}

	@Test
	void receivesABoundedNumberInOnePass() throws IOException {
		send(IntStream.range(0, 100).mapToObj(String::valueOf).toArray(String[]::new));
		Loopback.onePass(this.map, false, Duration.ofSeconds(1));
		assertThat(this.server.received).hasSize(DatagramDispatcher.BATCH);
		passUntilReceived(100);
		assertThat(this.server.received).startsWith("0", "1").endsWith("98", "99");
	}

	@Test
	void buffersAreTheLoopsAndLookAlike() throws IOException {
		this.server.action = (data) -> {
			assertThat(data.isDirect()).isTrue();
			assertThat(data.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
			assertThat(data.position()).isZero();
			data.order(ByteOrder.LITTLE_ENDIAN).limit(data.capacity());
		};
		send("one", "two");
		passUntilReceived(2);
		assertThat(this.server.failures).isEmpty();
	}

	@Test
	void whileAsMuchOffloadedWorkWaitsAsMayLeavesTheRest() throws Exception {
		this.map.eventLoop().setMaxQueuedOffloads(2);
		try (Gate gate = new Gate()) {
			this.server.action = (data) -> this.server.offload(gate::pass);
			send(IntStream.range(0, 50).mapToObj(String::valueOf).toArray(String[]::new));
			Loopback.passUntil(this.map, this.server::offloadFull);
			gate.awaitArrival();
			for (int i = 0; i < 10; i++) {
				Loopback.onePass(this.map, false, Duration.ofMillis(1));
			}
			// one is under way and two wait
			assertThat(this.server.received).hasSize(3);
			gate.stayOpen();
			passUntilReceived(50);
		}
	}

	@Test
	void whenNotReadableLeavesTheRest() throws IOException {
		this.server.most = 2;
		send("one", "two", "three");
		passUntilReceived(2);
		Loopback.onePass(this.map, false, Duration.ZERO);
		assertThat(this.server.received).containsExactly("one", "two");
		this.server.most = 3;
		passUntilReceived(3);
	}

	@Test
	void whenALoopInsideAHandlerHandlesAnotherDatagramTheFailureOfTheOuterOneIsStillOfADatagram() throws IOException {
		this.server.action = (data) -> {
			if (this.server.received.size() == 1) {
				Asyncore.poll(Duration.ofSeconds(1), this.map);
				throw new IllegalStateException("the outer one");
			}
		};
		send("outer", "inner");
		passUntilReceived(2);
		Loopback.passUntil(this.map, () -> !this.server.failures.isEmpty());
		assertThat(this.server.failures).hasSize(1);
		assertThat(this.server.closed()).isFalse();
	}

	@Test
	void whenATaskFailsGoesOn() throws IOException {
		this.server.callLater(Duration.ZERO, () -> {
			throw new IllegalStateException("a timer");
		});
		Loopback.passUntil(this.map, () -> !this.server.failures.isEmpty());
		assertThat(this.server.closed()).isFalse();
		send("one");
		passUntilReceived(1);
	}

	@Test
	void whenReceivingItselfFailsIsClosed() throws IOException {
		DatagramDispatcher failing = new DatagramDispatcher(this.map) {

			@Override
			protected void handleRead() {
				throw new IllegalStateException("not a datagram's");
			}

		};
		failing.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		failing.bind(Loopback.anyPort());
		this.client.send(ByteBuffer.wrap(new byte[1]), failing.localAddress());
		Loopback.passUntil(this.map, failing::closed);
	}

	@Test
	void whenClosedByTheHandlerReceivesNoMore() throws IOException {
		this.server.action = (data) -> this.server.close();
		send("one", "two");
		Loopback.passUntil(this.map, this.server::closed);
		assertThat(this.server.received).containsExactly("one");
		assertThat(this.server.failures).isEmpty();
	}

	@Test
	void whenTheHandlerFailsHandlesTheOthersAllTheSame() throws IOException {
		this.server.action = (data) -> {
			if (data.remaining() == 4) {
				throw new IllegalStateException("told to fail");
			}
		};
		try (CapturedLog log = new CapturedLog()) {
			send("one", "fail", "two", "fail", "three");
			passUntilReceived(5);
			assertThat(log.errors()).hasSize(2)
				.allMatch((message) -> message.contains("keeping channel") && message.contains("told to fail"));
		}
		assertThat(this.server.received).containsExactly("one", "fail", "two", "fail", "three");
		assertThat(this.server.failures).hasSize(2);
		assertThat(this.server.closed()).isFalse();
	}

	@Test
	void whenTheHandlerFailsTheBufferIsGivenBack() throws IOException {
		List<ByteBuffer> buffers = new ArrayList<>();
		this.server.action = (data) -> {
			buffers.add(data);
			throw new IllegalStateException("told to fail");
		};
		try (CapturedLog log = new CapturedLog()) {
			send("one", "two", "three");
			Loopback.passUntil(this.map, () -> buffers.size() == 3);
			assertThat(log.errors()).hasSize(3);
		}
		// each is a view of the same memory
		buffers.get(0).clear().put(100_000, (byte) 7);
		assertThat(buffers).allMatch((buffer) -> buffer.clear().get(100_000) == 7);
	}

	@Test
	void aNestedLoopHasAnotherBuffer() throws IOException {
		this.server.action = (data) -> {
			if (data.remaining() == 5) {
				Asyncore.loop(Duration.ofSeconds(1), false, this.map, 1);
				assertThat(StandardCharsets.ISO_8859_1.decode(data.duplicate()).toString()).isEqualTo("outer");
			}
		};
		send("outer", "in");
		passUntilReceived(2);
		assertThat(this.server.failures).isEmpty();
	}

	@Test
	void whenThePortOfThePeerIsUnreachableStaysOpen() throws IOException {
		Datagrams channel = new Datagrams(this.map);
		channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		channel.bind(Loopback.anyPort());
		SocketAddress peer = this.client.getLocalAddress();
		channel.connect(peer);
		Loopback.passUntil(this.map, channel::connected);
		this.client.close();
		channel.send(new byte[1]);
		Loopback.onePass(this.map, false, Duration.ofSeconds(1));
		assertThat(channel.failures).isEmpty();
		assertThat(channel.connected()).isTrue();
		this.client = DatagramChannel.open(StandardProtocolFamily.INET).bind(peer);
		this.client.send(ByteBuffer.wrap(new byte[] { 'x' }), channel.localAddress());
		Loopback.passUntil(this.map, () -> channel.received.contains("x"));
	}

	@Test
	void broadcastsIfAllowedTo() throws IOException {
		this.server.setOption(StandardSocketOptions.SO_BROADCAST, true);
		InetSocketAddress everybody = new InetSocketAddress(InetAddress.getByName("127.255.255.255"),
				((InetSocketAddress) this.client.getLocalAddress()).getPort());
		assertThat(this.server.sendTo(ByteBuffer.wrap(new byte[3]), everybody)).isEqualTo(3);
	}

	@Test
	void byDefaultLogsAWarningThatIsIgnored() throws IOException {
		List<String> messages = new ArrayList<>();
		DatagramDispatcher plain = new DatagramDispatcher(
				DatagramChannel.open(StandardProtocolFamily.INET).bind(Loopback.anyPort()), this.map) {

			@Override
			protected void logInfo(String message, String type) {
				messages.add(type + ": " + message);
			}

		};
		this.client.send(ByteBuffer.wrap(new byte[1]), plain.localAddress());
		Loopback.passUntil(this.map, () -> !messages.isEmpty());
		assertThat(messages).containsExactly("warning: unhandled datagram");
		assertThat(plain.ignoreLogTypes()).contains("warning");
	}

	private void send(String... datagrams) throws IOException {
		for (String datagram : datagrams) {
			this.client.send(StandardCharsets.ISO_8859_1.encode(datagram), this.server.localAddress());
		}
	}

	private void passUntilReceived(int count) throws IOException {
		Loopback.passUntil(this.map, () -> this.server.received.size() >= count);
	}

	/**
	 * What the handler does besides.
	 */
	@FunctionalInterface
	private interface Action {

		void on(ByteBuffer data) throws Exception;

	}

	private static final class Datagrams extends DatagramDispatcher {

		private final List<String> received = new ArrayList<>();

		private final List<SocketAddress> senders = new ArrayList<>();

		private final List<Throwable> failures = new ArrayList<>();

		private Action action = (data) -> {
		};

		private int most = Integer.MAX_VALUE;

		Datagrams(ChannelMap map) {
			super(map);
		}

		@Override
		protected boolean readable() {
			return this.received.size() < this.most;
		}

		@Override
		protected void handleDatagram(ByteBuffer data, SocketAddress sender) throws Exception {
			this.received.add(StandardCharsets.ISO_8859_1.decode(data.duplicate()).toString());
			this.senders.add(sender);
			this.action.on(data);
		}

		@Override
		protected void handleError(Throwable failure) throws Exception {
			this.failures.add(failure);
			super.handleError(failure);
		}

	}

}
