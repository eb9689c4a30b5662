package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link Dispatcher}: its sockets, addresses, state and description, and its
 * offloaded work. What happens in the loop is tested by
 * {@link DispatcherEventOrderTests}, {@link DispatcherPeerGoneTests},
 * {@link DispatcherFailureTests}, {@link DispatcherTransferTests} and
 * {@link DispatcherReuseTests}.
 */
@Timeout(60)
class DispatcherTests extends MapFixture {

	@AfterEach
	void close() throws Exception {
		Asyncore.closeAll(Asyncore.socketMap(), true);
	}

	@Nested
	class Sockets {

		private final ChannelMap map = DispatcherTests.this.map;

		@Test
		void newDispatcherHasNothing() {
			Dispatcher channel = new Dispatcher(this.map);
			assertThat(channel.socket()).isNull();
			assertThat(channel.addr()).isNull();
			assertThat(channel.localAddress()).isNull();
			assertThat(channel.remoteAddress()).isNull();
			assertThat(channel.connected()).isFalse();
			assertThat(channel.connecting()).isFalse();
			assertThat(channel.accepting()).isFalse();
			assertThat(channel.closed()).isFalse();
			assertThat(this.map.isEmpty()).isTrue();
		}

		@Test
		void connectedSocketIsAdopted() throws IOException {
			Peer peer = peer();
			peer.near().configureBlocking(true);
			Scripted channel = new Scripted(peer.near(), this.map);
			assertThat(channel.socket()).isSameAs(peer.near());
			assertThat(peer.near().isBlocking()).isFalse();
			assertThat(channel.connected()).isTrue();
			assertThat(channel.addr()).isEqualTo(peer.socket().getLocalAddress());
			assertThat(channel.remoteAddress()).isEqualTo(peer.socket().getLocalAddress());
			assertThat(channel.localAddress()).isEqualTo(peer.near().getLocalAddress());
			assertThat(this.map.contains(channel)).isTrue();
			peer.send("x");
			passUntil(() -> channel.received.toString().equals("x"));
		}

		@Test
		void unconnectedSocketIsAdoptedAndCanConnect() throws IOException {
			Scripted server = Scripted.listening(this.map);
			Scripted channel = new Scripted(SocketChannel.open(), this.map);
			assertThat(channel.connected()).isFalse();
			assertThat(channel.socket().isBlocking()).isFalse();
			assertThat(channel.remoteAddress()).isNull();
			channel.connect(server.localAddress());
			passUntil(channel::connected);
			assertThat(channel.events).containsExactly("connect");
		}

		@Test
		void connectingSocketIsAdopted() throws IOException {
			Scripted server = Scripted.listening(this.map);
			SocketChannel socket = SocketChannel.open();
			socket.configureBlocking(false);
			boolean connected = socket.connect(server.localAddress());
			Scripted channel = new Scripted(socket, this.map);
			assertThat(channel.connecting()).isEqualTo(!connected);
			passUntil(channel::connected);
			assertThat(channel.events).containsExactlyElementsOf(connected ? List.of() : List.of("connect"));
		}

		@Test
		void boundSocketIsAdoptedAndCanListen() throws IOException {
			SocketChannel socket = SocketChannel.open().bind(Loopback.anyPort());
			SocketAddress address = socket.getLocalAddress();
			Scripted channel = new Scripted(socket, this.map);
			channel.listen(5);
			assertThat(channel.accepting()).isTrue();
			assertThat(channel.localAddress()).isEqualTo(address);
			keep(Peer.connectTo(address));
			passUntil(() -> channel.events.contains("accepted"));
		}

		@Test
		void listeningSocketIsAdopted() throws IOException {
			ServerSocketChannel socket = ServerSocketChannel.open().bind(Loopback.anyPort());
			Scripted channel = new Scripted(socket, this.map);
			assertThat(channel.accepting()).isTrue();
			assertThat(channel.connected()).isFalse();
			assertThat(socket.isBlocking()).isFalse();
			assertThat(channel.localAddress()).isEqualTo(socket.getLocalAddress());
			keep(Peer.connectTo(channel.localAddress()));
			passUntil(() -> channel.events.contains("accepted"));
		}

		@Test
		void unboundListeningSocketIsAdoptedAndCanListen() throws IOException {
			Scripted channel = new Scripted(ServerSocketChannel.open(), this.map);
			assertThat(channel.accepting()).isFalse();
			channel.bind(Loopback.anyPort());
			channel.listen(5);
			assertThat(channel.accepting()).isTrue();
			keep(Peer.connectTo(channel.localAddress()));
			passUntil(() -> channel.events.contains("accepted"));
		}

		@Test
		void setSocketAdoptsLikeTheConstructor() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(this.map);
			channel.setSocket(peer.near());
			assertThat(channel.connected()).isTrue();
			assertThat(channel.addr()).isEqualTo(peer.socket().getLocalAddress());
			assertThat(this.map.channels()).containsExactly(channel);
		}

		@Test
		void setSocketClosesTheSocketBefore() throws IOException {
			Peer first = peer();
			Peer second = peer();
			Scripted channel = new Scripted(first.near(), this.map);
			channel.setSocket(second.near());
			assertThat(first.near().isOpen()).isFalse();
			assertThat(channel.socket()).isSameAs(second.near());
			second.send("x");
			passUntil(() -> channel.received.toString().equals("x"));
			assertThat(channel.events).containsExactly("read");
		}

		@Test
		void setSocketOfTheSameSocketKeepsIt() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.setSocket(peer.near());
			assertThat(peer.near().isOpen()).isTrue();
			assertThat(channel.connected()).isTrue();
			assertThat(this.map.channels()).containsExactly(channel);
		}

		@Test
		void setSocketOfTheSameSocketJoinsTheMapAgain() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			channel.delChannel();
			channel.setSocket(peer.near());
			assertThat(this.map.channels()).containsExactly(channel);
		}

		@Test
		void closedSocketIsRefused() throws IOException {
			SocketChannel socket = SocketChannel.open();
			socket.close();
			assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> new Scripted(socket, this.map));
			assertThat(this.map.isEmpty()).isTrue();
		}

		@Test
		void channelOfOtherKindIsRefused() throws IOException {
			SelectableChannel other = new ChannelOfOtherKind();
			assertThatIllegalArgumentException().isThrownBy(() -> new Scripted(other, this.map))
				.withMessageContaining("SocketChannel");
			assertThat(this.map.isEmpty()).isTrue();
		}

		@Test
		void createSocketWithoutTypeMakesStreamSocketForIpv4() throws IOException {
			Dispatcher channel = new Dispatcher(this.map);
			channel.createSocket();
			assertThat(channel.socket()).isInstanceOf(SocketChannel.class);
			assertThat(this.map.channels()).containsExactly(channel);
			channel.bind(new InetSocketAddress("127.0.0.1", 0));
		}

		@Test
		void createSocketOfTypeDatagramMakesDatagramSocket() throws IOException {
			Dispatcher channel = new Dispatcher(this.map);
			channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
			assertThat(channel.socket()).isInstanceOf(DatagramChannel.class);
			assertThat(channel.socket().isBlocking()).isFalse();
		}

		@Test
		void afterCloseThereIsNoSocket() throws IOException {
			Scripted channel = Scripted.listening(this.map);
			SocketAddress address = channel.addr();
			channel.close();
			channel.close();
			assertThat(channel.socket()).isNull();
			assertThat(channel.localAddress()).isNull();
			assertThat(channel.remoteAddress()).isNull();
			assertThat(channel.addr()).isEqualTo(address);
			assertThat(channel.closed()).isTrue();
		}

		@Test
		void setOptionReachesTheSocketItTurnsInto() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			channel.setOption(StandardSocketOptions.SO_RCVBUF, 20_000);
			int size = ((SocketChannel) channel.socket()).getOption(StandardSocketOptions.SO_RCVBUF);
			channel.bind(Loopback.anyPort());
			channel.listen(1);
			assertThat(((ServerSocketChannel) channel.socket()).getOption(StandardSocketOptions.SO_RCVBUF))
				.isEqualTo(size);
		}

		@Test
		void whenTheSocketIsClosedBehindItsBackHandleCloseIsCalled() throws IOException {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map);
			peer.near().close();
			channel.interestChanged();
			passUntil(channel::closed);
			assertThat(channel.events).contains("close");
			assertThat(this.map.isEmpty()).isTrue();
		}

	}

	@Nested
	class Binding {

		private final ChannelMap map = DispatcherTests.this.map;

		@Test
		void tellsTheRealPort() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			InetSocketAddress asked = Loopback.anyPort();
			channel.bind(asked);
			assertThat(channel.addr()).isEqualTo(asked);
			int port = Loopback.port(channel);
			assertThat(port).isPositive();
			channel.listen(1);
			assertThat(channel.addr()).isEqualTo(asked);
			assertThat(Loopback.port(channel)).isEqualTo(port);
		}

		@Test
		void whenPortIsTakenByListenerThrowsBindExceptionThatNamesTheAddress() throws IOException {
			Scripted server = Scripted.listening(this.map);
			SocketAddress taken = server.localAddress();
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			assertThatExceptionOfType(AddressUnavailableException.class).isThrownBy(() -> channel.bind(taken))
				.withMessageContaining(String.valueOf(Loopback.port(server)))
				.satisfies((ex) -> assertThat(ex.address()).isEqualTo(taken));
			assertThat(server.accepting()).isTrue();
		}

		@Test
		void whenPortIsTakenByForeignListenerThrowsBindException() throws IOException {
			try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
				Scripted channel = new Scripted(this.map);
				channel.createSocket();
				assertThatExceptionOfType(BindException.class).isThrownBy(() -> channel.bind(server.getLocalAddress()));
			}
		}

		@Test
		void whenPortIsTakenBySocketThatDoesNotListenYetThrowsBindException() throws IOException {
			Scripted first = new Scripted(this.map);
			first.createSocket();
			first.bind(Loopback.anyPort());
			Scripted second = new Scripted(this.map);
			second.createSocket();
			assertThatExceptionOfType(BindException.class).isThrownBy(() -> second.bind(first.localAddress()));
		}

		@Test
		void whenAddressIsNoneOfThisMachineThrowsBindException() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			// set aside for documentation
			InetSocketAddress foreign = new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 0);
			assertThatExceptionOfType(BindException.class).isThrownBy(() -> channel.bind(foreign));
		}

		@Test
		void afterFailedBindAnotherAddressCanBeTried() throws IOException {
			Scripted server = Scripted.listening(this.map);
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			assertThatExceptionOfType(BindException.class).isThrownBy(() -> channel.bind(server.localAddress()));
			channel.bind(Loopback.anyPort());
			channel.listen(1);
			keep(Peer.connectTo(channel.localAddress()));
			passUntil(() -> channel.events.contains("accepted"));
		}

		@Test
		void whenHostIsUnknownThrows() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			assertThatExceptionOfType(UnknownHostException.class)
				.isThrownBy(() -> channel.bind(InetSocketAddress.createUnresolved("no-such-host.invalid", 0)))
				.withMessageContaining("no-such-host.invalid");
		}

		@Test
		void listenWithoutBindTakesAnyPort() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			channel.listen(1);
			assertThat(Loopback.port(channel)).isPositive();
			assertThat(channel.accepting()).isTrue();
		}

		@Test
		void clientCanBeBound() throws IOException {
			Scripted server = Scripted.listening(this.map);
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			channel.bind(Loopback.anyPort());
			SocketAddress local = channel.localAddress();
			channel.connect(server.localAddress());
			passUntil(channel::connected);
			assertThat(channel.localAddress()).isEqualTo(local);
			assertThat(channel.addr()).isEqualTo(server.localAddress());
			assertThat(channel.remoteAddress()).isEqualTo(server.localAddress());
		}

	}

	@Nested
	class IllegalUse {

		private final ChannelMap map = DispatcherTests.this.map;

		@Test
		void withoutSocketSaysSo() {
			Dispatcher channel = new Dispatcher(this.map);
			assertThatIllegalStateException().isThrownBy(() -> channel.bind(Loopback.anyPort()))
				.withMessageContainingAll("createSocket()", "bind()");
			assertThatIllegalStateException().isThrownBy(() -> channel.listen(1))
				.withMessageContainingAll("createSocket()", "listen()");
			assertThatIllegalStateException().isThrownBy(() -> channel.connect(Loopback.anyPort()))
				.withMessageContainingAll("createSocket()", "connect()");
			assertThatIllegalStateException().isThrownBy(() -> channel.connect("localhost", 1))
				.withMessageContainingAll("createSocket()", "connect()");
			assertThatIllegalStateException().isThrownBy(channel::setReuseAddr).withMessageContaining("createSocket()");
			assertThat(channel.connecting()).isFalse();
		}

		@Test
		void withoutSocketTransfersNothing() throws IOException {
			Dispatcher channel = new Dispatcher(this.map);
			assertThat(channel.send(new byte[1])).isZero();
			assertThat(channel.recv(1)).isEmpty();
		}

		@Test
		void afterCloseSaysSo() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			channel.close();
			assertThatIllegalStateException().isThrownBy(() -> channel.connect(Loopback.anyPort()))
				.withMessageContaining("createSocket()");
			assertThat(channel.closed()).isTrue();
		}

		@ParameterizedTest
		@ValueSource(ints = { 0, -1 })
		void backlogBelowOneIsRefused(int backlog) throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			channel.bind(Loopback.anyPort());
			assertThatIllegalArgumentException().isThrownBy(() -> channel.listen(backlog))
				.withMessageContainingAll("backlog", String.valueOf(backlog));
			assertThat(channel.accepting()).isFalse();
			channel.listen(1);
			assertThat(channel.accepting()).isTrue();
		}

		@Test
		void connectTwiceIsRefused() throws IOException {
			Scripted server = Scripted.listening(this.map);
			Scripted channel = Scripted.connecting(this.map, server.localAddress());
			assertThatIllegalStateException().isThrownBy(() -> channel.connect(server.localAddress()))
				.withMessageContainingAll("connecting", "connect()");
			passUntil(channel::connected);
			assertThatIllegalStateException().isThrownBy(() -> channel.connect(server.localAddress()))
				.withMessageContainingAll("connected", "connect()");
		}

		@Test
		void listenerCannotBeBoundOrConnected() throws IOException {
			Scripted server = Scripted.listening(this.map);
			assertThatIllegalStateException().isThrownBy(() -> server.bind(Loopback.anyPort()))
				.withMessageContainingAll("listening", "bind()");
			assertThatIllegalStateException().isThrownBy(() -> server.connect(Loopback.anyPort()))
				.withMessageContainingAll("listening", "connect()");
			assertThat(server.accepting()).isTrue();
		}

		@Test
		void connectedCannotListen() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			assertThatIllegalStateException().isThrownBy(() -> channel.listen(1))
				.withMessageContainingAll("connected", "listen()");
			assertThat(channel.connected()).isTrue();
		}

		@ParameterizedTest
		@ValueSource(ints = { -1, 65536 })
		void portOutOfRangeIsRefused(int port) throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			assertThatIllegalArgumentException().isThrownBy(() -> channel.connect("localhost", port))
				.withMessageContaining(String.valueOf(port));
			assertThat(channel.connecting()).isFalse();
		}

		@Test
		void bindTwiceIsRefused() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			channel.bind(Loopback.anyPort());
			SocketAddress bound = channel.localAddress();
			assertThatIllegalStateException().isThrownBy(() -> channel.bind(Loopback.anyPort()));
			assertThat(channel.localAddress()).isEqualTo(bound);
		}

		@Test
		void datagramMethodsOnStreamAreUnsupported() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			assertThatExceptionOfType(UnsupportedOperationException.class)
				.isThrownBy(() -> channel.recvFrom(ByteBuffer.allocate(1)))
				.withMessageContaining("recvFrom");
			assertThatExceptionOfType(UnsupportedOperationException.class)
				.isThrownBy(() -> channel.sendTo(ByteBuffer.allocate(1), Loopback.anyPort()))
				.withMessageContaining("sendTo");
		}

		@Test
		void optionThatTheSocketDoesNotHaveIsUnsupported() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			assertThatExceptionOfType(UnsupportedOperationException.class)
				.isThrownBy(() -> channel.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true));
		}

		@Test
		void datagramSocketOfUnixFamilyIsUnsupported() {
			Scripted channel = new Scripted(this.map);
			assertThatExceptionOfType(UnsupportedOperationException.class)
				.isThrownBy(() -> channel.createSocket(StandardProtocolFamily.UNIX, SocketType.DATAGRAM));
			assertThat(this.map.isEmpty()).isTrue();
		}

	}

	/**
	 * Point 9 of the contract.
	 */
	@Nested
	class Description {

		private final ChannelMap map = DispatcherTests.this.map;

		@Test
		void namesTheClassAndTheIdentity() {
			Dispatcher channel = new Dispatcher(this.map);
			assertThat(channel).hasToString(
					"<io.asyncore.Dispatcher at 0x" + Integer.toHexString(System.identityHashCode(channel)) + ">");
		}

		@Test
		void namesTheConcreteClass() {
			assertThat(new Scripted(this.map).toString()).startsWith("<io.asyncore.Scripted at 0x");
		}

		@Test
		void whenListeningSaysSoAndNamesTheRealPort() throws IOException {
			Scripted server = new Scripted(this.map);
			server.createSocket();
			server.bind(new InetSocketAddress("127.0.0.1", 0));
			server.listen(1);
			assertThat(server.toString())
				.matches("<io.asyncore.Scripted listening 127.0.0.1:" + Loopback.port(server) + " at 0x[0-9a-f]+>");
		}

		@Test
		void whenConnectedSaysSoAndNamesThePeer() throws IOException {
			Peer peer = peer();
			int port = peer.socket().socket().getLocalPort();
			Scripted channel = new Scripted(peer.near(), this.map);
			assertThat(channel.toString())
				.matches("<io.asyncore.Scripted connected 127.0.0.1:" + port + " at 0x[0-9a-f]+>");
		}

		@Test
		void whenConnectingNamesWhereTo() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			channel.connect("no-such-host.invalid", 4711);
			assertThat(channel.toString()).startsWith("<io.asyncore.Scripted no-such-host.invalid:4711 at 0x");
		}

		@Test
		void whenBoundNamesTheAddress() throws IOException {
			Scripted channel = new Scripted(this.map);
			channel.createSocket();
			channel.bind(new InetSocketAddress("127.0.0.1", 0));
			assertThat(channel.toString()).startsWith("<io.asyncore.Scripted 127.0.0.1:");
		}

		@Test
		void whenClosedIsNeitherListeningNorConnected() throws IOException {
			Scripted server = Scripted.listening(this.map);
			server.close();
			Scripted channel = new Scripted(peer().near(), this.map);
			channel.close();
			assertThat(server.toString()).doesNotContain("listening").startsWith("<io.asyncore.Scripted ");
			assertThat(channel.toString()).doesNotContain("connected").startsWith("<io.asyncore.Scripted 127.0.0.1:");
		}

	}

	@Nested
	class Offloading {

		private final ChannelMap map = DispatcherTests.this.map;

		@Test
		void resultComesBackToTheLoop() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			Thread loop = Thread.currentThread();
			List<Object> seen = new ArrayList<>();
			channel.offload(Thread::currentThread, (worker) -> {
				seen.add(worker);
				seen.add(Thread.currentThread());
				seen.add(EventLoop.current());
			});
			passUntil(() -> seen.size() == 3);
			assertThat(seen.get(0)).isNotSameAs(loop);
			assertThat(seen.get(1)).isSameAs(loop);
			assertThat(seen.get(2)).isSameAs(this.map.eventLoop());
		}

		@Test
		void resultWakesTheWaitingLoop() throws Exception {
			Scripted channel = new Scripted(peer().near(), this.map);
			Peer.elsewhere(() -> {
				channel.offload(() -> "done", (result) -> channel.close());
				Asyncore.loop(Duration.ofSeconds(30), false, this.map);
				return null;
			});
			assertThat(channel.closed()).isTrue();
		}

		@Test
		void failureOfTheWorkGoesToHandleError() throws IOException {
			assertFails(new IOException("as planned"), (channel, failure) -> channel.offload(() -> {
				throw (Exception) failure;
			}, (result) -> channel.events.add("result")));
		}

		@Test
		void errorOfTheWorkGoesToHandleError() throws IOException {
			assertFails(new AssertionError("as planned"), (channel, failure) -> channel.offload(() -> {
				throw (Error) failure;
			}, (result) -> channel.events.add("result")));
		}

		@Test
		void failureOfTheContinuationGoesToHandleError() throws IOException {
			assertFails(new IllegalStateException("as planned"),
					(channel, failure) -> channel.offload(() -> "", (result) -> {
						throw (RuntimeException) failure;
					}));
		}

		@Test
		void nullIsResultToo() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			channel.<Object>offload(() -> null, (result) -> channel.events.add("result " + result));
			passUntil(() -> !channel.events.isEmpty());
			assertThat(channel.events).containsExactly("result null");
		}

		@Test
		void whenClosedMeanwhileNothingComesBack() throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			Scripted witness = new Scripted(peer().near(), this.map);
			channel.offload(() -> "", (result) -> channel.events.add("result"));
			channel.close();
			witness.offload(() -> "", (result) -> witness.events.add("result"));
			passUntil(() -> !witness.events.isEmpty());
			passes();
			assertThat(channel.events).isEmpty();
		}

		private void assertFails(Throwable failure, BiConsumer<Scripted, Throwable> offload) throws IOException {
			Scripted channel = new Scripted(peer().near(), this.map);
			offload.accept(channel, failure);
			passUntil(channel::closed);
			assertThat(channel.failures).containsExactly(failure);
			assertThat(channel.events).containsExactly("error", "close");
		}

	}

}
