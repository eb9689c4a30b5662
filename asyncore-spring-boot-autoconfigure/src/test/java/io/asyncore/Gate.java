package io.asyncore;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds up the threads that come to it, until the test lets them go on.
 */
public final class Gate implements AutoCloseable {

	private static final int ALL = 1_000_000;

	private final Semaphore arrivals = new Semaphore(0);

	private final Semaphore departures = new Semaphore(0);

	/**
	 * Wait here until the gate opens, not for ever and whoever interrupts.
	 */
	public void pass() {
		this.arrivals.release();
		boolean interrupted = false;
		long end = System.nanoTime() + Loopback.BOUND.toNanos();
		for (boolean passed = false; !passed && System.nanoTime() - end < 0;) {
			try {
				passed = this.departures.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS);
			}
			catch (InterruptedException ex) {
				interrupted = true;
			}
		}
		if (interrupted) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Wait until somebody is held up.
	 */
	public Gate awaitArrival() throws InterruptedException {
		assertThat(this.arrivals.tryAcquire(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS)).as("somebody has come")
			.isTrue();
		return this;
	}

	/**
	 * Let one go on.
	 */
	public void open() {
		this.departures.release();
	}

	/**
	 * Let everybody go on, from now on.
	 */
	public void stayOpen() {
		this.departures.release(ALL);
	}

	@Override
	public void close() {
		stayOpen();
	}

}
