package io.asyncore;

import java.io.IOException;
import java.net.Socket;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A channel that another thread closes while it is put into service: it stays closed, and
 * its connection counts as refused.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CloseWhileServedTests {

	private static final int ROUNDS = 4000;

	private static final Duration LONG_ENOUGH = Duration.ofSeconds(6);

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@ParameterizedTest
	@EnumSource
	void isRefused(Moment moment) throws IOException {
		List<Fresh> made = new CopyOnWriteArrayList<>();
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), moment.factory(made), this.map);
		server.setMaxConnections(5);
		server.open();
		try (Socket client = Loopback.peer(server)) {
			Loopback.passUntil(this.map, () -> !made.isEmpty());
			assertRefused(client, server, made);
		}
		// the server goes on
		assertThat(this.map.channels()).containsExactly(server);
		assertThat(server.acceptPaused()).isNull();
	}

	@ParameterizedTest
	@EnumSource
	void isRefusedByAnotherLoop(Moment moment) throws Exception {
		List<Fresh> made = new CopyOnWriteArrayList<>();
		try (LoopGroup loops = new LoopGroup(2)) {
			ServerDispatcher server = loops.serve(moment.factory(made));
			try (Socket client = Loopback.peer(server); Socket other = Loopback.peer(server)) {
				assertThat(client.getInputStream().read()).isEqualTo(-1);
				assertThat(other.getInputStream().read()).isEqualTo(-1);
				loops.awaitPasses();
				assertThat(made).hasSize(2).allSatisfy(CloseWhileServedTests::assertOver);
				assertThat(made.get(0).map()).isNotEqualTo(made.get(1).map());
				assertThat(server.connections()).isZero();
				long accepted = 0;
				long rejected = 0;
				for (EventLoop loop : loops.group.loops()) {
					ChannelStats group = loop.monitor().group(server.channelName());
					accepted += group.accepted();
					rejected += group.rejected(RejectReason.REFUSED);
					assertThat(opened(loop)).isZero();
					assertThat(loop.parts().arrivals().connections()).isZero();
				}
				assertThat(accepted).isEqualTo(2);
				assertThat(rejected).isEqualTo(2);
			}
		}
	}

	@Test
	void isRefusedIfItsListenerIsNoServer() throws IOException {
		List<Fresh> made = new ArrayList<>();
		Dispatcher listener = listener((socket) -> {
			Fresh channel = new Fresh(null, socket);
			made.add(channel);
			elsewhere(channel::close);
		});
		try (Socket client = Loopback.peer(listener)) {
			Loopback.passUntil(this.map, () -> !made.isEmpty());
			assertRefused(client, listener, made);
		}
	}

	@Test
	void isRefusedIfItsListenerIsNoServerAndItWasNotAskedYet() throws IOException {
		List<Fresh> made = new ArrayList<>();
		Dispatcher listener = listener((socket) -> made.add(new Fresh(null, socket)));
		try (Socket client = Loopback.peer(listener)) {
			Loopback.passUntil(this.map, () -> !made.isEmpty());
			elsewhere(made.get(0)::close);
			assertRefused(client, listener, made);
		}
	}

	@Test
	void isOpenedOnceItWasInService() throws IOException {
		List<Fresh> made = new ArrayList<>();
		Dispatcher listener = listener((socket) -> made.add(new Fresh(null, socket)));
		try (Socket client = Loopback.peer(listener)) {
			Loopback.passUntil(this.map, () -> !made.isEmpty());
			Asyncore.poll(Duration.ZERO, this.map);
			elsewhere(made.get(0)::close);
			assertThat(client.getInputStream().read()).isEqualTo(-1);
			assertThat(opened(this.map.eventLoop())).isOne();
			assertThat(refused(listener)).isZero();
		}
	}

	@Test
	void oneThatWasClosedBeforeMayStillBeUsed() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			Scripted channel = new Scripted(this.map);
			channel.close();
			channel.setSocket(pair.near());
			Sockets.send(pair.far(), "x");
			Loopback.passUntil(this.map, () -> channel.received.length() == 1);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whoJoinsWhileItIsClosedIsNotInTheMap(boolean other) throws Exception {
		ChannelMap target = other ? new ChannelMap() : this.map;
		for (int i = 0; i < ROUNDS; i++) {
			Dispatcher channel = new Dispatcher(this.map);
			channel.createSocket();
			CompletableFuture<Void> closing = CompletableFuture.runAsync(channel::close);
			channel.addChannel(target);
			closing.get(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
			// one of the two came last
			if (channel.map().contains(channel)) {
				channel.delChannel();
			}
			assertThat(channel.closed()).isTrue();
			assertThat(this.map.isEmpty()).isTrue();
			assertThat(target.isEmpty()).isTrue();
		}
	}

	@Test
	void noCloseIsLostWheneverItComes() throws Exception {
		AtomicReference<Fresh> fresh = new AtomicReference<>();
		AtomicInteger round = new AtomicInteger();
		AtomicInteger closed = new AtomicInteger();
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
			Fresh channel = new Fresh(null);
			fresh.set(channel);
			round.incrementAndGet();
			return channel;
		}, this.map);
		server.open();
		Thread closer = new Thread(() -> {
			for (int i = 1; i <= ROUNDS && await(round, i); i++) {
				for (int spins = i * 11 % 300; spins > 0; spins--) {
					Thread.onSpinWait();
				}
				fresh.get().close();
				closed.set(i);
			}
		});
		closer.setDaemon(true);
		closer.start();
		long end = System.nanoTime() + LONG_ENOUGH.toNanos();
		int rounds = 0;
		while (rounds < ROUNDS && System.nanoTime() - end < 0) {
			int next = ++rounds;
			try (Socket client = Loopback.peer(server)) {
				Loopback.passUntil(this.map, () -> round.get() == next);
				assertThat(await(closed, next)).isTrue();
				assertOver(fresh.get());
				assertThat(this.map.channels()).as("round %d", next).containsExactly(server);
				assertThat(client.getInputStream().read()).isEqualTo(-1);
			}
		}
		assertThat(server.connections()).isZero();
		assertThat(this.map.eventLoop().parts().arrivals().connections()).isZero();
		ChannelStats group = this.map.eventLoop().monitor().group(server.channelName());
		assertThat(group.accepted()).isEqualTo(rounds);
		assertThat(opened(this.map.eventLoop()) + group.rejected(RejectReason.REFUSED)).isEqualTo(rounds);
		round.set(Integer.MAX_VALUE);
		closer.join(Loopback.BOUND.toMillis());
	}

	private static boolean await(AtomicInteger counter, int value) {
		long end = System.nanoTime() + Loopback.BOUND.toNanos();
		while (counter.get() < value) {
			if (System.nanoTime() - end > 0) {
				return false;
			}
			Thread.onSpinWait();
		}
		return true;
	}

	private void assertRefused(Socket client, Dispatcher listener, List<Fresh> made) throws IOException {
		assertThat(client.getInputStream().read()).isEqualTo(-1);
		assertThat(made).singleElement().satisfies(CloseWhileServedTests::assertOver);
		ChannelStats group = this.map.eventLoop().monitor().group(listener.channelName());
		assertThat(group.accepted()).isOne();
		assertThat(opened(this.map.eventLoop())).isZero();
		assertThat(refused(listener)).isOne();
		assertThat(group.rejected(RejectReason.ERROR)).isZero();
		assertThat(this.map.eventLoop().parts().arrivals().connections()).isZero();
		if (listener instanceof ServerDispatcher server) {
			assertThat(server.connections()).isZero();
		}
	}

	private long refused(Dispatcher listener) {
		return this.map.eventLoop().monitor().group(listener.channelName()).rejected(RejectReason.REFUSED);
	}

	private static long opened(EventLoop loop) {
		return loop.monitor().groups().stream().mapToLong(ChannelStats::opened).sum();
	}

	private static void assertOver(Fresh channel) {
		assertThat(channel.closed()).isTrue();
		assertThat(channel.socket()).isNull();
		assertThat(channel.map().contains(channel)).isFalse();
		assertThat(channel.events).isEmpty();
	}

	private Dispatcher listener(Scripted.AcceptedScript accepted) throws IOException {
		return Scripted.listening(this.map).onAccepted(accepted);
	}

	private static void elsewhere(Runnable task) {
		CompletableFuture.runAsync(task).orTimeout(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS).join();
	}

	/**
	 * When the other thread closes.
	 */
	enum Moment {

		WHILE_IT_IS_MADE, BEFORE_IT_JOINS, AFTER_IT_HAS_JOINED, BEFORE_IT_HAS_THE_SOCKET, AFTER_IT_HAS_THE_SOCKET,
		WHILE_IT_IS_MADE_WITH_THE_SOCKET, WITH_THE_SOCKET_BEFORE_IT_JOINS, WITH_THE_SOCKET_AFTER_IT_HAS_JOINED;

		ChannelFactory factory(List<Fresh> made) {
			return (socket, peer) -> {
				Fresh channel = (ordinal() < WHILE_IT_IS_MADE_WITH_THE_SOCKET.ordinal()) ? new Fresh(this)
						: new Fresh(this, socket);
				if (this == WHILE_IT_IS_MADE || this == WHILE_IT_IS_MADE_WITH_THE_SOCKET) {
					elsewhere(channel::close);
				}
				made.add(channel);
				return channel;
			};
		}

	}

	/**
	 * Is closed at a moment, and notes what it is called for.
	 */
	private static final class Fresh extends Dispatcher {

		private final List<String> events = new CopyOnWriteArrayList<>();

		private final Moment moment;

		Fresh(Moment moment) {
			this.moment = moment;
		}

		Fresh(Moment moment, SocketChannel socket) throws IOException {
			super(socket);
			this.moment = moment;
		}

		private void at(Moment... moments) {
			if (Arrays.asList(moments).contains(this.moment)) {
				elsewhere(this::close);
			}
		}

		@Override
		public void addChannel(ChannelMap map) {
			at(Moment.BEFORE_IT_JOINS, Moment.WITH_THE_SOCKET_BEFORE_IT_JOINS);
			super.addChannel(map);
			at(Moment.AFTER_IT_HAS_JOINED, Moment.WITH_THE_SOCKET_AFTER_IT_HAS_JOINED);
		}

		@Override
		public void setSocket(SelectableChannel socket) throws IOException {
			at(Moment.BEFORE_IT_HAS_THE_SOCKET);
			super.setSocket(socket);
			at(Moment.AFTER_IT_HAS_THE_SOCKET);
		}

		@Override
		protected void handleOpen() {
			// for the race that cannot be seen from outside: it was open then
			if (this.moment != null) {
				this.events.add("open");
			}
		}

		@Override
		protected void handleRead() throws IOException {
			if (recv(1).length > 0) {
				this.events.add("read");
			}
		}

		@Override
		protected void handleError(Throwable failure) {
			this.events.add("error");
		}

	}

}
