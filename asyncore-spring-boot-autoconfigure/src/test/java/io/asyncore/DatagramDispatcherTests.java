package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A {@link Dispatcher} with a datagram socket.
 */
@Timeout(60)
class DatagramDispatcherTests {

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void whenNothingIsThereReceivesNull() throws IOException {
		Datagrams channel = bound();
		assertThat(channel.recvFrom(ByteBuffer.allocate(10))).isNull();
		assertThat(channel.recv(10)).isEmpty();
		assertThat(channel.failures).isEmpty();
	}

	@Test
	void receivesDatagramAndItsSender() throws IOException {
		Datagrams server = bound();
		Datagrams client = bound();
		assertThat(client.sendTo(bytes("hello"), server.localAddress())).isEqualTo(5);
		Loopback.passUntil(this.map, () -> !server.received.isEmpty());
		assertThat(server.received).containsExactly("hello");
		assertThat(server.senders).containsExactly(client.localAddress());
	}

	@Test
	void keepsDatagramsApart() throws IOException {
		Datagrams server = bound();
		Datagrams client = bound();
		client.sendTo(bytes("one"), server.localAddress());
		client.sendTo(bytes("two"), server.localAddress());
		Loopback.passUntil(this.map, () -> server.received.size() == 2);
		assertThat(server.received).containsExactly("one", "two");
	}

	@Test
	void whatDoesNotFitIsLost() throws IOException {
		Datagrams server = bound();
		server.size = 3;
		Datagrams client = bound();
		client.sendTo(bytes("hello"), server.localAddress());
		client.sendTo(bytes("you"), server.localAddress());
		Loopback.passUntil(this.map, () -> server.received.size() == 2);
		assertThat(server.received).containsExactly("hel", "you");
	}

	@Test
	void answersTheSender() throws IOException {
		Datagrams server = bound();
		server.answers = true;
		Datagrams client = bound();
		client.sendTo(bytes("ping"), server.localAddress());
		Loopback.passUntil(this.map, () -> !client.received.isEmpty());
		assertThat(client.received).containsExactly("ping");
		assertThat(client.senders).containsExactly(server.localAddress());
	}

	@Test
	void sendToAdvancesThePosition() throws IOException {
		Datagrams server = bound();
		ByteBuffer data = bytes("0123456789").position(2).limit(6);
		assertThat(bound().sendTo(data, server.localAddress())).isEqualTo(4);
		assertThat(data.position()).isEqualTo(6);
		Loopback.passUntil(this.map, () -> !server.received.isEmpty());
		assertThat(server.received).containsExactly("2345");
	}

	@Test
	void emptyDatagramIsReceivedToo() throws IOException {
		Datagrams server = bound();
		Datagrams client = bound();
		assertThat(client.sendTo(ByteBuffer.allocate(0), server.localAddress())).isZero();
		Loopback.passUntil(this.map, () -> !server.received.isEmpty());
		assertThat(server.received).containsExactly("");
		assertThat(server.senders).containsExactly(client.localAddress());
	}

	@Test
	void withoutBindCanSendAndIsAnswered() throws IOException {
		Datagrams server = bound();
		server.answers = true;
		Datagrams client = open();
		Loopback.onePass(this.map, false, Duration.ZERO);
		client.sendTo(bytes("ping"), server.localAddress());
		Loopback.passUntil(this.map, () -> !client.received.isEmpty());
		assertThat(client.received).containsExactly("ping");
	}

	@Test
	void connectedToPeerSendsAndReceivesWithoutAddress() throws IOException {
		Datagrams server = bound();
		server.answers = true;
		Datagrams client = open();
		client.connect(server.localAddress());
		Loopback.passUntil(this.map, client::connected);
		assertThat(client.remoteAddress()).isEqualTo(server.localAddress());
		assertThat(client.connects).isEqualTo(1);
		client.plain = true;
		assertThat(client.send(bytes("ping"))).isEqualTo(4);
		Loopback.passUntil(this.map, () -> !client.received.isEmpty());
		assertThat(client.received).containsExactly("ping");
	}

	@Test
	void whenPortIsUnreachableStaysOpenAndSilentAboutIt() throws IOException {
		Datagrams gone = bound();
		SocketAddress nobody = gone.localAddress();
		gone.close();
		Datagrams client = open();
		client.connect(nobody);
		Loopback.passUntil(this.map, client::connected);
		for (int i = 0; i < 3; i++) {
			assertThat(client.send(bytes("anybody?"))).isEqualTo(8);
			int reads = client.reads;
			// the notice that it did not arrive wakes the channel up
			Loopback.passUntil(this.map, () -> client.reads > reads);
		}
		assertThat(client.received).isEmpty();
		assertThat(client.failures).isEmpty();
		assertThat(client.closes).isZero();
		assertThat(client.connected()).isTrue();
	}

	@Test
	void whenPortIsUnreachableRecvReturnsNothing() throws IOException {
		Datagrams gone = bound();
		SocketAddress nobody = gone.localAddress();
		gone.close();
		Datagrams client = open();
		client.plain = true;
		client.connect(nobody);
		Loopback.passUntil(this.map, client::connected);
		client.send(bytes("anybody?"));
		Loopback.passUntil(this.map, () -> client.reads > 0);
		assertThat(client.failures).isEmpty();
		assertThat(client.closes).isZero();
		assertThat(client.connected()).isTrue();
	}

	@Test
	void whenPortWasUnreachableAndIsThereAgainDatagramsArrive() throws IOException {
		Datagrams server = bound();
		SocketAddress address = server.localAddress();
		server.close();
		Datagrams client = open();
		client.connect(address);
		Loopback.passUntil(this.map, client::connected);
		client.send(bytes("lost"));
		server.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		server.bind(address);
		assertThat(client.send(bytes("found"))).isEqualTo(5);
		Loopback.passUntil(this.map, () -> !server.received.isEmpty());
		assertThat(server.received).containsExactly("found");
		assertThat(client.failures).isEmpty();
	}

	@Test
	void tooLongDatagramGoesToHandleErrorAndSendingGoesOn() throws IOException {
		Datagrams server = bound();
		Datagrams client = bound();
		client.output = ByteBuffer.allocate(100_000);
		client.target = server.localAddress();
		Loopback.passUntil(this.map, () -> !client.failures.isEmpty());
		assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
		assertThat(client.closed()).isFalse();
		client.output = bytes("short");
		Loopback.passUntil(this.map, () -> server.received.contains("short"));
	}

	@Test
	void wantsToWriteWithoutPeer() throws IOException {
		Datagrams server = bound();
		Datagrams client = bound();
		client.output = bytes("from handleWrite()");
		client.target = server.localAddress();
		Loopback.passUntil(this.map, () -> !server.received.isEmpty());
		assertThat(server.received).containsExactly("from handleWrite()");
	}

	@Test
	void whenClosedReceivesAndSendsNothing() throws IOException {
		Datagrams server = bound();
		Datagrams client = bound();
		SocketAddress target = server.localAddress();
		client.sendTo(bytes("unread"), target);
		server.close();
		assertThat(server.recvFrom(ByteBuffer.allocate(10))).isNull();
		assertThat(server.sendTo(bytes("x"), target)).isZero();
		Loopback.onePass(this.map, false, Duration.ZERO);
		assertThat(server.reads).isZero();
	}

	@Test
	void adoptsDatagramChannels() throws IOException {
		DatagramChannel socket = DatagramChannel.open(StandardProtocolFamily.INET).bind(Loopback.anyPort());
		Datagrams server = new Datagrams(this.map);
		server.setSocket(socket);
		assertThat(socket.isBlocking()).isFalse();
		assertThat(server.connected()).isFalse();
		assertThat(server.localAddress()).isEqualTo(socket.getLocalAddress());
		bound().sendTo(bytes("x"), server.localAddress());
		Loopback.passUntil(this.map, () -> !server.received.isEmpty());
		DatagramChannel connected = DatagramChannel.open(StandardProtocolFamily.INET);
		connected.connect(server.localAddress());
		Datagrams client = new Datagrams(this.map);
		client.setSocket(connected);
		assertThat(client.connected()).isTrue();
		assertThat(client.addr()).isEqualTo(server.localAddress());
		assertThat(client.connects).isZero();
	}

	@Test
	void worksOverIpv6() throws IOException {
		Datagrams server = open(StandardProtocolFamily.INET6);
		server.bind(new InetSocketAddress("::1", 0));
		server.answers = true;
		Datagrams client = open(StandardProtocolFamily.INET6);
		client.sendTo(bytes("six"), server.localAddress());
		Loopback.passUntil(this.map, () -> !client.received.isEmpty());
		assertThat(client.received).containsExactly("six");
	}

	private Datagrams bound() throws IOException {
		Datagrams channel = open();
		channel.bind(Loopback.anyPort());
		return channel;
	}

	private Datagrams open() throws IOException {
		return open(StandardProtocolFamily.INET);
	}

	private Datagrams open(ProtocolFamily family) throws IOException {
		Datagrams channel = new Datagrams(this.map);
		channel.createSocket(family, SocketType.DATAGRAM);
		return channel;
	}

	private static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
	}

	private static final class Datagrams extends Dispatcher {

		private final List<String> received = new ArrayList<>();

		private final List<SocketAddress> senders = new ArrayList<>();

		private final List<Throwable> failures = new ArrayList<>();

		private int size = 100;

		private boolean answers;

		private boolean plain;

		private ByteBuffer output = ByteBuffer.allocate(0);

		private SocketAddress target;

		private int reads;

		private int connects;

		private int closes;

		Datagrams(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleConnect() {
			this.connects++;
		}

		@Override
		protected boolean writable() {
			return this.output.hasRemaining();
		}

		@Override
		protected void handleWrite() throws IOException {
			ByteBuffer data = this.output;
			this.output = ByteBuffer.allocate(0);
			sendTo(data, this.target);
		}

		@Override
		protected void handleRead() throws IOException {
			this.reads++;
			if (this.plain) {
				byte[] data = recv(this.size);
				if (data.length > 0) {
					this.received.add(new String(data, StandardCharsets.ISO_8859_1));
				}
				return;
			}
			ByteBuffer buffer = ByteBuffer.allocate(this.size);
			SocketAddress sender = recvFrom(buffer);
			if (sender != null) {
				buffer.flip();
				this.received.add(StandardCharsets.ISO_8859_1.decode(buffer.duplicate()).toString());
				this.senders.add(sender);
				if (this.answers) {
					sendTo(buffer, sender);
				}
			}
		}

		@Override
		protected void handleClose() {
			this.closes++;
			close();
		}

		@Override
		protected void handleError(Throwable failure) {
			this.failures.add(failure);
		}

	}

}
