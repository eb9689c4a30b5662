package io.asyncore;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Brake}: events that their handlers leave unserved do not make the loop
 * spin.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BrakeTests {

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = new ChannelMap(this.clock, new Selectors());

	private final ChannelMap real = new ChannelMap();

	private final List<Loopback.Pair> pairs = new ArrayList<>();

	private CapturedLog log;

	@BeforeEach
	void captureLog() {
		this.log = new CapturedLog();
	}

	@AfterEach
	void closeAll() throws IOException {
		this.log.close();
		Asyncore.closeAll(this.map, true);
		Asyncore.closeAll(this.real, true);
		for (Loopback.Pair pair : this.pairs) {
			pair.close();
		}
	}

	// for a second of real time

	@Test
	void whenInputIsUnreadByADefaultDispatcherTheLoopRests() throws Exception {
		AtomicInteger calls = new AtomicInteger();
		Loopback.Pair pair = pair();
		new Dispatcher(pair.near(), this.real) {

			@Override
			protected void logInfo(String message, String type) {
				calls.incrementAndGet();
			}

		};
		Sockets.send(pair, "x");
		assertRests(calls);
	}

	@Test
	void whenHandleReadReadsNothingTheLoopRests() throws Exception {
		AtomicInteger calls = new AtomicInteger();
		Loopback.Pair pair = pair();
		new ReadingNothing(pair.near(), this.real, calls);
		Sockets.send(pair, "x");
		assertRests(calls);
	}

	@Test
	void whenHandleReadFailsToReadTheEndTheLoopRests() throws Exception {
		AtomicInteger calls = new AtomicInteger();
		Loopback.Pair pair = pair();
		new ReadingNothing(pair.near(), this.real, calls);
		pair.far().close();
		assertRests(calls);
	}

	@Test
	void whenHandleWriteWritesNothingTheLoopRests() throws Exception {
		AtomicInteger calls = new AtomicInteger();
		new WritingNothing(pair().near(), this.real, calls);
		assertRests(calls);
	}

	@Test
	void whenHandleAcceptAcceptsNothingTheLoopRests() throws Exception {
		AtomicInteger calls = new AtomicInteger();
		Dispatcher server = new AcceptingNothing(this.real, calls);
		try (SocketChannel client = SocketChannel.open(server.localAddress())) {
			assertThat(client.isConnected()).isTrue();
			assertRests(calls);
		}
	}

	/**
	 * Run the loop for a second, and fail if it does more than a hundred things.
	 */
	private void assertRests(AtomicInteger calls) throws Exception {
		CountingPasses counting = new CountingPasses(pair().near(), this.real);
		try (LoopThread thread = LoopThread.run(this.real)) {
			counting.assertLoopRests(Duration.ofSeconds(1));
			assertThat(thread.isAlive()).isTrue();
		}
		assertThat(calls.get()).isBetween(1, 100);
		assertThat(this.log.warnings()).hasSize(1);
	}

	@Test
	void inputThatIsHeldIsNotDeliveredUntilItIsLetGo() throws IOException {
		Loopback.Pair pair = pair();
		Holding channel = new Holding(pair.near(), this.real);
		channel.holdInput(true);
		Sockets.send(pair, "x");
		channel.pending = true;
		for (int i = 0; i < 30; i++) {
			Loopback.onePass(this.real, false, Duration.ZERO);
		}
		assertThat(channel.events).isEmpty();
		channel.pending = false;
		channel.holdInput(false);
		Loopback.passUntil(this.real, () -> channel.received.length() == 1);
		assertThat(channel.events).containsExactly("read");
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void whileInputIsHeldTheLoopRests() throws Exception {
		Loopback.Pair pair = pair();
		Holding channel = new Holding(pair.near(), this.real);
		// there to be found, like what its superclass cannot take now
		channel.on("read", (self) -> self.holdInput(true));
		channel.pending = true;
		Sockets.send(pair, "x");
		pair.far().shutdownOutput();
		CountingPasses counting = new CountingPasses(pair().near(), this.real);
		try (LoopThread thread = LoopThread.run(this.real)) {
			counting.assertLoopRests(Duration.ofMillis(500));
			assertThat(thread.isAlive()).isTrue();
		}
		assertThat(channel.events).containsExactly("read");
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void newSocketIsNotHeld() throws IOException {
		Loopback.Pair next = pair();
		Holding channel = new Holding(pair().near(), this.real);
		channel.holdInput(true);
		channel.setSocket(next.near());
		Sockets.send(next, "x");
		Loopback.passUntil(this.real, () -> channel.received.length() == 1);
	}

	@Test
	void whatHandlerHasServedCountsAlsoIfItRunsTheLoopThen() throws IOException {
		Loopback.Pair pair = pair();
		Scripted channel = new Scripted(pair.near(), this.real);
		boolean[] inner = new boolean[1];
		channel.on("read", (self) -> {
			if (!inner[0]) {
				self.receive(1);
				inner[0] = true;
				Loopback.onePass(this.real, false, Duration.ZERO);
				inner[0] = false;
			}
		});
		int count = 2 * Brake.PATIENCE;
		Sockets.send(pair, "x".repeat(count));
		Loopback.passUntil(this.real, () -> channel.received.length() == count);
		assertThat(this.log.warnings()).isEmpty();
	}

	// by the clock

	@Test
	void warnsOnceAndHoldsBackForUpToASecond() throws IOException {
		AtomicInteger calls = new AtomicInteger();
		new WritingNothing(pair().near(), this.map, calls);
		passes(100);
		assertThat(calls).hasValue(Brake.PATIENCE);
		assertThat(this.log.warnings()).singleElement().asString().contains("WritingNothing", "write events");
		List<Integer> pauses = new ArrayList<>();
		int millis = 0;
		int before = calls.get();
		while (pauses.size() < 9) {
			this.clock.advanceMillis(1);
			millis++;
			passes(2);
			if (calls.get() > before) {
				assertThat(calls.get()).isEqualTo(before + 1);
				before = calls.get();
				pauses.add(millis);
				millis = 0;
			}
		}
		assertThat(pauses).containsExactly(10, 20, 40, 80, 160, 320, 640, 1000, 1000);
		assertThat(this.log.warnings()).hasSize(1);
	}

	@Test
	void whenReadAndWriteAreUnservedHoldsBackBoth() throws IOException {
		AtomicInteger reads = new AtomicInteger();
		AtomicInteger writes = new AtomicInteger();
		Loopback.Pair pair = pair();
		Sockets.send(pair, "x");
		boolean[] wants = new boolean[1];
		new ReadingNothing(pair.near(), this.map, reads) {

			@Override
			protected boolean writable() {
				return wants[0];
			}

			@Override
			protected void handleWrite() {
				writes.incrementAndGet();
			}

		};
		passThrough(Duration.ofMillis(1235));
		wants[0] = true;
		passThrough(Duration.ofMinutes(2));
		// sixteen, then some while the pauses grow, then one in a second
		assertThat(reads.get()).isLessThan(500);
		assertThat(writes.get()).isLessThan(500);
	}

	@Test
	void whenChannelHasTasksTheyDoNotAddToItsUnservedEvents() throws IOException {
		AtomicInteger reads = new AtomicInteger();
		AtomicInteger tasks = new AtomicInteger();
		Loopback.Pair pair = pair();
		Sockets.send(pair, "x");
		Dispatcher channel = new ReadingNothing(pair.near(), this.map, reads);
		channel.callEvery(Duration.ofMillis(130), tasks::incrementAndGet);
		passThrough(Duration.ofMinutes(2));
		assertThat(tasks.get()).isBetween(900, 930);
		// each task may let one event through, and none may bring others with it
		assertThat(reads.get()).isLessThan(2000);
	}

	@Test
	void whenInterestChangesOftenPausesDoNotPileUp() throws IOException {
		AtomicInteger writes = new AtomicInteger();
		Dispatcher channel = new WritingNothing(pair().near(), this.map, writes);
		passes(20);
		for (int i = 0; i < 1000; i++) {
			this.clock.advanceMillis(3);
			channel.interestChanged();
			passes(1);
		}
		int before = writes.get();
		passThrough(Duration.ofSeconds(20));
		assertThat(writes.get() - before).isLessThan(100);
	}

	@Test
	void whenReadingBeginsAllIsNormalAgain() throws IOException {
		AtomicInteger calls = new AtomicInteger();
		Loopback.Pair pair = pair();
		ReadingNothing channel = new ReadingNothing(pair.near(), this.map, calls);
		Sockets.send(pair, "abc");
		passes(50);
		assertThat(calls).hasValue(Brake.PATIENCE);
		channel.reads = 1;
		this.clock.advanceMillis(10);
		passes(1);
		assertThat(calls).hasValue(Brake.PATIENCE + 1);
		// without another pause
		passes(1);
		assertThat(calls).hasValue(Brake.PATIENCE + 2);
		passes(1);
		assertThat(calls).hasValue(Brake.PATIENCE + 3);
		passes(3);
		assertThat(calls).as("nothing is left to read").hasValue(Brake.PATIENCE + 3);
		Sockets.send(pair, "d");
		passes(1);
		assertThat(calls).hasValue(Brake.PATIENCE + 4);
	}

	@Test
	void whenWritingBeginsAllIsNormalAgain() throws IOException {
		AtomicInteger calls = new AtomicInteger();
		WritingNothing channel = new WritingNothing(pair().near(), this.map, calls);
		passes(50);
		assertThat(calls).hasValue(Brake.PATIENCE);
		channel.writes = 1;
		this.clock.advanceMillis(10);
		passes(5);
		assertThat(calls).hasValue(Brake.PATIENCE + 5);
	}

	@Test
	void whenAcceptingBeginsAllIsNormalAgain() throws IOException {
		AtomicInteger calls = new AtomicInteger();
		AcceptingNothing server = new AcceptingNothing(this.map, calls);
		try (SocketChannel first = SocketChannel.open(server.localAddress());
				SocketChannel second = SocketChannel.open(server.localAddress())) {
			assertThat(first.isConnected() && second.isConnected()).isTrue();
			Sockets.awaitAcceptable(server.socket());
			passes(50);
			assertThat(calls).hasValue(Brake.PATIENCE);
			server.accepts = true;
			this.clock.advanceMillis(10);
			passes(2);
			assertThat(calls).hasValue(Brake.PATIENCE + 2);
			assertThat(this.log.warnings()).hasSize(1);
		}
	}

	@Test
	void whenDataArrivesABrakedWriterIsReleasedAtOnce() throws IOException {
		AtomicInteger calls = new AtomicInteger();
		Loopback.Pair pair = pair();
		WritingNothing channel = new WritingNothing(pair.near(), this.map, calls);
		passes(50);
		assertThat(calls).hasValue(Brake.PATIENCE);
		Sockets.send(pair, "x");
		channel.writes = 1;
		passes(1);
		assertThat(calls).hasValue(Brake.PATIENCE + 1);
		passes(1);
		assertThat(calls).hasValue(Brake.PATIENCE + 2);
	}

	@Test
	void whenInterestChangesABrakedReaderIsReleasedAtOnce() throws IOException {
		AtomicInteger calls = new AtomicInteger();
		Loopback.Pair pair = pair();
		ReadingNothing channel = new ReadingNothing(pair.near(), this.map, calls);
		Sockets.send(pair, "x");
		passes(50);
		channel.reads = 1;
		channel.interestChanged();
		passes(1);
		assertThat(calls).hasValue(Brake.PATIENCE + 1);
	}

	@Test
	void whenSomeEventsAreServedNeverHoldsBack() throws IOException {
		AtomicInteger calls = new AtomicInteger();
		WritingNothing channel = new WritingNothing(pair().near(), this.map, calls);
		for (int i = 0; i < 200; i++) {
			channel.writes = (i % Brake.PATIENCE == 0) ? 1 : 0;
			passes(1);
		}
		assertThat(calls).hasValue(200);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void whenSocketIsFullThatIsNotUnserved() throws IOException {
		Loopback.Pair pair = pair();
		ByteBuffer output = ByteBuffer.allocate(16 * 1024 * 1024);
		new Dispatcher(pair.near(), this.map) {

			@Override
			protected boolean writable() {
				return output.hasRemaining();
			}

			@Override
			protected void handleWrite() throws IOException {
				send(output);
			}

		};
		passes(100);
		assertThat(output.hasRemaining()).isTrue();
		pair.far().configureBlocking(false);
		ByteBuffer input = ByteBuffer.allocate(64 * 1024);
		int[] received = new int[1];
		Loopback.passUntil(this.map, () -> {
			received[0] += Sockets.read(pair.far(), input.clear());
			return received[0] == output.capacity();
		});
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void whenChannelGetsANewSocketBeginsAnew() throws IOException {
		AtomicInteger calls = new AtomicInteger();
		Dispatcher channel = new WritingNothing(pair().near(), this.map, calls);
		passes(50);
		channel.close();
		channel.setSocket(pair().near());
		passes(50);
		assertThat(calls).hasValue(2 * Brake.PATIENCE);
	}

	@Test
	void idleMixOfDefaultChannelsUsesNoCpu() throws Exception {
		Loopback.Pair plain = pair();
		new Dispatcher(plain.near(), this.real);
		new Dispatcher(plain.far(), this.real);
		Loopback.Pair sending = pair();
		new DispatcherWithSend(sending.near(), this.real);
		new DispatcherWithSend(sending.far(), this.real).send(new byte[100]);
		Dispatcher server = new Dispatcher(this.real);
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(5);
		Dispatcher client = new Dispatcher(this.real);
		client.createSocket();
		client.connect(server.localAddress());
		Dispatcher datagrams = new Dispatcher(this.real);
		datagrams.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		datagrams.bind(Loopback.anyPort());
		Dispatcher created = new Dispatcher(this.real);
		created.createSocket();
		CountingPasses counting = new CountingPasses(pair().near(), this.real);
		try (LoopThread thread = LoopThread.run(this.real)) {
			counting.assertLoopRests(Duration.ofSeconds(1));
			assertThat(thread.isAlive()).isTrue();
		}
	}

	private void passes(int count) throws IOException {
		Asyncore.loop(Duration.ZERO, false, this.map, count);
	}

	/**
	 * Let time go by in steps of 5 ms.
	 */
	private void passThrough(Duration duration) throws IOException {
		for (long i = duration.toMillis() / 5; i > 0; i--) {
			this.clock.advanceMillis(5);
			passes(1);
		}
	}

	private Loopback.Pair pair() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		this.pairs.add(pair);
		return pair;
	}

	private static class ReadingNothing extends Dispatcher {

		private final AtomicInteger calls;

		int reads;

		ReadingNothing(SocketChannel socket, ChannelMap map, AtomicInteger calls) throws IOException {
			super(socket, map);
			this.calls = calls;
		}

		@Override
		protected void handleRead() throws Exception {
			this.calls.incrementAndGet();
			if (this.reads > 0) {
				recv(this.reads);
			}
		}

	}

	private static final class WritingNothing extends Dispatcher {

		private final AtomicInteger calls;

		private int writes;

		WritingNothing(SocketChannel socket, ChannelMap map, AtomicInteger calls) throws IOException {
			super(socket, map);
			this.calls = calls;
		}

		@Override
		protected void handleRead() throws Exception {
			recv(100);
		}

		@Override
		protected void handleWrite() throws Exception {
			this.calls.incrementAndGet();
			if (this.writes > 0) {
				send(new byte[this.writes]);
			}
		}

	}

	private static final class AcceptingNothing extends Dispatcher {

		private final AtomicInteger calls;

		private boolean accepts;

		AcceptingNothing(ChannelMap map, AtomicInteger calls) throws IOException {
			super(map);
			this.calls = calls;
			createSocket();
			bind(Loopback.anyPort());
			listen(5);
		}

		@Override
		protected void handleAccept() throws Exception {
			this.calls.incrementAndGet();
			Accepted accepted = this.accepts ? accept() : null;
			if (accepted != null) {
				accepted.socket().close();
			}
		}

	}

	/**
	 * Says itself that there is input.
	 */
	private static final class Holding extends Scripted {

		boolean pending;

		Holding(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected boolean inputPending() {
			return this.pending;
		}

	}

}
