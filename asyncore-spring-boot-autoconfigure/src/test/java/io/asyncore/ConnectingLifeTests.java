package io.asyncore;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.asyncore.connect.Connector;
import io.asyncore.transport.ChannelEndpoint;
import io.asyncore.transport.NioPoller;
import io.asyncore.transport.NioTransport;
import io.asyncore.transport.SocketEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Connecting}: what may happen to a channel with several attempts under
 * way.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConnectingLifeTests extends ConnectingFixture {

	// the end

	@ParameterizedTest
	@EnumSource(End.class)
	void whenItEndsInTheMiddleNothingIsLeft(End end) throws Exception {
		List<FullListener> nobody = List.of(full("127.0.0.2"), full("127.0.0.3"), full("127.0.0.4"));
		long sockets = Sockets.descriptors("socket:");
		Scripted client = pendingThrice();
		assertThat(Sockets.descriptors("socket:")).isGreaterThanOrEqualTo(sockets + 3);
		Connector connector = client.channel().connector();
		end.action.run(client);
		passes(2);
		assertThat(client.events).isEmpty();
		assertThat(client.channel().connector()).isNull();
		assertThat(connector).isNotNull();
		assertThat(keys()).isZero();
		Selector last = this.selectors.opened.get(this.selectors.opened.size() - 1);
		assertThat(last.isOpen() ? last.keys().size() : 0).isZero();
		assertThat(Sockets.descriptors("socket:")).isLessThanOrEqualTo(sockets + (client.closed() ? 0 : 1));
		after(60_000);
		for (FullListener listener : nobody) {
			listener.makeRoom();
			assertThat(listener.accept()).isNull();
		}
		assertThat(client.events).isEmpty();
	}

	@Test
	void whenANewSocketIsConnectedInTheMiddleTheOldAttemptsAreForgotten() throws IOException {
		FullListener nobody = full("127.0.0.2");
		full("127.0.0.3");
		full("127.0.0.4");
		Scripted client = pendingThrice();
		server("127.0.0.1");
		client.createSocket();
		client.connect("127.0.0.1", this.port);
		nobody.makeRoom();
		passUntilOver(client);
		assertThat(remote(client)).isEqualTo("127.0.0.1");
		after(60_000);
		assertThat(client.events).containsExactly("connect");
		assertThat(keys()).isEqualTo(2);
	}

	@Test
	void whenItFailsAndConnectsAnewInHandleErrorThatWorks() throws IOException {
		server("127.0.0.1");
		Scripted client = client().on("error", (channel) -> {
			channel.createSocket();
			channel.connect("127.0.0.1", this.port);
		});
		connect(client, "127.0.0.2", "127.0.0.3");
		Loopback.passUntil(this.map, client::connected);
		assertThat(client.events).containsExactly("error", "connect");
	}

	@Test
	void whenConnectedAndClosedInHandleConnectNothingIsLeft() throws IOException {
		FullListener nobody = full("127.0.0.2");
		server("127.0.0.1");
		Scripted client = client().on("connect", Dispatcher::close);
		connect(client, "127.0.0.2", "127.0.0.1");
		passes(3);
		this.clock.advanceMillis(250);
		passUntilOver(client);
		nobody.makeRoom();
		passes(3);
		assertThat(nobody.accept()).isNull();
		assertThat(client.events).containsExactly("connect");
		assertThat(keys()).isEqualTo(1);
	}

	// other loops

	@Test
	void whenItMovesAllAttemptsMoveAlong() throws IOException {
		FullListener first = full("127.0.0.2");
		full("127.0.0.3");
		full("127.0.0.4");
		Scripted client = pendingThrice();
		new Scripted(keep(Peer.withNearEnd()).near(), this.map);
		Selectors others = new Selectors();
		ChannelMap other = new ChannelMap(this.clock, others);
		client.addChannel(other);
		Asyncore.loop(Duration.ZERO, false, other, 2);
		passes(2);
		assertThat(keys()).isEqualTo(1);
		assertThat(keys(others)).isEqualTo(3);
		first.makeRoom();
		Loopback.passUntil(other, () -> !client.connecting());
		assertThat(client.connected()).isTrue();
		assertThat(remote(client)).isEqualTo("127.0.0.2");
		assertThat(client.events).containsExactly("connect");
		assertRests(this.map);
		assertRests(other);
		assertThat(keys(others)).isEqualTo(1);
		client.close();
	}

	@Test
	void whenItMovesItsTimesMoveAlong() throws IOException {
		full("127.0.0.2");
		full("127.0.0.3");
		Scripted client = connecting("127.0.0.2", "127.0.0.3");
		passes(3);
		ChannelMap other = this.clock.map();
		client.addChannel(other);
		this.clock.advanceMillis(250);
		Asyncore.loop(Duration.ZERO, false, other, 2);
		assertThat(remote(client)).isEqualTo("127.0.0.3");
		this.clock.advanceMillis(29_750);
		Asyncore.loop(Duration.ZERO, false, other, 2);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(SocketTimeoutException.class);
	}

	@Test
	void whenItMovesWhileTheNameIsLookedUpItConnectsThere() throws IOException {
		server("127.0.0.1");
		Scripted client = client();
		client.connect(HOST, this.port);
		passes(2);
		ChannelMap other = this.clock.map();
		client.addChannel(other);
		this.resolver.knows(HOST, "127.0.0.1");
		passes(2);
		assertThat(client.events).isEmpty();
		Loopback.passUntil(other, client::connected);
		assertThat(client.events).containsExactly("connect");
		client.close();
	}

	@Test
	void whenItLeavesTheMapAndComesBackItGoesOn() throws IOException {
		FullListener first = full("127.0.0.2");
		full("127.0.0.3");
		full("127.0.0.4");
		Scripted client = pendingThrice();
		new Scripted(keep(Peer.withNearEnd()).near(), this.map);
		client.delChannel();
		first.makeRoom();
		// long enough for the system to ask once more
		for (int i = 0; i < 15; i++) {
			Asyncore.loop(Duration.ofMillis(100), false, this.map, 1);
		}
		assertThat(client.events).isEmpty();
		assertRests(this.map);
		client.addChannel();
		passUntilOver(client);
		assertThat(remote(client)).isEqualTo("127.0.0.2");
		assertThat(client.events).containsExactly("connect");
	}

	@Test
	void nestedLoopConnectsAndTheOuterOneDoesNotTellAgain() throws IOException {
		server("127.0.0.1");
		Scripted client = connecting("127.0.0.3", "127.0.0.1");
		Peer peer = keep(Peer.withNearEnd());
		Scripted nesting = new Scripted(peer.near(), this.map);
		nesting.on("read", (channel) -> {
			channel.recv(10);
			Loopback.passUntil(this.map, client::connected);
		});
		peer.send("x");
		Loopback.passUntil(this.map, () -> nesting.events.contains("read"));
		passes(3);
		assertThat(client.events).containsExactly("connect");
	}

	@Test
	void whenTheSelectorIsReplacedAllAttemptsAreTakenAlong() throws IOException {
		Selectors spinning = new Selectors(1);
		ChannelMap broken = new ChannelMap(this.clock, spinning);
		broken.eventLoop().setResolver(this.resolver);
		FullListener first = full("127.0.0.2");
		full("127.0.0.3");
		Scripted client = new Scripted(broken);
		client.createSocket();
		connect(client, "127.0.0.2", "127.0.0.3");
		Asyncore.loop(Duration.ZERO, false, broken, 3);
		this.clock.advanceMillis(250);
		Asyncore.loop(Duration.ZERO, false, broken, 3);
		assertThat(keys(spinning)).isEqualTo(2);
		try (CapturedLog log = new CapturedLog()) {
			Asyncore.loop(Duration.ofSeconds(1), false, broken, NioPoller.SPIN_LIMIT + 1);
			assertThat(log.warnings()).hasSize(1);
		}
		assertThat(spinning.opened).hasSize(2);
		assertThat(keys(spinning)).isEqualTo(2);
		first.makeRoom();
		Loopback.passUntil(broken, client::connected);
		assertThat(remote(client)).isEqualTo("127.0.0.2");
		Asyncore.loop(Duration.ZERO, false, broken, 2);
		assertThat(keys(spinning)).isEqualTo(1);
		client.close();
	}

	// what it costs

	@Test
	void itsOwnTimersAreNoTasksOfHandlers() throws IOException {
		full("127.0.0.2");
		this.map.eventLoop().monitor().setTimed(true);
		Scripted client = client();
		client.setChannelName("timed");
		connect(client, "127.0.0.2", "127.0.0.3");
		after(250);
		after(30_000);
		assertThat(client.events).containsExactly("error", "close");
		ChannelStats group = this.map.eventLoop().monitor().group("timed");
		assertThat(group.calls(Hook.TASK)).isZero();
		assertThat(group.calls(Hook.CONNECT)).isZero();
		assertThat(group.calls(Hook.ERROR)).isEqualTo(1);
	}

	@Test
	void timersOfManyConnectionsDoNotPileUp() throws IOException {
		Scripted server = server("127.0.0.1");
		server.onAccepted(SocketChannel::close);
		for (int i = 0; i < 500; i++) {
			Scripted client = client(StandardProtocolFamily.INET);
			client.connect(server.localAddress());
			passUntilOver(client);
			assertThat(client.connected()).isTrue();
			client.close();
		}
		assertThat(this.map.eventLoop().parts().engine().tasks().timerCount()).isLessThan(200);
	}

	@Test
	void twoHundredClientsConnectAtATime() throws IOException {
		Scripted server = server("127.0.0.1");
		List<Scripted> clients = new ArrayList<>();
		for (int i = 0; i < 200; i++) {
			clients.add(connecting("127.0.0.3", "127.0.0.1"));
		}
		Loopback.passUntil(this.map, () -> clients.stream().allMatch(Dispatcher::connected));
		Loopback.passUntil(this.map, () -> server.events.size() == 200);
		assertThat(clients).allSatisfy((client) -> assertThat(client.events).containsExactly("connect"));
		clients.forEach(Dispatcher::close);
		passes(2);
		assertThat(keys()).isEqualTo(1);
	}

	@Test
	void whenNoOtherSocketCanBeHadThePresentAttemptMayStillWin() throws IOException {
		FullListener first = full("127.0.0.2");
		Scripted client = new Scripted(this.map);
		NoOtherSocket endpoint = new NoOtherSocket(SocketChannel.open());
		client.channel().use(endpoint);
		connect(client, "127.0.0.2", "127.0.0.3", "127.0.0.4");
		passes(3);
		after(250);
		after(250);
		assertThat(endpoint.reopened).isEqualTo(2);
		assertThat(client.connecting()).isTrue();
		first.makeRoom();
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
		client.close();
		client.channel().use(new NoOtherSocket(SocketChannel.open()));
		this.resolver.knows("other.test", "127.0.0.3", "127.0.0.4");
		client.connect("other.test", this.port);
		Loopback.passUntil(this.map, client::closed);
		assertThat(client.failures).singleElement().isInstanceOf(ConnectException.class);
		assertThat(client.failures.get(0).getSuppressed()).singleElement()
			.extracting(Throwable::getMessage)
			.isEqualTo("as planned");
	}

	private Scripted pendingThrice() throws IOException {
		Scripted client = connecting("127.0.0.2", "127.0.0.3", "127.0.0.4");
		passes(3);
		after(250);
		after(250);
		assertThat(keys()).isEqualTo(3);
		return client;
	}

	/**
	 * How to end what is under way.
	 */
	enum End {

		CLOSE(Dispatcher::close),

		CLOSE_ON_LOOP((client) -> {
			client.map().eventLoop().execute(client::close);
			Asyncore.poll(Duration.ZERO, client.map());
		}),

		CLOSE_ELSEWHERE((client) -> CompletableFuture.runAsync(client::close).get(10, TimeUnit.SECONDS)),

		NEW_SOCKET(Dispatcher::createSocket),

		CLOSE_ALL((client) -> Asyncore.closeAll(client.map(), false));

		private final Scripted.Script action;

		End(Scripted.Script action) {
			this.action = action;
		}

	}

	/**
	 * A socket beside which the system has no other.
	 */
	private static final class NoOtherSocket extends ChannelEndpoint implements SocketEndpoint {

		private final SocketEndpoint real;

		private int reopened;

		NoOtherSocket(SocketChannel socket) throws IOException {
			this.real = (SocketEndpoint) NioTransport.DEFAULT.of(socket);
		}

		@Override
		public SelectableChannel channel() {
			return this.real.channel();
		}

		@Override
		public boolean connect(SocketAddress address) throws IOException {
			return this.real.connect(address);
		}

		@Override
		public boolean finishConnect() throws IOException {
			return this.real.finishConnect();
		}

		@Override
		public SocketEndpoint reopen() throws IOException {
			this.reopened++;
			throw new IOException("as planned");
		}

		@Override
		public <T> void setOption(SocketOption<T> option, T value) throws IOException {
			this.real.setOption(option, value);
		}

		@Override
		public <T> T getOption(SocketOption<T> option) throws IOException {
			return this.real.getOption(option);
		}

		@Override
		public InetSocketAddress localAddress() {
			return (InetSocketAddress) this.real.localAddress();
		}

		@Override
		public InetSocketAddress remoteAddress() {
			return (InetSocketAddress) this.real.remoteAddress();
		}

		@Override
		public int read(ByteBuffer buffer) throws IOException {
			return this.real.read(buffer);
		}

		@Override
		public int write(ByteBuffer data) throws IOException {
			return this.real.write(data);
		}

		@Override
		public Stage stage() {
			return this.real.stage();
		}

	}

}
