package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for {@link EventLoop}: tasks, nesting, timeouts, and the ways to leave it. Its
 * graceful end is in {@link ShutdownTests}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventLoopTests {

	private static final Duration LONG = Duration.ofSeconds(30);

	private final Selectors selectors = new Selectors();

	private final ChannelMap map = new ChannelMap(System::nanoTime, this.selectors);

	private final EventLoop loop = this.map.eventLoop();

	private final List<String> events = Collections.synchronizedList(new ArrayList<>());

	private final List<Loopback.Pair> pairs = new ArrayList<>();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
		for (Loopback.Pair pair : this.pairs) {
			pair.close();
		}
	}

	// tasks

	@Test
	void runsTasksInTheOrderGiven() throws IOException {
		record("first", "second", "third");
		pass();
		assertThat(this.events).containsExactly("first", "second", "third");
	}

	@Test
	void wakesUpForTasksOfOtherThreads() throws Exception {
		try (LoopThread thread = LoopThread.run(this.map)) {
			// the loop waits for 30 s unless it is woken up, with an empty map...
			runTasksAndWaitForEach(thread);
			// ... and with a selector
			thread.call(() -> new Loopback.Recorder(pair().near(), this.map));
			runTasksAndWaitForEach(thread);
		}
		assertThat(this.events).hasSize(200).containsOnly("test-loop");
	}

	private void runTasksAndWaitForEach(LoopThread thread) throws InterruptedException {
		for (int i = 0; i < 100; i++) {
			this.loop.execute(() -> this.events.add(Thread.currentThread().getName()));
			thread.awaitPass();
		}
	}

	@Test
	void keepsTheOrderOfTheTasksOfEachThread() throws Exception {
		int threads = 4;
		int tasks = 5000;
		List<List<Integer>> seen = new ArrayList<>();
		List<Thread> givers = new ArrayList<>();
		for (int t = 0; t < threads; t++) {
			List<Integer> numbers = new ArrayList<>();
			seen.add(numbers);
			givers.add(new Thread(() -> {
				for (int i = 0; i < tasks; i++) {
					int number = i;
					this.loop.execute(() -> numbers.add(number));
				}
			}));
		}
		try (LoopThread thread = LoopThread.run(this.map)) {
			givers.forEach(Thread::start);
			for (Thread giver : givers) {
				giver.join(Loopback.BOUND.toMillis());
			}
			thread.awaitPass();
		}
		List<Integer> expected = IntStream.range(0, tasks).boxed().toList();
		assertThat(seen).hasSize(threads).allSatisfy((numbers) -> assertThat(numbers).isEqualTo(expected));
	}

	@Test
	void whenTaskAddsTaskThatWaitsForTheNextPass() throws IOException {
		this.loop.execute(() -> {
			this.events.add("first");
			record("of the first");
		});
		record("second");
		pass();
		assertThat(this.events).containsExactly("first", "second");
		pass();
		assertThat(this.events).containsExactly("first", "second", "of the first");
	}

	@Test
	void whenTaskThrowsLogsItAndGoesOn() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			this.loop.execute(() -> {
				throw new IllegalStateException("as planned");
			});
			this.loop.execute(() -> {
				throw new AssertionError("as planned");
			});
			for (Error failure : List.of(new StackOverflowError("as planned"), new OutOfMemoryError("as planned"),
					new LinkageError("as planned"))) {
				this.loop.execute(() -> {
					throw failure;
				});
				this.loop.callLater(Duration.ZERO, () -> {
					throw failure;
				});
			}
			record("after them");
			pass();
			assertThat(this.events).containsExactly("after them");
			assertThat(log.errors()).hasSize(8);
		}
	}

	@Test
	void whenTaskLeavesTheLoopTheOthersRunInTheNextPass() throws IOException {
		record("before");
		this.loop.execute(() -> {
			throw new ExitNow();
		});
		record("after", "after that");
		assertThatExceptionOfType(ExitNow.class).isThrownBy(this::pass);
		assertThat(this.events).containsExactly("before");
		pass();
		assertThat(this.events).containsExactly("before", "after", "after that");
	}

	@Test
	void whenTaskHasLeftTheLoopItWaitsAgain() throws IOException {
		new Loopback.Recorder(pair().near(), this.map);
		this.loop.execute(() -> {
			throw new ExitNow();
		});
		assertThatExceptionOfType(ExitNow.class).isThrownBy(this::pass);
		assertWaits();
	}

	// run and stop

	@Test
	void stopFromAnotherThreadEndsRun() throws Exception {
		new Loopback.Recorder(pair().near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		this.loop.stop();
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(this.map.size()).as("stop() closes nothing").isEqualTo(1);
	}

	@Test
	void stopInATaskEndsRunAfterThePass() throws IOException {
		this.loop.execute(() -> {
			this.loop.stop();
			this.loop.execute(() -> this.events.add("next pass"));
		});
		record("same pass");
		this.loop.run();
		assertThat(this.events).containsExactly("same pass");
	}

	@Test
	void whenStoppedBeforeRunReturnsAtOnce() throws IOException {
		this.loop.stop();
		record("task");
		this.loop.run();
		assertThat(this.events).isEmpty();
		// only that one
		this.loop.execute(this.loop::stop);
		this.loop.run();
		assertThat(this.events).containsExactly("task");
	}

	@Test
	void runCanBeStartedAgain() throws Exception {
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map);
		for (int i = 0; i < 3; i++) {
			try (LoopThread thread = LoopThread.run(this.map)) {
				int expected = i + 1;
				Sockets.send(this.pairs.get(0).far(), "x");
				Awaitility.await().atMost(Loopback.BOUND).until(() -> channel.received.length() == expected);
				assertThat(thread.isAlive()).isTrue();
			}
		}
		assertThat(channel.events).containsExactly("read", "read", "read");
	}

	@Test
	void stopDoesNotEndLoop() throws IOException {
		new Loopback.Recorder(pair().near(), this.map);
		this.loop.stop();
		record("task");
		pass();
		assertThat(this.events).containsExactly("task");
	}

	@Test
	void whenRunIsNestedStopEndsBoth() throws Exception {
		LoopThread thread = LoopThread.run(this.map);
		CountDownLatch inner = new CountDownLatch(1);
		this.loop.execute(() -> {
			this.loop.execute(inner::countDown);
			run(this.loop);
			this.events.add("inner run() has returned");
		});
		assertThat(inner.await(10, TimeUnit.SECONDS)).isTrue();
		this.loop.stop();
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(this.events).containsExactly("inner run() has returned");
	}

	@Test
	void runGoesOnWithAnEmptyMapWithoutSelector() throws Exception {
		long before = Sockets.descriptors("anon_inode:[eventpoll]");
		try (LoopThread thread = LoopThread.run(this.map)) {
			assertThat(this.selectors.opened).isEmpty();
			Loopback.Recorder channel = thread.call(() -> new Loopback.Recorder(pair().near(), this.map));
			Sockets.send(this.pairs.get(0).far(), "x");
			Awaitility.await().atMost(Loopback.BOUND).until(() -> channel.events.contains("read"));
			assertThat(this.selectors.opened).hasSize(1);
			channel.close();
			Awaitility.await().atMost(Loopback.BOUND).until(() -> !this.selectors.opened.get(0).isOpen());
			thread.awaitPass();
			assertThat(Sockets.descriptors("anon_inode:[eventpoll]")).isLessThanOrEqualTo(before);
			assertThat(thread.isAlive()).isTrue();
		}
	}

	@Test
	void whenMapIsEmptyRunWaits() throws Exception {
		MovableClock clock = new MovableClock();
		ChannelMap empty = new ChannelMap(clock, this.selectors);
		// a timer makes every pass read the clock
		empty.eventLoop().callLater(Duration.ofDays(1), () -> {
		});
		try (LoopThread thread = LoopThread.run(empty)) {
			assertThat(thread.isAlive()).isTrue();
			CountingPasses.assertFew(clock.readings, Duration.ofMillis(300));
		}
	}

	// whose loop it is

	@Test
	void knowsTheThreadThatRunsIt() throws IOException {
		assertThat(EventLoop.current()).isNull();
		assertThat(this.loop.inLoop()).isFalse();
		List<EventLoop> seen = new ArrayList<>();
		this.loop.execute(() -> {
			seen.add(EventLoop.current());
			assertThat(this.loop.inLoop()).isTrue();
			seen.add(this.loop);
		});
		pass();
		assertThat(seen).containsExactly(this.loop, this.loop);
		assertThat(EventLoop.current()).isNull();
		assertThat(this.loop.inLoop()).isFalse();
	}

	@Test
	void whenLeftByAnExceptionForgetsTheThread() {
		this.loop.execute(() -> {
			throw new ExitNow();
		});
		assertThatExceptionOfType(ExitNow.class).isThrownBy(this.loop::run);
		assertThat(EventLoop.current()).isNull();
		assertThat(this.loop.inLoop()).isFalse();
	}

	@Test
	void isNoLoopOfOtherThreads() throws Exception {
		try (LoopThread thread = LoopThread.run(this.map)) {
			assertThat(thread.isAlive()).isTrue();
			assertThat(EventLoop.current()).isNull();
			assertThat(this.loop.inLoop()).isFalse();
		}
	}

	@Test
	void whenAnotherThreadRunsItRefusesNamingThatThread() throws Exception {
		new Loopback.Recorder(pair().near(), this.map);
		try (LoopThread thread = LoopThread.run(this.map)) {
			assertThat(thread.isAlive()).isTrue();
			assertThatIllegalStateException().isThrownBy(this.loop::run).withMessageContaining("'test-loop'");
			assertThatIllegalStateException().isThrownBy(() -> Asyncore.loop(this.map))
				.withMessageContaining("'test-loop'");
			assertThatIllegalStateException().isThrownBy(() -> Asyncore.poll(Duration.ZERO, this.map))
				.withMessageContaining("'test-loop'");
			// which has not been disturbed
			thread.awaitPass();
		}
	}

	// nested loops

	@Test
	void servesTheMapFromWithinHandleRead() throws IOException {
		Loopback.Pair other = pair();
		Loopback.Recorder served = new Loopback.Recorder(other.near(), this.map);
		Loopback.Pair own = pair();
		new Loopback.Recorder(own.near(), this.map) {

			@Override
			protected void handleRead() throws Exception {
				super.handleRead();
				Sockets.send(other, "x");
				// the other one is served by the inner loop
				Loopback.passUntil(EventLoopTests.this.map, () -> served.received.length() > 0);
				EventLoopTests.this.events.add("inner loop left");
			}

		};
		Sockets.send(own, "x");
		pass();
		assertThat(served.events).containsExactly("read");
		assertThat(this.events).containsExactly("inner loop left");
		pass();
		assertThat(served.events).containsExactly("read");
	}

	@Test
	void writesWithinHandleReadWhatTheOuterPassWasToWrite() throws IOException {
		class Writer extends Dispatcher {

			private boolean due = true;

			Writer(SocketChannel socket, ChannelMap map) throws IOException {
				super(socket, map);
			}

			@Override
			protected boolean writable() {
				return this.due;
			}

			@Override
			protected boolean predicatesDependOnOwnEventsOnly() {
				return true;
			}

			@Override
			protected void handleWrite() {
				this.due = false;
				EventLoopTests.this.events.add("written");
				eventServed();
			}

		}
		Loopback.Pair own = pair();
		new Loopback.Recorder(own.near(), this.map) {

			@Override
			protected void handleRead() throws Exception {
				super.handleRead();
				passUntil(() -> !EventLoopTests.this.events.isEmpty());
				EventLoopTests.this.events.add("inner loop left");
			}

		};
		new Writer(pair().near(), this.map);
		Sockets.send(own, "x");
		// reads first
		pass();
		assertThat(this.events).containsExactly("written", "inner loop left");
		pass();
		assertThat(this.events).hasSize(2);
	}

	@Test
	void servesTheMapFromWithinHandleAccept() throws Exception {
		Dispatcher server = new Dispatcher(this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws Exception {
				Loopback.Recorder handler = new Loopback.Recorder(socket, map());
				Loopback.passUntil(map(), () -> handler.received.length() > 0);
				EventLoopTests.this.events.add(handler.received.toString());
				handler.close();
			}

		};
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(5);
		try (SocketChannel client = SocketChannel.open(server.localAddress())) {
			Sockets.send(client, "hello");
			Loopback.passUntil(this.map, () -> !this.events.isEmpty());
			assertThat(this.events).containsExactly("hello");
		}
	}

	@Test
	void servesTheMapFromWithinPredicates() throws IOException {
		Loopback.Pair other = pair();
		Loopback.Recorder served = new Loopback.Recorder(other.near(), this.map);
		new Loopback.Recorder(pair().near(), this.map) {

			private boolean nested;

			@Override
			protected boolean readable() {
				if (!this.nested) {
					this.nested = true;
					passUntil(() -> served.received.length() > 0);
				}
				return true;
			}

		};
		Sockets.send(other, "x");
		pass();
		assertThat(served.events).containsExactly("read");
		Sockets.send(other, "y");
		Loopback.passUntil(this.map, () -> served.received.length() == 2);
		assertThat(served.events).containsExactly("read", "read");
	}

	@Test
	void servesTheMapFromWithinTasksAndTimers() throws IOException {
		Loopback.Pair pair = pair();
		Loopback.Recorder served = new Loopback.Recorder(pair.near(), this.map);
		Sockets.send(pair, "x");
		this.loop.execute(() -> passUntil(() -> served.received.length() == 1));
		pass();
		assertThat(served.events).containsExactly("read");
		Sockets.send(pair, "y");
		this.loop.callLater(Duration.ZERO, () -> passUntil(() -> served.received.length() == 2));
		pass();
		assertThat(served.events).containsExactly("read", "read");
	}

	@Test
	void innerLoopRunsTheTasksThatTheOuterOneHasNotRunYet() throws IOException {
		new Loopback.Recorder(pair().near(), this.map);
		this.loop.execute(() -> {
			this.events.add("first");
			passUntil(() -> this.events.size() == 3);
		});
		record("second", "third");
		pass();
		pass();
		assertThat(this.events).containsExactly("first", "second", "third");
	}

	@Test
	void innerLoopWaits() throws IOException {
		new Loopback.Recorder(pair().near(), this.map);
		this.loop.execute(this::assertWaits);
		pass();
		this.loop.callLater(Duration.ZERO, this::assertWaits);
		pass();
	}

	@Test
	void whenStoppedInnerLoopDoesNotSpin() throws Exception {
		CountingPasses channel = new CountingPasses(pair().near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		CountDownLatch inner = new CountDownLatch(1);
		this.loop.execute(() -> {
			this.loop.execute(inner::countDown);
			// until the map is empty
			loop(this.map);
		});
		assertThat(inner.await(10, TimeUnit.SECONDS)).isTrue();
		this.loop.stop();
		channel.assertLoopRests(Duration.ofMillis(300));
		channel.close();
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	void servesAnotherMapFromWithinAHandler() throws IOException {
		ChannelMap inner = new ChannelMap();
		Loopback.Pair other = pair();
		List<EventLoop> loops = new ArrayList<>();
		Loopback.Recorder served = new Loopback.Recorder(other.near(), inner) {

			@Override
			protected void handleRead() throws Exception {
				super.handleRead();
				loops.add(EventLoop.current());
				assertThat(EventLoopTests.this.loop.inLoop()).isTrue();
				assertThat(new Dispatcher().map()).isSameAs(inner);
				close();
			}

		};
		Sockets.send(other, "x");
		this.loop.execute(() -> {
			loops.add(EventLoop.current());
			loop(inner);
			loops.add(EventLoop.current());
			assertThat(new Dispatcher().map()).isSameAs(this.map);
			assertThat(inner.eventLoop().inLoop()).isFalse();
			this.events.add("done");
		});
		pass();
		assertThat(loops).containsExactly(this.loop, inner.eventLoop(), this.loop);
		assertThat(served.events).containsExactly("read");
		assertThat(this.events).containsExactly("done");
	}

	// count and timeouts

	@Test
	void makesAsManyPassesAsAsked() throws IOException {
		AtomicInteger passes = new CountingPasses(pair().near(), this.map).passes;
		pass();
		passes.set(0);
		Asyncore.loop(Duration.ZERO, false, this.map, 7);
		assertThat(passes).hasValue(7);
		Asyncore.loop(Duration.ZERO, true, this.map, 2);
		assertThat(passes).hasValue(9);
		Asyncore.loop(Duration.ZERO, false, this.map, 0);
		Asyncore.loop(Duration.ZERO, false, this.map, -1);
		assertThat(passes).hasValue(9);
		Asyncore.poll(Duration.ZERO, this.map);
		assertThat(passes).hasValue(10);
	}

	@Test
	void whenTimeoutIsShorterThanAMillisecondReturns() throws IOException {
		AtomicInteger passes = new CountingPasses(pair().near(), this.map).passes;
		Asyncore.loop(Duration.ofNanos(1), false, this.map, 3);
		Asyncore.loop(Duration.ofNanos(999_999), true, this.map, 3);
		assertThat(passes).hasValueGreaterThanOrEqualTo(6);
	}

	@Test
	void waitsAsLongAsAsked() throws IOException {
		new Loopback.Recorder(pair().near(), this.map);
		assertWaits();
	}

	@Test
	void whenTimeoutIsVeryLongStillWakesUp() throws Exception {
		Dispatcher channel = new Loopback.Recorder(pair().near(), this.map);
		LoopThread thread = LoopThread.run(this.map,
				() -> Asyncore.loop(Duration.ofSeconds(Long.MAX_VALUE), false, this.map));
		thread.awaitPass();
		channel.close();
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	void refusesNegativeTimeouts() {
		Duration negative = Duration.ofMillis(-1);
		assertThatIllegalArgumentException().isThrownBy(() -> Asyncore.loop(negative, false, this.map, 1));
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.run(negative, false));
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.shutdown(negative));
		assertThat(this.loop.inLoop()).isFalse();
	}

	@Test
	void whenMapIsEmptyLoopReturns() throws IOException {
		Asyncore.loop(this.map);
		Asyncore.loop(LONG, true, this.map, 5);
		Asyncore.poll(LONG, this.map);
		assertThat(this.selectors.opened).isEmpty();
	}

	@Test
	void whenMapIsEmptyPollRunsWhatIsDue() throws IOException {
		record("task");
		this.loop.callLater(Duration.ZERO, () -> this.events.add("timer"));
		Asyncore.poll(LONG, this.map);
		assertThat(this.events).containsExactly("task", "timer");
	}

	@Test
	void whenMapGainsChannelsLoopGoesOn() throws IOException {
		Loopback.Pair first = pair();
		Loopback.Pair second = pair();
		new ClosingAfterRead(first.near(), () -> {
			new ClosingAfterRead(second.near(), () -> this.events.add("second"));
			this.events.add("first");
		});
		Sockets.send(first.far(), "x");
		Sockets.send(second.far(), "x");
		Asyncore.loop(this.map);
		assertThat(this.events).containsExactly("first", "second");
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(this.selectors.opened).isNotEmpty().noneMatch((selector) -> selector.isOpen());
	}

	@Test
	void whenChannelIsClosedByAnotherThreadJustBeforeTheLoopWaitsItDoesNotWait() throws Exception {
		MovableClock clock = new MovableClock();
		Dispatcher[] channel = new Dispatcher[1];
		int[] countdown = new int[1];
		ChannelMap hooked = new ChannelMap(() -> {
			// the first time is asked for what is due, then for how long to wait
			if (--countdown[0] == 0) {
				closeInAnotherThread(channel[0]);
			}
			return clock.getAsLong();
		}, this.selectors);
		channel[0] = new Loopback.Recorder(pair().near(), hooked);
		hooked.eventLoop().callLater(Duration.ofDays(1), () -> {
		});
		Asyncore.loop(Duration.ZERO, false, hooked, 2);
		countdown[0] = 2;
		LoopThread thread = LoopThread.runUnseen(hooked, () -> Asyncore.loop(hooked));
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(countdown[0]).isLessThanOrEqualTo(0);
	}

	private static void closeInAnotherThread(Dispatcher channel) {
		Thread thread = new Thread(channel::close);
		thread.start();
		try {
			thread.join();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	// interrupts

	@Test
	void whenInterruptedDoesNotSpinAndTellsInTheEnd() throws Exception {
		CountingPasses channel = new CountingPasses(pair().near(), this.map);
		LoopThread thread = LoopThread.run(this.map, () -> Asyncore.loop(this.map));
		// one that comes while a task runs may be that of the task
		channel.assertLoopRests(Duration.ofMillis(100));
		thread.thread().interrupt();
		channel.assertLoopRests(Duration.ofMillis(300));
		Sockets.send(this.pairs.get(0).far(), "x");
		Awaitility.await().atMost(Loopback.BOUND).until(() -> channel.events.contains("read"));
		channel.close();
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(thread.isInterruptedAtEnd()).isTrue();
	}

	@Test
	void whenInterruptedBeforeDoesNotSpinAndTellsInTheEnd() throws IOException {
		new Loopback.Recorder(pair().near(), this.map);
		Thread.currentThread().interrupt();
		assertWaits();
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void whenInterruptedWithAnEmptyMapDoesNotSpinAndTellsInTheEnd() throws Exception {
		MovableClock clock = new MovableClock();
		ChannelMap empty = new ChannelMap(clock, this.selectors);
		empty.eventLoop().callLater(Duration.ofDays(1), () -> {
		});
		LoopThread thread = LoopThread.run(empty);
		CountingPasses.assertFew(clock.readings, Duration.ofMillis(100));
		thread.thread().interrupt();
		CountingPasses.assertFew(clock.readings, Duration.ofMillis(300));
		thread.close();
		assertThat(thread.isInterruptedAtEnd()).isTrue();
	}

	@Test
	void whenNotInterruptedDoesNotTellSo() throws Exception {
		LoopThread thread = LoopThread.run(this.map);
		thread.close();
		assertThat(thread.isInterruptedAtEnd()).isFalse();
	}

	// work that is done elsewhere

	@Test
	void whenThereIsNoThreadForWorkOnlyThatIsRejected() throws Exception {
		Loopback.Pair poor = pair();
		Loopback.Recorder channel = new Loopback.Recorder(poor.near(), this.map) {

			@Override
			protected void handleRead() throws Exception {
				super.handleRead();
				EventLoopTests.this.loop.parts()
					.offloadedWork()
					.begin(() -> EventLoopTests.this.events.add("never"), (task) -> {
						throw new OutOfMemoryError("unable to create native thread");
					});
			}

		};
		Loopback.Pair pair = pair();
		Loopback.Recorder other = new Loopback.Recorder(pair.near(), this.map);
		Sockets.send(poor, "x");
		try (CapturedLog log = new CapturedLog()) {
			Loopback.passUntil(this.map, channel::closed);
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(channel.failures).singleElement()
			.isInstanceOf(RejectedExecutionException.class)
			.satisfies((failure) -> assertThat(failure).hasCauseInstanceOf(OutOfMemoryError.class));
		assertThat(this.loop.parts().hasWork()).as("a shutdown would wait for it").isFalse();
		Sockets.send(pair, "x");
		Loopback.passUntil(this.map, () -> other.events.contains("read"));
		assertThat(this.events).isEmpty();
	}

	// failures of the loop itself

	@Test
	void whenThereIsNoMemoryForAPassTheLoopGoesOn() throws Exception {
		AtomicInteger failures = new AtomicInteger();
		LongSupplier clock = () -> {
			if (failures.getAndUpdate((left) -> Math.max(0, left - 1)) > 0) {
				throw new OutOfMemoryError("as planned");
			}
			return System.nanoTime();
		};
		ChannelMap scarce = new ChannelMap(clock, this.selectors);
		Loopback.Recorder channel = new Loopback.Recorder(pair().near(), scarce);
		try (CapturedLog log = new CapturedLog(); LoopThread thread = LoopThread.run(scarce)) {
			failures.set(3);
			thread.awaitPass();
			Sockets.send(this.pairs.get(0).far(), "x");
			Awaitility.await().atMost(Loopback.BOUND).until(() -> channel.events.contains("read"));
			assertThat(log.errors()).isNotEmpty().allSatisfy((line) -> assertThat(line).contains("goes on"));
			assertThat(thread.isAlive()).isTrue();
		}
		assertThat(failures).hasValue(0);
		channel.close();
	}

	@Test
	void whenThereIsNoMemoryForAPassOfAnInnerLoopItsHandlerHasFailed() throws IOException {
		boolean[] failing = new boolean[1];
		ChannelMap scarce = new ChannelMap(() -> {
			if (failing[0]) {
				throw new OutOfMemoryError("as planned");
			}
			return System.nanoTime();
		}, this.selectors);
		Loopback.Pair pair = pair();
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), scarce) {

			@Override
			protected void handleRead() throws Exception {
				super.handleRead();
				failing[0] = true;
				try {
					Loopback.onePass(map(), false, Duration.ZERO);
				}
				finally {
					failing[0] = false;
				}
			}

		};
		Sockets.send(pair, "x");
		try (CapturedLog log = new CapturedLog()) {
			Loopback.passUntil(scarce, channel::closed);
			assertThat(log.errors()).hasSize(1);
		}
		assertThat(channel.failures).singleElement().isInstanceOf(OutOfMemoryError.class);
	}

	// leaving the loop

	@Test
	void whenHandlerLeavesTheLoopOthersGetTheirEventsInTheNextPass() throws Exception {
		Dispatcher server = new Dispatcher(this.map);
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(5);
		boolean[] thrown = new boolean[1];
		List<Loopback.Pair> ready = IntStream.range(0, 8).mapToObj((i) -> pair()).toList();
		List<Loopback.Recorder> readers = new ArrayList<>();
		for (Loopback.Pair pair : ready) {
			readers.add(new Loopback.Recorder(pair.near(), this.map) {

				@Override
				protected void handleRead() throws Exception {
					if (!thrown[0]) {
						thrown[0] = true;
						throw new ExitNow();
					}
					super.handleRead();
				}

			});
		}
		Announcing writer = new Announcing(pair().near());
		settle();
		for (Loopback.Pair pair : ready) {
			Sockets.send(pair, "x");
		}
		Loopback.Recorder client = new Loopback.Recorder(this.map);
		client.createSocket();
		client.connect(server.localAddress());
		Sockets.awaitAcceptable(server.socket());
		writer.announce();
		assertThatExceptionOfType(ExitNow.class).isThrownBy(this::pass);
		assertThat(writer.events).as("all reads come before all writes").isEmpty();
		pass();
		// the one that has left the loop is told again, too: its data is still there
		assertThat(readers).allSatisfy((reader) -> assertThat(reader.events).containsExactly("read"));
		assertThat(writer.events).containsExactly("write");
		assertThat(client.events).startsWith("connect");
		server.close();
	}

	@Test
	void whenPredicateLeavesTheLoopItsChannelIsServedAfterwards() throws IOException {
		Loopback.Pair pair = pair();
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map) {

			private boolean left;

			@Override
			protected boolean readable() {
				if (!this.left) {
					this.left = true;
					throw new ExitNow();
				}
				return true;
			}

			@Override
			protected boolean writable() {
				return false;
			}

			@Override
			protected boolean predicatesDependOnOwnEventsOnly() {
				return true;
			}

		};
		assertThatExceptionOfType(ExitNow.class).isThrownBy(this::pass);
		Sockets.send(pair, "x");
		pass();
		assertThat(channel.events).containsExactly("read");
	}

	@Test
	void whenPromiseFailsOnlyItsChannelEnds() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			Loopback.Pair pair = pair();
			Loopback.Recorder other = new Loopback.Recorder(pair.near(), this.map);
			Loopback.Recorder channel = new Loopback.Recorder(pair().near(), this.map) {

				@Override
				protected boolean readable() {
					return true;
				}

				@Override
				protected boolean writable() {
					return false;
				}

				@Override
				protected boolean predicatesDependOnOwnEventsOnly() {
					throw new IllegalStateException("as planned");
				}

			};
			Sockets.send(pair, "x");
			pass();
			pass();
			assertThat(other.events).containsExactly("read");
			assertThat(channel.events).containsExactly("error", "close");
			assertThat(log.errors()).hasSize(1);
		}
	}

	// the order of a pass

	@Test
	void inSelectOrderDeliversAllReadsBeforeAllWrites() throws IOException {
		List<String> order = deliverToTwo(false);
		assertThat(order).hasSize(4);
		assertThat(order.subList(0, 2)).containsExactlyInAnyOrder("1 read", "2 read");
		assertThat(order.subList(2, 4)).containsExactlyInAnyOrder("1 write", "2 write");
	}

	@Test
	void inPollOrderDeliversChannelByChannel() throws IOException {
		List<String> order = deliverToTwo(true);
		assertThat(order).isIn(List.of("1 read", "1 write", "2 read", "2 write"),
				List.of("2 read", "2 write", "1 read", "1 write"));
	}

	private List<String> deliverToTwo(boolean usePoll) throws IOException {
		Loopback.Pair first = pair();
		Loopback.Pair second = pair();
		new Naming(first.near(), "1");
		new Naming(second.near(), "2");
		Sockets.send(first, "x");
		Sockets.send(second, "x");
		Loopback.onePass(this.map, usePoll, Duration.ZERO);
		return this.events;
	}

	// channels that change their loop

	@Test
	void whenChannelMovesInAPassItsEventsComeFromTheNewLoop() throws IOException {
		ChannelMap other = new ChannelMap();
		List<Loopback.Recorder> channels = new ArrayList<>();
		List<EventLoop> loops = new ArrayList<>();
		for (int i = 0; i < 2; i++) {
			Loopback.Pair pair = pair();
			channels.add(new Loopback.Recorder(pair.near(), this.map) {

				@Override
				protected void handleRead() throws Exception {
					super.handleRead();
					loops.add(EventLoop.current());
					channels.forEach((channel) -> channel.addChannel(other));
				}

			});
			Sockets.send(pair, "x");
		}
		pass();
		assertThat(loops).as("whoever was first moved both").containsExactly(this.loop);
		Loopback.passUntil(other, () -> loops.size() == 2);
		assertThat(loops).containsExactly(this.loop, other.eventLoop());
		Asyncore.closeAll(other, false);
	}

	@Test
	void whenChannelMovesItselfTheNewLoopServesIt() throws IOException {
		ChannelMap other = new ChannelMap();
		Loopback.Pair pair = pair();
		int length = 4 * 1024 * 1024;
		DispatcherWithSend channel = new DispatcherWithSend(pair.near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				recv(10);
				addChannel(other);
			}

		};
		Sockets.send(pair, "x");
		pass();
		assertThat(channel.map()).isSameAs(other);
		other.eventLoop().execute(() -> channel.send(new byte[length]));
		pair.far().configureBlocking(false);
		int[] received = new int[1];
		ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
		Loopback.passUntil(other, () -> {
			received[0] += Sockets.read(pair.far(), buffer.clear());
			return received[0] == length;
		});
		assertThat(channel.outBuffered()).isZero();
		channel.close();
	}

	// putting channels into service

	@Test
	void openPutsAChannelIntoService() throws IOException {
		ChannelMap elsewhere = new ChannelMap();
		Opening channel = new Opening(elsewhere);
		this.loop.execute(() -> open(channel));
		pass();
		assertThat(channel.opens).containsExactly(this.loop);
		assertThat(this.map.contains(channel)).isTrue();
		assertThat(elsewhere.isEmpty()).isTrue();
		assertThat(channel.map()).isSameAs(this.map);
	}

	@Test
	void whatHandleOpenThrowsIsThrownByOpen() throws IOException {
		IOException failure = new IOException("as planned");
		Dispatcher channel = new Dispatcher(this.map) {

			@Override
			protected void handleOpen() throws Exception {
				throw failure;
			}

		};
		List<Throwable> thrown = new ArrayList<>();
		this.loop.execute(() -> thrown.add(catchThrowable(() -> this.loop.open(channel))));
		pass();
		assertThat(thrown).containsExactly(failure);
	}

	@Test
	void whenCalledByAnotherThreadOpenRefuses() throws Exception {
		Opening channel = new Opening(this.map);
		assertThatIllegalStateException().isThrownBy(() -> this.loop.open(channel))
			.withMessageContaining("not running");
		try (LoopThread thread = LoopThread.run(this.map)) {
			assertThat(thread.isAlive()).isTrue();
			assertThatIllegalStateException().isThrownBy(() -> this.loop.open(channel))
				.withMessageContaining("'test-loop'");
		}
		assertThat(channel.opens).isEmpty();
	}

	private void record(String... names) {
		for (String name : names) {
			this.loop.execute(() -> this.events.add(name));
		}
	}

	/**
	 * Fail if the loop returns at once from passes in which nothing happens.
	 */
	private void assertWaits() {
		settle();
		long start = System.nanoTime();
		for (int i = 0; i < 5; i++) {
			pass(Duration.ofMillis(20));
		}
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(70));
	}

	// have what was added looked at
	private void settle() {
		pass(Duration.ZERO);
		pass(Duration.ZERO);
	}

	private void pass() {
		pass(Duration.ZERO);
	}

	private void pass(Duration timeout) {
		try {
			Asyncore.loop(timeout, false, this.map, this.map.isEmpty() ? 0 : 1);
			if (this.map.isEmpty()) {
				Asyncore.poll(timeout, this.map);
			}
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void passUntil(BooleanSupplier condition) {
		try {
			Loopback.passUntil(this.map, condition);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void loop(ChannelMap map) {
		try {
			Asyncore.loop(map);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static void run(EventLoop loop) {
		try {
			loop.run();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void open(Dispatcher channel) {
		try {
			this.loop.open(channel);
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private Loopback.Pair pair() {
		try {
			Loopback.Pair pair = Loopback.pair();
			this.pairs.add(pair);
			return pair;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private final class ClosingAfterRead extends Dispatcher {

		private final LoopThread.Body then;

		ClosingAfterRead(SocketChannel socket, LoopThread.Body then) throws IOException {
			super(socket, EventLoopTests.this.map);
			this.then = then;
		}

		@Override
		protected void handleRead() throws Exception {
			recv(10);
			this.then.run();
			close();
		}

	}

	/**
	 * Wants to write when it is told to.
	 */
	private final class Announcing extends Loopback.Recorder {

		private boolean wants;

		Announcing(SocketChannel socket) throws IOException {
			super(socket, EventLoopTests.this.map);
		}

		void announce() {
			this.wants = true;
			interestChanged();
		}

		@Override
		protected boolean writable() {
			return this.wants;
		}

		@Override
		protected void handleWrite() throws Exception {
			super.handleWrite();
			this.wants = false;
		}

		@Override
		protected boolean predicatesDependOnOwnEventsOnly() {
			return true;
		}

	}

	private final class Naming extends Dispatcher {

		private final String name;

		private boolean wants = true;

		Naming(SocketChannel socket, String name) throws IOException {
			super(socket, EventLoopTests.this.map);
			this.name = name;
		}

		@Override
		protected boolean writable() {
			return this.wants;
		}

		@Override
		protected void handleRead() throws IOException {
			EventLoopTests.this.events.add(this.name + " read");
			recv(10);
		}

		@Override
		protected void handleWrite() {
			EventLoopTests.this.events.add(this.name + " write");
			this.wants = false;
		}

	}

	private static final class Opening extends Dispatcher {

		private final List<EventLoop> opens = new ArrayList<>();

		Opening(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleOpen() throws Exception {
			this.opens.add(EventLoop.current());
			createSocket();
			bind(Loopback.anyPort());
			listen(1);
		}

	}

}
