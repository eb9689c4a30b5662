package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the asyncore of Python 3.11 is tested for over Unix domain sockets, in both orders
 * of delivery.
 */
@Timeout(60)
@EnabledOnOs({ OS.LINUX, OS.MAC })
@ParameterizedClass(name = "poll order: {0}")
@ValueSource(booleans = { false, true })
class UnixParityTests {

	private final ChannelMap map = new ChannelMap();

	private final boolean usePoll;

	@TempDir
	private Path directory;

	UnixParityTests(boolean usePoll) {
		this.usePoll = usePoll;
	}

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void connectsAndIsAccepted() throws IOException {
		List<SocketAddress> peers = new ArrayList<>();
		Scripted server = listen(new Scripted(this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
				peers.add(address);
				super.handleAccepted(socket, address);
			}

		});
		Scripted client = client(server);
		passUntil(client, "connect");
		passUntil(server, "accepted");
		assertThat(client.events).startsWith("connect");
		assertThat(server.events).containsExactly("accepted");
		assertThat(peers).singleElement().hasToString("");
	}

	@Test
	void callsHandleReadWhenDataArrives() throws IOException {
		Scripted client = client(server().onAccepted((socket) -> new Scripted(socket, this.map).send(new byte[1024])));
		passUntil(client, "read");
		assertThat(client.events).startsWith("connect", "read");
	}

	@Test
	void callsHandleWriteWhenItWantsToWrite() throws IOException {
		Scripted client = client(server().onAccepted((socket) -> new Scripted(socket, this.map)));
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
		Scripted client = client(server()
			.onAccepted((socket) -> new Scripted(socket, this.map).on("read", (handler) -> handler.close())));
		client.on("write", (channel) -> channel.send(data));
		client.readable = () -> false;
		client.writable = () -> true;
		passUntil(client, "close");
		assertThat(client.events).startsWith("connect", "write").endsWith("close").containsOnlyOnce("close");
		assertThat(client.failures).isEmpty();
	}

	@Test
	void callsHandleErrorWithTheVeryExceptionThatWasThrown() throws IOException {
		ArithmeticException failure = new ArithmeticException("/ by zero");
		Scripted client = client(server()).on("write", (channel) -> {
			throw failure;
		});
		client.writable = () -> true;
		passUntil(client, "error");
		assertThat(client.failures).containsExactly(failure);
	}

	@Test
	void tellsItsStateOverItsLife() throws IOException {
		Scripted server = server().onAccepted((socket) -> new Scripted(socket, this.map));
		assertThat(server.accepting()).isTrue();
		assertThat(server.connected()).isFalse();
		Scripted client = client(server);
		passUntil(client, "connect");
		assertThat(client.connected()).isTrue();
		assertThat(client.accepting()).isFalse();
		client.close();
		assertThat(client.connected()).isFalse();
		server.close();
		assertThat(server.accepting()).isFalse();
		assertThat(this.map.channels()).doesNotContain(server, client);
	}

	@Test
	void createsNonBlockingSocketOfTheFamily() throws IOException {
		Scripted channel = new Scripted(this.map);
		channel.createSocket(StandardProtocolFamily.UNIX);
		assertThat(channel.socket()).isInstanceOf(SocketChannel.class);
		assertThat(channel.socket().isBlocking()).isFalse();
	}

	@Test
	void whenPathIsTakenBindThrowsBindException() throws IOException {
		server();
		Scripted other = new Scripted(this.map);
		other.createSocket(StandardProtocolFamily.UNIX);
		assertThatExceptionOfType(BindException.class).isThrownBy(() -> other.bind(address()));
	}

	@Test
	void whenClientConnectsAndGoesAtOnceLoopGoesOn() throws IOException {
		Scripted server = server().onAccepted((socket) -> new Scripted(socket, this.map));
		for (int i = 0; i < 10; i++) {
			SocketChannel.open(address()).close();
		}
		Scripted client = client(server);
		passUntil(client, "connect");
		Loopback.passUntil(this.map, this.usePoll, () -> server.events.size() == 11);
		assertThat(server.accepting()).isTrue();
		assertThat(server.failures).isEmpty();
	}

	private UnixDomainSocketAddress address() {
		return UnixDomainSocketAddress.of(this.directory.resolve("socket"));
	}

	private Scripted server() throws IOException {
		return listen(new Scripted(this.map));
	}

	private Scripted listen(Scripted server) throws IOException {
		server.createSocket(StandardProtocolFamily.UNIX);
		server.bind(address());
		server.listen(20);
		return server;
	}

	private Scripted client(Scripted server) throws IOException {
		Scripted client = new Scripted(this.map);
		client.createSocket(StandardProtocolFamily.UNIX);
		client.connect(server.localAddress());
		return client;
	}

	private void passUntil(Scripted channel, String event) throws IOException {
		Loopback.passUntil(this.map, this.usePoll, () -> channel.events.contains(event));
	}

}
