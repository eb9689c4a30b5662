package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.metrics.EventLoopMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for the states of a {@link Dispatcher} with a datagram socket, and for its
 * limits.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramStateTests extends ConnectingFixture {

	// RFC 768 and RFC 791: 65,535 less the headers
	private static final int LONGEST = 65_507;

	// bound

	@Test
	void isBoundWhenItHasAnAddress() throws IOException {
		Receiver channel = open(StandardProtocolFamily.INET);
		assertThat(state(channel)).isEqualTo(ChannelState.CREATED);
		channel.bind(Loopback.anyPort());
		assertThat(state(channel)).isEqualTo(ChannelState.BOUND);
		assertThat(channel.connected()).isFalse();
		assertThat(channel.connecting()).isFalse();
		assertThat(channel.accepting()).isFalse();
		assertThat(channel.closed()).isFalse();
		assertThat(channel.toString()).contains(":" + Loopback.port(channel) + " at 0x");
		assertThatIllegalStateException().isThrownBy(() -> channel.bind(Loopback.anyPort()))
			.withMessageContaining("bound");
		assertThatIllegalStateException().isThrownBy(() -> channel.listen(1)).withMessageContaining("bound");
		channel.close();
		assertThat(state(channel)).isEqualTo(ChannelState.CLOSED);
	}

	@Test
	void isBoundWhenItHasSent() throws IOException {
		Receiver server = bound();
		Receiver client = open(StandardProtocolFamily.INET);
		client.sendTo(ByteBuffer.allocate(0), server.localAddress());
		assertThat(state(client)).isEqualTo(ChannelState.BOUND);
		assertThat(Loopback.port(client)).isPositive();
		Loopback.passUntil(this.map, () -> !server.senders.isEmpty());
		assertThat(server.lengths).containsExactly(0);
		assertThat(((InetSocketAddress) server.senders.get(0)).getPort()).isEqualTo(Loopback.port(client));
	}

	@Test
	void isBoundWhenTheChannelThatItIsGivenIs() throws IOException {
		Receiver channel = new Receiver(this.map);
		channel.setSocket(DatagramChannel.open());
		assertThat(state(channel)).isEqualTo(ChannelState.CREATED);
		DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET).bind(Loopback.anyPort());
		channel.setSocket(socket);
		assertThat(state(channel)).isEqualTo(ChannelState.BOUND);
		assertThat(channel.addr()).isEqualTo(socket.getLocalAddress());
		bound().sendTo(ByteBuffer.allocate(3), socket.getLocalAddress());
		Loopback.passUntil(this.map, () -> !channel.lengths.isEmpty());
		assertThat(channel.lengths).containsExactly(3);
	}

	@Test
	void metersSayBound() throws IOException {
		SimpleMeterRegistry registry = new SimpleMeterRegistry();
		try (EventLoopMetrics metrics = new EventLoopMetrics(this.map.eventLoop())) {
			metrics.bindTo(registry);
			Receiver channel = bound();
			channel.setChannelName("datagrams");
			bound().sendTo(ByteBuffer.allocate(3), channel.localAddress());
			Loopback.passUntil(this.map, () -> !channel.lengths.isEmpty());
			assertThat(registry.get("asyncore.channels").tags("channel", "datagrams", "state", "bound").gauge().value())
				.isEqualTo(1);
			assertThat(ChannelState.BOUND.label()).isEqualTo("bound");
		}
	}

	@Test
	void gracefulStopWaitsForTheOutputOfABoundOne() throws Exception {
		Receiver client = bound();
		try (DatagramChannel server = DatagramChannel.open(StandardProtocolFamily.INET).bind(Loopback.anyPort())) {
			server.configureBlocking(false);
			for (int i = 0; i < 10; i++) {
				client.output.add(server.getLocalAddress());
			}
			this.map.eventLoop().shutdown(Loopback.BOUND);
			this.map.eventLoop().run();
			assertThat(client.closed()).isTrue();
			ByteBuffer buffer = ByteBuffer.allocate(10);
			for (int i = 0; i < 10; i++) {
				assertThat(server.receive(buffer.clear())).isNotNull();
			}
		}
	}

	@Test
	void whenNotConnectedSendSaysSo() throws IOException {
		Receiver channel = bound();
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(() -> channel.send(new byte[1]));
		assertThat(state(channel)).isEqualTo(ChannelState.BOUND);
	}

	// connecting

	@Test
	void connectsAfterBindAndHearsOnlyItsPeer() throws IOException {
		Receiver server = bound();
		Receiver stranger = bound();
		Receiver client = bound();
		SocketAddress local = client.localAddress();
		client.connect(server.localAddress());
		assertThat(client.connecting()).isTrue();
		passUntilOver(client);
		assertThat(client.connects).isEqualTo(1);
		assertThat(client.localAddress()).isEqualTo(local);
		stranger.sendTo(ByteBuffer.allocate(1), local);
		server.sendTo(ByteBuffer.allocate(2), local);
		Loopback.passUntil(this.map, () -> !client.lengths.isEmpty());
		passes(3);
		assertThat(client.lengths).containsExactly(2);
		assertThat(client.send(new byte[3])).isEqualTo(3);
		Loopback.passUntil(this.map, () -> !server.lengths.isEmpty());
		assertThat(server.senders).containsExactly(local);
		assertThatIllegalStateException().isThrownBy(() -> client.connect(server.localAddress()));
	}

	@Test
	void whenTheFirstAddressIsImpossibleTheNextIsTakenAndTheOwnAddressKept() throws IOException {
		Receiver server = bound();
		Receiver client = open(StandardProtocolFamily.INET6);
		client.setOption(StandardSocketOptions.SO_RCVBUF, 20_000);
		client.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
		int receive = client.getOption(StandardSocketOptions.SO_RCVBUF);
		SocketAddress local = client.localAddress();
		passes(2);
		// not from an address of the other family
		this.resolver.knows(HOST, "::1", "127.0.0.1");
		client.connect(HOST, Loopback.port(server));
		passUntilOver(client);
		assertThat(client.failures).isEmpty();
		assertThat(client.connects).isEqualTo(1);
		assertThat(remote(client)).isEqualTo("127.0.0.1");
		assertThat(client.localAddress()).isEqualTo(local);
		assertThat(client.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(receive);
		client.send(new byte[4]);
		Loopback.passUntil(this.map, () -> !server.lengths.isEmpty());
		assertThat(server.senders).containsExactly(local);
	}

	@Test
	void whenAllAddressesAreImpossibleTellsOnceAndIsBoundStill() throws IOException {
		Receiver client = open(StandardProtocolFamily.INET6);
		client.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0));
		this.resolver.knows(HOST, "::1", "::1");
		client.connect(HOST, this.port);
		passUntilOver(client);
		passes(3);
		assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
		assertThat(client.failures.get(0).getSuppressed()).hasSize(1);
		assertThat(client.connects).isZero();
		assertThat(state(client)).isEqualTo(ChannelState.BOUND);
	}

	@Test
	void whenTheFamilyIsWrongTells() throws IOException {
		Receiver client = open(StandardProtocolFamily.INET);
		client.connect(new InetSocketAddress("::1", this.port));
		passUntilOver(client);
		assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
	}

	@Test
	void whenConnectedToAnotherSendToIsIllegal() throws IOException {
		Receiver server = bound();
		Receiver client = open(StandardProtocolFamily.INET);
		client.connect(server.localAddress());
		passUntilOver(client);
		assertThat(client.sendTo(ByteBuffer.allocate(5), server.localAddress())).isEqualTo(5);
		assertThatIllegalStateException()
			.isThrownBy(() -> client.sendTo(ByteBuffer.allocate(5), bound().localAddress()));
	}

	// nobody there

	@Test
	void unreachablePortsAreNoReasonToCloseHoweverOften() throws IOException {
		Receiver gone = bound();
		SocketAddress nobody = gone.localAddress();
		gone.close();
		Receiver client = open(StandardProtocolFamily.INET);
		client.connect(nobody);
		passUntilOver(client);
		for (int i = 0; i < 200; i++) {
			// without a read in between: the notice meets the next datagram
			assertThat(client.send(new byte[8])).isEqualTo(8);
			if (i % 3 == 0) {
				assertThat(client.recv(10)).isEmpty();
				assertThat(client.recvFrom(ByteBuffer.allocate(10))).isNull();
			}
		}
		for (int i = 0; i < 20; i++) {
			client.send(new byte[8]);
			passes(1);
		}
		assertThat(client.failures).isEmpty();
		assertThat(client.closed()).isFalse();
		assertThat(client.lengths).isEmpty();
		assertRests(this.map);
		Receiver unconnected = bound();
		for (int i = 0; i < 20; i++) {
			assertThat(unconnected.sendTo(ByteBuffer.allocate(8), nobody)).isEqualTo(8);
			passes(1);
		}
		assertThat(unconnected.failures).isEmpty();
	}

	// lengths

	@Test
	void longestDatagramArrivesAndALongerOneIsRefused() throws IOException {
		Receiver server = bound();
		Receiver client = bound();
		assertThat(client.sendTo(ByteBuffer.allocate(LONGEST), server.localAddress())).isEqualTo(LONGEST);
		Loopback.passUntil(this.map, () -> !server.lengths.isEmpty());
		assertThatIOException()
			.isThrownBy(() -> client.sendTo(ByteBuffer.allocate(LONGEST + 1), server.localAddress()));
		Receiver connected = open(StandardProtocolFamily.INET);
		connected.connect(server.localAddress());
		passUntilOver(connected);
		assertThatIOException().isThrownBy(() -> connected.send(ByteBuffer.allocate(LONGEST + 1)));
		assertThatIOException().isThrownBy(() -> connected.trySend(ByteBuffer.allocate(LONGEST + 1)));
		assertThat(connected.send(ByteBuffer.allocate(1))).isEqualTo(1);
		assertThat(connected.send(ByteBuffer.allocateDirect(LONGEST))).isEqualTo(LONGEST);
		client.sendTo(ByteBuffer.allocate(2), server.localAddress());
		Loopback.passUntil(this.map, () -> server.lengths.size() == 4);
		assertThat(server.lengths).containsExactly(LONGEST, 1, LONGEST, 2);
		assertThat(client.failures).isEmpty();
		assertThat(connected.connected()).isTrue();
	}

	@Test
	void emptyDatagramsCountAndKeepNobodyBusy() throws IOException {
		Receiver server = bound();
		Receiver client = bound();
		for (int i = 0; i < 3; i++) {
			assertThat(client.sendTo(ByteBuffer.allocate(0), server.localAddress())).isZero();
		}
		Loopback.passUntil(this.map, () -> server.lengths.size() == 3);
		assertThat(server.lengths).containsExactly(0, 0, 0);
		assertThat(server.senders).allMatch(client.localAddress()::equals);
		server.connect(client.localAddress());
		passUntilOver(server);
		client.sendTo(ByteBuffer.allocate(0), server.localAddress());
		Loopback.passUntil(this.map, () -> server.lengths.size() == 4);
		assertThat(server.closed()).isFalse();
		assertRests(this.map);
	}

	@Test
	void broadcastIsAnOption() throws IOException {
		Receiver client = open(StandardProtocolFamily.INET);
		assertThat(client.getOption(StandardSocketOptions.SO_BROADCAST)).isFalse();
		client.setOption(StandardSocketOptions.SO_BROADCAST, true);
		assertThat(client.getOption(StandardSocketOptions.SO_BROADCAST)).isTrue();
		client.bind(new InetSocketAddress("127.0.0.1", 0));
		assertThat(client.getOption(StandardSocketOptions.SO_BROADCAST)).isTrue();
	}

	// senders

	@Test
	void tellsTheSenderOfEachDatagram() throws IOException {
		Receiver server = bound();
		List<SocketAddress> expected = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			Receiver client = bound();
			client.sendTo(ByteBuffer.allocate(i), server.localAddress());
			expected.add(client.localAddress());
		}
		Loopback.passUntil(this.map, () -> server.senders.size() == 100);
		assertThat(server.senders).isEqualTo(expected);
		assertThat(server.lengths).isSorted().startsWith(0, 1).endsWith(99);
	}

	@Test
	void dualStackTellsSendersOfBothFamilies() throws IOException {
		Receiver server = open(StandardProtocolFamily.INET6);
		server.bind(new InetSocketAddress("::", 0));
		Receiver four = bound();
		Receiver six = open(StandardProtocolFamily.INET6);
		six.bind(new InetSocketAddress("::1", 0));
		int target = Loopback.port(server);
		four.sendTo(ByteBuffer.allocate(4), new InetSocketAddress("127.0.0.1", target));
		Loopback.passUntil(this.map, () -> server.senders.size() == 1);
		six.sendTo(ByteBuffer.allocate(6), new InetSocketAddress("::1", target));
		Loopback.passUntil(this.map, () -> server.senders.size() == 2);
		assertThat(server.senders).containsExactly(four.localAddress(), six.localAddress());
		server.sendTo(ByteBuffer.allocate(1), server.senders.get(0));
		server.sendTo(ByteBuffer.allocate(2), server.senders.get(1));
		Loopback.passUntil(this.map, () -> !four.lengths.isEmpty() && !six.lengths.isEmpty());
		assertThat(four.lengths).containsExactly(1);
		assertThat(six.lengths).containsExactly(2);
	}

	private static ChannelState state(Dispatcher channel) {
		return ChannelSnapshot.of(channel).state();
	}

	private Receiver bound() throws IOException {
		Receiver channel = open(StandardProtocolFamily.INET);
		channel.bind(Loopback.anyPort());
		return channel;
	}

	private Receiver open(StandardProtocolFamily family) throws IOException {
		Receiver channel = new Receiver(this.map);
		channel.createSocket(family, SocketType.DATAGRAM);
		return channel;
	}

	/**
	 * Notes the length and the sender of what it receives; sends a byte to whom it is
	 * told.
	 */
	private static final class Receiver extends Dispatcher {

		private final List<Integer> lengths = new ArrayList<>();

		private final List<SocketAddress> senders = new ArrayList<>();

		private final List<Throwable> failures = new ArrayList<>();

		private final List<SocketAddress> output = new ArrayList<>();

		private int connects;

		Receiver(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleConnect() {
			this.connects++;
		}

		@Override
		protected boolean writable() {
			return !this.output.isEmpty();
		}

		@Override
		protected void handleWrite() throws IOException {
			sendTo(ByteBuffer.allocate(1), this.output.remove(0));
		}

		@Override
		protected void handleRead() throws IOException {
			ByteBuffer buffer = ByteBuffer.allocate(LONGEST + 1);
			SocketAddress sender = recvFrom(buffer);
			if (sender != null) {
				this.senders.add(sender);
				this.lengths.add(buffer.position());
			}
		}

		@Override
		protected void handleError(Throwable failure) {
			this.failures.add(failure);
		}

	}

}
