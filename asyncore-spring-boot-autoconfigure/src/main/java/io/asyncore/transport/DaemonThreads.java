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
	 * @param namePrefix what the names of the threads begin with, before their numbers
	 * @param threads the most threads
	 * @param queued how much work may wait for one of them; what comes besides is
	 * rejected
	 * @param idleSeconds after how many seconds without work a thread ends
	 * @return the pool, which has no thread yet
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
