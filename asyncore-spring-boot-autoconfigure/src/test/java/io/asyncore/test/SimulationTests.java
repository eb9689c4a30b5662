package io.asyncore.test;

import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.ChannelMap;
import io.asyncore.CloseReason;
import io.asyncore.DatagramDispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.ExitNow;
import io.asyncore.ServerDispatcher;
import io.asyncore.SocketType;
import io.asyncore.chat.AsyncChat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Simulation}.
 */
@Timeout(60)
class SimulationTests {

	private static final SocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	private final List<String> ended = new ArrayList<>();

	private ServerDispatcher server(ChannelMap map) throws Exception {
		ServerDispatcher server = new ServerDispatcher(ANY_PORT, (socket, peer) -> new LineEcho(socket, map), map);
		server.open();
		return server;
	}

	@Test
	void serverAnswersAClient() throws Exception {
		try (Simulation simulation = Simulation.seed(1)) {
			ScriptedClient client = simulation.connect(server(simulation.map()));
			client.send("hello\nthere\n").expectLine("hello").expectLine("there");
			client.shutdownOutput().expectEnd();
			simulation.runUntil(() -> simulation.map().size() == 1);
			assertThat(this.ended).containsExactly("PEER");
		}
	}

	@Test
	void hoursAreOverInNoTime() throws Exception {
		try (Simulation simulation = Simulation.seed(2)) {
			ServerDispatcher server = server(simulation.map());
			server.setChannelIdleTimeout(Duration.ofMinutes(90));
			ScriptedClient client = simulation.connect(server);
			client.send("half a li").expect("half a li");
			simulation.advance(Duration.ofMinutes(89));
			assertThat(simulation.map().size()).isEqualTo(2);
			simulation.advance(Duration.ofMinutes(2));
			assertThat(this.ended).containsExactly("TIMEOUT");
			client.expectEnd();
			assertThat(simulation.elapsed()).isBetween(Duration.ofMinutes(91), Duration.ofMinutes(92));
		}
	}

	private String run(long seed) throws Exception {
		try (Simulation simulation = Simulation.seed(seed)) {
			ServerDispatcher server = server(simulation.map());
			List<ScriptedClient> clients = new ArrayList<>();
			for (int i = 0; i < 5; i++) {
				clients.add(simulation.connect(server));
			}
			for (ScriptedClient client : clients) {
				client.send("one\ntwo\n" + "x".repeat(1000) + "\n");
			}
			for (ScriptedClient client : clients) {
				client.expectLine("one").expectLine("two").expectLine("x{1000}");
			}
			return simulation.trace();
		}
	}

	@Test
	void sameSeedGivesTheSameRun() throws Exception {
		assertThat(run(3)).isEqualTo(run(3)).isNotEqualTo(run(4));
	}

	@Test
	void whatNeverComesIsToldWithTheTrace() {
		try (Simulation simulation = Simulation.seed(5)) {
			assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> simulation.runUntil(() -> false))
				.withMessageContaining("seed 5");
		}
	}

	@Test
	void nothingArrivesWhileTheNetworkIsPartitioned() throws Exception {
		try (Simulation simulation = Simulation.seed(6)) {
			ScriptedClient client = simulation.connect(server(simulation.map()));
			client.send("one\n").expectLine("one");
			simulation.network().partition();
			client.send("two\n");
			simulation.advance(Duration.ofMinutes(10));
			assertThatExceptionOfType(AssertionError.class).isThrownBy(client::readLine).withMessageContaining("PT10S");
			simulation.network().heal();
			client.expectLine("two");
		}
	}

	@Test
	void latencyIsWhatItIsSaidToBe() throws Exception {
		try (Simulation simulation = Simulation.seed(7)) {
			simulation.network().latency(Duration.ofSeconds(1), Duration.ZERO);
			ScriptedClient client = simulation.connect(server(simulation.map()));
			Duration connected = simulation.elapsed();
			client.send("one\n").expectLine("one");
			assertThat(connected).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2100));
			assertThat(simulation.elapsed().minus(connected)).isBetween(Duration.ofSeconds(2), Duration.ofMillis(2100));
		}
	}

	@Test
	void narrowWindowHoldsTheSenderBack() throws Exception {
		try (Simulation simulation = Simulation.seed(8)) {
			simulation.network().window(10);
			ServerDispatcher server = server(simulation.map());
			ScriptedClient client = simulation.connect(server);
			AsyncChat channel = (AsyncChat) simulation.runUntil(() -> simulation.map().size() == 2)
				.map()
				.channels()
				.get(1);
			// by a thread that is not the loop's
			channel.push(new byte[1000]);
			simulation.advance(Duration.ofMinutes(1));
			assertThat(channel.outBuffered()).isEqualTo(990);
			assertThat(client.read(1000)).isEqualTo(new byte[1000]);
		}
	}

	@Test
	void connectionIsRefusedWhereNobodyListens() {
		try (Simulation simulation = Simulation.seed(9)) {
			assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> simulation.connect(7))
				.havingCause()
				.withMessage("Connection refused");
		}
	}

	@Test
	void clientsConnectToAScriptedServer() throws Exception {
		try (Simulation simulation = Simulation.seed(10)) {
			ScriptedServer server = simulation.listen();
			LineEcho client = new LineEcho(simulation.map());
			client.createSocket();
			simulation.network().name("far.example", InetAddress.getLoopbackAddress());
			simulation.loop().execute(() -> client.connect("far.example", server.port()));
			ScriptedClient connection = server.accept();
			connection.send("hi\n").expectLine("hi").reset();
			simulation.runUntil(() -> !this.ended.isEmpty());
			assertThat(this.ended).containsExactly("PEER");
		}
	}

	@Test
	void nameThatNobodyKnowsIsNotFound() throws Exception {
		try (Simulation simulation = Simulation.seed(15)) {
			List<Throwable> failures = new ArrayList<>();
			LineEcho client = new LineEcho(simulation.map()) {

				@Override
				protected void handleError(Throwable failure) {
					failures.add(failure);
					close();
				}

			};
			client.createSocket();
			simulation.loop().execute(() -> client.connect("nobody.example", 7));
			simulation.runUntil(() -> !failures.isEmpty(), Duration.ofSeconds(1));
			assertThat(failures).singleElement().isInstanceOf(UnknownHostException.class);
		}
	}

	@Test
	void loopsShareTheConnectionsOfAServer() throws Exception {
		try (Simulation simulation = Simulation.seed(11)) {
			ChannelMap other = simulation.newMap();
			ServerDispatcher server = new ServerDispatcher(ANY_PORT,
					(socket, peer) -> new LineEcho(socket, EventLoop.current().map()), simulation.map());
			server.setEventLoopGroup(new EventLoopGroup(List.of(simulation.loop(), other.eventLoop())));
			server.open();
			for (int i = 0; i < 4; i++) {
				simulation.connect(server).send("x\n").expectLine("x");
			}
			assertThat(simulation.map().size()).isEqualTo(3);
			assertThat(other.size()).isEqualTo(2);
		}
	}

	@Test
	void anotherThreadDoesItsWorkInAMoment() {
		try (Simulation simulation = Simulation.seed(12)) {
			List<Thread> threads = new ArrayList<>();
			simulation.elsewhere(() -> threads.add(Thread.currentThread()));
			assertThat(threads).isEmpty();
			simulation.runUntil(() -> !threads.isEmpty(), Duration.ofMillis(10));
			assertThat(simulation.loop().thread()).isNotNull().isNotIn(threads);
		}
	}

	@Test
	void datagramsAreLostOrComeTwice() throws Exception {
		try (Simulation simulation = Simulation.seed(13)) {
			AtomicInteger received = new AtomicInteger();
			DatagramDispatcher receiver = new DatagramDispatcher(simulation.map()) {

				@Override
				protected void handleDatagram(ByteBuffer data, SocketAddress sender) {
					received.incrementAndGet();
				}

			};
			receiver.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
			receiver.bind(ANY_PORT);
			DatagramDispatcher sender = new DatagramDispatcher(simulation.map());
			sender.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
			simulation.network().datagrams(0, 1);
			for (int i = 0; i < 10; i++) {
				sender.sendTo(ByteBuffer.wrap(new byte[] { 1 }), receiver.localAddress());
			}
			simulation.runUntil(() -> received.get() == 20);
			simulation.network().datagrams(1, 0);
			sender.sendTo(ByteBuffer.wrap(new byte[] { 1 }), receiver.localAddress());
			simulation.advance(Duration.ofMinutes(1));
			assertThat(received).hasValue(20);
		}
	}

	@Test
	void handlerCannotWaitForTheTest() throws Exception {
		try (Simulation simulation = Simulation.seed(16)) {
			List<Throwable> failures = new ArrayList<>();
			simulation.loop().execute(() -> {
				try {
					simulation.advance(Duration.ofSeconds(1));
				}
				catch (IllegalStateException ex) {
					failures.add(ex);
				}
			});
			simulation.runUntil(() -> !failures.isEmpty());
			assertThat(failures.get(0)).hasMessageContaining("A handler cannot wait");
		}
	}

	@Test
	void testOfAnotherThreadCanWaitToo() throws Exception {
		try (Simulation simulation = Simulation.seed(17)) {
			CompletableFuture.runAsync(() -> simulation.advance(Duration.ofHours(1))).get(10, TimeUnit.SECONDS);
			assertThat(simulation.elapsed()).isGreaterThanOrEqualTo(Duration.ofHours(1));
		}
	}

	@Test
	void loopThatExitsIsOver() throws Exception {
		try (Simulation simulation = Simulation.seed(18)) {
			simulation.loop().execute(() -> {
				throw new ExitNow();
			});
			simulation.runUntil(() -> simulation.loop().thread() == null, Duration.ofSeconds(1));
			assertThat(simulation.trace()).contains("simulated-1 has ended by io.asyncore.ExitNow");
		}
	}

	@Test
	void impossibleConditionsAreRefused() {
		try (Simulation simulation = Simulation.seed(14)) {
			SimulatedNetwork network = simulation.network();
			assertThatIllegalArgumentException().isThrownBy(() -> network.shortTransfers(1))
				.withMessageContaining("'shortTransfers'");
			assertThatIllegalArgumentException().isThrownBy(() -> network.window(0)).withMessageContaining("'window'");
			assertThatIllegalArgumentException().isThrownBy(() -> network.datagrams(2, 0))
				.withMessageContaining("'lostDatagrams'");
		}
	}

	private class LineEcho extends AsyncChat {

		LineEcho(ChannelMap map) {
			super(map);
			setTerminator("\n");
		}

		LineEcho(SocketChannel socket, ChannelMap map) throws Exception {
			super(socket, map);
			setTerminator("\n");
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) {
			push(data);
		}

		@Override
		protected void foundTerminator() {
			push(new byte[] { '\n' });
		}

		@Override
		protected void handleClosed(CloseReason reason) {
			SimulationTests.this.ended.add(reason.name());
		}

	}

}
