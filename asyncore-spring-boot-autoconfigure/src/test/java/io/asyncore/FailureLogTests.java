package io.asyncore;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import java.util.stream.IntStream;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How failures get into the log: point 17 of the contract.
 */
@Timeout(60)
class FailureLogTests {

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = this.clock.map();

	private final CapturedLog log = new CapturedLog();

	@AfterEach
	void close() throws IOException {
		this.log.close();
		Asyncore.closeAll(this.map, true);
	}

	// what the default handleError() says

	@Test
	void whatAHookThrowsIsAnErrorWithItsTrace() throws IOException {
		Throwing channel = throwing(
				() -> new IllegalStateException("no answer", new IOException("the cause\nof it all")));
		channel.setChannelName("devices");
		fail(channel);
		assertThat(this.log.errors()).singleElement()
			.asString()
			.startsWith("uncaught exception, closing channel 'devices' <" + Throwing.class.getName() + " connected ")
			.contains(" 127.0.0.1:")
			.endsWith(">: java.lang.IllegalStateException: no answer");
		assertThat(this.log.traces()).singleElement()
			.asString()
			.contains("IllegalStateException: no answer", "Caused by: java.io.IOException: the cause\\nof it all",
					"FailureLogTests$Throwing.handleData(FailureLogTests.java:");
		assertThat(this.log.warnings()).isEmpty();
		assertThat(channel.closed()).isTrue();
	}

	@Test
	void whatATaskThrowsIsAnErrorWithItsTrace() throws IOException {
		Throwing channel = throwing(() -> new IllegalStateException("not this one"));
		channel.callLater(Duration.ZERO, () -> {
			throw new IllegalArgumentException("of a task");
		});
		Loopback.passUntil(this.map, channel::closed);
		assertThat(this.log.errors()).singleElement().asString().contains("IllegalArgumentException: of a task");
		assertThat(this.log.traces()).singleElement().asString().contains("whatATaskThrowsIsAnErrorWithItsTrace");
	}

	@Test
	void whatThePeerDoesWrongIsOneWarning() throws IOException {
		fail(throwing(() -> new ProtocolException("bad length\n17")));
		fail(throwing(() -> new LimitExceededException("too much")));
		assertThat(this.log.warnings()).hasSize(2);
		assertThat(this.log.warnings().get(0)).startsWith("closing channel <" + Throwing.class.getName())
			.endsWith(": java.net.ProtocolException: bad length\\n17");
		assertThat(this.log.warnings().get(1)).endsWith(": io.asyncore.LimitExceededException: too much");
		assertThat(this.log.errors()).isEmpty();
		assertThat(this.log.traces()).isEmpty();
	}

	@Test
	void thatNoConnectionCanBeMadeIsOneWarning() throws IOException {
		Dispatcher channel = new Dispatcher(this.map);
		channel.setChannelName("upstream");
		channel.createSocket();
		channel.connect(Peer.nobody());
		Loopback.passUntil(this.map, channel::closed);
		assertThat(this.log.warnings()).singleElement()
			.asString()
			.startsWith("cannot connect, closing channel 'upstream' <io.asyncore.Dispatcher 127.0.0.1:")
			.contains(">: java.net.ConnectException: Connection refused");
		assertThat(this.log.errors()).isEmpty();
		assertThat(this.log.traces()).isEmpty();
	}

	@Test
	void whatHandleConnectThrowsIsAnErrorWithItsTrace() throws IOException {
		Dispatcher listener = new Dispatcher(this.map);
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(1);
		Dispatcher channel = new Dispatcher(this.map) {

			@Override
			protected void handleConnect() throws IOException {
				throw new IOException("no greeting");
			}

		};
		channel.createSocket();
		channel.connect(listener.localAddress());
		Loopback.passUntil(this.map, channel::closed);
		assertThat(this.log.errors()).singleElement().asString().endsWith("java.io.IOException: no greeting");
		assertThat(this.log.traces()).hasSize(1);
	}

	@Test
	void aPeerThatVanishesIsNeitherAnErrorNorAWarning() throws IOException {
		Logger logger = (Logger) LoggerFactory.getLogger("io.asyncore");
		logger.setLevel(Level.DEBUG);
		try (Peer peer = Peer.withNearEnd()) {
			Dispatcher channel = new DispatcherWithSend(peer.near(), this.map) {

				@Override
				protected void handleData(ByteBuffer data) {
					send(data);
				}

			};
			peer.send("x").reset();
			Loopback.passUntil(this.map, channel::closed);
		}
		finally {
			logger.setLevel(null);
		}
		assertThat(this.log.errors()).isEmpty();
		assertThat(this.log.warnings()).isEmpty();
		assertThat(this.log.debugs()).anyMatch((line) -> line.startsWith("The peer of "));
	}

	@Test
	void failureThatCannotBeDescribedIsLoggedAllTheSame() throws IOException {
		fail(throwing(() -> new IllegalStateException() {

			@Override
			public String toString() {
				throw new IllegalArgumentException("as planned");
			}

		}));
		assertThat(this.log.errors()).singleElement().asString().endsWith("which cannot be described");
	}

	// again and again

	@Test
	void fiveAMinuteAreLoggedAndTheRestIsCounted() throws IOException {
		Supplier<Exception> failure = () -> new IllegalStateException("as planned");
		for (int i = 0; i < 12; i++) {
			fail(throwing(failure));
		}
		assertThat(this.log.errors()).hasSize(5);
		this.clock.advance(Duration.ofSeconds(59));
		pass();
		assertThat(this.log.errors()).hasSize(5);
		this.clock.advance(Duration.ofSeconds(1));
		pass();
		assertThat(this.log.errors()).hasSize(6)
			.last()
			.asString()
			.matches("7 more like this in the last minute: "
					+ "uncaught exception, closing channel <io\\.asyncore\\.FailureLogTests\\$Throwing>: "
					+ "java\\.lang\\.IllegalStateException at io\\.asyncore\\.FailureLogTests\\..*\\(FailureLogTests\\.java:\\d+\\)");
		assertThat(this.log.traces()).hasSize(5);
		fail(throwing(failure));
		assertThat(this.log.errors()).hasSize(7);
	}

	@Test
	void inTheNextMinuteFiveAreLoggedAgain() throws IOException {
		Supplier<Exception> failure = () -> new IllegalStateException("as planned");
		for (int i = 0; i < 6; i++) {
			fail(throwing(failure));
		}
		this.clock.advance(Duration.ofMinutes(1));
		for (int i = 0; i < 6; i++) {
			fail(throwing(failure));
		}
		assertThat(this.log.traces()).hasSize(10);
		assertThat(this.log.errors()).hasSize(11).filteredOn((line) -> line.startsWith("1 more like this")).hasSize(1);
	}

	@Test
	void warningsAreCountedAsWarnings() throws IOException {
		for (int i = 0; i < 7; i++) {
			fail(throwing(() -> new ProtocolException("as planned")));
		}
		this.clock.advance(Duration.ofMinutes(1));
		pass();
		assertThat(this.log.warnings()).hasSize(6).last().asString().startsWith("2 more like this in the last minute");
		assertThat(this.log.errors()).isEmpty();
	}

	@Test
	void otherPlacesTypesAndClassesAreLogged() throws IOException {
		Supplier<Exception> here = () -> new IllegalStateException("here");
		Supplier<Exception> there = () -> new IllegalStateException("there");
		for (int i = 0; i < 6; i++) {
			fail(throwing(here));
		}
		assertThat(this.log.errors()).hasSize(5);
		fail(throwing(there));
		fail(throwing(() -> new IllegalArgumentException("another type")));
		try (Peer peer = Peer.withNearEnd()) {
			Throwing other = new Throwing(peer, this.map, here) {
			};
			peer.send("x");
			Loopback.passUntil(this.map, other::closed);
		}
		assertThat(this.log.errors()).hasSize(8);
	}

	@Test
	void frameOfTheApplicationIsThePlace() {
		StackTraceElement jdk = new StackTraceElement("java.util.Objects", "requireNonNull", "Objects.java", 233);
		for (int line = 1; line <= 6; line++) {
			for (int i = 0; i < 2; i++) {
				NullPointerException failure = new NullPointerException();
				failure.setStackTrace(new StackTraceElement[] { jdk,
						new StackTraceElement("io.asyncore.Dispatcher", "send", "Dispatcher.java", 1),
						new StackTraceElement("com.acme.Echo", "handleData", "Echo.java", line) });
				this.map.eventLoop().parts().report(logger(), "{} failed", "this", failure);
			}
		}
		assertThat(this.log.errors()).hasSize(12);
	}

	@Test
	void failuresOfTasksAreCountedToo() throws IOException {
		for (int i = 0; i < 8; i++) {
			this.map.eventLoop().execute(() -> {
				throw new IllegalStateException("as planned");
			});
		}
		pass();
		assertThat(this.log.errors()).hasSize(5);
		this.clock.advance(Duration.ofMinutes(1));
		pass();
		assertThat(this.log.errors()).hasSize(6)
			.last()
			.asString()
			.startsWith("3 more like this in the last minute: A task of the event loop failed, the loop goes on: "
					+ "java.lang.IllegalStateException at ");
	}

	@Test
	void failuresOfHandleErrorAreCountedToo() throws IOException {
		for (int i = 0; i < 8; i++) {
			fail(new Throwing(Peer.withNearEnd(), this.map, () -> new IllegalStateException("first")) {

				@Override
				protected void handleError(Throwable failure) {
					throw new IllegalStateException("second");
				}

			});
		}
		assertThat(this.log.errors()).hasSize(5)
			.allMatch((line) -> line.startsWith("handleError() of <io.asyncore.FailureLogTests$"));
	}

	@Test
	void whenTheLoopEndsTheRestIsCounted() throws Exception {
		ChannelMap map = new ChannelMap();
		try (LoopThread thread = LoopThread.run(map)) {
			for (int i = 0; i < 8; i++) {
				map.eventLoop().execute(() -> {
					throw new IllegalStateException("as planned");
				});
			}
			thread.awaitPass();
		}
		assertThat(this.log.errors()).hasSize(6).last().asString().startsWith("3 more like this in the last minute");
	}

	@Test
	void loopsOfAGroupCountTogether() {
		ChannelMap other = this.clock.map();
		new EventLoopGroup(List.of(this.map.eventLoop(), other.eventLoop()));
		for (int i = 0; i < 4; i++) {
			for (ChannelMap each : List.of(this.map, other)) {
				each.eventLoop().parts().report(logger(), "{} failed", "this", failure(1));
			}
		}
		assertThat(this.log.errors()).hasSize(5);
	}

	@Test
	void rememberedAreTheLastOnesOnly() {
		for (int i = 0; i < 6; i++) {
			report(0);
		}
		for (int i = 1; i <= FailureLog.MOST_KINDS; i++) {
			report(i);
		}
		// nothing is lost when it is forgotten
		assertThat(this.log.errors()).hasSize(5 + 1 + FailureLog.MOST_KINDS)
			.filteredOn((line) -> line.startsWith("1 more like this"))
			.hasSize(1);
		report(0);
		assertThat(this.log.errors()).hasSize(5 + 1 + FailureLog.MOST_KINDS + 1);
	}

	@Test
	void anyThreadMayReport() throws InterruptedException {
		int threads = 8;
		int each = 1000;
		CountDownLatch begin = new CountDownLatch(1);
		List<Thread> reporters = new ArrayList<>();
		IntStream.range(0, threads).forEach((i) -> reporters.add(new Thread(() -> {
			try {
				begin.await();
			}
			catch (InterruptedException ex) {
				return;
			}
			for (int n = 0; n < each; n++) {
				report(0);
			}
		})));
		reporters.forEach(Thread::start);
		begin.countDown();
		for (Thread reporter : reporters) {
			reporter.join(Loopback.BOUND.toMillis());
		}
		this.map.eventLoop().parts().failures().flush();
		assertThat(this.log.errors()).hasSize(6)
			.last()
			.asString()
			.startsWith((threads * each - 5) + " more like this in the last minute");
	}

	private void report(int line) {
		this.map.eventLoop().parts().report(logger(), "{} failed", "this", failure(line));
	}

	private static Exception failure(int line) {
		Exception failure = new IllegalStateException("as planned");
		failure.setStackTrace(
				new StackTraceElement[] { new StackTraceElement("com.acme.Echo", "handleData", "Echo.java", line) });
		return failure;
	}

	private static org.slf4j.Logger logger() {
		return LoggerFactory.getLogger(FailureLogTests.class);
	}

	private void pass() throws IOException {
		Asyncore.poll(Duration.ZERO, this.map);
	}

	private Throwing throwing(Supplier<Exception> failure) throws IOException {
		return new Throwing(Peer.withNearEnd(), this.map, failure);
	}

	private void fail(Throwing channel) throws IOException {
		try (Peer peer = channel.peer) {
			peer.send("x");
			Loopback.passUntil(this.map, channel::closed);
		}
	}

	private static class Throwing extends Dispatcher {

		private final Peer peer;

		private final Supplier<Exception> failure;

		Throwing(Peer peer, ChannelMap map, Supplier<Exception> failure) throws IOException {
			super(peer.near(), map);
			this.peer = peer;
			this.failure = failure;
		}

		@Override
		protected void handleData(ByteBuffer data) throws Exception {
			throw this.failure.get();
		}

	}

}
