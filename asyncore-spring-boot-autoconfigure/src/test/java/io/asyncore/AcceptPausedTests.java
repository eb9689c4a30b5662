package io.asyncore;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what is told of servers that accept no connections for now.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AcceptPausedTests extends MonitoringFixture {

	private static final String PAUSED = "paused tested limit";

	private static final String RESUMED = "resumed tested limit";

	private final List<String> events = this.news.events;

	private CapturedLog log;

	private ServerDispatcher server;

	@BeforeEach
	void listen() throws IOException {
		this.log = new CapturedLog();
		this.server = server();
		this.monitor.addObserver(this.news);
	}

	@AfterEach
	void closeLog() {
		this.log.close();
	}

	@Test
	void withoutALimitIsNotPaused() throws IOException {
		assertThat(this.server.maxConnections()).isEqualTo(Integer.MAX_VALUE);
		client(this.server);
		assertThat(this.server.acceptPaused()).isNull();
		assertThat(this.events).containsExactly("opened tested");
	}

	@Test
	void atTheLimitIsPausedUntilAConnectionEnds() throws IOException {
		this.server.setMaxConnections(2);
		assertThat(this.server.maxConnections()).isEqualTo(2);
		Peer first = client(this.server);
		assertThat(this.server.acceptPaused()).isNull();
		client(this.server);
		assertThat(this.server.acceptPaused()).isEqualTo(PauseReason.LIMIT);
		first.close();
		until(() -> this.server.acceptPaused() == null);
		assertThat(this.events).filteredOn((event) -> event.endsWith("limit")).containsExactly(PAUSED, RESUMED);
	}

	@Test
	void isToldOnceForEachTimeThatItIsFull() throws IOException {
		this.server.setMaxConnections(1);
		for (int i = 0; i < 3; i++) {
			Peer client = client(this.server);
			client.close();
			until(() -> this.server.connections() == 0);
		}
		assertThat(this.events).filteredOn((event) -> event.endsWith("limit"))
			.containsExactly(PAUSED, RESUMED, PAUSED, RESUMED, PAUSED, RESUMED);
	}

	@Test
	void whenOthersWaitInTheBacklogTakesTheNextOne() throws IOException {
		this.server.setMaxConnections(1);
		Peer first = client(this.server);
		keep(Peer.connectTo(this.server.localAddress()));
		passes(5);
		assertThat(group().accepted()).isEqualTo(1);
		first.close();
		until(() -> group().accepted() == 2);
		assertThat(this.events).containsExactly(PAUSED, "opened tested", "closed tested peer", RESUMED, PAUSED,
				"opened tested");
	}

	@Test
	void whenLimitIsRaisedIsResumed() throws IOException {
		this.server.setMaxConnections(1);
		client(this.server);
		this.server.setMaxConnections(2);
		assertThat(this.server.acceptPaused()).isNull();
		assertThat(this.events).endsWith(RESUMED);
		client(this.server);
		assertThat(this.events).endsWith(PAUSED, "opened tested");
	}

	@Test
	void whenLimitIsLoweredIsPausedUntilEnoughHaveEnded() throws IOException {
		List<Peer> clients = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			clients.add(client(this.server));
		}
		this.events.clear();
		this.server.setMaxConnections(2);
		assertThat(this.server.acceptPaused()).isEqualTo(PauseReason.LIMIT);
		for (int i = 2; i >= 1; i--) {
			int left = i;
			clients.get(i).close();
			until(() -> this.server.connections() == left);
		}
		assertThat(this.server.acceptPaused()).isNull();
		assertThat(this.events).containsExactly(PAUSED, "closed tested peer", "closed tested peer", RESUMED);
	}

	@Test
	void whenAnotherThreadClosesIsResumed() throws Exception {
		this.server.setMaxConnections(1);
		client(this.server);
		Dispatcher channel = last(this.server);
		try (LoopThread thread = LoopThread.run(this.map)) {
			channel.close();
			assertThat(this.server.acceptPaused()).isNull();
			assertThat(this.events).containsExactly(PAUSED, "opened tested", "closed tested local", RESUMED);
			keep(Peer.connectTo(this.server.localAddress()));
			Awaitility.await().atMost(Loopback.BOUND).until(() -> group().accepted() == 2);
			thread.awaitPass();
		}
		assertThat(this.events).endsWith(PAUSED, "opened tested");
	}

	@Test
	void whenNotOpenIsNotPaused() throws IOException {
		this.server.setMaxConnections(1);
		client(this.server);
		this.server.close();
		assertThat(this.server.acceptPaused()).isNull();
	}

	@Test
	void whenDescriptorsRunOutIsPausedUntilAConnectionIsAccepted() throws IOException {
		ScriptedEndpoint endpoint = failing(this.server, 2);
		keep(SocketChannel.open(this.server.localAddress()));
		until(() -> !endpoint.calls.isEmpty());
		passes(5);
		assertThat(endpoint.calls).hasSize(1);
		assertThat(this.server.acceptPaused()).isEqualTo(PauseReason.DESCRIPTORS);
		assertThat(this.events).containsExactly("paused tested descriptors");
		this.clock.advanceMillis(100);
		until(() -> endpoint.calls.size() == 2);
		assertThat(this.server.acceptPaused()).isEqualTo(PauseReason.DESCRIPTORS);
		this.clock.advanceMillis(200);
		until(() -> group().accepted() == 1);
		assertThat(this.server.acceptPaused()).isNull();
		assertThat(this.events).containsExactly("paused tested descriptors", "resumed tested descriptors",
				"opened tested");
	}

	@Test
	void whenDescriptorsRunOutOfAPlainListenerThatIsToldToo() throws IOException {
		Scripted listener = named(new Scripted(this.map));
		ScriptedEndpoint endpoint = failing(listener, 1);
		keep(SocketChannel.open(listener.localAddress()));
		until(() -> endpoint.calls.size() == 1);
		this.clock.advanceMillis(100);
		until(() -> listener.events.contains("accepted"));
		assertThat(this.events).containsExactly("paused tested descriptors", "resumed tested descriptors");
		assertThat(group().accepted()).isEqualTo(1);
	}

	private ScriptedEndpoint failing(Dispatcher listener, int times) throws IOException {
		ScriptedEndpoint endpoint = new ScriptedEndpoint(keep(ServerSocketChannel.open().bind(Loopback.anyPort())));
		for (int i = 0; i < times; i++) {
			endpoint.accepts.add(ScriptedEndpoint.failing("too many open files, as planned"));
		}
		listener.channel().use(endpoint);
		return endpoint;
	}

}
