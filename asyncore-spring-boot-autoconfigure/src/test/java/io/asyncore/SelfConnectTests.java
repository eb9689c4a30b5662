package io.asyncore;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import io.asyncore.transport.NioTransport;
import io.asyncore.transport.SocketEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A socket that asks for a port of this machine at which nobody listens, and is given
 * that very port: it is not connected to itself.
 */
@Timeout(60)
class SelfConnectTests extends ConnectingFixture {

	// with the ports of Linux one in some ten thousand tries meets its own
	private static final int TRIES = 40_000;

	private static final Duration LONG_ENOUGH = Duration.ofSeconds(5);

	@Test
	void aServiceThatIsDownIsNeverReached() throws IOException {
		InetSocketAddress address;
		try (ServerSocket reserved = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			// those that the system likes to give to who connects are even
			address = new InetSocketAddress("127.0.0.1", reserved.getLocalPort() & ~1);
		}
		int[] tries = { 0 };
		Scripted client = new Scripted(new ChannelMap()).on("error", (channel) -> {
			tries[0]++;
			channel.events.clear();
			channel.failures.clear();
			channel.createSocket();
			channel.connect(address);
		});
		client.createSocket();
		client.connect(address);
		long end = System.nanoTime() + LONG_ENOUGH.toNanos();
		while (tries[0] < TRIES && client.connecting() && System.nanoTime() - end < 0) {
			Asyncore.poll(Duration.ofMillis(50), client.map());
		}
		assertThat(client.connecting()).as("after %d tries: %s", tries[0], client.events).isTrue();
		assertThat(tries[0]).isGreaterThan(100);
		client.close();
	}

	@Test
	void countsAsRefusedAndThePortIsFree() throws IOException {
		SocketChannel socket = askingForItself();
		InetSocketAddress own = (InetSocketAddress) socket.getLocalAddress();
		Scripted client = new Scripted(socket, this.map);
		passUntilOver(client);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement()
			.isInstanceOf(ConnectException.class)
			.asString()
			.contains(own.toString());
		Asyncore.poll(Duration.ZERO, this.map);
		try (ServerSocket service = new ServerSocket()) {
			service.setReuseAddress(false);
			service.bind(own);
			assertThat(service.isBound()).isTrue();
		}
	}

	@Test
	void whenKeptConnectsToTheServiceThatHasThePort() throws IOException {
		SocketChannel socket = askingForItself();
		InetSocketAddress own = (InetSocketAddress) socket.getLocalAddress();
		Scripted client = new Scripted(socket, this.map).on("error", (channel) -> {
		});
		passUntilOver(client);
		assertThat(client.connected()).isFalse();
		Asyncore.poll(Duration.ZERO, this.map);
		try (ServerSocket service = new ServerSocket()) {
			service.bind(own);
			client.connect(own);
			passUntilOver(client);
			assertThat(client.connected()).isTrue();
			assertThat(client.localAddress()).isNotEqualTo(own);
		}
	}

	@Test
	void theNextAddressOfTheHostIsTried() throws IOException {
		Scripted server = server("127.0.0.1");
		Scripted client = new Scripted(this.map);
		SocketChannel first = keep(SocketChannel.open(StandardProtocolFamily.INET));
		client.setSocket(first);
		// behind its back, as the system does it
		first.bind(new InetSocketAddress("127.0.0.2", this.port));
		connect(client, "127.0.0.2", "127.0.0.1");
		passUntilOver(client);
		assertThat(client.connected()).isTrue();
		assertThat(remote(client)).isEqualTo("127.0.0.1");
		assertThat(client.failures).isEmpty();
		assertThat(first.isOpen()).isFalse();
		Loopback.passUntil(this.map, () -> server.events.contains("accepted"));
	}

	@Test
	void whoHasBoundItMayHaveItSo() throws IOException {
		Scripted client = client(StandardProtocolFamily.INET);
		client.bind(new InetSocketAddress("127.0.0.1", 0));
		client.connect(client.localAddress());
		passUntilOver(client);
		assertThat(client.connected()).isTrue();
		assertThat(client.localAddress()).isEqualTo(client.remoteAddress());
		client.send(new byte[] { 'x' });
		Loopback.passUntil(this.map, () -> client.received.length() == 1);
	}

	@Test
	void datagramSocketThatWasBoundMaySendToItself() throws IOException {
		Scripted channel = new Scripted(this.map);
		channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		channel.bind(new InetSocketAddress("127.0.0.1", 0));
		channel.connect(channel.localAddress());
		passUntilOver(channel);
		assertThat(channel.connected()).isTrue();
		assertThat(channel.localAddress()).isEqualTo(channel.remoteAddress());
	}

	@Test
	void datagramSocketThatTheSystemHasBoundThereIsRefused() throws IOException {
		DatagramChannel socket = keep(DatagramChannel.open(StandardProtocolFamily.INET));
		SocketEndpoint endpoint = (SocketEndpoint) NioTransport.DEFAULT.of(socket);
		endpoint.setOption(StandardSocketOptions.SO_RCVBUF, 20_000);
		// behind its back, as the system does it
		socket.bind(new InetSocketAddress("127.0.0.1", 0));
		socket.connect(socket.getLocalAddress());
		assertThat(endpoint.closeIfItsOwnPeer()).isTrue();
		assertThat(socket.isOpen()).isFalse();
		assertThat(endpoint.outlivesFailure()).isFalse();
		SocketEndpoint another = endpoint.reopen();
		assertThat(another.connect(new InetSocketAddress("127.0.0.1", this.port))).isTrue();
		assertThat(another.closeIfItsOwnPeer()).isFalse();
		assertThat(another.<Integer>getOption(StandardSocketOptions.SO_RCVBUF)).isLessThan(50_000);
		another.close();
	}

	/**
	 * A socket that connects to itself, which nobody can tell from one that was given the
	 * port by the system.
	 */
	private SocketChannel askingForItself() throws IOException {
		SocketChannel socket = keep(SocketChannel.open(StandardProtocolFamily.INET));
		socket.configureBlocking(false);
		socket.bind(new InetSocketAddress("127.0.0.1", 0));
		assumeThat(socket.connect(socket.getLocalAddress())).as("is connected at once").isFalse();
		return socket;
	}

}
