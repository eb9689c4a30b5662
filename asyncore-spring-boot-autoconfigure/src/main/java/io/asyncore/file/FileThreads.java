package io.asyncore.file;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import io.asyncore.transport.LocalFailureException;

/**
 * The threads that do for files what a selector does for sockets.
 */
public final class FileThreads {

	/** How long to wait first for a descriptor that says to try again later. */
	static final Duration SHORTEST_PAUSE = Duration.ofMillis(1);

	/** How long to wait for it at most. */
	static final Duration LONGEST_PAUSE = Duration.ofMillis(100);

	private static final AtomicInteger NUMBER = new AtomicInteger();

	private static volatile Consumer<Thread> starter = Thread::start;

	private FileThreads() {
	}

	/**
	 * Have threads started by somebody else, for tests: no system runs short of threads
	 * for them.
	 * @param starter starts a thread, or throws what the JDK throws if there is none to
	 * be had
	 */
	public static void startBy(Consumer<Thread> starter) {
		FileThreads.starter = starter;
	}

	/**
	 * Start a thread. Not a virtual one: reading a file would hold the thread that
	 * carries it.
	 * @param daemon whether the process may end before the work
	 * @throws LocalFailureException if there is none to be had now
	 */
	static Thread start(Runnable work, String name, boolean daemon) throws LocalFailureException {
		try {
			Thread thread = new Thread(work, name + "-" + NUMBER.incrementAndGet());
			thread.setDaemon(daemon);
			starter.accept(thread);
			return thread;
		}
		catch (OutOfMemoryError ex) {
			throw new LocalFailureException(
					"There is no thread for a file now: allow the process more of them, or use fewer files at a time",
					ex);
		}
	}

	/**
	 * Tell a loop something, which has to hear of it: there may be memory for that in a
	 * moment if there is none now.
	 */
	static void announce(Runnable announcement) {
		boolean told = false;
		while (!told) {
			try {
				announcement.run();
				told = true;
			}
			catch (OutOfMemoryError ex) {
				LockSupport.parkNanos(LONGEST_PAUSE.toNanos());
			}
		}
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
