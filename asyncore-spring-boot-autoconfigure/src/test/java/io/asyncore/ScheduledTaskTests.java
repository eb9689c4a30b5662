package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link ScheduledTask} as the loop and its channels give it.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScheduledTaskTests {

	private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = new ChannelMap(this.clock, new Selectors());

	private final EventLoop loop = this.map.eventLoop();

	private final List<String> ran = new ArrayList<>();

	@Test
	void runsOnceAfterItsDelay() throws IOException {
		after(100, "task");
		passAfter(99);
		assertThat(this.ran).isEmpty();
		passAfter(1);
		assertThat(this.ran).containsExactly("task");
		passAfter(100);
		passAfter(1000);
		assertThat(this.ran).containsExactly("task");
	}

	@Test
	void runsInOrderOfTimeAndThenInTheOrderGiven() throws IOException {
		after(30, "late");
		after(20, "first");
		after(20, "second");
		after(10, "early");
		passAfter(100);
		assertThat(this.ran).containsExactly("early", "first", "second", "late");
	}

	@Test
	void whenCancelledDoesNotRun() throws IOException {
		ScheduledTask task = after(10, "task");
		assertThat(task.isCancelled()).isFalse();
		assertThat(task.cancel()).isTrue();
		assertThat(task.isCancelled()).isTrue();
		assertThat(task.cancel()).as("cancelled already").isFalse();
		passAfter(10);
		assertThat(this.ran).isEmpty();
	}

	@Test
	void whenCancelledByAnEarlierTaskOfThePassDoesNotRun() throws IOException {
		ScheduledTask[] later = new ScheduledTask[1];
		this.loop.callLater(Duration.ofMillis(1), () -> later[0].cancel());
		later[0] = after(1, "task");
		passAfter(10);
		assertThat(this.ran).isEmpty();
		assertThat(later[0].isCancelled()).isTrue();
	}

	@Test
	void whenDoneCannotBeCancelled() throws IOException {
		ScheduledTask task = after(10, "task");
		passAfter(10);
		assertThat(task.cancel()).isFalse();
		assertThat(task.isCancelled()).isFalse();
	}

	@Test
	void resetPutsOff() throws IOException {
		ScheduledTask task = after(100, "task");
		passAfter(60);
		task.reset();
		passAfter(60);
		assertThat(this.ran).isEmpty();
		passAfter(39);
		assertThat(this.ran).isEmpty();
		passAfter(1);
		assertThat(this.ran).containsExactly("task");
	}

	@Test
	void resetManyTimesRunsOnce() throws IOException {
		ScheduledTask task = after(100, "task");
		for (int i = 0; i < 50; i++) {
			passAfter(99);
			task.reset();
		}
		assertThat(this.ran).isEmpty();
		passAfter(100);
		passAfter(1000);
		assertThat(this.ran).containsExactly("task");
	}

	@Test
	void resetRevivesWhatIsDone() throws IOException {
		ScheduledTask task = after(100, "task");
		passAfter(100);
		task.reset();
		passAfter(99);
		assertThat(this.ran).hasSize(1);
		passAfter(1);
		assertThat(this.ran).hasSize(2);
		task.reset();
		assertThat(task.cancel()).isTrue();
		passAfter(100);
		assertThat(this.ran).hasSize(2);
	}

	@Test
	void whenTaskResetsItselfRunsAgain() throws IOException {
		ScheduledTask[] task = new ScheduledTask[1];
		task[0] = this.loop.callLater(Duration.ofMillis(10), () -> {
			this.ran.add("task");
			task[0].reset();
		});
		passAfter(10);
		passAfter(9);
		assertThat(this.ran).hasSize(1);
		passAfter(1);
		assertThat(this.ran).hasSize(2);
	}

	@Test
	void resetDoesNotReviveWhatIsCancelled() throws IOException {
		ScheduledTask task = after(100, "task");
		task.cancel();
		task.reset();
		passAfter(100);
		passAfter(100);
		assertThat(this.ran).isEmpty();
		assertThat(task.isCancelled()).isTrue();
	}

	@Test
	void runsPeriodicallyAtAFixedRate() throws IOException {
		every(100);
		passAfter(99);
		assertThat(this.ran).isEmpty();
		// 30 ms late, which does not move the following ones
		passAfter(31);
		assertThat(this.ran).hasSize(1);
		passAfter(69);
		assertThat(this.ran).hasSize(1);
		passAfter(1);
		assertThat(this.ran).hasSize(2);
	}

	@Test
	void whenPeriodsWereMissedDoesNotCatchUp() throws IOException {
		every(100);
		passAfter(1050);
		assertThat(this.ran).hasSize(1);
		pass();
		pass();
		assertThat(this.ran).hasSize(1);
		passAfter(100);
		assertThat(this.ran).hasSize(2);
	}

	@Test
	void whenPeriodicTaskIsCancelledRunsNoMore() throws IOException {
		ScheduledTask task = every(100);
		passAfter(100);
		assertThat(task.cancel()).isTrue();
		passAfter(100);
		assertThat(this.ran).hasSize(1);
	}

	@Test
	void whenPeriodicTaskCancelsItselfRunsNoMore() throws IOException {
		ScheduledTask[] task = new ScheduledTask[1];
		task[0] = this.loop.callEvery(Duration.ofMillis(10), () -> {
			this.ran.add("task");
			assertThat(task[0].cancel()).isTrue();
		});
		passAfter(10);
		passAfter(10);
		assertThat(this.ran).hasSize(1);
	}

	@Test
	void whenPeriodicTaskIsResetCountsItsPeriodAnew() throws IOException {
		ScheduledTask task = every(100);
		passAfter(60);
		task.reset();
		passAfter(99);
		assertThat(this.ran).isEmpty();
		passAfter(1);
		assertThat(this.ran).hasSize(1);
		passAfter(100);
		assertThat(this.ran).hasSize(2);
	}

	@Test
	void whenPeriodicTaskThrowsGoesOn() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			this.loop.callEvery(Duration.ofMillis(10), () -> {
				this.ran.add("task");
				throw new IllegalStateException("as planned");
			});
			passAfter(10);
			passAfter(10);
			assertThat(this.ran).hasSize(2);
			assertThat(log.errors()).hasSize(2);
		}
	}

	@Test
	void whenPeriodicTaskLeavesTheLoopStaysScheduled() throws IOException {
		this.loop.callEvery(Duration.ofMillis(10), () -> {
			this.ran.add("task");
			throw new ExitNow();
		});
		after(10, "other");
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> passAfter(10));
		assertThat(this.ran).containsExactly("task");
		pass();
		assertThat(this.ran).containsExactly("task", "other");
		assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> passAfter(10));
		assertThat(this.ran).containsExactly("task", "other", "task");
	}

	@Test
	void whenDelayIsZeroRunsInTheNextPass() throws IOException {
		after(0, "task");
		pass();
		assertThat(this.ran).containsExactly("task");
	}

	@Test
	void whenTimerSchedulesWithoutDelayThatWaitsForTheNextPass() throws IOException {
		after(0, "first", () -> after(0, "second", () -> after(0, "third")));
		pass();
		assertThat(this.ran).containsExactly("first");
		pass();
		assertThat(this.ran).containsExactly("first", "second");
		pass();
		assertThat(this.ran).containsExactly("first", "second", "third");
	}

	@Test
	void whenTaskSchedulesWithoutDelayThatWaitsForTheNextPass() throws IOException {
		this.loop.execute(() -> after(0, "timer"));
		pass();
		assertThat(this.ran).isEmpty();
		pass();
		assertThat(this.ran).containsExactly("timer");
	}

	@Test
	void whenHandlerSchedulesWithoutDelayThatWaitsForTheNextPass() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			Dispatcher channel = new Loopback.Recorder(pair.near(), this.map) {

				@Override
				protected void handleRead() throws Exception {
					super.handleRead();
					callLater(Duration.ZERO, () -> ScheduledTaskTests.this.ran.add("timer"));
				}

			};
			Sockets.send(pair, "x");
			pass();
			assertThat(this.ran).isEmpty();
			pass();
			assertThat(this.ran).containsExactly("timer");
			channel.close();
		}
	}

	@Test
	void refusesNegativeTimes() {
		Dispatcher channel = new Dispatcher(this.map);
		Duration negative = Duration.ofNanos(-1);
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.callLater(negative, this::never));
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.callEvery(negative, this::never));
		assertThatIllegalArgumentException().isThrownBy(() -> this.loop.callEvery(Duration.ZERO, this::never));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.callLater(negative, this::never));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.callEvery(negative, this::never));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.callEvery(Duration.ZERO, this::never));
	}

	@Test
	void whenDelayIsVeryLongDoesNotOverflow() throws IOException {
		ScheduledTask task = this.loop.callLater(FOR_EVER, this::never);
		this.loop.callEvery(FOR_EVER, this::never);
		after(10, "task");
		pass();
		assertThat(this.ran).isEmpty();
		passAfter(10);
		assertThat(this.ran).containsExactly("task");
		task.reset();
		this.clock.advance(Duration.ofDays(365 * 100));
		after(20, "after a hundred years");
		pass();
		assertThat(this.ran).containsExactly("task");
		passAfter(20);
		assertThat(this.ran).containsExactly("task", "after a hundred years");
	}

	@Test
	void whenChannelClosesItsTasksAreCancelled() throws IOException {
		Dispatcher channel = new Dispatcher(this.map);
		channel.createSocket();
		ScheduledTask once = channel.callLater(Duration.ofMillis(10), this::never);
		ScheduledTask periodic = channel.callEvery(Duration.ofMillis(10), this::never);
		pass();
		channel.close();
		assertThat(once.isCancelled()).isTrue();
		assertThat(periodic.isCancelled()).isTrue();
		assertThat(once.cancel()).isFalse();
		once.reset();
		periodic.reset();
		passAfter(10);
		passAfter(10);
		assertThat(this.ran).isEmpty();
	}

	@Test
	void whenChannelClosesAndOpensAgainItsOldTasksStayCancelled() throws IOException {
		Dispatcher channel = new Dispatcher(this.map);
		channel.createSocket();
		ScheduledTask old = channel.callLater(Duration.ofMillis(10), this::never);
		channel.close();
		channel.createSocket();
		channel.callLater(Duration.ofMillis(10), () -> this.ran.add("new"));
		passAfter(10);
		assertThat(this.ran).containsExactly("new");
		assertThat(old.isCancelled()).isTrue();
		channel.close();
	}

	@Test
	void whenChannelIsClosedByAnotherThreadItsTasksAreCancelled() throws Exception {
		Dispatcher channel = new Dispatcher(this.map);
		channel.createSocket();
		ScheduledTask task = channel.callLater(Duration.ofMillis(10), this::never);
		pass();
		Thread other = new Thread(channel::close);
		other.start();
		other.join(Loopback.BOUND.toMillis());
		assertThat(task.isCancelled()).isTrue();
		passAfter(10);
		assertThat(this.ran).isEmpty();
	}

	@Test
	void whenTaskOfAChannelFailsItsHandleErrorIsTold() throws IOException {
		RuntimeException failure = new IllegalStateException("as planned");
		try (Loopback.Pair pair = Loopback.pair(); CapturedLog log = new CapturedLog()) {
			Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map);
			channel.callLater(Duration.ofMillis(10), () -> {
				throw failure;
			});
			ScheduledTask periodic = channel.callEvery(Duration.ofMillis(20), this::never);
			passAfter(10);
			assertThat(channel.failures).containsExactly(failure);
			assertThat(channel.events).containsExactly("error", "close");
			assertThat(periodic.isCancelled()).isTrue();
			assertThat(log.errors()).hasSize(1);
		}
	}

	@Test
	void whenChannelMovesItsTasksGoAlong() throws IOException {
		MovableClock otherClock = new MovableClock();
		ChannelMap other = new ChannelMap(otherClock, new Selectors());
		List<EventLoop> loops = new ArrayList<>();
		Dispatcher channel = new Dispatcher(this.map);
		channel.createSocket();
		channel.callLater(Duration.ofMillis(10), () -> loops.add(EventLoop.current()));
		pass();
		// scheduled, and not yet known to the loop
		channel.callEvery(Duration.ofMillis(10), () -> loops.add(EventLoop.current()));
		ScheduledTask cancelled = channel.callLater(Duration.ofMillis(10), this::never);
		after(10, "of the old loop");
		channel.addChannel(other);
		cancelled.cancel();
		this.clock.advanceMillis(10);
		otherClock.advanceMillis(10);
		Loopback.onePass(other, false, Duration.ZERO);
		assertThat(loops).containsExactly(other.eventLoop(), other.eventLoop());
		pass();
		assertThat(loops).hasSize(2);
		assertThat(this.ran).containsExactly("of the old loop");
		channel.close();
	}

	@Test
	void whenChannelMovesAwayFromARunningLoopItsTasksGoAlong() throws Exception {
		ChannelMap source = new ChannelMap();
		List<EventLoop> loops = new ArrayList<>();
		Dispatcher channel = new Dispatcher(source);
		channel.createSocket();
		try (LoopThread thread = LoopThread.run(source)) {
			channel.callLater(Duration.ofMillis(50), () -> loops.add(EventLoop.current()));
			thread.awaitPass();
			thread.call(() -> {
				channel.addChannel(this.map);
				return channel.map();
			});
			Loopback.passUntil(this.map, () -> {
				this.clock.advanceMillis(50);
				return !loops.isEmpty();
			});
		}
		assertThat(loops).containsExactly(this.loop);
		channel.close();
	}

	@Test
	void canBeUsedFromAnyThread() throws Exception {
		ChannelMap real = new ChannelMap();
		try (LoopThread thread = LoopThread.run(real)) {
			List<String> names = new ArrayList<>();
			// the loop waits for 30 s unless it is woken up
			for (int i = 0; i < 20; i++) {
				real.eventLoop().callLater(Duration.ZERO, () -> names.add(Thread.currentThread().getName()));
				thread.awaitPass();
			}
			thread.awaitPass();
			assertThat(names).hasSize(20).containsOnly(thread.thread().getName());
		}
	}

	@Test
	void whenChannelHasMovedWhatWasDoneIsResetInItsNewLoop() throws IOException {
		MovableClock otherClock = new MovableClock();
		ChannelMap other = new ChannelMap(otherClock, new Selectors());
		List<EventLoop> loops = new ArrayList<>();
		Dispatcher channel = new Dispatcher(this.map);
		channel.createSocket();
		ScheduledTask task = channel.callLater(Duration.ofMillis(10), () -> loops.add(EventLoop.current()));
		passAfter(10);
		channel.addChannel(other);
		task.reset();
		passAfter(10);
		otherClock.advanceMillis(10);
		Loopback.onePass(other, false, Duration.ZERO);
		assertThat(loops).containsExactly(this.loop, other.eventLoop());
		channel.close();
	}

	@Test
	void whenChannelMovesWhileItsTaskIsResetItRunsInTheNewLoop() throws Exception {
		ChannelMap one = new ChannelMap();
		ChannelMap two = new ChannelMap();
		List<EventLoop> wrong = Collections.synchronizedList(new ArrayList<>());
		AtomicInteger runs = new AtomicInteger();
		Dispatcher channel = new Dispatcher(one);
		channel.createSocket();
		try (LoopThread first = LoopThread.run(one); LoopThread second = LoopThread.run(two)) {
			ScheduledTask task = channel.callLater(Duration.ZERO, () -> {
				runs.incrementAndGet();
				if (!channel.map().eventLoop().inLoop()) {
					wrong.add(EventLoop.current());
				}
			});
			for (int i = 0; i < 300; i++) {
				LoopThread thread = (i % 2 == 0) ? first : second;
				ChannelMap target = (i % 2 == 0) ? two : one;
				CountDownLatch moving = new CountDownLatch(1);
				channel.map().eventLoop().execute(() -> {
					moving.countDown();
					channel.addChannel(target);
				});
				moving.await(10, TimeUnit.SECONDS);
				task.reset();
				thread.awaitPass();
			}
			int before = runs.get();
			task.reset();
			Awaitility.await().atMost(Loopback.BOUND).until(() -> runs.get() > before);
		}
		assertThat(wrong).isEmpty();
		channel.close();
	}

	// at the very moment when it falls due: whenever the loop looks at its clock

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenResetJustWhenItFallsDueRunsAWholeDelayLater(boolean periodic) throws Exception {
		boolean injected = true;
		for (int reading = 1; injected; reading++) {
			InjectingClock clock = new InjectingClock();
			ChannelMap map = new ChannelMap(clock, new Selectors());
			List<Long> ran = new ArrayList<>();
			Runnable body = () -> ran.add(clock.nanos);
			ScheduledTask task = periodic ? map.eventLoop().callEvery(Duration.ofNanos(10), body)
					: map.eventLoop().callLater(Duration.ofNanos(10), body);
			clock.nanos += 10;
			injected = clock.at(reading, task::reset, () -> Asyncore.poll(Duration.ZERO, map));
			int runs = ran.size();
			clock.nanos += 9;
			Asyncore.poll(Duration.ZERO, map);
			assertThat(ran).as("reading %d", reading).hasSize(runs);
			clock.nanos += 1;
			Asyncore.poll(Duration.ZERO, map);
			assertThat(ran).as("reading %d", reading).hasSize((injected || periodic) ? runs + 1 : runs);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenCancelledJustWhenItFallsDueSaysWhetherItRuns(boolean periodic) throws Exception {
		boolean injected = true;
		for (int reading = 1; injected; reading++) {
			InjectingClock clock = new InjectingClock();
			ChannelMap map = new ChannelMap(clock, new Selectors());
			List<Long> ran = new ArrayList<>();
			Runnable body = () -> ran.add(clock.nanos);
			ScheduledTask task = periodic ? map.eventLoop().callEvery(Duration.ofNanos(10), body)
					: map.eventLoop().callLater(Duration.ofNanos(10), body);
			boolean[] taken = new boolean[1];
			clock.nanos += 10;
			injected = clock.at(reading, () -> taken[0] = task.cancel(), () -> Asyncore.poll(Duration.ZERO, map));
			int runs = ran.size();
			if (injected && !periodic) {
				assertThat(runs).as("reading %d", reading).isEqualTo((taken[0]) ? 0 : 1);
			}
			clock.nanos += 10;
			Asyncore.poll(Duration.ZERO, map);
			assertThat(ran).as("reading %d", reading).hasSize((injected || !periodic) ? runs : runs + 1);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void noneOfManyResetsOfOtherThreadsIsLost(boolean periodic) throws Exception {
		ChannelMap real = new ChannelMap();
		Duration delay = Duration.ofNanos(200_000);
		int count = 50;
		AtomicLongArray ran = new AtomicLongArray(count);
		try (LoopThread thread = LoopThread.run(real)) {
			assertThat(thread.isAlive()).isTrue();
			List<ScheduledTask> tasks = new ArrayList<>();
			for (int i = 0; i < count; i++) {
				int index = i;
				Runnable body = () -> ran.set(index, System.nanoTime());
				tasks.add(periodic ? real.eventLoop().callEvery(delay, body) : real.eventLoop().callLater(delay, body));
			}
			for (int round = 0; round < 400; round++) {
				for (int i = 0; i < count; i++) {
					// some will be about to run, some will be running
					int index = i;
					long reset = System.nanoTime();
					tasks.get(i).reset();
					if (round % 10 == 0) {
						Awaitility.await()
							.atMost(Loopback.BOUND)
							.pollDelay(Duration.ZERO)
							.pollInterval(Duration.ofMillis(1))
							.until(() -> ran.get(index) - reset >= delay.toNanos());
					}
				}
			}
			tasks.forEach(ScheduledTask::cancel);
		}
	}

	private ScheduledTask after(long millis, String name) {
		return after(millis, name, () -> {
		});
	}

	private ScheduledTask after(long millis, String name, Runnable then) {
		return this.loop.callLater(Duration.ofMillis(millis), () -> {
			this.ran.add(name);
			then.run();
		});
	}

	private ScheduledTask every(long millis) {
		return this.loop.callEvery(Duration.ofMillis(millis), () -> this.ran.add("task"));
	}

	private void never() {
		this.ran.add("never");
	}

	private void passAfter(long millis) throws IOException {
		this.clock.advanceMillis(millis);
		pass();
	}

	private void pass() throws IOException {
		Asyncore.poll(Duration.ZERO, this.map);
	}

	/**
	 * A clock that has another thread do something at the moment when it is read.
	 */
	private static final class InjectingClock implements LongSupplier {

		private long nanos = Long.MAX_VALUE - 25;

		private int left;

		private @Nullable Runnable action;

		/**
		 * Do something at the given reading of what the loop does.
		 * @return whether there was such a reading
		 */
		boolean at(int reading, Runnable action, LoopThread.Body body) throws Exception {
			this.left = reading;
			this.action = action;
			body.run();
			boolean done = this.action == null;
			this.action = null;
			return done;
		}

		@Override
		public long getAsLong() {
			long now = this.nanos;
			Runnable action = this.action;
			if (action != null && --this.left == 0) {
				this.action = null;
				Thread other = new Thread(action);
				other.start();
				try {
					other.join(Loopback.BOUND.toMillis());
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
			}
			return now;
		}

	}

}
