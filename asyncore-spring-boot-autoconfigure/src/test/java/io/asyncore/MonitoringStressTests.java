package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is counted while several threads open, close and look at channels.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MonitoringStressTests {

	private static final int CLIENTS = 3;

	private static final Duration TIME = Duration.ofSeconds(2);

	private final ChannelMap map = new ChannelMap();

	private final LoopMonitor monitor = this.map.eventLoop().monitor();

	private final ChannelStats group = this.monitor.group(MonitoringFixture.NAME);

	private final News news = new News();

	private final Queue<Dispatcher> channels = new ConcurrentLinkedQueue<>();

	private final ExecutorService threads = Executors.newFixedThreadPool(CLIENTS + 2);

	private final long end = System.nanoTime() + TIME.toNanos();

	@AfterEach
	void endThreads() throws InterruptedException {
		this.threads.shutdownNow();
		assertThat(this.threads.awaitTermination(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void whenManyThreadsAreAtItSumsAreRightInTheEnd() throws Exception {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, address) -> {
			Scripted channel = new Scripted(socket, this.map).on("read", (self) -> self.send(self.recv(100)));
			this.channels.add(channel);
			return channel;
		}, this.map);
		server.setChannelName(MonitoringFixture.NAME);
		server.open();
		this.monitor.addObserver(this.news);
		this.monitor.setTimed(true);
		List<Future<Long>> clients = new ArrayList<>();
		try (LoopThread thread = LoopThread.run(this.map)) {
			SocketAddress address = server.localAddress();
			for (int i = 0; i < CLIENTS; i++) {
				clients.add(this.threads.submit(() -> connectAgainAndAgain(address)));
			}
			Future<Long> closer = this.threads.submit(untilTheEnd(this::closeOne));
			Future<Long> looker = this.threads.submit(untilTheEnd(this::look));
			long connections = 0;
			for (Future<Long> client : clients) {
				connections += client.get(30, TimeUnit.SECONDS);
			}
			assertThat(closer.get(30, TimeUnit.SECONDS)).isPositive();
			assertThat(looker.get(30, TimeUnit.SECONDS)).isPositive();
			awaitEcho(address);
			Awaitility.await().atMost(Loopback.BOUND).until(() -> server.connections() == 0);
			thread.awaitPass();
			assertThat(this.group.accepted()).isBetween(2L, connections + 1);
		}
		verifyInTheEnd();
		Asyncore.closeAll(this.map, true);
	}

	private void verifyInTheEnd() {
		assertThat(this.group.opened()).isEqualTo(MonitoringFixture.closed(this.group));
		assertThat(this.group.opened()).isLessThanOrEqualTo(this.group.accepted());
		assertThat(this.group.closed(CloseReason.ERROR)).isZero();
		assertThat(this.group.closed(CloseReason.PEER)).isPositive();
		// what is received when another thread closes is not answered
		assertThat(this.group.sent()).isPositive().isLessThanOrEqualTo(this.group.received());
		assertThat(this.group.calls(Hook.READ)).isPositive();
		assertThat(this.news.events).filteredOn((event) -> event.startsWith("opened"))
			.hasSize((int) this.group.opened());
		assertThat(this.news.events).filteredOn((event) -> event.startsWith("closed"))
			.hasSize((int) this.group.opened());
		long snapshots = this.channels.stream().mapToLong((channel) -> ChannelSnapshot.of(channel).received()).sum();
		assertThat(snapshots).isEqualTo(this.group.received());
		assertThat(this.monitor.tasks()).isZero();
	}

	// when the last one is served, so are those that came before
	private static void awaitEcho(SocketAddress address) throws IOException {
		try (Peer last = Peer.connectTo(address)) {
			last.send("last");
			Awaitility.await().atMost(Loopback.BOUND).until(() -> last.poll().text().equals("last"));
		}
	}

	private long connectAgainAndAgain(SocketAddress address) throws IOException {
		long connections = 0;
		while (System.nanoTime() - this.end < 0) {
			try (Peer peer = Peer.connectTo(address)) {
				connections++;
				if (connections % 3 == 0) {
					peer.send("ping");
				}
				if (connections % 5 == 0) {
					peer.poll().reset();
				}
			}
			catch (IOException ex) {
				// closed by the other end in the middle of it
			}
		}
		return connections;
	}

	private Callable<Long> untilTheEnd(Runnable action) {
		return () -> {
			long times = 0;
			for (; System.nanoTime() - this.end < 0; times++) {
				action.run();
			}
			return times;
		};
	}

	private void closeOne() {
		List<Dispatcher> present = this.map.channels();
		Dispatcher last = present.get(present.size() - 1);
		// leaves some to their peers
		if (!(last instanceof ServerDispatcher) && ChannelSnapshot.of(last).id() % 4 == 0) {
			last.close();
		}
	}

	private void look() {
		for (Dispatcher channel : this.map.channels()) {
			ChannelSnapshot snapshot = ChannelSnapshot.of(channel);
			assertThat(snapshot.age()).isGreaterThanOrEqualTo(Duration.ZERO);
			assertThat(snapshot.received()).isBetween(0L, 4L);
			Dispatcher found = this.map.channel(snapshot.id());
			assertThat(found == null || found == channel).isTrue();
		}
		// in this order, for the other one goes up in between
		long closed = MonitoringFixture.closed(this.group);
		assertThat(this.group.opened()).isGreaterThanOrEqualTo(closed);
		assertThat(this.monitor.activity()).isNotNull();
		assertThat(this.group.failures(Hook.READ)).isZero();
	}

}
