package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.loop.TimerTask;
import io.asyncore.loop.Timers;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

/**
 * Tests for {@link Timers}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TimersTests {

	private static final int MANY = 100_000;

	private final MovableClock clock = new MovableClock();

	private final EventLoop loop = new ChannelMap(this.clock, new Selectors()).eventLoop();

	private final Timers timers = new Timers(this.loop.parts().engine(), this.clock);

	private final List<String> ran = new ArrayList<>();

	@Test
	void runsInOrderOfTimeAndThenInOrderOfAddition() {
		add("late", 30);
		add("early", 10);
		add("same time, first", 20);
		add("same time, second", 20);
		this.clock.advanceMillis(30);
		this.timers.runDue(this.timers.end());
		assertThat(this.ran).containsExactly("early", "same time, first", "same time, second", "late");
		assertThat(this.timers.size()).isZero();
	}

	@Test
	void runsNothingBeforeItsTime() {
		add("task", 10);
		this.clock.advance(Duration.ofMillis(10).minusNanos(1));
		this.timers.runDue(this.timers.end());
		assertThat(this.ran).isEmpty();
		this.clock.advance(Duration.ofNanos(1));
		this.timers.runDue(this.timers.end());
		assertThat(this.ran).containsExactly("task");
	}

	@Test
	void tellsHowLongItIsToTheNext() {
		long limit = Duration.ofSeconds(30).toNanos();
		assertThat(this.timers.nanosToNext(limit)).isEqualTo(limit);
		add("task", 10);
		assertThat(this.timers.nanosToNext(limit)).isEqualTo(Duration.ofMillis(10).toNanos());
		assertThat(this.timers.nanosToNext(5)).isEqualTo(5);
		this.clock.advanceMillis(20);
		assertThat(this.timers.nanosToNext(limit)).isZero();
	}

	@Test
	void whenTasksAreCancelledOneByOneKeepsFew() throws IOException {
		int[] most = new int[1];
		inLoop(() -> {
			for (int i = 0; i < MANY; i++) {
				never().cancel();
				most[0] = Math.max(most[0], count());
			}
		});
		assertThat(most[0]).isLessThan(200);
	}

	@Test
	void whenManyAreCancelledTogetherDropsThemAsOthersAreAdded() throws IOException {
		inLoop(() -> {
			List<ScheduledTask> tasks = new ArrayList<>();
			for (int i = 0; i < MANY; i++) {
				tasks.add(never());
			}
			assertThat(count()).isEqualTo(MANY);
			tasks.forEach(ScheduledTask::cancel);
			for (int i = 0; i < MANY; i++) {
				never().cancel();
			}
			assertThat(count()).isLessThan(200);
		});
	}

	@Test
	void whenHalfAreCancelledAndNothingIsAddedDropsThemInTheNextPass() throws IOException {
		List<ScheduledTask> tasks = new ArrayList<>();
		inLoop(() -> {
			for (int i = 0; i < 10; i++) {
				tasks.add(never());
			}
			tasks.subList(0, 4).forEach(ScheduledTask::cancel);
		});
		inLoop(() -> assertThat(count()).as("less than half").isEqualTo(10));
		inLoop(() -> tasks.get(4).cancel());
		inLoop(() -> assertThat(count()).isEqualTo(5));
		inLoop(() -> tasks.forEach(ScheduledTask::cancel));
		inLoop(() -> assertThat(count()).isZero());
	}

	@Test
	void whenOtherThreadsCancelTheyAreDroppedThoughTheLoopWaits() throws Exception {
		ChannelMap real = new ChannelMap();
		List<ScheduledTask> tasks = new ArrayList<>();
		try (LoopThread thread = LoopThread.run(real)) {
			for (int i = 0; i < 10; i++) {
				tasks.add(real.eventLoop().callLater(Duration.ofHours(1), () -> {
				}));
			}
			thread.awaitPass();
			assertThat(real.eventLoop().monitor().timers()).isEqualTo(10);
			tasks.forEach(ScheduledTask::cancel);
			// a pass would wait for 30 s
			Awaitility.await().atMost(Loopback.BOUND).until(() -> real.eventLoop().monitor().timers() == 0);
		}
	}

	@Test
	void whenNobodyRunsTheLoopTheyAreDroppedAllTheSame() {
		List<ScheduledTask> tasks = new ArrayList<>();
		for (int i = 0; i < 1000; i++) {
			tasks.add(never());
		}
		assertThat(count()).isEqualTo(1000);
		tasks.forEach(ScheduledTask::cancel);
		assertThat(count()).isZero();
	}

	@Test
	void whenCancelledOnesComeFirstTheLoopWaitsForTheOthers() {
		TimerTask first = add("first", 10);
		add("second", 20);
		first.cancel();
		long limit = Duration.ofSeconds(30).toNanos();
		assertThat(this.timers.nanosToNext(limit)).isEqualTo(Duration.ofMillis(20).toNanos());
		assertThat(this.timers.size()).isEqualTo(1);
	}

	@Test
	void whenCancelledTasksAreDroppedKeepsTheOthers() {
		for (int i = 0; i < 1000; i++) {
			TimerTask task = add("task " + i, i);
			if (i % 100 != 0) {
				task.cancel();
			}
		}
		this.clock.advanceMillis(1000);
		this.timers.runDue(this.timers.end());
		assertThat(this.ran).containsExactly("task 0", "task 100", "task 200", "task 300", "task 400", "task 500",
				"task 600", "task 700", "task 800", "task 900");
	}

	private TimerTask add(String name, long millis) {
		TimerTask task = new LoopTask(this.loop.parts().engine(), () -> this.ran.add(name), Duration.ofMillis(millis),
				false, null);
		this.timers.add(task);
		return task;
	}

	private ScheduledTask never() {
		return this.loop.callLater(Duration.ofSeconds(1), () -> this.ran.add("never"));
	}

	private int count() {
		return this.loop.monitor().timers();
	}

	private void inLoop(Runnable task) throws IOException {
		Throwable[] failure = new Throwable[1];
		this.loop.execute(() -> failure[0] = catchThrowable(task::run));
		Asyncore.poll(Duration.ZERO, this.loop.map());
		assertThat(failure[0]).isNull();
	}

}
