package io.asyncore.context;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

import io.asyncore.context.lifecycle.LoopRunner;

/**
 * How a managed loop is doing.
 */
public enum LoopState {

	/** It is not running, and nobody expects it to. */
	STOPPED,

	/** It runs, or waits for something to do. */
	RUNNING,

	/** It runs, but a handler has held it for too long: all its channels wait. */
	STALLED,

	/** It was told to stop and finishes what is queued. */
	DRAINING,

	/** It has ended, and not because the application stops it. */
	DEAD;

	// the worst first
	private static final List<LoopState> BY_CONCERN = List.of(DEAD, STALLED, DRAINING, STOPPED, RUNNING);

	private final String label = name().toLowerCase(Locale.ROOT);

	/**
	 * Return the name of this state in answers of the endpoint.
	 * @return the name in lower case, such as {@code running}
	 */
	public String label() {
		return this.label;
	}

	/**
	 * Return the state of a loop.
	 * @param runner who runs it
	 * @param patience for how long the present pass of a loop that is all right may have
	 * been at work
	 */
	static LoopState of(LoopRunner runner, Duration patience) {
		if (!runner.isRunning()) {
			return runner.isDead() ? DEAD : STOPPED;
		}
		if (runner.isStopping()) {
			return DRAINING;
		}
		Duration busy = Duration.ofNanos(runner.loop().monitor().activity().busyNanos());
		return (busy.compareTo(patience) >= 0) ? STALLED : RUNNING;
	}

	/**
	 * Return the state of loops that belong together.
	 * @param states their states, at least one
	 * @return the one that is of most concern
	 */
	static LoopState worst(Collection<LoopState> states) {
		return BY_CONCERN.stream().filter(states::contains).findFirst().orElse(STOPPED);
	}

}
