package io.asyncore;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Where work that would hold up a loop is done: on virtual threads where the JDK has
 * them, otherwise on a bounded pool of daemon threads that end when there is nothing to
 * do.
 */
final class Offload {

	private static final int POOL_THREADS = 64;

	private static final long IDLE_SECONDS = 1;

	private static final Executor EXECUTOR = virtualThreadsOrPool();

	private Offload() {
	}

	static void execute(Runnable work) {
		EXECUTOR.execute(work);
	}

	private static Executor virtualThreadsOrPool() {
		try {
			// since 21
			return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
		}
		catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException ex) {
			return pool("asyncore-offload-", POOL_THREADS, Integer.MAX_VALUE, IDLE_SECONDS);
		}
	}

	/**
	 * Make a bounded pool of daemon threads that end when they are idle.
	 */
	static ThreadPoolExecutor pool(String namePrefix, int threads, int queued, long idleSeconds) {
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
