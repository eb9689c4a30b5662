package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for a {@link ServerDispatcher} for which several loops listen.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReusePortTests {

	private final List<Socket> clients = new ArrayList<>();

	private final List<Dispatcher> channels = new CopyOnWriteArrayList<>();

	private final ChannelFactory factory = (socket, peer) -> {
		Dispatcher channel = new Greeter(socket);
		this.channels.add(channel);
		return channel;
	};

	@BeforeEach
	void assumeThatTheSystemHasTheOption() throws IOException {
		try (ServerSocketChannel probe = ServerSocketChannel.open()) {
			assumeThat(probe.supportedOptions()).contains(StandardSocketOptions.SO_REUSEPORT);
		}
	}

	@AfterEach
	void closeClients() throws IOException {
		for (Socket client : this.clients) {
			client.close();
		}
	}

	@Test
	void eachLoopListensAtThePortOfTheFirst() throws Exception {
		try (LoopGroup loops = new LoopGroup(3)) {
			ServerDispatcher server = open(loops);
			server.setChannelName("shared");
			for (int i = 1; i < 3; i++) {
				int index = i;
				await().until(() -> listener(loops, index) != null);
				Dispatcher listener = listener(loops, i);
				assertThat(listener.localAddress()).isEqualTo(server.localAddress());
				assertThat(listener).isInstanceOf(SharedListener.class);
			}
		}
	}

	@Test
	void connectionsStayOnTheLoopThatHasAcceptedThem() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			ServerDispatcher server = open(loops);
			for (int i = 0; i < 64; i++) {
				greet(server);
			}
			// a loop that looks for another one has counted it already
			await().until(() -> server.connections() == 64);
			String name = server.channelName();
			for (int i = 0; i < 2; i++) {
				ChannelMap map = loops.map(i);
				long accepted = loops.loop(i).monitor().group(name).accepted();
				// chosen by the system: that one of them gets none is as good as
				// impossible
				assertThat(accepted).isPositive();
				assertThat(this.channels).filteredOn((channel) -> channel.map() == map).hasSize((int) accepted);
			}
		}
	}

	@Test
	void togetherTheyAcceptNoMoreThanTheLimit() throws Exception {
		try (LoopGroup loops = new LoopGroup(4)) {
			AtomicInteger present = new AtomicInteger();
			AtomicInteger most = new AtomicInteger();
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
				most.accumulateAndGet(present.incrementAndGet(), Math::max);
				return new Greeter(socket) {

					@Override
					public void close() {
						if (!closed()) {
							present.decrementAndGet();
						}
						super.close();
					}

				};
			}, loops.map(0));
			server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
			server.setMaxConnections(2);
			loops.open(server);
			for (int i = 0; i < 100; i++) {
				client(server);
			}
			for (Socket client : this.clients) {
				client.close();
			}
			await().untilAsserted(() -> assertThat(accepted(loops, server)).isEqualTo(100));
			await().until(() -> server.connections() == 0);
			assertThat(most.get()).isBetween(1, 2);
			assertThat(server.acceptPaused()).isNull();
		}
	}

	@Test
	void closesAndOpensAllOfThem() throws Exception {
		try (LoopGroup loops = new LoopGroup(3)) {
			ServerDispatcher server = open(loops);
			for (int i = 0; i < 5; i++) {
				int port = Loopback.port(server);
				// by this thread, which is none of theirs
				server.close();
				await().until(() -> listener(loops, 1) == null && listener(loops, 2) == null);
				awaitFree(port);
				loops.open(server);
				for (int j = 0; j < 8; j++) {
					greet(server);
				}
			}
		}
	}

	@Test
	void whenClosedBeforeTheOtherLoopHasTakenItsSocketLeavesNothing() throws Exception {
		try (LoopGroup loops = new LoopGroup(2); Gate gate = new Gate()) {
			loops.loop(1).execute(gate::pass);
			gate.awaitArrival();
			ServerDispatcher server = open(loops);
			int port = Loopback.port(server);
			server.close();
			awaitFree(port);
			gate.open();
			loops.awaitPasses();
			assertThat(loops.map(1).isEmpty()).isTrue();
		}
	}

	@Test
	void whenALoopEndsBeforeItHasTakenItsSocketClosesIt() throws Exception {
		LoopGroup loops = new LoopGroup(2);
		Gate gate = new Gate();
		loops.loop(1).execute(() -> {
			gate.pass();
			throw new ExitNow();
		});
		gate.awaitArrival();
		ServerDispatcher server = open(loops);
		gate.open();
		loops.thread(1).join();
		for (int i = 0; i < 16; i++) {
			greet(server);
		}
		assertThat(loops.map(1).isEmpty()).isTrue();
		loops.close();
	}

	@Test
	void whenALoopShutsDownTheOthersAcceptAll() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			ServerDispatcher server = open(loops);
			await().until(() -> listener(loops, 1) != null);
			loops.loop(1).shutdown(Loopback.BOUND);
			loops.thread(1).join();
			for (int i = 0; i < 16; i++) {
				greet(server);
			}
		}
	}

	@Test
	void loopsThatNobodyRunsDoNotListen() throws Exception {
		try (LoopGroup loops = new LoopGroup(3)) {
			loops.end(2);
			ServerDispatcher server = open(loops);
			for (int i = 0; i < 32; i++) {
				greet(server);
			}
			assertThat(loops.map(2).isEmpty()).isTrue();
		}
	}

	@Test
	void failureOfTheFactoryIsToldToTheServerOnItsLoop() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			List<String> told = new CopyOnWriteArrayList<>();
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
				throw new IOException("as planned");
			}, loops.map(0)) {

				@Override
				protected void handleError(Throwable failure) {
					told.add(failure.getMessage() + " " + EventLoop.current().name());
				}

			};
			server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
			loops.open(server);
			for (int i = 0; i < 32; i++) {
				assertThat(client(server).getInputStream().read()).isEqualTo(-1);
			}
			await().until(() -> told.size() == 32);
			assertThat(told).containsOnly("as planned loop-0");
			assertThat(server.connections()).isZero();
			assertThat(listener(loops, 1)).isNotNull();
		}
	}

	@Test
	void aServerThatChoosesItsConnectionsDoesSoOnAllLoops() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			AtomicBoolean refusing = new AtomicBoolean(true);
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, loops.map(0)) {

				@Override
				protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
					if (refusing.get()) {
						socket.close();
						return;
					}
					super.handleAccepted(socket, address);
				}

			};
			server.setMaxConnections(1);
			server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
			loops.open(server);
			for (int i = 0; i < 32; i++) {
				assertThat(client(server).getInputStream().read()).isEqualTo(-1);
			}
			assertThat(this.channels).isEmpty();
			// what was not received is not counted
			await().until(() -> server.connections() == 0);
			refusing.set(false);
			greet(server);
		}
	}

	@Test
	void optionsReachTheSocketsOfAllLoops() throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, loops.map(0));
			server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
			server.setOption(StandardSocketOptions.TCP_NODELAY, false);
			loops.open(server);
			await().until(() -> listener(loops, 1) != null);
			assertThat(listener(loops, 1).getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
			server.setOption(StandardSocketOptions.TCP_NODELAY, true);
			loops.awaitPasses();
			assertThat(listener(loops, 1).getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
		}
	}

	@Test
	void aUnixSocketHasOneListenerWhoseConnectionsAreHandedOver(@TempDir Path directory) throws Exception {
		try (LoopGroup loops = new LoopGroup(2)) {
			UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
			ServerDispatcher server = loops.open(new ServerDispatcher(address, this.factory, loops.map(0)));
			try (SocketChannel one = SocketChannel.open(address); SocketChannel other = SocketChannel.open(address)) {
				assertThat(one.isConnected() && other.isConnected()).isTrue();
				await().until(() -> this.channels.size() == 2);
				assertThat(this.channels).extracting(Dispatcher::map)
					.containsExactlyInAnyOrder(loops.map(0), loops.map(1));
				assertThat(listener(loops, 1)).isNull();
				assertThat(server.connections()).isEqualTo(2);
			}
		}
	}

	@Test
	void whenThePortIsTakenFailsAndLeavesNothing() throws Exception {
		try (LoopGroup loops = new LoopGroup(2);
				ServerSocket taken = new ServerSocket(0, 1, Loopback.anyPort().getAddress())) {
			ServerDispatcher server = new ServerDispatcher(taken.getLocalSocketAddress(), this.factory, loops.map(0));
			server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
			assertThatExceptionOfType(Exception.class).isThrownBy(() -> loops.open(server))
				.withCauseInstanceOf(AddressUnavailableException.class);
			loops.awaitPasses();
			assertThat(loops.map(0).isEmpty()).isTrue();
			assertThat(loops.map(1).isEmpty()).isTrue();
		}
	}

	private ServerDispatcher open(LoopGroup loops) throws Exception {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), this.factory, loops.map(0));
		server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
		return loops.open(server);
	}

	// at the latest when each loop has made a pass
	private static void awaitFree(int port) {
		await().atMost(Loopback.BOUND).ignoreExceptionsInstanceOf(BindException.class).until(() -> {
			try (ServerSocket free = new ServerSocket(port, 1, Loopback.anyPort().getAddress())) {
				return free.isBound();
			}
		});
	}

	private static Dispatcher listener(LoopGroup loops, int index) {
		return loops.map(index).channels().stream().filter(Dispatcher::accepting).findAny().orElse(null);
	}

	private static long accepted(LoopGroup loops, ServerDispatcher server) {
		return loops.group.loops()
			.stream()
			.mapToLong((loop) -> loop.monitor().group(server.channelName()).accepted())
			.sum();
	}

	private Socket client(ServerDispatcher server) throws IOException {
		Socket client = Loopback.peer(server);
		this.clients.add(client);
		return client;
	}

	private void greet(ServerDispatcher server) throws IOException {
		assertThat(client(server).getInputStream().read()).isEqualTo('!');
	}

	private static class Greeter extends DispatcherWithSend {

		Greeter(SocketChannel socket) throws IOException {
			super(socket);
		}

		@Override
		protected void handleOpen() {
			send(new byte[] { '!' });
		}

		@Override
		protected void handleRead() throws IOException {
			recv(100);
		}

	}

}
