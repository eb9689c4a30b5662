package io.asyncore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Timers}.
 */
class TimersTests {

	private static final int MANY = 100_000;

	private final MovableClock clock = new MovableClock();

	private final EventLoop loop = new ChannelMap(this.clock, new Selectors()).eventLoop();

	private final Timers timers = new Timers(this.loop, this.clock);

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
	void whenTasksAreCancelledOneByOneKeepsFew() {
		int most = 0;
		for (int i = 0; i < MANY; i++) {
			add("never", 1000).cancel();
			most = Math.max(most, this.timers.size());
		}
		assertThat(most).isLessThan(200);
	}

	@Test
	void whenManyAreCancelledTogetherDropsThemAsOthersAreAdded() {
		List<TimerTask> tasks = new ArrayList<>();
		for (int i = 0; i < MANY; i++) {
			tasks.add(add("never", 1000));
		}
		assertThat(this.timers.size()).isEqualTo(MANY);
		tasks.forEach(TimerTask::cancel);
		for (int i = 0; i < MANY; i++) {
			add("never", 1000).cancel();
		}
		assertThat(this.timers.size()).isLessThan(200);
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
		TimerTask task = new TimerTask(this.loop, () -> this.ran.add(name), Duration.ofMillis(millis), false, null, 0);
		this.timers.add(task);
		return task;
	}

}
