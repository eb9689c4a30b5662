package io.asyncore.transport;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The threads of this library that do what would hold up a loop.
 */
public final class DaemonThreads {

	private DaemonThreads() {
	}

	/**
	 * Make a bounded pool of daemon threads that end when they are idle.
	 */
	public static ThreadPoolExecutor pool(String namePrefix, int threads, int queued, long idleSeconds) {
		AtomicInteger number = new AtomicInteger();
		ThreadFactory factory = (task) -> {
			Thread thread = new Thread(task, namePrefix + number.incrementAndGet());
			thread.setDaemon(true);
			return thread;
		};
		ThreadPoolExecutor pool = new ThreadPoolExecutor(threads, threads, idleSeconds, TimeUnit.SECONDS,
				new LinkedBlockingQueue<>(queued), factory);
		pool.allowCoreThreadTimeOut(true);
		return pool;
	}

}
