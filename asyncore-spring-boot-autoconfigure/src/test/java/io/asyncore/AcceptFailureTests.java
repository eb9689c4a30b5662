package io.asyncore;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What becomes of a connection if something fails, or leaves the loop, when it is
 * accepted: it is closed, and counts as rejected.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AcceptFailureTests {

	private final ChannelMap map = new ChannelMap();

	private CapturedLog log;

	@BeforeEach
	void captureLog() {
		this.log = new CapturedLog();
	}

	@AfterEach
	void closeAll() throws Exception {
		Asyncore.closeAll(this.map, true);
		this.log.close();
	}

	@ParameterizedTest
	@EnumSource
	void ofHandleAccept(Thrown thrown) throws IOException {
		Dispatcher listener = listening(new Dispatcher(this.map) {
			@Override
			protected void handleAccept() throws IOException {
				if (accept() != null) {
					throwUnchecked(thrown.get());
				}
			}
		});
		assertRejected(listener);
	}

	@ParameterizedTest
	@EnumSource
	void ofHandleAccepted(Thrown thrown) throws IOException {
		Dispatcher listener = listening(new Dispatcher(this.map) {
			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) {
				throwUnchecked(thrown.get());
			}
		});
		assertRejected(listener);
	}

	@ParameterizedTest
	@EnumSource
	void ofTheFactory(Thrown thrown) throws IOException {
		ServerDispatcher server = server((socket, peer) -> throwUnchecked(thrown.get()));
		assertRejected(server);
		assertThat(server.connections()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void ofTheFactoryThatHasMadeTheChannel(Thrown thrown) throws IOException {
		List<Dispatcher> made = new ArrayList<>();
		ServerDispatcher server = server((socket, peer) -> {
			made.add(new Dispatcher(socket));
			return throwUnchecked(thrown.get());
		});
		assertRejected(server);
		assertThat(made).allMatch(Dispatcher::closed);
		assertThat(server.connections()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void ofTheChannelThatIsGivenTheSocket(Thrown thrown) throws IOException {
		List<Dispatcher> made = new ArrayList<>();
		ServerDispatcher server = server((socket, peer) -> {
			Dispatcher channel = new Dispatcher() {
				@Override
				public void setSocket(SelectableChannel given) {
					throwUnchecked(thrown.get());
				}
			};
			made.add(channel);
			return channel;
		});
		assertRejected(server);
		assertThat(made).allMatch(Dispatcher::closed);
		assertThat(server.connections()).isZero();
	}

	@ParameterizedTest
	@EnumSource
	void ofTheFactoryOnAnotherLoop(Thrown thrown) throws Exception {
		AtomicInteger made = new AtomicInteger();
		LoopGroup loops = new LoopGroup(2);
		ServerDispatcher server = loops.serve((socket, peer) -> {
			if (EventLoop.current() == loops.loop(1)) {
				made.incrementAndGet();
				throwUnchecked(thrown.get());
			}
			return new Dispatcher();
		});
		try (Socket here = Loopback.peer(server); Socket there = Loopback.peer(server)) {
			assertThat(there.getInputStream().read()).isEqualTo(-1);
			assertThat(made).hasValue(1);
			Awaitility.await().atMost(Loopback.BOUND).until(() -> server.connections() == 1);
			assertThat(loops.loop(1).parts().arrivals().connections()).isZero();
			Awaitility.await()
				.atMost(Loopback.BOUND)
				.until(() -> HandOverFixture.rejected(loops, server, RejectReason.ERROR) == 1);
			assertThat(here.isConnected()).isTrue();
		}
		loops.close();
	}

	@Test
	void whoLeavesTheLoopKeepsTheChannelThatHasTheConnection() throws IOException {
		List<Scripted> made = new ArrayList<>();
		Dispatcher listener = listening(new Dispatcher(this.map) {
			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
				made.add(new Scripted(socket, map()));
				throw new ExitNow();
			}
		});
		try (Socket peer = Loopback.peer(listener)) {
			assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> Asyncore.loop(this.map));
			peer.getOutputStream().write('x');
			Loopback.passUntil(this.map, () -> made.get(0).received.length() == 1);
		}
		assertThat(group(listener).rejected(RejectReason.ERROR)).isZero();
	}

	@Test
	void whatIsInServiceIsLeftAloneIfThePredicateFailsThen() throws IOException {
		List<Scripted> made = new ArrayList<>();
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
			made.add(new Scripted(socket, this.map));
			return made.get(0);
		}, this.map) {
			@Override
			protected boolean readable() {
				if (!made.isEmpty() && made.get(0).events.isEmpty()) {
					throw new IllegalStateException("as planned");
				}
				return super.readable();
			}

			@Override
			protected void handleError(Throwable failure) {
				made.get(0).events.add("failure of the predicate");
			}
		};
		server.open();
		try (Socket peer = Loopback.peer(server)) {
			Loopback.passUntil(this.map, () -> !made.isEmpty() && !made.get(0).events.isEmpty());
			peer.getOutputStream().write('x');
			Loopback.passUntil(this.map, () -> made.get(0).received.length() == 1);
		}
	}

	@Test
	void whoHasAnotherSocketByThenKeepsIt() throws IOException {
		List<Dispatcher> made = new ArrayList<>();
		Scripted listener = Scripted.listening(this.map).onAccepted((socket) -> {
			Dispatcher channel = new Dispatcher(socket, this.map);
			made.add(channel);
			channel.close();
			channel.createSocket();
			throw new IllegalStateException("as planned");
		});
		try (Socket peer = Loopback.peer(listener)) {
			Loopback.passUntil(this.map, () -> !listener.failures.isEmpty());
			assertThat(peer.getInputStream().read()).isEqualTo(-1);
			assertThat(made.get(0).closed()).isFalse();
			assertThat(group(listener).rejected(RejectReason.REFUSED)).isOne();
		}
	}

	@Test
	void whatWasAcceptedBeforeIsLeftAlone() throws IOException {
		List<Scripted> made = new ArrayList<>();
		Scripted listener = Scripted.listening(this.map);
		listener.onAccepted((socket) -> {
			made.add(new Scripted(socket, this.map));
			// nobody can have that
			listener.setOption(StandardSocketOptions.SO_SNDBUF, -1);
		});
		try (Socket first = Loopback.peer(listener); Socket second = Loopback.peer(listener)) {
			Loopback.passUntil(this.map, () -> !listener.failures.isEmpty());
			assertThat(second.getInputStream().read()).isEqualTo(-1);
			first.getOutputStream().write('x');
			Loopback.passUntil(this.map, () -> made.get(0).received.length() == 1);
			assertThat(made).hasSize(1);
		}
	}

	@Test
	void innerLoopsLookAfterTheirOwn() throws IOException {
		List<Scripted> made = new ArrayList<>();
		Scripted inner = Scripted.listening(this.map).onAccepted((socket) -> {
			throw new IllegalStateException("as planned");
		});
		Scripted outer = Scripted.listening(this.map);
		Socket[] peers = new Socket[2];
		outer.onAccepted((socket) -> {
			peers[1] = Loopback.peer(inner);
			Loopback.passUntil(this.map, () -> !inner.failures.isEmpty());
			made.add(new Scripted(socket, this.map));
			throw new IllegalStateException("as planned, too");
		});
		try (Socket peer = Loopback.peer(outer)) {
			peers[0] = peer;
			Loopback.passUntil(this.map, () -> !outer.failures.isEmpty());
			assertThat(peers[0].getInputStream().read()).isEqualTo(-1);
			assertThat(peers[1].getInputStream().read()).isEqualTo(-1);
			assertThat(made).singleElement().matches(Dispatcher::closed);
			assertThat(group(outer).accepted()).isEqualTo(2);
			assertThat(group(outer).rejected(RejectReason.ERROR)).isEqualTo(2);
		}
		finally {
			peers[1].close();
		}
	}

	@Test
	void whoKeepsItForAWhileIsClosedForIfThatFailsLater() throws IOException {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(),
				(socket, peer) -> throwUnchecked(new IllegalStateException("as planned")), this.map) {
			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) {
				callLater(Duration.ZERO, () -> handLater(socket, address));
			}

			private void handLater(SocketChannel socket, SocketAddress address) {
				try {
					super.handleAccepted(socket, address);
				}
				catch (Exception ex) {
					logInfo(ex.toString(), "error");
				}
			}
		};
		server.open();
		try (Socket peer = Loopback.peer(server)) {
			Loopback.passUntil(this.map, () -> group(server).rejected(RejectReason.ERROR) == 1);
			assertThat(peer.getInputStream().read()).isEqualTo(-1);
			assertThat(server.connections()).isZero();
		}
	}

	@Test
	void doesNotLookThroughTheOtherChannels() throws IOException {
		AtomicInteger asked = new AtomicInteger();
		Dispatcher bystander = new Dispatcher(this.map) {
			@Override
			public SelectableChannel socket() {
				asked.incrementAndGet();
				return super.socket();
			}
		};
		bystander.createSocket();
		assertRejected(server((socket, peer) -> throwUnchecked(new IllegalStateException("not you, as planned"))));
		assertThat(asked).hasValue(0);
	}

	private void assertRejected(Dispatcher listener) throws IOException {
		for (int i = 1; i <= 3; i++) {
			try (Socket peer = Loopback.peer(listener)) {
				int count = i;
				passThroughExits(() -> group(listener).rejected(RejectReason.ERROR) == count);
				assertThat(peer.getInputStream().read()).isEqualTo(-1);
			}
			assertThat(group(listener).accepted()).isEqualTo(i);
		}
		assertThat(opened()).isZero();
		assertThat(listener.accepting()).isTrue();
	}

	private void passThroughExits(java.util.function.BooleanSupplier condition) throws IOException {
		long end = System.nanoTime() + Loopback.BOUND.toNanos();
		while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
			try {
				Asyncore.poll(Duration.ofMillis(10), this.map);
			}
			catch (ExitNow | VirtualMachineError ex) {
				// meant to leave the loop
			}
		}
		assertThat(condition.getAsBoolean()).isTrue();
	}

	private Dispatcher listening(Dispatcher listener) throws IOException {
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(5);
		return listener;
	}

	private ServerDispatcher server(ChannelFactory factory) throws IOException {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), factory, this.map);
		server.open();
		return server;
	}

	private ChannelStats group(Dispatcher listener) {
		return this.map.eventLoop().monitor().group(listener.channelName());
	}

	private long opened() {
		return this.map.eventLoop().monitor().groups().stream().mapToLong(ChannelStats::opened).sum();
	}

	private static Dispatcher throwUnchecked(Throwable failure) {
		if (failure instanceof Error error) {
			throw error;
		}
		throw (RuntimeException) failure;
	}

	/**
	 * What is thrown.
	 */
	enum Thrown {

		EXCEPTION(() -> new IllegalStateException("as planned")), ERROR(() -> new NoClassDefFoundError("as planned")),
		OUT_OF_MEMORY(() -> new OutOfMemoryError("as planned")), EXIT(ExitNow::new);

		private final Supplier<Throwable> supplier;

		Thrown(Supplier<Throwable> supplier) {
			this.supplier = supplier;
		}

		Throwable get() {
			return this.supplier.get();
		}

	}

}
