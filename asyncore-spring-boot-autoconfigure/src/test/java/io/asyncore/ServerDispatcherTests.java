package io.asyncore;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

import io.asyncore.transport.Transports;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Tests for {@link ServerDispatcher}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServerDispatcherTests {

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = new ChannelMap(this.clock, Transports.standard());

	private final List<Greeter> greeters = new ArrayList<>();

	private final List<Socket> clients = new ArrayList<>();

	private final ChannelFactory factory = (socket, peer) -> greeter(new Greeter(this.map));

	private final ExecutorService reader = Executors.newSingleThreadExecutor();

	@AfterEach
	void closeAll() throws IOException {
		for (Socket client : this.clients) {
			client.close();
		}
		Asyncore.closeAll(this.map, true);
		this.reader.shutdownNow();
	}

	@Test
	void makesAChannelOfEachConnection() throws Exception {
		List<Object> arguments = new ArrayList<>();
		ServerDispatcher server = open((socket, peer) -> {
			arguments.add(socket);
			arguments.add(peer);
			return greeter(new Greeter(this.map));
		});
		Socket one = client(server);
		Socket other = client(server);
		passUntil(() -> server.connections() == 2);
		assertThat(read(one)).isEqualTo('!');
		assertThat(read(other)).isEqualTo('!');
		assertThat(arguments).containsExactly(this.greeters.get(0).socket(), one.getLocalSocketAddress(),
				this.greeters.get(1).socket(), other.getLocalSocketAddress());
		assertThat(this.greeters).allSatisfy((greeter) -> {
			assertThat(greeter.events).containsExactly("open, connected");
			assertThat(greeter.addr()).isEqualTo(greeter.remoteAddress());
		});
	}

	@Test
	void isClosedUntilItIsOpened() throws IOException {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, this.map);
		assertThat(server.accepting()).isFalse();
		assertThat(server.localAddress()).isNull();
		assertThat(server.connections()).isZero();
		assertThat(this.map.isEmpty()).isTrue();
		server.open();
		assertThat(server.accepting()).isTrue();
		assertThat(this.map.channels()).containsExactly(server);
	}

	@Test
	void openingTwiceIsOpeningOnce() throws Exception {
		ServerDispatcher server = open(this.factory);
		SelectableChannel socket = server.socket();
		int port = Loopback.port(server);
		server.open();
		server.handleOpen();
		assertThat(server.socket()).isSameAs(socket);
		assertThat(Loopback.port(server)).isEqualTo(port);
		client(server);
		passUntil(() -> server.connections() == 1);
	}

	@Test
	void opensWhenItIsPutIntoServiceByTheLoop() throws Exception {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, new ChannelMap());
		try (LoopThread thread = LoopThread.run(this.map)) {
			thread.call(() -> {
				this.map.eventLoop().open(server);
				return null;
			});
			assertThat(server.map()).isSameAs(this.map);
			assertThat(client(server).getInputStream().read()).isEqualTo('!');
		}
	}

	@Test
	void withoutAMapTakesThatOfTheLoopThatRuns() throws Exception {
		assertThat(new ServerDispatcher(Loopback.anyPort(), this.factory).map()).isSameAs(Asyncore.socketMap());
		try (LoopThread thread = LoopThread.run(this.map)) {
			assertThat(thread.call(() -> new ServerDispatcher(Loopback.anyPort(), this.factory).map()))
				.isSameAs(this.map);
		}
	}

	@Test
	void listensAgainAfterAClose() throws IOException {
		ServerDispatcher server = open(this.factory);
		Socket before = client(server);
		passUntil(() -> server.connections() == 1);
		server.close();
		assertThat(server.accepting()).isFalse();
		server.open();
		client(server);
		passUntil(() -> server.connections() == 2);
		// the connection has stayed
		before.getOutputStream().write('x');
		passUntil(() -> this.greeters.get(0).received == 1);
	}

	@Test
	void wildcardAddressIsThatOfBothProtocols() throws Exception {
		for (SocketAddress address : List.of(new InetSocketAddress(0), new InetSocketAddress("0.0.0.0", 0),
				new InetSocketAddress("::", 0))) {
			ServerDispatcher server = new ServerDispatcher(address, this.factory, this.map);
			server.open();
			assertThat(read(client("127.0.0.1", Loopback.port(server), server))).isEqualTo('!');
			assumeThat(hasIpv6()).isTrue();
			assertThat(read(client("::1", Loopback.port(server), server))).isEqualTo('!');
			server.close();
		}
	}

	@Test
	void addressOfOneProtocolIsThatAlone() throws Exception {
		ServerDispatcher four = new ServerDispatcher(new InetSocketAddress("127.0.0.1", 0), this.factory, this.map);
		four.open();
		assertThat(((InetSocketAddress) four.localAddress()).getAddress()).isInstanceOf(Inet4Address.class);
		assertThat(read(client("127.0.0.1", Loopback.port(four), four))).isEqualTo('!');
		assumeThat(hasIpv6()).isTrue();
		assertThatIOException().isThrownBy(() -> new Socket("::1", Loopback.port(four)).close());
		ServerDispatcher six = new ServerDispatcher(new InetSocketAddress("::1", 0), this.factory, this.map);
		six.open();
		assertThat(read(client("::1", Loopback.port(six), six))).isEqualTo('!');
		assertThatIOException().isThrownBy(() -> new Socket("127.0.0.1", Loopback.port(six)).close());
	}

	@Test
	void unixSocketHasItsFileAsLongAsItIsOpen(@TempDir Path directory) throws IOException {
		Path file = directory.resolve("s");
		ServerDispatcher server = new ServerDispatcher(UnixDomainSocketAddress.of(file), this.factory, this.map);
		for (int i = 1; i <= 2; i++) {
			int connections = i;
			server.open();
			assertThat(file).exists();
			try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
				passUntil(() -> server.connections() == 1 && this.greeters.size() == connections);
				assertThat(client.isConnected()).isTrue();
			}
			passUntil(() -> server.connections() == 0);
			server.close();
			assertThat(file).doesNotExist();
		}
		Files.createFile(file);
		server.close();
		assertThat(file).exists();
	}

	@Test
	void whenTheFileOfAUnixSocketIsThereLeavesIt(@TempDir Path directory) throws IOException {
		Path file = Files.writeString(directory.resolve("s"), "precious");
		ServerDispatcher server = new ServerDispatcher(UnixDomainSocketAddress.of(file), this.factory, this.map);
		assertThatExceptionOfType(AddressUnavailableException.class).isThrownBy(server::open);
		server.close();
		assertThat(file).hasContent("precious");
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void whenItCannotBindLeavesNothingOpen() throws IOException {
		long before = Sockets.descriptors("socket:");
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			ServerDispatcher server = new ServerDispatcher(taken.getLocalSocketAddress(), this.factory, this.map);
			for (int i = 0; i < 10; i++) {
				assertThatExceptionOfType(AddressUnavailableException.class).isThrownBy(server::open);
				assertThat(server.closed()).isTrue();
				assertThat(server.socket()).isNull();
			}
			assertThat(this.map.isEmpty()).isTrue();
		}
		assertThat(Sockets.descriptors("socket:")).isEqualTo(before);
	}

	@Test
	void whenTheAddressIsUnresolvedSaysSo() {
		ServerDispatcher server = new ServerDispatcher(InetSocketAddress.createUnresolved("no.such.host.invalid", 1),
				this.factory, this.map);
		assertThatExceptionOfType(IOException.class).isThrownBy(server::open)
			.withMessageContaining("no.such.host.invalid");
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void acceptsNoMoreThanItsLimit() throws IOException {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, this.map);
		server.setMaxConnections(2);
		server.open();
		for (int i = 0; i < 5; i++) {
			client(server);
		}
		try (CapturedLog log = new CapturedLog()) {
			passUntil(() -> server.connections() == 2);
			passes(20);
			assertThat(server.connections()).isEqualTo(2);
			this.greeters.get(0).close();
			assertThat(server.connections()).isEqualTo(1);
			passUntil(() -> this.greeters.size() == 3);
			assertThat(server.connections()).isEqualTo(2);
			assertThat(log.warnings()).singleElement().asString().contains("has 2 connections, which is its limit");
		}
		server.setMaxConnections(4);
		passUntil(() -> this.greeters.size() == 5);
		assertThat(server.connections()).isEqualTo(4);
		server.setMaxConnections(1);
		client(server);
		passes(20);
		assertThat(this.greeters).hasSize(5);
		for (int i = 1; i < 5; i++) {
			this.greeters.get(i).close();
		}
		passUntil(() -> this.greeters.size() == 6);
		assertThat(server.connections()).isEqualTo(1);
	}

	@Test
	void whenAnotherThreadClosesAConnectionAcceptsTheNext() throws Exception {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, this.map);
		server.setMaxConnections(1);
		server.open();
		try (LoopThread thread = LoopThread.run(this.map)) {
			for (int i = 0; i < 50; i++) {
				assertThat(client(server).getInputStream().read()).isEqualTo('!');
				int last = i;
				Greeter greeter = thread.call(() -> this.greeters.get(last));
				greeter.close();
			}
		}
		assertThat(server.connections()).isZero();
	}

	@Test
	void countsEachConnectionUntilItIsClosed() throws IOException {
		ServerDispatcher server = open(this.factory);
		List<Socket> sockets = List.of(client(server), client(server), client(server));
		passUntil(() -> server.connections() == 3);
		this.greeters.get(0).close();
		this.greeters.get(0).close();
		assertThat(server.connections()).isEqualTo(2);
		sockets.get(1).close();
		passUntil(() -> server.connections() == 1);
		Greeter moved = this.greeters.get(2);
		ChannelMap other = new ChannelMap();
		moved.addChannel(other);
		assertThat(server.connections()).isEqualTo(1);
		server.close();
		assertThat(server.connections()).isEqualTo(1);
		moved.close();
		assertThat(server.connections()).isZero();
		moved.createSocket();
		moved.close();
		assertThat(server.connections()).isZero();
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, -1, Integer.MIN_VALUE })
	void refusesWrongSettings(int wrong) {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, this.map);
		assertThatIllegalArgumentException().isThrownBy(() -> server.setBacklog(wrong))
			.withMessage("'backlog' must be at least 1, not " + wrong);
		assertThatIllegalArgumentException().isThrownBy(() -> server.setMaxConnections(wrong))
			.withMessage("'maxConnections' must be at least 1, not " + wrong);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> server.setChannelIdleTimeout(Duration.ofMillis(wrong).minusNanos(1)))
			.withMessageContaining("negative");
	}

	@Test
	void channelJoinsTheMapOfTheServer() throws Exception {
		ChannelMap other = new ChannelMap();
		ServerDispatcher server = open((socket, peer) -> greeter(new Greeter(other)));
		client(server);
		passUntil(() -> server.connections() == 1);
		assertThat(this.greeters.get(0).map()).isSameAs(this.map);
		assertThat(other.isEmpty()).isTrue();
		server.close();
		ServerDispatcher second = open((socket, peer) -> greeter(new Greeter(socket, other)));
		Socket client = client(second);
		passUntil(() -> second.connections() == 1);
		assertThat(this.greeters.get(1).map()).isSameAs(this.map);
		assertThat(other.isEmpty()).isTrue();
		assertThat(read(client)).isEqualTo('!');
	}

	@Test
	void channelMayHaveItsSocketAlready() throws Exception {
		ServerDispatcher server = open((socket, peer) -> greeter(new Greeter(socket, this.map)));
		Socket client = client(server);
		passUntil(() -> server.connections() == 1);
		assertThat(this.greeters.get(0).events).containsExactly("open, connected");
		assertThat(read(client)).isEqualTo('!');
		client.getOutputStream().write('x');
		passUntil(() -> this.greeters.get(0).received == 1);
	}

	@Test
	void failureOfHandleOpenGoesToTheChannel() throws Exception {
		AtomicInteger opened = new AtomicInteger();
		ServerDispatcher server = open((socket, peer) -> greeter(new Greeter(this.map) {

			@Override
			protected void handleOpen() throws Exception {
				opened.incrementAndGet();
				throw new IOException("as planned");
			}

			@Override
			protected void handleError(Throwable failure) throws Exception {
				this.events.add("error: " + failure.getMessage());
				close();
			}

		}));
		Socket client = client(server);
		passUntil(() -> opened.get() == 1);
		assertThat(this.greeters.get(0).events).containsExactly("error: as planned");
		assertThat(server.connections()).isZero();
		assertThat(client.getInputStream().read()).isEqualTo(-1);
		assertThat(server.accepting()).isTrue();
	}

	@Test
	void channelThatHandleErrorKeepsOpenIsServed() throws IOException {
		ServerDispatcher server = open((socket, peer) -> greeter(new Greeter(this.map) {

			@Override
			protected void handleOpen() throws IOException {
				throw new IOException("as planned");
			}

			@Override
			protected void handleError(Throwable failure) {
			}

		}));
		client(server).getOutputStream().write('x');
		passUntil(() -> !this.greeters.isEmpty() && this.greeters.get(0).received == 1);
		assertThat(server.connections()).isEqualTo(1);
	}

	@Test
	void channelThatHandleOpenClosesIsNotCounted() throws Exception {
		ServerDispatcher server = open((socket, peer) -> greeter(new Greeter(this.map) {

			@Override
			protected void handleOpen() {
				close();
			}

		}));
		assertThat(read(client(server))).isEqualTo(-1);
		assertThat(server.connections()).isZero();
	}

	@Test
	void failureOfTheFactoryGoesToTheServerWhichGoesOn() throws Exception {
		List<String> failures = new ArrayList<>();
		AtomicInteger calls = new AtomicInteger();
		ChannelFactory factory = (socket, peer) -> switch (calls.incrementAndGet()) {
			case 1 -> throw new IOException("as planned");
			case 2 -> null;
			case 3 -> {
				Greeter half = new Greeter(socket, this.map);
				assertThat(half.connected()).isTrue();
				throw new IllegalStateException("half made");
			}
			default -> greeter(new Greeter(this.map));
		};
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), factory, this.map) {

			@Override
			protected void handleError(Throwable failure) {
				failures.add(failure.getMessage());
			}

		};
		server.open();
		for (int i = 0; i < 3; i++) {
			assertThat(read(client(server))).isEqualTo(-1);
		}
		assertThat(read(client(server))).isEqualTo('!');
		assertThat(failures).hasSize(3).first().isEqualTo("as planned");
		assertThat(failures.get(1)).endsWith("has returned null: it has to make a channel, or throw");
		assertThat(failures.get(2)).isEqualTo("half made");
		assertThat(server.connections()).isEqualTo(1);
		assertThat(this.map.size()).isEqualTo(2);
	}

	@Test
	void channelThatIsClosedAlreadyIsARefusal() throws Exception {
		ServerDispatcher server = open((socket, peer) -> {
			Greeter greeter = greeter(new Greeter(this.map));
			greeter.close();
			return greeter;
		});
		assertThat(read(client(server))).isEqualTo(-1);
		assertThat(this.greeters.get(0).events).isEmpty();
		assertThat(server.connections()).isZero();
	}

	@Test
	void closesConnectionsThatAreSilent() throws IOException {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, this.map);
		server.setChannelIdleTimeout(Duration.ofSeconds(10));
		server.open();
		Socket active = client(server);
		client(server);
		passUntil(() -> server.connections() == 2);
		for (int i = 1; i <= 5; i++) {
			int count = i;
			this.clock.advance(Duration.ofSeconds(9));
			active.getOutputStream().write('x');
			passUntil(() -> this.greeters.get(0).received == count);
		}
		assertThat(this.greeters.get(0).events).containsExactly("open, connected");
		assertThat(this.greeters.get(1).events).containsExactly("open, connected", "timeout", "close");
		assertThat(server.connections()).isEqualTo(1);
		this.clock.advance(Duration.ofSeconds(10));
		passUntil(() -> server.connections() == 0);
	}

	@Test
	void idleTimeoutOfTheChannelItselfComesFirst() throws IOException {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
			Greeter greeter = greeter(new Greeter(this.map));
			greeter.setIdleTimeout(Duration.ofSeconds(20));
			return greeter;
		}, this.map);
		server.setChannelIdleTimeout(Duration.ofSeconds(10));
		server.open();
		client(server);
		passUntil(() -> server.connections() == 1);
		this.clock.advance(Duration.ofSeconds(19));
		passes(3);
		assertThat(server.connections()).isEqualTo(1);
		this.clock.advance(Duration.ofSeconds(1));
		passUntil(() -> server.connections() == 0);
	}

	@Test
	void opensOnTheLoopOnly() {
		assertThatIllegalStateException().isThrownBy(
				() -> this.map.eventLoop().open(new ServerDispatcher(Loopback.anyPort(), this.factory, this.map)));
	}

	private Greeter greeter(Greeter greeter) {
		this.greeters.add(greeter);
		return greeter;
	}

	private ServerDispatcher open(ChannelFactory factory) throws IOException {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), factory, this.map);
		server.open();
		return server;
	}

	private Socket client(ServerDispatcher server) throws IOException {
		Socket client = Loopback.peer(server);
		this.clients.add(client);
		return client;
	}

	private Socket client(String host, int port, ServerDispatcher server) throws IOException {
		Socket client = new Socket(host, port);
		this.clients.add(client);
		passUntil(() -> server.connections() > 0);
		passes(3);
		return client;
	}

	private static boolean hasIpv6() {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("::1"))) {
			return socket.isBound();
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Make passes until there is something to read, or the end.
	 */
	private int read(Socket client) throws Exception {
		Future<Integer> read = this.reader.submit(() -> client.getInputStream().read());
		passUntil(read::isDone);
		return read.get();
	}

	private void passes(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			Loopback.onePass(this.map, false, Duration.ofMillis(1));
		}
	}

	private void passUntil(BooleanSupplier condition) throws IOException {
		Loopback.passUntil(this.map, condition);
	}

	@Test
	void whenSocketCannotBeGivenToTheChannelNothingIsLeft() throws IOException {
		List<Throwable> failures = new ArrayList<>();
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
			socket.close();
			return new DispatcherWithSend(this.map);
		}, this.map) {

			@Override
			protected void handleError(Throwable failure) {
				failures.add(failure);
			}

		};
		server.open();
		client(server);
		passUntil(() -> failures.size() == 1);
		assertThat(this.map.channels()).containsExactly(server);
		assertThat(server.connections()).isZero();
	}

	/**
	 * Greets with an exclamation mark and counts what it receives.
	 */
	private static class Greeter extends DispatcherWithSend {

		final List<String> events = new ArrayList<>();

		int received;

		Greeter(ChannelMap map) {
			super(map);
		}

		Greeter(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleOpen() throws Exception {
			this.events.add("open, " + (connected() ? "connected" : "not connected"));
			send(new byte[] { '!' });
		}

		@Override
		protected void handleRead() throws Exception {
			this.received += recv(100).length;
		}

		@Override
		protected void handleTimeout() throws Exception {
			this.events.add("timeout");
			super.handleTimeout();
		}

		@Override
		protected void handleClose() throws Exception {
			this.events.add("close");
			super.handleClose();
		}

	}

}
