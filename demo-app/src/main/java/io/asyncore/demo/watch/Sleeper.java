package io.asyncore.demo.watch;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.asyncore.Dispatcher;

import org.springframework.stereotype.Component;

/**
 * Does what a handler must never do: waits, while all channels of the loop wait with it.
 * A dispatcher of its own, without a socket, so that everything that tells of the loop
 * can tell who it was. What has to wait in earnest is a matter for {@code offload()}.
 */
@Component
class Sleeper extends Dispatcher {

	static final Duration LONGEST = Duration.ofSeconds(10);

	/**
	 * Hold the loop for a time, soon. May be called from any thread and returns at once.
	 */
	void sleep(Duration time) {
		if (time.isNegative() || time.isZero() || time.compareTo(LONGEST) > 0) {
			throw new IllegalArgumentException(
					"The loop is held for 1 to " + LONGEST.toMillis() + " ms, not " + time.toMillis());
		}
		callLater(Duration.ZERO, () -> holdLoop(time));
	}

	private void holdLoop(Duration time) {
		try {
			TimeUnit.NANOSECONDS.sleep(time.toNanos());
		}
		catch (InterruptedException ex) {
			// the application is stopping and has lost patience
			Thread.currentThread().interrupt();
		}
	}

}
