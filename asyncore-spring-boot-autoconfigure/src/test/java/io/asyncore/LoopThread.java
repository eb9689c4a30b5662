package io.asyncore;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A thread that runs a loop until the test is done with it.
 */
public final class LoopThread implements AutoCloseable {

	private final EventLoop loop;

	private final Thread thread;

	private volatile Throwable failure;

	private volatile boolean interruptedAtEnd;

	private LoopThread(EventLoop loop, Body body) {
		this.loop = loop;
		this.thread = new Thread(() -> {
			try {
				body.run();
			}
			catch (Throwable ex) {
				this.failure = ex;
			}
			this.interruptedAtEnd = Thread.interrupted();
		}, "test-loop");
		this.thread.setDaemon(true);
		this.thread.start();
	}

	/**
	 * Run a loop by {@link EventLoop#run()} and wait until it does.
	 */
	public static LoopThread run(ChannelMap map) throws InterruptedException {
		return run(map, map.eventLoop()::run);
	}

	/**
	 * Run a loop in some other way and wait until it makes passes.
	 */
	public static LoopThread run(ChannelMap map, Body body) throws InterruptedException {
		LoopThread thread = new LoopThread(map.eventLoop(), body);
		thread.awaitPass();
		return thread;
	}

	/**
	 * Run a loop in some other way, without giving it anything to do.
	 */
	public static LoopThread runUnseen(ChannelMap map, Body body) {
		return new LoopThread(map.eventLoop(), body);
	}

	/**
	 * Wait until the loop has run what it was given up to now.
	 */
	public void awaitPass() throws InterruptedException {
		CountDownLatch passed = new CountDownLatch(1);
		this.loop.execute(passed::countDown);
		assertThat(passed.await(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS)).as("a pass within the bound")
			.isTrue();
	}

	/**
	 * Do something on the loop, where channels belong, and wait for it.
	 */
	public <T> T call(Callable<T> work) throws Exception {
		FutureTask<T> task = new FutureTask<>(work);
		this.loop.execute(task);
		return task.get(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS);
	}

	public Thread thread() {
		return this.thread;
	}

	public boolean isAlive() {
		return this.thread.isAlive();
	}

	public Throwable failure() {
		return this.failure;
	}

	public boolean isInterruptedAtEnd() {
		return this.interruptedAtEnd;
	}

	/**
	 * Wait until the thread has ended by itself.
	 */
	public void join() throws InterruptedException {
		join(Loopback.BOUND);
	}

	public void join(Duration bound) throws InterruptedException {
		this.thread.join(bound.toMillis());
		assertThat(this.thread.isAlive()).as("the loop still runs").isFalse();
	}

	@Override
	public void close() {
		this.loop.stop();
		try {
			join();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		assertThat(this.failure).isNull();
	}

	/**
	 * What the thread does.
	 */
	@FunctionalInterface
	public interface Body {

		void run() throws Exception;

	}

}
