package io.asyncore;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;

import io.asyncore.connect.Candidates;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Connecting}: which address is tried when, and who wins.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectingTests extends ConnectingFixture {

	// the order

	@ParameterizedTest
	@CsvSource({ "::1 ::2 127.0.0.1 127.0.0.2 127.0.0.3, ::1 127.0.0.1 ::2 127.0.0.2 127.0.0.3",
			"127.0.0.1 127.0.0.2 ::1, 127.0.0.1 ::1 127.0.0.2", "127.0.0.1 ::1 ::2 ::3, 127.0.0.1 ::1 ::2 ::3",
			"::1, ::1", "127.0.0.2 127.0.0.1, 127.0.0.2 127.0.0.1" })
	void putsTheFamiliesByTurnsBeginningWithTheFirst(String given, String expected) {
		List<InetAddress> mixed = Candidates.byTurns(ScriptedResolver.addresses(given.split(" ")));
		assertThat(mixed).isEqualTo(ScriptedResolver.addresses(expected.split(" ")));
	}

	@Test
	void triesTheFamiliesByTurnsOneEach250Milliseconds() throws IOException {
		full("127.0.0.2");
		full("127.0.0.3");
		full("::1");
		Scripted client = connecting("127.0.0.2", "127.0.0.3", "::1", "127.0.0.4");
		passes(3);
		assertThat(remote(client)).isEqualTo("127.0.0.2");
		after(249);
		assertThat(remote(client)).isEqualTo("127.0.0.2");
		assertThat(keys()).isEqualTo(1);
		after(1);
		assertThat(remote(client)).isEqualTo("0:0:0:0:0:0:0:1");
		after(250);
		assertThat(remote(client)).isEqualTo("127.0.0.3");
		assertThat(keys()).isEqualTo(3);
		assertThat(client.connecting()).isTrue();
		assertThat(client.events).isEmpty();
		// nobody is at the last one, but the others may still answer
		after(250);
		after(10_000);
		assertThat(client.connecting()).isTrue();
		assertThat(keys()).isEqualTo(3);
		assertRests(this.map);
	}

	@Test
	void whenAnAddressRefusesTriesTheNextAtOnce() throws IOException {
		Scripted server = server("127.0.0.1");
		Scripted client = connecting("127.0.0.3", "127.0.0.4", "127.0.0.1");
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
		assertThat(remote(client)).isEqualTo("127.0.0.1");
		assertThat(client.addr()).isEqualTo(InetSocketAddress.createUnresolved(HOST, this.port));
		assertThat(client.toString()).contains(" connected " + HOST + ":" + this.port + " at 0x");
		Loopback.passUntil(this.map, () -> server.events.contains("accepted"));
		assertThat(client.channel().connector()).isNull();
	}

	@Test
	void whenOneRefusesWhileAnotherIsPendingTriesTheNextAtOnce() throws IOException {
		full("127.0.0.2");
		server("127.0.0.1");
		Scripted client = connecting("127.0.0.2", "127.0.0.3", "127.0.0.1");
		passes(3);
		this.clock.advanceMillis(250);
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
		assertThat(remote(client)).isEqualTo("127.0.0.1");
		passes(1);
		assertThat(keys()).as("of the client and the server").isEqualTo(2);
	}

	@Test
	void whenAnAddressDoesNotAnswerTheNextMayWin() throws IOException {
		FullListener first = full("127.0.0.2");
		server("127.0.0.1");
		long sockets = Sockets.descriptors("socket:");
		Scripted client = connecting("127.0.0.2", "127.0.0.1");
		passes(3);
		assertThat(client.connecting()).isTrue();
		assertThat(client.toString()).doesNotContain("connected").contains(HOST);
		assertThat(client.socket()).isNotNull();
		this.clock.advanceMillis(250);
		passUntilOver(client);
		assertThat(remote(client)).isEqualTo("127.0.0.1");
		passes(2);
		first.makeRoom();
		assertThat(first.accept()).as("an attempt that was given up").isNull();
		Asyncore.closeAll(this.map, false);
		passes(1);
		assertThat(Sockets.descriptors("socket:")).isLessThanOrEqualTo(sockets + 2);
		assertThat(client.events).containsExactly("connect");
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenAnEarlierAttemptWinsTheOthersAreClosed(boolean usePoll) throws IOException {
		FullListener first = full("127.0.0.2");
		full("127.0.0.3");
		full("127.0.0.4");
		Scripted client = client(StandardProtocolFamily.INET);
		client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
		connect(client, "127.0.0.2", "127.0.0.3", "127.0.0.4");
		passes(3);
		SocketChannel socket = (SocketChannel) client.socket();
		after(250);
		after(250);
		assertThat(keys()).isEqualTo(3);
		first.makeRoom();
		Loopback.passUntil(this.map, usePoll, client::connected);
		assertThat(client.socket()).isSameAs(socket);
		assertThat(client.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
		passes(2);
		assertThat(keys()).isEqualTo(1);
		assertThat(first.accept()).isEqualTo(client.localAddress());
		assertThat(client.events).containsExactly("connect");
		client.send("x".getBytes());
		assertThat(client.channel().connector()).isNull();
		client.close();
		assertThat(socket.isOpen()).isFalse();
	}

	@Test
	void whenAnEarlierAttemptWinsAndNothingIsWantedTheLoopRests() throws IOException {
		FullListener first = full("127.0.0.2");
		full("127.0.0.3");
		Scripted client = connecting("127.0.0.2", "127.0.0.3");
		passes(3);
		after(250);
		first.makeRoom();
		client.readable = () -> false;
		passUntilOver(client);
		assertThat(client.connected()).isTrue();
		assertRests(this.map);
	}

	// failures

	@Test
	void whenAllAddressesFailTellsTheFirstFailureOnceWithTheOthers() throws IOException {
		Scripted client = connecting("127.0.0.2", "127.0.0.3", "::1");
		Loopback.passUntil(this.map, client::closed);
		passes(3);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(ConnectException.class);
		assertThat(client.failures.get(0).getSuppressed()).hasSize(2).hasOnlyElementsOfType(ConnectException.class);
	}

	@Test
	void whenTheOnlyPendingAttemptFailsAfterTheOthersTellsAll() throws IOException {
		FullListener first = full("127.0.0.2");
		Scripted client = connecting("127.0.0.2", "127.0.0.3");
		passes(3);
		after(250);
		assertThat(client.connecting()).isTrue();
		first.close();
		// whose system asks again after a second, and is refused
		Loopback.passUntil(this.map, client::closed);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(ConnectException.class);
		assertThat(client.failures.get(0).getSuppressed()).hasSize(1);
	}

	@Test
	void whenAllAddressesAreOfAnotherFamilySaysSo() throws IOException {
		Scripted client = connect(client(StandardProtocolFamily.INET), "::1", "::2");
		Loopback.passUntil(this.map, client::closed);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement()
			.isInstanceOf(UnknownHostException.class)
			.extracting(Throwable::getMessage)
			.asString()
			.contains("family");
	}

	@Test
	void passesOverAddressesOfAnotherFamily() throws IOException {
		server("127.0.0.1");
		Scripted client = connect(client(StandardProtocolFamily.INET), "::1", "127.0.0.1");
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
	}

	@Test
	void whenConnectingSocketIsAdoptedAndRefusedTells() throws IOException {
		SocketChannel socket = SocketChannel.open();
		socket.configureBlocking(false);
		assertThat(socket.connect(new InetSocketAddress("127.0.0.1", this.port))).isFalse();
		Scripted client = new Scripted(socket, this.map);
		assertThat(client.connecting()).isTrue();
		Loopback.passUntil(this.map, client::closed);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(ConnectException.class);
	}

	@Test
	void whenConnectingSocketIsAdoptedItConnects() throws IOException {
		server("127.0.0.1");
		SocketChannel socket = SocketChannel.open();
		socket.configureBlocking(false);
		socket.connect(new InetSocketAddress("127.0.0.1", this.port));
		Scripted client = new Scripted(socket, this.map);
		passUntilOver(client);
		assertThat(client.socket()).isSameAs(socket);
		assertThat(client.channel().connector()).isNull();
	}

	// bound sockets, options

	@Test
	void whenBoundTriesOneAtATimeAndKeepsItsAddress() throws IOException {
		FullListener first = full("127.0.0.2");
		server("127.0.0.1");
		Scripted client = client(StandardProtocolFamily.INET);
		client.bind(new InetSocketAddress("127.0.0.5", 0));
		int local = Loopback.port(client);
		connect(client, "127.0.0.3", "127.0.0.2", "127.0.0.1");
		passes(5);
		assertThat(remote(client)).isEqualTo("127.0.0.2");
		after(5000);
		assertThat(remote(client)).isEqualTo("127.0.0.2");
		first.makeRoom();
		passUntilOver(client);
		assertThat(client.localAddress()).isEqualTo(new InetSocketAddress("127.0.0.5", local));
		assertThat(first.accept()).isEqualTo(client.localAddress());
	}

	@Test
	void whenBoundSocketIsAdoptedItKeepsItsAddress() throws IOException {
		server("127.0.0.1");
		SocketChannel socket = SocketChannel.open(StandardProtocolFamily.INET);
		socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
		socket.bind(new InetSocketAddress("127.0.0.5", 0));
		Scripted client = new Scripted(socket, this.map);
		InetSocketAddress local = (InetSocketAddress) client.localAddress();
		connect(client, "127.0.0.3", "127.0.0.1");
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
		assertThat(client.localAddress()).isEqualTo(local);
	}

	@Test
	void optionsAreThoseOfTheSocketThatWins() throws IOException {
		full("127.0.0.2");
		server("127.0.0.1");
		Scripted client = client(StandardProtocolFamily.INET);
		client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
		client.setOption(StandardSocketOptions.SO_KEEPALIVE, false);
		client.setOption(StandardSocketOptions.SO_LINGER, 7);
		client.setOption(StandardSocketOptions.TCP_NODELAY, false);
		client.setReuseAddr();
		connect(client, "127.0.0.3", "127.0.0.2", "127.0.0.1");
		passes(4);
		client.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
		this.clock.advanceMillis(250);
		passUntilOver(client);
		assertThat(remote(client)).isEqualTo("127.0.0.1");
		assertThat(client.getOption(StandardSocketOptions.SO_KEEPALIVE)).as("set meanwhile").isTrue();
		assertThat(client.getOption(StandardSocketOptions.SO_LINGER)).isEqualTo(7);
		assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
		assertThat(client.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
	}

	@Test
	void noDelayIsSetOnTheSocketThatWins() throws IOException {
		server("127.0.0.1");
		Scripted client = connecting("127.0.0.3", "127.0.0.1");
		passUntilOver(client);
		assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
	}

	// the time it may take

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenItTakesTooLongTells(boolean own) throws IOException {
		full("127.0.0.2");
		Duration timeout = Duration.ofMillis(5000);
		if (own) {
			this.map.eventLoop().setConnectTimeout(Duration.ofMillis(1));
		}
		else {
			this.map.eventLoop().setConnectTimeout(timeout);
			assertThat(this.map.eventLoop().connectTimeout()).isEqualTo(timeout);
		}
		Scripted client = client();
		if (own) {
			client.setConnectTimeout(timeout);
		}
		connect(client, "127.0.0.3", "127.0.0.2");
		passes(4);
		after(4999);
		assertThat(client.events).isEmpty();
		after(1);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(SocketTimeoutException.class);
		assertThat(client.failures.get(0)).hasMessageContaining(HOST)
			.hasMessageContaining("No connection")
			.hasMessageContaining("5000 ms");
		assertThat(client.failures.get(0).getSuppressed()).hasSize(1).hasOnlyElementsOfType(ConnectException.class);
		passes(1);
		assertThat(keys()).isZero();
	}

	@Test
	void whenTheAddressOfAnUnresponsivePeerIsGivenTheTimeCountsToo() throws IOException {
		FullListener nobody = full("127.0.0.2");
		Scripted client = client(StandardProtocolFamily.INET);
		client.connect(nobody.address());
		after(29_999);
		assertThat(client.connecting()).isTrue();
		after(1);
		assertThat(client.failures).singleElement().isInstanceOf(SocketTimeoutException.class);
		assertThat(client.closed()).isTrue();
	}

	@Test
	void whenTheLookupTakesTooLongTells() throws IOException {
		Scripted client = client();
		client.setConnectTimeout(Duration.ofSeconds(2));
		client.connect(HOST, this.port);
		after(1999);
		assertThat(client.events).isEmpty();
		after(1);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(SocketTimeoutException.class);
		assertThat(client.failures.get(0)).hasMessageContaining("No addresses for").hasMessageContaining(HOST);
		this.resolver.knows(HOST, "127.0.0.1");
		passes(3);
		assertThat(client.events).hasSize(2);
	}

	@Test
	void zeroIsNoLimit() throws IOException {
		FullListener first = full("127.0.0.2");
		Scripted client = client();
		client.setConnectTimeout(Duration.ZERO);
		connect(client, "127.0.0.2");
		passes(3);
		this.clock.advance(Duration.ofDays(1));
		passes(3);
		assertThat(client.connecting()).isTrue();
		first.makeRoom();
		passUntilOver(client);
		assertThat(client.connected()).isTrue();
		this.map.eventLoop().setConnectTimeout(Duration.ZERO);
		Scripted other = client();
		other.connect("other.test", this.port);
		this.clock.advance(Duration.ofDays(1));
		passes(3);
		assertThat(other.connecting()).isTrue();
	}

	@Test
	void refusesNegativeTimes() throws IOException {
		Scripted client = client();
		assertThatIllegalArgumentException().isThrownBy(() -> client.setConnectTimeout(Duration.ofNanos(-1)));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.map.eventLoop().setConnectTimeout(Duration.ofNanos(-1)));
		assertThat(this.map.eventLoop().connectTimeout()).isEqualTo(Duration.ofSeconds(30));
	}

	@Test
	void whenChannelIsLeftOpenAfterTheTimeItHasGivenUp() throws IOException {
		FullListener first = full("127.0.0.2");
		FullListener second = full("127.0.0.3");
		Scripted client = client().on("error", (channel) -> {
		});
		connect(client, "127.0.0.2", "127.0.0.3");
		passes(3);
		after(250);
		after(30_000);
		assertThat(client.events).containsExactly("error");
		assertThat(client.connecting()).isFalse();
		assertThat(client.closed()).isFalse();
		assertThat(client.channel().connector()).isNull();
		passes(2);
		assertThat(keys()).isZero();
		first.makeRoom();
		second.makeRoom();
		assertRests(this.map);
		assertThat(first.accept()).isNull();
		assertThat(second.accept()).isNull();
		server("127.0.0.1");
		client.createSocket();
		client.connect("127.0.0.1", this.port);
		passUntilOver(client);
		assertThat(client.events).containsExactly("error", "connect");
	}

	@Test
	void whenConnectedTheTimeIsOver() throws IOException {
		server("127.0.0.1");
		Scripted client = connecting("127.0.0.1");
		passUntilOver(client);
		after(1_000_000);
		assertThat(client.events).containsExactly("connect");
		assertThat(client.connected()).isTrue();
	}

}
