package io.asyncore.loop;

import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import io.asyncore.transport.DaemonThreads;

/**
 * Where work that would hold up a loop is done: on virtual threads where the JDK has
 * them, otherwise on a bounded pool of daemon threads that end when there is nothing to
 * do.
 */
public final class Offload {

	private static final int POOL_THREADS = 64;

	private static final long IDLE_SECONDS = 1;

	private static final Executor EXECUTOR = virtualThreadsOrPool();

	private Offload() {
	}

	/**
	 * Have something done. Safe from any thread, and does not wait.
	 * @param work what to do, which may block
	 * @throws java.util.concurrent.RejectedExecutionException if it cannot be taken
	 */
	public static void execute(Runnable work) {
		EXECUTOR.execute(work);
	}

	private static Executor virtualThreadsOrPool() {
		try {
			// since 21
			return (ExecutorService) Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
		}
		catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException ex) {
			return DaemonThreads.pool("asyncore-offload-", POOL_THREADS, Integer.MAX_VALUE, IDLE_SECONDS);
		}
	}

}
