package io.asyncore;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Datagrams without content, such as heartbeats: they are sent and received like others.
 */
@Timeout(60)
class EmptyDatagramTests {

	private final ChannelMap map = new ChannelMap();

	private DatagramSocket peer;

	@BeforeEach
	void open() throws IOException {
		this.peer = new DatagramSocket(0, InetAddress.getByName("127.0.0.1"));
		this.peer.setSoTimeout((int) Loopback.BOUND.toMillis());
	}

	@AfterEach
	void close() throws IOException {
		this.peer.close();
		Asyncore.closeAll(this.map, true);
	}

	@ParameterizedTest
	@EnumSource
	void isSent(Way way) throws Exception {
		Dispatcher sender = way.open(this.map);
		connect(sender);
		for (int i = 0; i < 3; i++) {
			way.send(sender, this.peer.getLocalSocketAddress());
			assertReceives(0, sender.localAddress());
		}
		sender.send(new byte[] { 'x' });
		assertReceives(1, sender.localAddress());
		assertThat(ChannelSnapshot.of(sender).sent()).isOne();
		assertThat(sender.getOption(StandardSocketOptions.SO_REUSEADDR)).isFalse();
	}

	@ParameterizedTest
	@EnumSource
	void isSentByABoundSocket(Way way) throws Exception {
		Dispatcher sender = way.open(this.map);
		sender.bind(new InetSocketAddress(way.wildcard, 0));
		connect(sender);
		way.send(sender, this.peer.getLocalSocketAddress());
		assertReceives(0, sender.localAddress());
	}

	@Test
	void isSentByAnotherThread() throws Exception {
		DispatcherWithSend sender = new DispatcherWithSend(this.map);
		sender.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		connect(sender);
		SocketAddress address = sender.localAddress();
		try (LoopThread thread = LoopThread.run(this.map)) {
			sender.send(new byte[0]);
			assertReceives(0, address);
			assertThat(thread.isAlive()).isTrue();
		}
	}

	@Test
	void keepsItsOptions() throws Exception {
		Dispatcher sender = new Dispatcher(this.map);
		sender.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		sender.setOption(StandardSocketOptions.SO_REUSEADDR, true);
		sender.setOption(StandardSocketOptions.SO_REUSEPORT, true);
		connect(sender);
		sender.send(new byte[0]);
		assertReceives(0, sender.localAddress());
		assertThat(sender.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
		assertThat(sender.getOption(StandardSocketOptions.SO_REUSEPORT)).isTrue();
	}

	@Test
	void whatHasArrivedIsStillThere() throws Exception {
		Receiver receiver = new Receiver(this.map);
		receiver.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		connect(receiver);
		SocketAddress own = receiver.localAddress();
		for (int i = 0; i < 100; i++) {
			this.peer.send(new DatagramPacket(new byte[i], i, own));
			receiver.send(new byte[0]);
		}
		Loopback.passUntil(this.map, () -> receiver.lengths.size() == 100);
		assertThat(receiver.lengths).isSorted().startsWith(0, 1, 2).endsWith(99);
		assertThat(receiver.senders).containsOnly(this.peer.getLocalSocketAddress());
	}

	@Test
	void whatGoesElsewhereIsRefusedAsOthersAre() throws Exception {
		Dispatcher sender = new Dispatcher(this.map);
		sender.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(() -> sender.send(new byte[0]));
		connect(sender);
		InetSocketAddress other = new InetSocketAddress("127.0.0.2", this.peer.getLocalPort());
		assertThatExceptionOfType(AlreadyConnectedException.class)
			.isThrownBy(() -> sender.sendTo(ByteBuffer.allocate(0), other));
	}

	@Test
	void countsAsDoneInHandleWrite() throws IOException {
		int[] left = { 200 };
		Dispatcher sender = new Dispatcher(this.map) {
			@Override
			protected boolean writable() {
				return left[0] > 0;
			}

			@Override
			protected void handleWrite() throws IOException {
				left[0]--;
				sendTo(ByteBuffer.allocate(0), EmptyDatagramTests.this.peer.getLocalSocketAddress());
			}
		};
		try (CapturedLog log = new CapturedLog()) {
			sender.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
			Loopback.passUntil(this.map, () -> left[0] == 0);
			assertThat(log.warnings()).isEmpty();
		}
	}

	@Test
	void aStreamSendsNothing() throws Exception {
		try (Loopback.Pair pair = Loopback.pair()) {
			Dispatcher channel = new Dispatcher(pair.near(), this.map);
			assertThat(channel.send(new byte[0])).isZero();
			pair.far().configureBlocking(false);
			assertThat(pair.far().read(ByteBuffer.allocate(1))).isZero();
		}
	}

	private void connect(Dispatcher sender) throws IOException {
		sender.connect(this.peer.getLocalSocketAddress());
		Loopback.passUntil(this.map, sender::connected);
	}

	private void assertReceives(int length, SocketAddress sender) throws IOException {
		DatagramPacket packet = new DatagramPacket(new byte[9], 9);
		this.peer.receive(packet);
		assertThat(packet.getLength()).isEqualTo(length);
		assertThat(packet.getSocketAddress()).isEqualTo(sender);
	}

	/**
	 * How it is sent.
	 */
	enum Way {

		ARRAY, BUFFER, DIRECT, TRY_SEND, SEND_TO, ADOPTED, IPV6("::"), DATAGRAM_DISPATCHER, DISPATCHER_WITH_SEND;

		final String wildcard;

		Way() {
			this("0.0.0.0");
		}

		Way(String wildcard) {
			this.wildcard = wildcard;
		}

		Dispatcher open(ChannelMap map) throws IOException {
			Dispatcher sender = switch (this) {
				case DATAGRAM_DISPATCHER -> new DatagramDispatcher(map);
				case DISPATCHER_WITH_SEND -> new DispatcherWithSend(map);
				default -> new Dispatcher(map);
			};
			if (this == ADOPTED) {
				sender.setSocket(DatagramChannel.open(StandardProtocolFamily.INET));
			}
			else {
				sender.createSocket((this == IPV6) ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET,
						SocketType.DATAGRAM);
			}
			return sender;
		}

		void send(Dispatcher sender, SocketAddress target) throws IOException {
			int count = switch (this) {
				case BUFFER -> sender.send(ByteBuffer.allocate(0));
				case DIRECT -> sender.send(ByteBuffer.allocateDirect(0));
				case TRY_SEND -> sender.trySend(ByteBuffer.allocate(0));
				case SEND_TO -> sender.sendTo(ByteBuffer.allocate(0), target);
				default -> sender.send(new byte[0]);
			};
			assertThat(count).isZero();
		}

	}

	/**
	 * Notes what it receives.
	 */
	private static final class Receiver extends DatagramDispatcher {

		private final List<Integer> lengths = new ArrayList<>();

		private final List<SocketAddress> senders = new ArrayList<>();

		Receiver(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleDatagram(ByteBuffer data, SocketAddress sender) {
			this.lengths.add(data.remaining());
			this.senders.add(sender);
		}

	}

}
