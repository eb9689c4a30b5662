package io.asyncore;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * What a channel can do that could not connect and was not closed for that.
 */
@Timeout(60)
class ConnectAgainTests extends ConnectingFixture {

	@ParameterizedTest
	@EnumSource
	void connectsAnd(Failure failure) throws IOException {
		Scripted client = failed(failure);
		Scripted server = server("127.0.0.1");
		client.connect(address());
		passUntilOver(client);
		assertServed(client, server);
		assertThat(client.failures).hasSize(1);
	}

	@ParameterizedTest
	@EnumSource
	void connectsToAHostAnd(Failure failure) throws IOException {
		Scripted client = failed(failure);
		Scripted server = server("127.0.0.1");
		this.resolver.knows("again.test", "127.0.0.4", "127.0.0.1");
		client.connect("again.test", this.port);
		passUntilOver(client);
		assertServed(client, server);
	}

	@ParameterizedTest
	@EnumSource
	void failsAgainAnd(Failure failure) throws IOException {
		Scripted client = failed(failure);
		for (int i = 2; i <= 4; i++) {
			client.connect(address());
			passUntilOver(client);
			assertThat(client.failures).hasSize(i);
			assertThat(client.failures.get(i - 1)).isInstanceOf(ConnectException.class);
		}
		Scripted server = server("127.0.0.1");
		client.connect(address());
		passUntilOver(client);
		assertServed(client, server);
	}

	@Test
	void whenItDoesSoInHandleErrorConnects() throws IOException {
		List<String> tries = new ArrayList<>();
		Scripted client = client(StandardProtocolFamily.INET).on("error", (channel) -> {
			tries.add("again");
			if (tries.size() == 3) {
				server("127.0.0.1");
			}
			channel.connect(address());
		});
		client.connect(address());
		Loopback.passUntil(this.map, client::connected);
		assertThat(client.events).containsExactly("error", "error", "error", "connect");
		client.close();
		assertThat(closedFor(CloseReason.LOCAL)).isEqualTo(1);
	}

	@Test
	void whenItDoesSoByATimerConnects() throws IOException {
		Scripted client = client(StandardProtocolFamily.INET).on("error",
				(channel) -> channel.callLater(Duration.ofSeconds(1), () -> connectTo(channel)));
		client.connect(address());
		Loopback.passUntil(this.map, () -> !client.events.isEmpty());
		Scripted server = server("127.0.0.1");
		this.clock.advanceMillis(1000);
		Loopback.passUntil(this.map, client::connected);
		assertServed(client, server);
	}

	private void connectTo(Dispatcher channel) {
		channel.connect("127.0.0.1", this.port);
	}

	@Test
	void whenHandleErrorHasClosedItSocketIsNeeded() throws IOException {
		Scripted client = client(StandardProtocolFamily.INET);
		client.connect(address());
		passUntilOver(client);
		assertThat(client.closed()).isTrue();
		assertThatIllegalStateException().isThrownBy(() -> client.connect(address()))
			.withMessageContaining("createSocket()");
	}

	@Test
	void itsOptionsAreKept() throws IOException {
		server("127.0.0.1");
		Scripted client = quiet(client(StandardProtocolFamily.INET));
		client.setOption(StandardSocketOptions.SO_LINGER, 7);
		client.setOption(StandardSocketOptions.TCP_NODELAY, false);
		client.connect(new InetSocketAddress("127.0.0.2", this.port));
		passUntilOver(client);
		client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
		assertThat(client.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(7);
		client.connect(address());
		passUntilOver(client);
		SocketChannel socket = (SocketChannel) client.socket();
		assertThat(socket.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(7);
		assertThat(socket.getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
		assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
	}

	@Test
	void itsAddressIsKept() throws IOException {
		server("127.0.0.1");
		Scripted client = quiet(client(StandardProtocolFamily.INET));
		client.bind(new InetSocketAddress("127.0.0.3", 0));
		InetSocketAddress own = (InetSocketAddress) client.localAddress();
		client.connect(new InetSocketAddress("127.0.0.2", this.port));
		passUntilOver(client);
		client.connect(address());
		passUntilOver(client);
		assertThat(client.connected()).isTrue();
		assertThat(client.localAddress()).isEqualTo(own);
	}

	@Test
	void whenItsAddressIsTakenMeanwhileTellsAndMayTryAgain() throws IOException {
		server("127.0.0.1");
		Scripted client = quiet(client(StandardProtocolFamily.INET));
		client.bind(new InetSocketAddress("127.0.0.3", 0));
		InetSocketAddress own = (InetSocketAddress) client.localAddress();
		client.connect(new InetSocketAddress("127.0.0.2", this.port));
		passUntilOver(client);
		Scripted other = new Scripted(this.map);
		other.createSocket();
		other.bind(own);
		other.listen(1);
		client.connect(address());
		passUntilOver(client);
		assertThat(client.failures).hasSize(2);
		other.close();
		client.connect(address());
		passUntilOver(client);
		assertThat(client.connected()).isTrue();
		assertThat(client.localAddress()).isEqualTo(own);
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void mayListenInstead(boolean bind) throws IOException {
		Scripted channel = failed(Failure.REFUSED);
		if (bind) {
			channel.bind(Loopback.anyPort());
		}
		channel.listen(5);
		try (java.net.Socket peer = Loopback.peer(channel)) {
			Loopback.passUntil(this.map, () -> channel.events.contains("accepted"));
			assertThat(peer.isConnected()).isTrue();
		}
	}

	@Test
	void whenThePeerClosesLaterThatIsTheReason() throws IOException {
		Scripted client = failed(Failure.REFUSED);
		server("127.0.0.1").onAccepted(SocketChannel::close);
		client.connect(address());
		Loopback.passUntil(this.map, client::closed);
		assertThat(client.events).containsExactly("error", "connect", "read", "close");
		assertThat(closedFor(CloseReason.PEER)).isEqualTo(1);
	}

	@Test
	void itsIdleTimeCountsFromThen() throws IOException {
		Scripted client = quiet(client(StandardProtocolFamily.INET)).on("close", (channel) -> {
		});
		client.setIdleTimeout(Duration.ofSeconds(10));
		client.connect(address());
		passUntilOver(client);
		server("127.0.0.1").onAccepted(this::keep);
		this.clock.advanceMillis(9000);
		client.connect(address());
		passUntilOver(client);
		after(9000);
		assertThat(client.events).containsExactly("error", "connect");
	}

	@Test
	void aUnixDomainSocketConnectsToo(@TempDir Path directory) throws IOException {
		UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
		Scripted client = quiet(new Scripted(this.map));
		client.createSocket(StandardProtocolFamily.UNIX);
		client.connect(address);
		passUntilOver(client);
		assertThat(client.failures).hasSize(1);
		ServerDispatcher server = new ServerDispatcher(address, (socket, peer) -> new Dispatcher(socket), this.map);
		server.open();
		client.connect(address);
		Loopback.passUntil(this.map, () -> server.connections() == 1);
		assertThat(client.connected()).isTrue();
	}

	private void assertServed(Scripted client, Scripted server) throws IOException {
		assertThat(client.connected()).isTrue();
		Loopback.passUntil(this.map, () -> server.events.contains("accepted"));
		assertThat(client.events).last().isEqualTo("connect");
		client.writable = () -> true;
		List<Integer> sent = new ArrayList<>();
		client.on("write", (channel) -> {
			sent.add(channel.send(new byte[] { 'x' }));
			channel.writable = () -> false;
		});
		Loopback.passUntil(this.map, () -> !sent.isEmpty());
		assertThat(sent).containsExactly(1);
		assertRests(this.map);
	}

	private Scripted failed(Failure failure) throws IOException {
		Scripted client = quiet(client(StandardProtocolFamily.INET));
		failure.happen(this, client);
		assertThat(client.connecting()).isFalse();
		assertThat(client.events).containsExactly("error");
		assertThat(client.failures).singleElement().isInstanceOf(failure.type);
		return client;
	}

	private static Scripted quiet(Scripted client) {
		return client.on("error", (channel) -> {
		});
	}

	private InetSocketAddress address() {
		return new InetSocketAddress("127.0.0.1", this.port);
	}

	private long closedFor(CloseReason reason) {
		return this.map.eventLoop().monitor().groups().stream().mapToLong((group) -> group.closed(reason)).sum();
	}

	/**
	 * Why the first attempt fails.
	 */
	enum Failure {

		REFUSED(ConnectException.class) {

			@Override
			void happen(ConnectAgainTests test, Scripted client) throws IOException {
				client.connect(new InetSocketAddress("127.0.0.2", test.port));
				test.passUntilOver(client);
			}

		},

		ALL_REFUSED(ConnectException.class) {

			@Override
			void happen(ConnectAgainTests test, Scripted client) throws IOException {
				test.connect(client, "127.0.0.2", "127.0.0.3");
				test.passUntilOver(client);
			}

		},

		TIMED_OUT(SocketTimeoutException.class) {

			@Override
			void happen(ConnectAgainTests test, Scripted client) throws IOException {
				test.full("127.0.0.2");
				test.full("127.0.0.3");
				client.setConnectTimeout(Duration.ofSeconds(1));
				test.connect(client, "127.0.0.2", "127.0.0.3");
				test.passes(3);
				test.after(300);
				test.after(1000);
			}

		},

		LOOKUP_TIMED_OUT(SocketTimeoutException.class) {

			@Override
			void happen(ConnectAgainTests test, Scripted client) throws IOException {
				client.setConnectTimeout(Duration.ofSeconds(1));
				client.connect("silent.test", test.port);
				test.after(1000);
			}

		},

		UNKNOWN_HOST(UnknownHostException.class) {

			@Override
			void happen(ConnectAgainTests test, Scripted client) throws IOException {
				test.resolver.answer("gone.test").completeExceptionally(new UnknownHostException("as planned"));
				client.connect("gone.test", test.port);
				test.passUntilOver(client);
			}

		},

		ANOTHER_FAMILY(IOException.class) {

			@Override
			void happen(ConnectAgainTests test, Scripted client) throws IOException {
				client.connect(new InetSocketAddress("::1", test.port));
				test.passUntilOver(client);
			}

		};

		final Class<? extends IOException> type;

		Failure(Class<? extends IOException> type) {
			this.type = type;
		}

		abstract void happen(ConnectAgainTests test, Scripted client) throws IOException;

	}

}
