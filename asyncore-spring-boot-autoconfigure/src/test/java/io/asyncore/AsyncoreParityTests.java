package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What the asyncore of Python 3.11 is tested for, over both families and in both orders
 * of delivery.
 */
@Timeout(60)
@ParameterizedClass(name = "{0}, poll order: {1}")
@CsvSource({ "INET, false", "INET, true", "INET6, false", "INET6, true" })
class AsyncoreParityTests {

	private final StandardProtocolFamily family;

	private final boolean usePoll;

	private final ChannelMap map = new ChannelMap();

	private final InetSocketAddress anyPort;

	AsyncoreParityTests(StandardProtocolFamily family, boolean usePoll) throws IOException {
		this.family = family;
		this.usePoll = usePoll;
		String host = (family == StandardProtocolFamily.INET) ? "127.0.0.1" : "::1";
		this.anyPort = new InetSocketAddress(InetAddress.getByName(host), 0);
	}

	@BeforeEach
	void assumeThatFamilyIsThere() {
		assumeThat(this.anyPort.getAddress()).satisfies((address) -> {
			try (SocketChannel probe = SocketChannel.open(this.family)) {
				probe.bind(this.anyPort);
			}
		});
	}

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void callsHandleConnectWhenConnected() throws IOException {
		Scripted server = server();
		Scripted client = client(server);
		passUntil(client, "connect");
		assertThat(client.events).containsExactly("connect");
		assertThat(client.failures).isEmpty();
	}

	@Test
	void callsHandleAcceptWhenClientConnects() throws IOException {
		Scripted server = server().on("accept", (channel) -> {
			Accepted accepted = channel.accept();
			assertThat(accepted).isNotNull();
			accepted.socket().close();
		});
		client(server);
		passUntil(server, "accept");
		assertThat(server.events).containsOnly("accept");
		assertThat(server.failures).isEmpty();
	}

	@Test
	void callsHandleAcceptedWithSocketAndAddressOfClient() throws IOException {
		List<SocketAddress> peers = new ArrayList<>();
		Scripted server = new Scripted(this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
				peers.add(address);
				peers.add(socket.getRemoteAddress());
				super.handleAccepted(socket, address);
			}

		};
		listen(server);
		Scripted client = client(server);
		passUntil(server, "accepted");
		assertThat(peers).hasSize(2).containsOnly(client.localAddress());
	}

	@Test
	void callsHandleReadWhenDataArrives() throws IOException {
		Scripted server = server().onAccepted((socket) -> {
			Scripted handler = new Scripted(socket, this.map);
			handler.send(new byte[1024]);
		});
		Scripted client = client(server);
		passUntil(client, "read");
		assertThat(client.events).startsWith("connect", "read");
	}

	@Test
	void callsHandleWriteWhenItWantsToWrite() throws IOException {
		Scripted server = serverOf((handler) -> handler);
		Scripted client = client(server);
		client.writable = () -> true;
		passUntil(client, "write");
		assertThat(client.events).startsWith("connect", "write");
	}

	@Test
	void callsHandleCloseWhenOtherEndCloses() throws IOException {
		Scripted server = server().onAccepted((socket) -> new Scripted(socket, this.map).close());
		Scripted client = client(server);
		passUntil(client, "close");
		assertThat(client.events).containsExactly("connect", "read", "close");
		assertThat(this.map.channels()).containsExactly(server);
	}

	@Test
	void callsHandleCloseAfterConnectionIsBroken() throws IOException {
		byte[] data = new byte[128];
		Scripted server = serverOf((handler) -> handler.on("read", (channel) -> {
			channel.recv(data.length);
			channel.close();
		}));
		// never reads, so that it is sending that finds the peer gone
		Scripted client = client(server).on("write", (channel) -> channel.send(data));
		client.readable = () -> false;
		client.writable = () -> true;
		passUntil(client, "close");
		assertThat(client.events).startsWith("connect", "write").endsWith("close").containsOnlyOnce("close");
		assertThat(client.failures).isEmpty();
		assertThat(client.closed()).isTrue();
	}

	@Test
	void callsHandleErrorWithTheVeryExceptionThatWasThrown() throws IOException {
		ArithmeticException failure = new ArithmeticException("/ by zero");
		Scripted server = serverOf((handler) -> handler);
		Scripted client = client(server).on("write", (channel) -> {
			throw failure;
		});
		client.writable = () -> true;
		passUntil(client, "error");
		assertThat(client.failures).containsExactly(failure);
	}

	@Test
	void tellsItsStateOverItsLife() throws IOException {
		Scripted server = serverOf((handler) -> handler);
		Scripted client = client(server);
		assertThat(server.connected()).isFalse();
		assertThat(server.accepting()).isTrue();
		assertThat(client.accepting()).isFalse();
		passUntil(client, "connect");
		assertThat(server.connected()).isFalse();
		assertThat(server.accepting()).isTrue();
		assertThat(client.connected()).isTrue();
		assertThat(client.connecting()).isFalse();
		assertThat(client.accepting()).isFalse();
		assertThat(client.closed()).isFalse();
		client.close();
		assertThat(server.accepting()).isTrue();
		assertThat(client.connected()).isFalse();
		assertThat(client.accepting()).isFalse();
		assertThat(client.closed()).isTrue();
		server.close();
		assertThat(server.connected()).isFalse();
		assertThat(server.accepting()).isFalse();
		assertThat(server.closed()).isTrue();
	}

	@Test
	void createsNonBlockingSocketOfTheFamily() throws IOException {
		Scripted channel = new Scripted(this.map);
		channel.createSocket(this.family);
		assertThat(channel.socket()).isInstanceOf(SocketChannel.class);
		assertThat(channel.socket().isBlocking()).isFalse();
		channel.bind(this.anyPort);
		assertThat(((InetSocketAddress) channel.localAddress()).getAddress())
			.isInstanceOf((this.family == StandardProtocolFamily.INET) ? Inet4Address.class : Inet6Address.class);
	}

	@Test
	void whenPortIsTakenBindThrowsBindException() throws IOException {
		Scripted server = server();
		Scripted other = new Scripted(this.map);
		other.createSocket(this.family);
		SocketAddress taken = server.localAddress();
		assertThatExceptionOfType(BindException.class).isThrownBy(() -> other.bind(taken));
	}

	@Test
	void setReuseAddrSetsTheOption() throws IOException {
		Scripted channel = new Scripted(this.map);
		channel.createSocket(this.family);
		SocketChannel socket = (SocketChannel) channel.socket();
		assertThat(socket.getOption(StandardSocketOptions.SO_REUSEADDR)).isFalse();
		channel.setReuseAddr();
		assertThat(socket.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
	}

	@Test
	void whenClientConnectsAndResetsAtOnceLoopGoesOn() throws IOException {
		Scripted server = serverOf((handler) -> handler);
		for (int i = 0; i < 10; i++) {
			try (SocketChannel client = SocketChannel.open(this.family)) {
				client.setOption(StandardSocketOptions.SO_LINGER, 0);
				client.connect(server.localAddress());
			}
			Loopback.onePass(this.map, this.usePoll, Duration.ZERO);
		}
		int accepted = server.events.size();
		Scripted client = client(server);
		passUntil(client, "connect");
		Loopback.passUntil(this.map, this.usePoll, () -> server.events.size() > accepted);
		assertThat(server.accepting()).isTrue();
		assertThat(server.failures).isEmpty();
	}

	@Test
	void dispatcherWithSendSendsEverything() throws IOException {
		List<Scripted> handlers = new ArrayList<>();
		Scripted server = server().onAccepted((socket) -> handlers.add(new Scripted(socket, this.map)));
		DispatcherWithSend client = new DispatcherWithSend(this.map);
		client.createSocket(this.family);
		client.connect(server.localAddress());
		client.send("all of this, in order".getBytes());
		client.send("\n".getBytes());
		Loopback.passUntil(this.map, this.usePoll,
				() -> !handlers.isEmpty() && handlers.get(0).received.toString().endsWith("\n"));
		assertThat(handlers.get(0).received).hasToString("all of this, in order\n");
	}

	private Scripted server() throws IOException {
		Scripted server = new Scripted(this.map);
		listen(server);
		return server;
	}

	private Scripted serverOf(UnaryOperator<Scripted> handler) throws IOException {
		return server().onAccepted((socket) -> handler.apply(new Scripted(socket, this.map)));
	}

	private void listen(Scripted server) throws IOException {
		server.createSocket(this.family);
		server.bind(this.anyPort);
		server.listen(5);
	}

	private Scripted client(Scripted server) throws IOException {
		Scripted client = new Scripted(this.map);
		client.createSocket(this.family);
		client.connect(server.localAddress());
		return client;
	}

	private void passUntil(Scripted channel, String event) throws IOException {
		Loopback.passUntil(this.map, this.usePoll, () -> channel.events.contains(event));
	}

}
