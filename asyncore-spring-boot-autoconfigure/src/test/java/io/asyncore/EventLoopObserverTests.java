package io.asyncore;

import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EventLoopObserver} and {@link HookObserver}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventLoopObserverTests extends MonitoringFixture {

	@Test
	void isToldOfChannelsThatComeAndGo() throws IOException {
		this.monitor.addObserver(this.news);
		Peer peer = peer();
		Scripted channel = channel(peer);
		pass();
		assertThat(this.news.events).containsExactly("opened tested");
		peer.close();
		until(channel::closed);
		assertThat(this.news.events).containsExactly("opened tested", "closed tested peer");
	}

	@Test
	void isToldBeforeTheHandlerOfOpening() throws IOException {
		this.monitor.addObserver(this.news);
		client(server((socket, address) -> new Scripted(socket, this.map) {

			@Override
			protected void handleOpen() {
				EventLoopObserverTests.this.news.events.add("open");
				close();
			}

		}));
		assertThat(this.news.events).containsExactly("opened tested", "open", "closed tested local");
	}

	@Test
	void isToldWhenTheChannelIsClosed() throws IOException {
		List<String> states = new ArrayList<>();
		this.monitor.addObserver(new EventLoopObserver() {

			@Override
			public void opened(Dispatcher channel) {
				states.add(ChannelSnapshot.of(channel).state().label());
			}

			@Override
			public void closed(Dispatcher channel, CloseReason reason) {
				states.add(channel.closed() + " " + ChannelSnapshot.of(channel).received());
			}

		});
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "hello");
		channel.close();
		assertThat(states).containsExactly("connected", "true 5");
	}

	@Test
	void observersAreToldInTheOrderInWhichTheyWereAdded() throws IOException {
		List<String> told = new ArrayList<>();
		for (String name : List.of("first", "second")) {
			this.monitor.addObserver(new EventLoopObserver() {

				@Override
				public HookObserver hooks(ChannelStats group) {
					return (hook, nanos, failure) -> told.add(name + " " + hook.label());
				}

				@Override
				public void opened(Dispatcher channel) {
					told.add(name + " opened");
				}

			});
		}
		this.monitor.setTimed(true);
		Peer peer = peer();
		deliver(peer, channel(peer), "x");
		assertThat(told).containsExactly("first opened", "second opened", "first read", "second read");
	}

	@Test
	void isToldOfHandlersOnlyWhileTheyAreTimed() throws IOException {
		this.monitor.addObserver(this.news);
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "x");
		assertThat(this.news.handled).isEmpty();
		this.monitor.setTimed(true);
		deliver(peer, channel, "y");
		assertThat(this.news.handled).containsExactly("tested read");
	}

	@Test
	void isToldOfFailures() throws IOException {
		this.monitor.addObserver(this.news);
		this.monitor.setTimed(true);
		Scripted channel = receiving((self) -> {
			throw new IllegalStateException("as planned");
		});
		until(channel::closed);
		assertThat(this.news.handled).containsExactly("tested read as planned", "tested error");
		assertThat(this.news.events).containsExactly("opened tested", "closed tested error");
	}

	@Test
	void isToldHowLongWhatIsCounted() throws IOException {
		List<Long> times = new ArrayList<>();
		this.monitor.setTimed(true);
		this.monitor.addObserver(new EventLoopObserver() {

			@Override
			public HookObserver hooks(ChannelStats group) {
				return (hook, nanos, failure) -> times.add(nanos);
			}

		});
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "x");
		deliver(peer, channel, "y");
		assertThat(times).hasSize(2);
		assertThat(times.get(0) + times.get(1)).isEqualTo(group().totalNanos(Hook.READ));
		assertThat(Math.max(times.get(0), times.get(1))).isEqualTo(group().longestNanos(Hook.READ));
	}

	@Test
	void isNotToldOfHandlersItHasNoInterestIn() throws IOException {
		List<String> asked = new ArrayList<>();
		this.monitor.addObserver(new EventLoopObserver() {

			@Override
			public HookObserver hooks(ChannelStats group) {
				asked.add(group.name());
				return null;
			}

		});
		this.monitor.setTimed(true);
		Peer peer = peer();
		deliver(peer, channel(peer), "x");
		assertThat(asked).containsExactly(NAME);
	}

	@Test
	void whenAddedWhileTheLoopRunsIsToldFromThenOn() throws IOException {
		this.monitor.setTimed(true);
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			this.monitor.addObserver(this.news);
		});
		deliver(peer, channel, "x");
		assertThat(this.news.handled).containsExactly("tested read");
		channel.close();
		assertThat(this.news.events).containsExactly("closed tested local");
	}

	@Test
	void whenRemovedIsToldNothing() throws IOException {
		this.monitor.setTimed(true);
		News other = new News();
		this.monitor.addObserver(this.news);
		this.monitor.addObserver(other);
		Peer peer = peer();
		Scripted channel = channel(peer);
		deliver(peer, channel, "x");
		this.monitor.removeObserver(this.news);
		deliver(peer, channel, "y");
		channel.close();
		assertThat(this.news.handled).containsExactly("tested read");
		assertThat(this.news.events).containsExactly("opened tested");
		assertThat(other.handled).containsExactly("tested read", "tested read");
		assertThat(other.events).containsExactly("opened tested", "closed tested local");
	}

	@Test
	void whenItRemovesItselfTheOthersAreStillTold() throws IOException {
		this.monitor.addObserver(new EventLoopObserver() {

			@Override
			public void opened(Dispatcher channel) {
				EventLoopObserverTests.this.monitor.removeObserver(this);
			}

		});
		this.monitor.addObserver(this.news);
		channel(peer());
		channel(peer());
		pass();
		assertThat(this.news.events).containsExactly("opened tested", "opened tested");
	}

	@Test
	void withoutMethodsOfItsOwnDoesNothing() throws IOException {
		this.monitor.setTimed(true);
		this.monitor.addObserver(new EventLoopObserver() {
		});
		ServerDispatcher server = server();
		server.setMaxConnections(1);
		try (CapturedLog log = new CapturedLog()) {
			client(server).close();
			until(() -> server.connections() == 0);
			assertThat(log.errors()).isEmpty();
		}
		assertThat(group().closed(CloseReason.PEER)).isEqualTo(1);
	}

	static Stream<Throwable> failures() {
		return Stream.of(new IllegalStateException("as planned"), new NoClassDefFoundError("as planned"),
				new OutOfMemoryError("as planned"), new StackOverflowError("as planned"), new IOException("as planned"),
				new ExitNow());
	}

	@ParameterizedTest
	@MethodSource("failures")
	void whenAnObserverFailsTheLoopAndTheOthersGoOn(Throwable failure) throws IOException {
		this.monitor.setTimed(true);
		try (CapturedLog log = new CapturedLog()) {
			this.monitor.addObserver(new Failing(failure));
			this.monitor.addObserver(this.news);
			Peer peer = peer();
			Scripted channel = channel(peer);
			this.map.eventLoop().callLater(Duration.ZERO, () -> channel.events.add("timer"));
			deliver(peer, channel, "x");
			SelectableChannel socket = channel.socket();
			channel.close();
			pass();
			assertThat(channel.events).contains("timer", "read").doesNotContain("error");
			assertThat(group().calls(Hook.READ)).isEqualTo(1);
			assertThat(this.news.events).containsExactly("opened tested", "closed tested local");
			assertThat(this.news.handled).containsExactly("tested read");
			assertThat(socket).isNotNull();
			assertThat(socket.isOpen()).isFalse();
			assertThat(this.map.isEmpty()).isTrue();
			assertThat(log.errors()).isNotEmpty()
				.allSatisfy((line) -> assertThat(line).contains(Failing.class.getName()));
		}
	}

	@ParameterizedTest
	@MethodSource("failures")
	void whenAnObserverFailsAServerGoesOn(Throwable failure) throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			this.monitor.addObserver(new Failing(failure));
			this.monitor.addObserver(this.news);
			ServerDispatcher server = server();
			server.setMaxConnections(1);
			for (int i = 0; i < 2; i++) {
				client(server).close();
				until(() -> server.connections() == 0);
			}
			server.close();
			assertThat(log.errors()).isNotEmpty();
		}
		List<String> once = List.of("opened tested", "paused tested limit", "closed tested peer",
				"resumed tested limit");
		assertThat(this.news.events).hasSize(8).hasSameElementsAs(once);
		assertThat(this.map.eventLoop().parts().arrivals().connections()).isZero();
		assertThat(this.map.isEmpty()).isTrue();
	}

	@ParameterizedTest
	@MethodSource("failures")
	void whenAnObserverFailsTheLoopCanBeRunAgain(Throwable failure) throws Exception {
		try (CapturedLog log = new CapturedLog()) {
			this.monitor.addObserver(new Failing(failure));
			channel(peer());
			for (int i = 0; i < 2; i++) {
				try (LoopThread thread = LoopThread.run(this.map)) {
					assertThat(this.map.eventLoop().thread()).isSameAs(thread.thread());
				}
				assertThat(this.map.eventLoop().thread()).isNull();
			}
			assertThat(log.errors()).isNotEmpty();
		}
	}

	@ParameterizedTest
	@MethodSource("failures")
	void whenAnObserverFailsWhenItIsAskedForItsInterestTheOthersAreAsked(Throwable failure) throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			this.monitor.setTimed(true);
			this.monitor.addObserver(new EventLoopObserver() {

				@Override
				public HookObserver hooks(ChannelStats group) {
					throw Failing.sneak(failure);
				}

			});
			this.monitor.addObserver(this.news);
			Peer peer = peer();
			deliver(peer, channel(peer), "x");
			assertThat(this.news.handled).containsExactly("tested read");
			assertThat(log.errors()).isNotEmpty();
		}
	}

	private record Failing(Throwable failure) implements EventLoopObserver {

		@SuppressWarnings("unchecked")
		static <E extends Throwable> RuntimeException sneak(Throwable failure) throws E {
			throw (E) failure;
		}

		@Override
		public HookObserver hooks(ChannelStats group) {
			return (hook, nanos, failure) -> {
				throw sneak(this.failure);
			};
		}

		@Override
		public void found(long waited, long worked) {
			throw sneak(this.failure);
		}

		@Override
		public void late(long nanos) {
			throw sneak(this.failure);
		}

		@Override
		public void opened(Dispatcher channel) {
			throw sneak(this.failure);
		}

		@Override
		public void closed(Dispatcher channel, CloseReason reason) {
			throw sneak(this.failure);
		}

		@Override
		public void acceptPaused(Dispatcher listener, PauseReason reason) {
			throw sneak(this.failure);
		}

		@Override
		public void acceptResumed(Dispatcher listener, PauseReason reason) {
			throw sneak(this.failure);
		}

	}

}
