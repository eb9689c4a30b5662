package io.asyncore.context;

import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import io.asyncore.Asyncore;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.context.SmartLifecycle;

/**
 * Runs an {@link EventLoop} on a thread of its own for as long as the application context
 * runs, over all singleton beans that are {@linkplain Dispatcher dispatchers}.
 * <p>
 * The thread is not a daemon, so an application without a web server stays up. The phase
 * lies after that of the web server and before the default one: when the loop starts, the
 * web server is there, and beans of the default phase find the loop running both when
 * they start and when they stop.
 */
public class EventLoopLifecycle implements SmartLifecycle, DisposableBean {

	/**
	 * The phase: after web servers, before lifecycle beans that say nothing.
	 */
	public static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 512;

	private static final Logger logger = LoggerFactory.getLogger(EventLoopLifecycle.class);

	// what a handler that is running when its time is over is given to come to an end
	private static final Duration LAST_MOMENT = Duration.ofSeconds(2);

	private final EventLoop loop;

	private final DispatcherBeans beans;

	private final @Nullable Servers servers;

	private final Settings settings;

	// those that had a socket before handleOpen() could make one
	private final Set<String> openedByConstructor = new HashSet<>();

	private boolean startedBefore;

	private volatile boolean stopping;

	// whether it runs unless something has gone wrong
	private volatile boolean expected;

	private volatile boolean givenUp;

	private volatile @Nullable Thread thread;

	private volatile CompletableFuture<Void> ended = CompletableFuture.completedFuture(null);

	/**
	 * Create a new instance that runs a loop without configured servers.
	 * @param loop the loop to run
	 * @param beanFactory where to find the dispatchers
	 * @param settings how to run the loop
	 */
	public EventLoopLifecycle(EventLoop loop, ListableBeanFactory beanFactory, Settings settings) {
		this(loop, beanFactory, null, settings);
	}

	/**
	 * Create a new instance.
	 * @param loop the loop to run
	 * @param beanFactory where to find the dispatchers
	 * @param servers the servers to open as well, {@code null} if there are none
	 * @param settings how to run the loop
	 */
	public EventLoopLifecycle(EventLoop loop, ListableBeanFactory beanFactory, @Nullable Servers servers,
			Settings settings) {
		this.loop = loop;
		this.beans = new DispatcherBeans(beanFactory);
		this.servers = servers;
		this.settings = settings;
	}

	/**
	 * Start the loop and put all dispatchers into service. Returns when the
	 * {@code handleOpen()} of each has been called: of the servers first, so that the
	 * others may connect to them.
	 * @throws UnsuitableChannelException if the channels of a server cannot be made
	 * @throws ServerOpenException if a server cannot listen; nothing is left open then
	 * @throws DispatcherOpenException if another dispatcher fails; nothing is left open
	 * then
	 */
	@Override
	public void start() {
		if (this.loop.inLoop()) {
			throw new IllegalStateException("A handler cannot start the event loop again: it is still running");
		}
		if (isRunning()) {
			return;
		}
		this.stopping = false;
		this.givenUp = false;
		Servers servers = this.servers;
		if (servers != null) {
			servers.create();
		}
		Map<String, Dispatcher> dispatchers = this.beans.all();
		if (servers != null) {
			dispatchers.values()
				.stream()
				.filter(servers::isServer)
				.forEach((server) -> server.addChannel(this.loop.map()));
			// they are opened with the other servers
			dispatchers.values().removeIf(servers::isServer);
		}
		dispatchers.forEach((name, dispatcher) -> {
			dispatcher.setDefaultChannelName(name);
			// known to those who count before there is something to count
			this.loop.monitor().group(dispatcher.channelName());
			if (!this.startedBefore && dispatcher.socket() != null) {
				this.openedByConstructor.add(name);
			}
			dispatcher.addChannel(this.loop.map());
		});
		CompletableFuture<Void> opened = new CompletableFuture<>();
		this.loop.execute(() -> openAll(dispatchers, opened));
		run(opened);
		try {
			opened.join();
		}
		catch (CompletionException ex) {
			this.ended.join();
			throw (ex.getCause() instanceof RuntimeException cause) ? cause : ex;
		}
		this.startedBefore = true;
		this.expected = true;
		report(dispatchers);
	}

	private void openAll(Map<String, Dispatcher> dispatchers, CompletableFuture<Void> opened) {
		Servers servers = this.servers;
		if (servers != null) {
			servers.dispatchers()
				.forEach((name, server) -> open(() -> servers.open(name, server), opened,
						(ex) -> servers.failure(name, ex)));
			// for the clients among the others
			servers.publishPorts();
		}
		dispatchers.forEach((name, dispatcher) -> open(() -> this.loop.open(dispatcher), opened,
				(ex) -> new DispatcherOpenException(name, dispatcher, ex)));
		opened.complete(null);
	}

	private void open(Opening opening, CompletableFuture<Void> opened, Function<Throwable, RuntimeException> failure) {
		if (opened.isDone()) {
			// the start was given up
			return;
		}
		try {
			opening.open();
		}
		catch (Throwable ex) {
			opened.completeExceptionally(failure.apply(ex));
			this.loop.shutdown(Duration.ZERO);
		}
	}

	private void run(CompletableFuture<Void> opened) {
		CompletableFuture<Void> ended = new CompletableFuture<>();
		this.ended = ended;
		Thread thread = new Thread(() -> {
			try {
				runLoop();
			}
			finally {
				closeAll();
				opened.completeExceptionally(
						new IllegalStateException("EventLoop.stop() was called before the dispatchers were open"));
				ended.complete(null);
			}
		}, this.loop.name());
		thread.setDaemon(false);
		this.thread = thread;
		thread.start();
	}

	private void runLoop() {
		try {
			this.loop.run(this.settings.timeout(), this.settings.usePoll());
		}
		catch (Throwable ex) {
			logger.error("The event loop has ended, its channels are closed", ex);
		}
	}

	private void closeAll() {
		try {
			Asyncore.closeAll(this.loop.map(), true);
		}
		catch (IOException ex) {
			logger.debug("Closing the channels failed", ex);
		}
	}

	private void report(Map<String, Dispatcher> dispatchers) {
		dispatchers.forEach((name, dispatcher) -> {
			if (dispatcher.accepting()) {
				logger.info("Dispatcher '{}' is listening on {}", name, dispatcher.localAddress());
			}
			else if (dispatcher.socket() == null && this.openedByConstructor.contains(name)) {
				logger.warn("Dispatcher '{}' has no socket after the restart: its constructor made the first one; "
						+ "make it in handleOpen(), which is called at each start", name);
			}
		});
		if (this.servers != null) {
			this.servers.announce();
		}
		logger.info("Event loop started with {} channel(s)", this.loop.map().size());
	}

	/**
	 * Stop gracefully and wait until that is done, at most for the grace period and a
	 * moment more.
	 */
	@Override
	public void stop() {
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		stop(() -> stopped.complete(null));
		try {
			long seconds = Math.min(this.settings.gracePeriod().toSeconds(), Integer.MAX_VALUE);
			stopped.get(seconds + 1 + LAST_MOMENT.toSeconds(), TimeUnit.SECONDS);
		}
		catch (TimeoutException ex) {
			giveUp();
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Stop gracefully, see {@link EventLoop#shutdown}. Returns at once; the callback is
	 * run by the loop's thread, last of all. If it is a handler that stops the
	 * application this method returns only then.
	 */
	@Override
	public void stop(Runnable callback) {
		this.expected = false;
		if (!isRunning()) {
			callback.run();
			return;
		}
		this.stopping = true;
		logger.info("Stopping the event loop");
		this.loop.shutdown(this.settings.gracePeriod());
		if (this.loop.inLoop()) {
			// nobody else can do it while this thread is here
			runLoop();
			callback.run();
		}
		else {
			this.ended.thenRun(callback);
		}
	}

	/**
	 * See to it that no thread is left.
	 */
	@Override
	public void destroy() {
		Thread thread = this.thread;
		if (thread == null || thread == Thread.currentThread()) {
			return;
		}
		if (!this.stopping) {
			stop();
		}
		try {
			thread.join(LAST_MOMENT.toMillis());
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (thread.isAlive()) {
			giveUp();
			// all that is left to do for a handler that waits for something
			thread.interrupt();
		}
	}

	private void giveUp() {
		Thread thread = this.thread;
		if (thread != null && !this.givenUp) {
			this.givenUp = true;
			logger.warn("Thread '{}' was told to stop and does not come to an end: a handler holds it up at{}",
					thread.getName(), StackTraces.of(thread));
		}
	}

	/**
	 * Say whether the loop is being run.
	 */
	@Override
	public boolean isRunning() {
		Thread thread = this.thread;
		return thread != null && thread.isAlive() && !this.ended.isDone();
	}

	/**
	 * Say how the loop is doing.
	 * @param patience for how long the present pass of a loop that is all right may have
	 * been at work
	 * @return its state
	 */
	public LoopState state(Duration patience) {
		if (!isRunning()) {
			return this.expected ? LoopState.DEAD : LoopState.STOPPED;
		}
		if (this.stopping) {
			return LoopState.DRAINING;
		}
		Duration busy = Duration.ofNanos(this.loop.monitor().activity().busyNanos());
		return (busy.compareTo(patience) >= 0) ? LoopState.STALLED : LoopState.RUNNING;
	}

	/**
	 * Return the loop that is run.
	 * @return the loop
	 */
	public EventLoop loop() {
		return this.loop;
	}

	@Override
	public int getPhase() {
		return PHASE;
	}

	/**
	 * Puts a dispatcher into service.
	 */
	@FunctionalInterface
	private interface Opening {

		void open() throws Exception;

	}

	/**
	 * How to run the loop.
	 *
	 * @param timeout the longest time one pass waits
	 * @param usePoll whether to deliver a pass in poll order
	 * @param gracePeriod how long a stop waits for queued output and offloaded work
	 */
	public record Settings(Duration timeout, boolean usePoll, Duration gracePeriod) {

	}

}
