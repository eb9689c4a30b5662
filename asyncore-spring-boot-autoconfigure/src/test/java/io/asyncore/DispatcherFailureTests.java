package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the failure of one {@link Dispatcher} does and does not do: point 3 of the
 * contract.
 */
@Timeout(60)
class DispatcherFailureTests extends MapFixture {

	@AfterEach
	void close() throws Exception {
		try (CapturedLog log = new CapturedLog()) {
			Asyncore.closeAll(this.map, true);
			assertThat(log.infos()).isEmpty();
		}
	}

	static Stream<Arguments> hooksAndFailures() {
		return Stream.of("read", "write", "connect", "readable", "writable", "timer")
			.flatMap((hook) -> Stream.of(new IllegalStateException("as planned"), new IOException("as planned"),
					new Exception("as planned"), new AssertionError("as planned"), new StackOverflowError("as planned"),
					new LinkageError("as planned"), new OutOfMemoryError("as planned"), new InternalError("as planned"))
				.map((failure) -> Arguments.of(hook, failure)));
	}

	@ParameterizedTest
	@MethodSource("hooksAndFailures")
	void whenHookThrowsOnlyThatChannelIsClosed(String hook, Throwable failure) throws IOException {
		Peer witness = peer();
		Scripted other = new Scripted(witness.near(), this.map);
		Scripted failing = failingIn(hook, failure);
		passUntil(failing::closed);
		passes();
		assertThat(failing.failures).containsExactly(failure);
		assertThat(failing.events).endsWith("error", "close").containsOnlyOnce("error", "close");
		witness.send("still here");
		passUntil(() -> other.received.toString().equals("still here"));
		assertThat(other.failures).isEmpty();
	}

	@ParameterizedTest
	@MethodSource("hooksAndFailures")
	void whenHandleErrorThrowsTooItIsLoggedAndTheChannelClosed(String hook, Throwable failure) throws IOException {
		Peer witness = peer();
		Scripted other = new Scripted(witness.near(), this.map);
		Scripted failing = failingIn(hook, new IllegalStateException("first")).on("error", (self) -> rethrow(failure));
		try (CapturedLog log = new CapturedLog()) {
			passUntil(failing::closed);
			passes();
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(failing.failures).hasSize(1);
		assertThat(failing.events).endsWith("error").doesNotContain("close");
		witness.send("still here");
		passUntil(() -> other.received.toString().equals("still here"));
	}

	@ParameterizedTest
	@MethodSource("hooksAndFailures")
	void whenHandleCloseCalledByHandleErrorThrowsItIsLoggedAndTheChannelClosed(String hook, Throwable failure)
			throws IOException {
		Peer witness = peer();
		Scripted other = new Scripted(witness.near(), this.map);
		Scripted failing = failingIn(hook, new IllegalStateException("first")).on("close", (self) -> rethrow(failure));
		try (CapturedLog log = new CapturedLog()) {
			passUntil(failing::closed);
			passes();
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(failing.failures).hasSize(1);
		assertThat(failing.events).endsWith("error", "close").containsOnlyOnce("error", "close");
		witness.send("still here");
		passUntil(() -> other.received.toString().equals("still here"));
	}

	@Test
	void whenHandleCloseThrowsForPeersCloseHandleErrorIsToldAndChannelClosed() throws IOException {
		for (Throwable failure : List.of(new IllegalStateException("as planned"), new AssertionError("as planned"))) {
			Peer peer = peer();
			Scripted channel = new Scripted(peer.near(), this.map).on("close", (self) -> rethrow(failure));
			peer.endOutput();
			passUntil(channel::closed);
			passes();
			assertThat(channel.events).containsExactly("read", "close", "error");
			assertThat(channel.failures).containsExactly(failure);
			assertThat(this.map.isEmpty()).isTrue();
		}
	}

	@Test
	void whenHandleReadThrowsAfterPeersCloseHandleCloseIsNotCalledAgain() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on("read",
				(self) -> assertThat(self.recv(10)[0]).isEqualTo((byte) 'x'));
		peer.endOutput();
		passUntil(channel::closed);
		passes();
		assertThat(channel.failures).singleElement().isInstanceOf(ArrayIndexOutOfBoundsException.class);
		assertThat(channel.events).containsOnlyOnce("close", "error");
	}

	@Test
	void whenHandlerThrowsAfterItsOwnCloseHandleCloseIsNotCalled() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on("read", (self) -> {
			self.close();
			throw new IllegalStateException("as planned");
		});
		peer.send("x");
		passUntil(channel::closed);
		passes();
		assertThat(channel.failures).hasSize(1);
		assertThat(channel.events).containsExactly("read", "error");
	}

	@Test
	void whenHandleErrorKeepsTheChannelItIsServedOn() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on("read", (self) -> {
			self.receive(100);
			if (self.received.toString().endsWith("bad")) {
				throw new IllegalStateException("as planned");
			}
		}).on("error", (self) -> assertThat(self.connected()).isTrue());
		peer.send("bad");
		passUntil(() -> channel.events.contains("error"));
		peer.send("good");
		passUntil(() -> channel.received.toString().equals("badgood"));
		assertThat(channel.events).containsOnlyOnce("error");
		assertThat(channel.connected()).isTrue();
	}

	@Test
	void whenRecursionOverflowsTheStackOnlyThatChannelIsClosed() throws IOException {
		Peer witness = peer();
		Scripted other = new Scripted(witness.near(), this.map);
		Scripted failing = failingIn("write", null).on("write", (self) -> recurse(1));
		passUntil(failing::closed);
		assertThat(failing.failures).singleElement().isInstanceOf(StackOverflowError.class);
		witness.send("still here");
		passUntil(() -> other.received.toString().equals("still here"));
	}

	@Test
	void whenThereIsNoArrayOfThatSizeOnlyThatChannelIsClosed() throws IOException {
		Peer witness = peer();
		Scripted other = new Scripted(witness.near(), this.map);
		// more than any virtual machine has
		int length = Integer.MAX_VALUE;
		Scripted failing = failingIn("write", null).on("write", (self) -> self.send(new byte[length]));
		passUntil(failing::closed);
		assertThat(failing.failures).singleElement().isInstanceOf(OutOfMemoryError.class);
		witness.send("still here");
		passUntil(() -> other.received.toString().equals("still here"));
	}

	@Test
	void whenThereIsNoMemoryToLogAFailureTheLoopGoesOn() throws IOException {
		Peer witness = peer();
		Scripted other = new Scripted(witness.near(), this.map);
		Scripted failing = failingIn("read", new IllegalStateException("first")).on("error",
				(self) -> rethrow(new OutOfMemoryError("as planned")));
		try (FailingLog log = new FailingLog(new OutOfMemoryError("no memory to log"))) {
			this.map.eventLoop().execute(() -> {
				throw new IllegalStateException("of a task");
			});
			passUntil(failing::closed);
			assertThat(log.calls()).isGreaterThanOrEqualTo(4);
		}
		assertThat(failing.channel().endpoint()).isNull();
		witness.send("still here");
		passUntil(() -> other.received.toString().equals("still here"));
	}

	@Test
	void whenItsCloseLeavesTheLoopTheSocketIsClosedAllTheSame() throws IOException {
		Peer peer = peer();
		SocketChannel near = peer.near();
		Scripted channel = new Scripted(near, this.map) {

			@Override
			public void close() {
				throw new ExitNow();
			}

		}.on("read", (self) -> rethrow(new IllegalStateException("first")))
			.on("error", (self) -> rethrow(new IllegalStateException("second")));
		peer.send("x");
		try (CapturedLog log = new CapturedLog()) {
			assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> passUntil(channel::closed));
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(near.isOpen()).isFalse();
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void whenOverriddenCloseThrowsTheSocketIsClosedAllTheSame() throws IOException {
		Peer peer = peer();
		SocketChannel near = peer.near();
		Scripted channel = new Scripted(near, this.map) {

			@Override
			public void close() {
				throw new IllegalStateException("as planned");
			}

		};
		peer.endOutput();
		try (CapturedLog log = new CapturedLog()) {
			passUntil(channel::closed);
			assertThat(log.errors()).isNotEmpty();
		}
		assertThat(near.isOpen()).isFalse();
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void whenToStringThrowsTheLoopGoesOn() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map) {

			@Override
			public String toString() {
				throw new IllegalStateException("as planned");
			}

		}.on("read", (self) -> {
			throw new IllegalStateException("first");
		});
		peer.send("x");
		passUntil(channel::closed);
		assertThat(channel.failures).singleElement().hasToString("java.lang.IllegalStateException: first");
	}

	@Test
	void whenHandleErrorSwallowsFailureOfPredicateNothingIsWanted() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on("error",
				(self) -> assertThat(self.closed()).isFalse());
		// now it is known to want to read
		Loopback.onePass(this.map, false, Duration.ZERO);
		channel.writable = () -> {
			throw new IllegalStateException("as planned");
		};
		peer.send("x");
		passes();
		assertThat(channel.events).isNotEmpty().containsOnly("error");
		channel.writable = () -> false;
		passUntil(() -> channel.events.contains("read"));
	}

	@Test
	void whenHandleCloseThrowsAndHandleErrorSwallowsItTheChannelIsClosed() throws IOException {
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map)
			.on("close", (self) -> rethrow(new IllegalStateException("as planned")))
			.on("error", (self) -> assertThat(self.closed()).isFalse());
		peer.endOutput();
		passUntil(() -> channel.events.contains("error"));
		assertThat(channel.events).containsExactly("read", "close", "error");
		assertThat(channel.closed()).isTrue();
		assertThat(this.map.isEmpty()).isTrue();
	}

	static Stream<Throwable> failures() {
		return Stream.of(new IllegalStateException("as planned"), new IOException("as planned"),
				new AssertionError("as planned"), new StackOverflowError("as planned"),
				new OutOfMemoryError("as planned"));
	}

	private Scripted failingIn(String hook, Throwable failure) throws IOException {
		if (hook.equals("connect")) {
			// a listener outside of the map: its backlog is enough
			Scripted channel = Scripted.connecting(this.map,
					keep(ServerSocketChannel.open().bind(Loopback.anyPort())).getLocalAddress());
			return channel.on("connect", (self) -> rethrow(failure));
		}
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map).on(hook, (self) -> rethrow(failure));
		switch (hook) {
			case "read" -> peer.send("x");
			case "write" -> channel.writable = () -> true;
			case "readable" -> channel.readable = () -> sneak(failure);
			case "writable" -> channel.writable = () -> sneak(failure);
			case "timer" -> channel.callLater(Duration.ZERO, () -> sneak(failure));
			default -> throw new IllegalArgumentException(hook);
		}
		return channel;
	}

	private static void rethrow(Throwable failure) throws Exception {
		if (failure instanceof Error error) {
			throw error;
		}
		throw (Exception) failure;
	}

	@SuppressWarnings("unchecked")
	private static <E extends Throwable> boolean sneak(Throwable failure) throws E {
		throw (E) failure;
	}

	private static int recurse(int depth) {
		return (depth < 0) ? depth : recurse(depth + 1) + recurse(depth + 2);
	}

	@Nested
	class Listener {

		private final ChannelMap map = DispatcherFailureTests.this.map;

		@ParameterizedTest
		@MethodSource("io.asyncore.DispatcherFailureTests#failures")
		void survivesWhatHandleAcceptedThrows(Throwable failure) throws IOException {
			Scripted listener = Scripted.listening(this.map).on("accepted", (self) -> rethrow(failure));
			assertSurvives(listener, failure);
		}

		@ParameterizedTest
		@MethodSource("io.asyncore.DispatcherFailureTests#failures")
		void survivesWhatHandleAcceptThrows(Throwable failure) throws IOException {
			Scripted listener = Scripted.listening(this.map).on("accept", (self) -> {
				assertThat(self.accept()).isNotNull();
				rethrow(failure);
			});
			assertSurvives(listener, failure);
		}

		private void assertSurvives(Scripted listener, Throwable failure) throws IOException {
			for (int i = 1; i <= 3; i++) {
				Peer peer = keep(Peer.connectTo(listener.localAddress()));
				passUntil(() -> peer.poll().isEnded());
				assertThat(listener.failures).hasSize(i).containsOnly(failure);
			}
			assertThat(listener.accepting()).isTrue();
			assertThat(listener.events).contains("error").doesNotContain("close");
			assertThat(this.map.channels()).containsExactly(listener);
		}

		@Test
		void whenHandleAcceptedThrowsAfterMakingChannelThatIsClosed() throws IOException {
			List<Scripted> made = new ArrayList<>();
			Scripted listener = Scripted.listening(this.map).onAccepted((socket) -> {
				made.add(new Scripted(socket, this.map));
				throw new IllegalStateException("as planned");
			});
			Peer peer = keep(Peer.connectTo(listener.localAddress()));
			passUntil(() -> peer.poll().isEnded());
			assertThat(made).singleElement().satisfies((channel) -> {
				assertThat(channel.closed()).isTrue();
				assertThat(channel.events).isEmpty();
			});
			assertThat(this.map.channels()).containsExactly(listener);
		}

		@Test
		void whenHandleAcceptedThrowsOnceTheOtherConnectionsOfThePassAreServed() throws IOException {
			List<Scripted> made = new ArrayList<>();
			int[] calls = new int[1];
			Scripted listener = Scripted.listening(this.map).onAccepted((socket) -> {
				if (++calls[0] == 2) {
					throw new IllegalStateException("as planned");
				}
				made.add(new Scripted(socket, this.map));
			});
			for (int i = 0; i < 4; i++) {
				keep(Peer.connectTo(listener.localAddress())).send("x");
			}
			passUntil(() -> made.stream().filter((channel) -> channel.received.length() == 1).count() == 3);
			assertThat(listener.failures).hasSize(1);
			assertThat(this.map.size()).isEqualTo(4);
		}

		@Test
		void defaultHandleErrorOfFailedAcceptOnlyLogs() throws IOException {
			Dispatcher listener = new Dispatcher(this.map) {

				@Override
				protected void handleAccepted(SocketChannel socket, SocketAddress address) {
					throw new IllegalStateException("as planned");
				}

				@Override
				protected void handleClose() {
					throw new AssertionError("not for a failed accept");
				}

			};
			listener.createSocket();
			listener.bind(Loopback.anyPort());
			listener.listen(5);
			Peer peer = keep(Peer.connectTo(listener.localAddress()));
			try (CapturedLog log = new CapturedLog()) {
				passUntil(() -> peer.poll().isEnded());
				passes();
				assertThat(log.errors()).singleElement().asString().contains("as planned");
			}
			assertThat(listener.accepting()).isTrue();
		}

		@Test
		void whenItsHandleErrorThrowsItIsClosed() throws IOException {
			Scripted listener = Scripted.listening(this.map)
				.on("accepted", (self) -> rethrow(new IllegalStateException("first")))
				.on("error", (self) -> rethrow(new IllegalStateException("second")));
			keep(Peer.connectTo(listener.localAddress()));
			try (CapturedLog log = new CapturedLog()) {
				passUntil(listener::closed);
				assertThat(log.errors()).hasSize(1);
			}
			assertThat(this.map.isEmpty()).isTrue();
		}

		@Test
		void whenItsPredicateThrowsItIsClosed() throws IOException {
			Scripted listener = Scripted.listening(this.map);
			listener.readable = () -> {
				throw new IllegalStateException("as planned");
			};
			passUntil(listener::closed);
			assertThat(listener.events).containsExactly("error", "close");
		}

	}

}
