package io.asyncore;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads that do for files what a selector does for sockets.
 */
final class FileThreads {

	/** How often a descriptor is tried that cannot be waited for. */
	static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

	private static final AtomicInteger NUMBER = new AtomicInteger();

	private FileThreads() {
	}

	/**
	 * Start a thread. Not a virtual one: reading a file would hold the thread that
	 * carries it.
	 * @param daemon whether the process may end before the work
	 */
	static Thread start(Runnable work, String name, boolean daemon) {
		Thread thread = new Thread(work, name + "-" + NUMBER.incrementAndGet());
		thread.setDaemon(daemon);
		thread.start();
		return thread;
	}

	/**
	 * Wait to be notified. Only {@code close()} of a pump interrupts its thread, and sets
	 * what the thread looks at then.
	 */
	static void await(Object monitor) {
		try {
			monitor.wait();
		}
		catch (InterruptedException ex) {
			// the condition is looked at again
		}
	}

	/**
	 * Wait to be notified, at most for the given time.
	 */
	static void await(Object monitor, long nanos) {
		try {
			TimeUnit.NANOSECONDS.timedWait(monitor, nanos);
		}
		catch (InterruptedException ex) {
			// the condition is looked at again
		}
	}

}
