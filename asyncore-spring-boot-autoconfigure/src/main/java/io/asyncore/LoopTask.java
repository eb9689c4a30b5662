package io.asyncore;

import java.time.Duration;

import io.asyncore.loop.Agenda;
import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.TimerTask;
import org.jspecify.annotations.Nullable;

/**
 * A timer that an application holds.
 */
final class LoopTask extends TimerTask implements ScheduledTask {

	LoopTask(LoopEngine loop, Runnable task, Duration delay, boolean periodic, @Nullable Agenda agenda) {
		super(loop, task, delay, periodic, agenda);
	}

	/**
	 * Make a timer and have it wait.
	 */
	static LoopTask started(LoopEngine loop, Runnable task, Duration delay, boolean periodic, @Nullable Agenda agenda) {
		LoopTask timer = new LoopTask(loop, task, delay, periodic, agenda);
		timer.start();
		return timer;
	}

	static Duration requirePositive(Duration period) {
		if (period.isZero() || period.isNegative()) {
			throw new IllegalArgumentException("'period' must be positive, not " + period);
		}
		return period;
	}

}
