package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Acceptor}: what a listener does when the system cannot give it
 * connections.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AcceptorTests {

	private static final ScriptedEndpoint.Step FAILING = ScriptedEndpoint.failing("too many open files, as planned");

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = new ChannelMap(this.clock, new Selectors());

	private final List<AutoCloseable> resources = new ArrayList<>();

	private CapturedLog log;

	private ScriptedEndpoint endpoint;

	private Loopback.Recorder server;

	@BeforeEach
	void listen() throws IOException {
		this.log = new CapturedLog();
		ServerSocketChannel socket = ServerSocketChannel.open().bind(Loopback.anyPort());
		this.endpoint = new ScriptedEndpoint(socket);
		this.server = new Loopback.Recorder(this.map);
		this.server.channel().use(this.endpoint);
	}

	@AfterEach
	void closeAll() throws Exception {
		this.log.close();
		Asyncore.closeAll(this.map, true);
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
	}

	@Test
	void acceptsAllThatWaitInOnePass() throws IOException {
		connect();
		connect();
		passes(1);
		assertThat(this.server.events).containsExactly("accepted", "accepted");
		assertThat(this.endpoint.calls).containsExactly("accept", "accept", "accept");
	}

	@Test
	void whenNothingIsThereAfterAllGoesOn() throws IOException {
		this.endpoint.accepts.add(ScriptedEndpoint.returning(0));
		connect();
		passes(1);
		assertThat(this.server.events).isEmpty();
		passes(1);
		assertThat(this.server.events).containsExactly("accepted");
	}

	@Test
	void whenAcceptingFailsPausesLongerEachTime() throws IOException {
		connect();
		List<Integer> pauses = new ArrayList<>();
		fail(7);
		passes(5);
		int millis = 0;
		int before = this.endpoint.calls.size();
		assertThat(before).isEqualTo(1);
		while (this.server.events.isEmpty()) {
			this.clock.advanceMillis(10);
			millis += 10;
			passes(2);
			if (this.endpoint.calls.size() > before) {
				before = this.endpoint.calls.size();
				pauses.add(millis);
				millis = 0;
			}
		}
		assertThat(pauses).containsExactly(100, 200, 400, 800, 1000, 1000, 1000);
		assertThat(this.server.events).containsExactly("accepted");
		assertThat(this.log.warnings()).hasSize(1);
		assertThat(this.log.infos()).hasSize(1);
		assertThat(this.log.errors()).isEmpty();
	}

	@Test
	void howeverOftenItPausesTheLoopHasItOnce() throws IOException {
		connect();
		fail(10);
		passes(2);
		for (int i = 0; i < 9; i++) {
			assertThat(this.map.eventLoop().parts().pausedListeners().count()).isEqualTo(1);
			this.clock.advanceMillis(1000);
			passes(2);
		}
		this.clock.advanceMillis(1000);
		passes(2);
		assertThat(this.server.events).containsExactly("accepted");
		assertThat(this.map.eventLoop().parts().pausedListeners().count()).isZero();
	}

	@Test
	void whenClosedWhileItPausesTheLoopForgetsIt() throws Exception {
		connect();
		fail(1);
		passes(2);
		assertThat(this.map.eventLoop().parts().pausedListeners().count()).isEqualTo(1);
		Peer.elsewhere(() -> {
			this.server.close();
			return null;
		});
		assertThat(this.map.eventLoop().parts().pausedListeners().count()).isZero();
		assertThat(this.map.eventLoop().monitor().timers()).isZero();
	}

	@Test
	void whenMovedWhileItPausesItsOldLoopForgetsIt() throws IOException {
		ChannelMap other = new ChannelMap(this.clock, new Selectors());
		connect();
		fail(1);
		passes(2);
		this.server.addChannel(other);
		this.clock.advanceMillis(100);
		Loopback.passUntil(other, () -> this.server.events.contains("accepted"));
		assertThat(this.map.eventLoop().parts().pausedListeners().count()).isZero();
		assertThat(other.eventLoop().parts().pausedListeners().count()).isZero();
		this.server.close();
	}

	@Test
	void whenAcceptingFailsListenerStaysOpen() throws IOException {
		connect();
		fail(3);
		passes(3);
		assertThat(this.server.accepting()).isTrue();
		assertThat(this.map.contains(this.server)).isTrue();
		assertThat(this.server.events).as("neither an error nor a close").isEmpty();
		assertThat(this.server.failures).isEmpty();
	}

	@Test
	void whenAcceptingFailsAgainLaterWarnsAgain() throws IOException {
		connect();
		fail(1);
		passes(2);
		this.clock.advanceMillis(100);
		passes(2);
		assertThat(this.server.events).containsExactly("accepted");
		int before = this.endpoint.calls.size();
		fail(2);
		connect();
		passes(2);
		assertThat(this.log.warnings()).hasSize(2);
		// from the beginning
		this.clock.advanceMillis(99);
		passes(2);
		assertThat(this.endpoint.calls).hasSize(before + 1);
		this.clock.advanceMillis(1);
		passes(2);
		assertThat(this.endpoint.calls).hasSize(before + 2);
		assertThat(this.log.warnings()).hasSize(2);
	}

	@Test
	void whenAnotherChannelClosesTriesAtOnce() throws IOException {
		Loopback.Recorder other = channel();
		connect();
		fail(1);
		passes(3);
		assertThat(this.endpoint.calls).hasSize(1);
		this.map.eventLoop().execute(other::close);
		passes(1);
		assertThat(this.server.events).containsExactly("accepted");
	}

	@Test
	void whenAnotherChannelIsClosedOutsideTheLoopTriesAtOnce() throws IOException {
		Loopback.Recorder other = channel();
		connect();
		fail(1);
		passes(3);
		other.close();
		passes(1);
		assertThat(this.server.events).containsExactly("accepted");
	}

	@Test
	void whenAnotherChannelIsClosedByAnotherThreadTriesAtOnce() throws Exception {
		Loopback.Recorder other = channel();
		try (LoopThread thread = LoopThread.run(this.map)) {
			fail(1);
			connect();
			Awaitility.await().atMost(Loopback.BOUND).until(() -> this.log.warnings().size() == 1);
			thread.awaitPass();
			assertThat(this.server.events).isEmpty();
			// the clock stands still, so no pause can be over
			other.close();
			Awaitility.await().atMost(Loopback.BOUND).until(() -> this.server.events.contains("accepted"));
		}
	}

	@Test
	void whenTriedEarlyThePauseThatWasCutShortIsForgotten() throws IOException {
		Loopback.Recorder other = channel();
		connect();
		fail(10);
		passes(2);
		this.clock.advanceMillis(50);
		other.close();
		passes(2);
		assertThat(this.endpoint.calls).hasSize(2);
		// the first pause would be over now, the second has just begun
		this.clock.advanceMillis(50);
		passes(2);
		assertThat(this.endpoint.calls).hasSize(2);
		this.clock.advanceMillis(1000);
		passes(2);
		assertThat(this.endpoint.calls).hasSize(3);
	}

	@Test
	void whenListenerIsClosedWhilePausedStaysClosed() throws IOException {
		channel();
		connect();
		fail(1);
		passes(2);
		this.server.close();
		this.clock.advanceMillis(1000);
		passes(3);
		assertThat(this.endpoint.calls).hasSize(1);
		assertThat(this.map.contains(this.server)).isFalse();
	}

	@Test
	void whenListenerIsClosedWhilePausedAndOpensAgainAccepts() throws IOException {
		connect();
		fail(1);
		passes(2);
		this.server.close();
		this.server.createSocket();
		this.server.bind(Loopback.anyPort());
		this.server.listen(5);
		connect();
		passes(2);
		assertThat(this.server.events).containsExactly("accepted");
	}

	@Test
	void whenHandlerCallsAcceptAgainAndAgainThePauseGrowsOnce() throws IOException {
		this.server.close();
		ScriptedEndpoint again = new ScriptedEndpoint(ServerSocketChannel.open().bind(Loopback.anyPort()));
		Dispatcher stubborn = new Dispatcher(this.map) {

			@Override
			protected void handleAccept() throws Exception {
				for (int i = 0; i < 5; i++) {
					accept();
				}
			}

		};
		stubborn.channel().use(again);
		for (int i = 0; i < 100; i++) {
			again.accepts.add(FAILING);
		}
		this.resources.add(SocketChannel.open(again.localAddress()));
		Sockets.awaitAcceptable(again.channel());
		passes(5);
		int before = again.calls.size();
		this.clock.advanceMillis(100);
		passes(2);
		assertThat(again.calls).hasSizeGreaterThan(before);
		assertThat(this.log.warnings()).hasSize(1);
	}

	@Test
	void whenHandleAcceptedFailsListenerAndLoopGoOn() throws IOException {
		this.server.close();
		List<SocketChannel> accepted = new ArrayList<>();
		Loopback.Recorder failing = new Loopback.Recorder(this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
				accepted.add(socket);
				if (accepted.size() == 1) {
					throw new IOException("as planned");
				}
			}

		};
		ServerSocketChannel socket = ServerSocketChannel.open().bind(Loopback.anyPort());
		failing.setSocket(socket);
		for (int i = 0; i < 2; i++) {
			this.resources.add(SocketChannel.open(socket.getLocalAddress()));
		}
		Loopback.passUntil(this.map, () -> accepted.size() == 2);
		assertThat(failing.events).containsExactly("error");
		assertThat(failing.accepting()).isTrue();
		assertThat(accepted.get(0).isOpen()).isFalse();
		assertThat(accepted.get(1).isOpen()).isTrue();
		accepted.get(1).close();
	}

	// what scripted endpoints show besides

	@Test
	void whenReadFailsHandleCloseIsCalledOnce() throws IOException {
		Loopback.Pair pair = pair();
		ScriptedEndpoint failing = new ScriptedEndpoint(pair.near());
		failing.reads.add(ScriptedEndpoint.failing("connection reset, as planned"));
		Loopback.Recorder channel = new Loopback.Recorder(this.map) {

			@Override
			protected void handleClose() {
				this.events.add("close");
			}

		};
		channel.channel().use(failing);
		Sockets.send(pair, "x");
		passes(5);
		assertThat(channel.events).containsExactly("read", "close");
		assertThat(channel.failures).isEmpty();
		assertThat(failing.calls).containsExactly("read");
	}

	@Test
	void whenWriteFailsHandleCloseIsCalledOnce() throws IOException {
		ScriptedEndpoint failing = new ScriptedEndpoint(pair().near());
		failing.writes.add(ScriptedEndpoint.failing("broken pipe, as planned"));
		failing.writes.add(ScriptedEndpoint.failing("broken pipe, as planned"));
		List<String> events = new ArrayList<>();
		Dispatcher channel = new Dispatcher(this.map) {

			@Override
			protected void handleWrite() throws Exception {
				events.add("sent " + send(new byte[10]));
			}

			@Override
			protected void handleClose() {
				events.add("close");
			}

		};
		channel.channel().use(failing);
		passes(5);
		assertThat(events).containsExactly("close", "sent 0");
		assertThat(channel.closed()).isFalse();
		// a later attempt closes it
		assertThat(channel.send(new byte[10])).isZero();
		assertThat(channel.closed()).isTrue();
		assertThat(events).hasSize(2);
	}

	@Test
	void whenSocketTakesByteByByteSendsAllInOrder() throws IOException {
		Loopback.Pair pair = pair();
		ScriptedEndpoint narrow = new ScriptedEndpoint(pair.near());
		StringBuilder taken = new StringBuilder();
		for (int i = 0; i < 20; i++) {
			narrow.writes.add((data) -> {
				taken.append((char) data.get());
				return 1;
			});
			narrow.writes.add(ScriptedEndpoint.returning(0));
		}
		DispatcherWithSend channel = new DispatcherWithSend(this.map);
		channel.channel().use(narrow);
		assertThat(channel.send("hello, ".getBytes())).isEqualTo(7);
		assertThat(channel.send("world".getBytes())).isEqualTo(5);
		Loopback.passUntil(this.map, () -> channel.outBuffered() == 0);
		assertThat(taken).hasToString("hello, world");
		passes(3);
		assertThat(taken).hasToString("hello, world");
	}

	// a real shortage

	@Test
	@EnabledOnOs(OS.LINUX)
	void whenDescriptorsRunOutClientsWaitInTheBacklog() throws Exception {
		// without the option the JVM raises the limit itself
		try (ChildProcess process = new ChildProcess("ulimit -n 64", "-XX:-MaxFDLimit", FewDescriptors.class)) {
			int port = Integer.parseInt(process.readLine());
			Deque<Socket> waiting = new ArrayDeque<>();
			Deque<Socket> served = new ArrayDeque<>();
			int clients = 100;
			for (int i = 0; i < clients; i++) {
				Socket socket = new Socket();
				this.resources.add(socket);
				socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 10_000);
				socket.setSoTimeout(50);
				waiting.add(socket);
			}
			// in the order of the backlog: serve until the first one has to wait for long
			while (isServed(waiting.element(), 1000)) {
				served.add(waiting.remove());
			}
			assertThat(served).hasSizeBetween(5, 63);
			assertThat(waiting).hasSize(clients - served.size());
			assertThat(process.isAlive()).isTrue();
			while (!waiting.isEmpty()) {
				served.remove().close();
				assertThat(isServed(waiting.element(), 10_000)).isTrue();
				served.add(waiting.remove());
			}
			for (Socket socket : served) {
				socket.close();
			}
			try (Socket last = new Socket(InetAddress.getLoopbackAddress(), port)) {
				last.getOutputStream().write('q');
				String[] report = process.readLine().split(" ");
				assertThat(Integer.parseInt(report[0])).as("accepted").isEqualTo(clients + 1);
				// a listener that spins calls a hundred thousand times in a second
				assertThat(Integer.parseInt(report[1])).as("calls of handleAccept()").isLessThan(1000);
				assertThat(Integer.parseInt(report[2])).as("passes").isLessThan(3000);
			}
			process.awaitEnd();
		}
	}

	private static boolean isServed(Socket socket, int millis) throws IOException {
		try {
			socket.setSoTimeout(millis);
			return socket.getInputStream().read() == '!';
		}
		catch (SocketTimeoutException ex) {
			return false;
		}
	}

	private void fail(int times) {
		for (int i = 0; i < times; i++) {
			this.endpoint.accepts.add(FAILING);
		}
	}

	private void connect() throws IOException {
		SocketChannel client = SocketChannel.open(this.server.localAddress());
		this.resources.add(client);
		Sockets.awaitAcceptable(this.server.socket());
	}

	private Loopback.Recorder channel() throws IOException {
		return new Loopback.Recorder(pair().near(), this.map);
	}

	private Loopback.Pair pair() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		this.resources.add(pair);
		return pair;
	}

	private void passes(int count) throws IOException {
		Asyncore.loop(Duration.ZERO, false, this.map, count);
	}

}
