package io.asyncore.autoconfigure;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;

import org.springframework.context.Lifecycle;
import org.springframework.core.task.SimpleAsyncTaskExecutor;
import org.springframework.scheduling.concurrent.ThreadPoolTaskExecutor;

/**
 * Does the work that channels offload by an executor of the application. Such a one rests
 * when the application stops, before the loops have ended: what comes in that time is
 * done by another one, for a graceful stop waits for it.
 */
final class OffloadExecutor implements Executor {

	private final Executor executor;

	private final Executor successor;

	/**
	 * Create a new instance.
	 * @param executor who does the work
	 * @param successor who does what that one rejects because it has come to its end
	 */
	OffloadExecutor(Executor executor, Executor successor) {
		this.executor = executor;
		this.successor = successor;
	}

	/**
	 * Have work done.
	 * @param work the work
	 * @throws RejectedExecutionException if the executor of the application does not take
	 * it, and not because it has come to its end
	 */
	@Override
	public void execute(Runnable work) {
		if (isResting()) {
			this.successor.execute(work);
			return;
		}
		try {
			this.executor.execute(work);
		}
		catch (RejectedExecutionException ex) {
			if (!isShutDown()) {
				throw ex;
			}
			this.successor.execute(work);
		}
	}

	// it takes work then, and does it when the application is started again
	private boolean isResting() {
		return this.executor instanceof Lifecycle lifecycle && !lifecycle.isRunning();
	}

	private boolean isShutDown() {
		if (this.executor instanceof ThreadPoolTaskExecutor pool) {
			return pool.getThreadPoolExecutor().isShutdown();
		}
		if (this.executor instanceof SimpleAsyncTaskExecutor simple) {
			return !simple.isActive();
		}
		return this.executor instanceof ExecutorService service && service.isShutdown();
	}

	@Override
	public String toString() {
		return "OffloadExecutor[" + this.executor + "]";
	}

}
