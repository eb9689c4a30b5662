package io.asyncore.context;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.ServerDispatcher;
import io.asyncore.context.beans.DispatcherBeans;
import io.asyncore.context.lifecycle.LoopRunners;
import io.asyncore.context.lifecycle.PhaseTimeout;
import io.asyncore.context.lifecycle.StopTimes;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.event.ContextStartedEvent;

/**
 * Runs an {@link EventLoop} on a thread of its own for as long as the application context
 * runs, over all singleton beans that are {@linkplain Dispatcher dispatchers}. It may run
 * more loops, each on its thread, that share the connections of servers; when one of them
 * ends by itself the others go on without it until all are stopped.
 * <p>
 * The thread is not a daemon, so an application without a web server stays up. By default
 * the phase lies between that in which a web server starts and stops and that in which it
 * waits for the requests in flight: when the loop starts the web server is there, beans
 * of the default phase find the loop running both when they start and when they stop, and
 * so do requests until they are answered.
 */
public class EventLoopLifecycle implements SmartLifecycle, DisposableBean, ApplicationListener<ContextStartedEvent> {

	/**
	 * The phase by default: after that in which web servers start and stop, which is 2048
	 * before the default phase, and before that of their graceful stop, which is 1024
	 * before it.
	 */
	public static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 1536;

	private static final Logger logger = LoggerFactory.getLogger(EventLoopLifecycle.class);

	private final EventLoopGroup group;

	private final EventLoop loop;

	private final ListableBeanFactory beanFactory;

	private final DispatcherBeans beans;

	private final @Nullable Servers servers;

	private final Settings settings;

	private final LoopRunners runners;

	// those that had a socket before handleOpen() could make one
	private final Set<String> openedByConstructor = new HashSet<>();

	private boolean startedBefore;

	// how long Spring waits for a stop, if that is known
	private volatile @Nullable Duration phaseTimeout;

	private volatile boolean stopping;

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
		this(new EventLoopGroup(List.of(loop)), beanFactory, servers, settings);
	}

	/**
	 * Create a new instance that runs several loops, each on a thread of its own. The
	 * first one serves the dispatchers, all share the connections of the servers among
	 * them that have not been given another group.
	 * @param group the loops to run
	 * @param beanFactory where to find the dispatchers
	 * @param servers the servers to open as well, {@code null} if there are none
	 * @param settings how to run the loops
	 */
	public EventLoopLifecycle(EventLoopGroup group, ListableBeanFactory beanFactory, @Nullable Servers servers,
			Settings settings) {
		this.group = group;
		this.loop = group.first();
		this.beanFactory = beanFactory;
		this.beans = new DispatcherBeans(beanFactory, EventLoopLifecycle.class);
		this.servers = servers;
		this.settings = settings;
		this.runners = new LoopRunners(group, settings.timeout(), settings.usePoll());
	}

	/**
	 * Start the loop and put all dispatchers into service. Returns when the
	 * {@code handleOpen()} of each has been called: of the servers first, so that the
	 * others may connect to them.
	 * @throws UnsuitableChannelException if the channels of a server cannot be made
	 * @throws ServerOpenException if a server cannot listen; nothing is left open then
	 * @throws DispatcherOpenException if another dispatcher fails; nothing is left open
	 * then
	 * @throws IllegalStateException if a handler calls this, or one holds the loop since
	 * before the last stop, which has given up waiting for it
	 */
	@Override
	public void start() {
		if (this.runners.isInLoop()) {
			throw new IllegalStateException("A handler cannot start the event loop again: it is still running");
		}
		this.runners.checkNotHeld();
		if (isRunning()) {
			return;
		}
		this.stopping = false;
		this.phaseTimeout = PhaseTimeout.of(this.beanFactory, getPhase());
		Servers servers = this.servers;
		if (servers != null) {
			servers.create();
		}
		Map<String, Dispatcher> dispatchers = dispatchers(servers);
		dispatchers.forEach(this::enlist);
		Openings openings = new Openings(this.loop, servers);
		CompletableFuture<Void> opened = new CompletableFuture<>();
		try {
			this.runners.start(() -> openings.openAll(dispatchers, opened), opened);
		}
		catch (CompletionException ex) {
			this.runners.abort();
			throw (ex.getCause() instanceof RuntimeException cause) ? cause : ex;
		}
		catch (OutOfMemoryError ex) {
			// of threads
			this.runners.abort();
			throw ex;
		}
		this.startedBefore = true;
		report(dispatchers);
		PhaseTimeout.warnIfTooShort(this.phaseTimeout, this.settings.gracePeriod());
	}

	// those that are not opened with the servers
	private Map<String, Dispatcher> dispatchers(@Nullable Servers servers) {
		Map<String, Dispatcher> dispatchers = this.beans.all();
		if (servers != null) {
			dispatchers.values()
				.stream()
				.filter(servers::isServer)
				.forEach((server) -> server.addChannel(this.loop.map()));
			dispatchers.values()
				.removeIf((dispatcher) -> servers.isServer(dispatcher) || servers.isChannel(dispatcher));
		}
		return dispatchers;
	}

	private void enlist(String name, Dispatcher dispatcher) {
		dispatcher.setDefaultChannelName(name);
		// known to those who count before there is something to count
		this.loop.monitor().group(dispatcher.channelName());
		if (!this.startedBefore && dispatcher.socket() != null) {
			this.openedByConstructor.add(name);
		}
		if (dispatcher instanceof ServerDispatcher server && server.eventLoopGroup() == null) {
			server.setEventLoopGroup(this.group);
		}
		dispatcher.addChannel(this.loop.map());
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
		int loops = this.group.loops().size();
		int channels = this.group.loops().stream().mapToInt((loop) -> loop.map().size()).sum();
		logger.info("{} started with {} channel(s)", (loops > 1) ? loops + " event loops" : "Event loop", channels);
	}

	private StopTimes timesOfPhase() {
		return StopTimes.of(this.settings.gracePeriod(), this.phaseTimeout);
	}

	/**
	 * Stop gracefully and wait until that is done, at most for the grace period and a
	 * moment more. If a handler holds the loop for longer than that it is interrupted,
	 * and if that does not help its loop is given up: its channels are closed without it,
	 * and its thread ends when the handler returns.
	 */
	@Override
	public void stop() {
		StopTimes times = StopTimes.of(this.settings.gracePeriod());
		CompletableFuture<Void> stopped = new CompletableFuture<>();
		stop(times, () -> stopped.complete(null));
		try {
			// longer than it can take, unless there was no thread to see to that
			stopped.get(times.gracePeriod().plus(times.lastMoment().multipliedBy(2)).toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (TimeoutException ex) {
			logger.debug("The stop of the event loop is not over in time", ex);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Stop gracefully, see {@link EventLoop#shutdown}, in the time for which Spring waits
	 * if that is shorter. Returns at once; the callback is run last of all by the thread
	 * of the loop that is the last one to end, or by another one if a loop is given up.
	 * If it is a handler that stops the application this method returns only when its own
	 * loop has come to its end.
	 */
	@Override
	public void stop(Runnable callback) {
		stop(timesOfPhase(), callback);
	}

	private void stop(StopTimes times, Runnable callback) {
		if (!isRunning() || this.runners.isGivenUp()) {
			this.runners.stopping();
			callback.run();
			return;
		}
		this.stopping = true;
		logger.info("Stopping the event loop{}", (this.group.loops().size() > 1) ? "s" : "");
		this.runners.stop(times).thenRun(callback);
	}

	/**
	 * See to it that no thread is left: what is not over yet is ended now.
	 */
	@Override
	public void destroy() {
		if (!this.stopping) {
			if (this.runners.isInLoop()) {
				return;
			}
			stop();
		}
		try {
			this.runners.end(StopTimes.LAST_MOMENT);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Start what Spring has not started because it is running still: a loop that was
	 * given up when the application was stopped.
	 * @param event tells that the application has started again
	 * @throws IllegalStateException if a handler holds the loop still
	 */
	@Override
	public void onApplicationEvent(ContextStartedEvent event) {
		boolean own = event.getApplicationContext() == this.beanFactory
				|| event.getApplicationContext().getAutowireCapableBeanFactory() == this.beanFactory;
		if (own && this.runners.isGivenUp()) {
			start();
		}
	}

	/**
	 * Say whether the loop is being run, or one of the loops if there are several.
	 */
	@Override
	public boolean isRunning() {
		return this.runners.isRunning();
	}

	/**
	 * Say how the loop is doing, or that of several which is of most concern.
	 * @param patience for how long the present pass of a loop that is all right may have
	 * been at work
	 * @return its state
	 */
	public LoopState state(Duration patience) {
		return LoopState.worst(this.runners.all().stream().map((runner) -> LoopState.of(runner, patience)).toList());
	}

	/**
	 * Say how one of the loops is doing.
	 * @param loop the loop
	 * @param patience for how long the present pass of a loop that is all right may have
	 * been at work
	 * @return its state, {@link LoopState#STOPPED} if it is none of the loops that are
	 * run here
	 */
	public LoopState state(EventLoop loop, Duration patience) {
		return this.runners.all()
			.stream()
			.filter((runner) -> runner.loop() == loop)
			.map((runner) -> LoopState.of(runner, patience))
			.findFirst()
			.orElse(LoopState.STOPPED);
	}

	/**
	 * Return the loop that is run.
	 * @return the loop, the first one if there are several
	 */
	public EventLoop loop() {
		return this.loop;
	}

	/**
	 * Return the loops that are run.
	 * @return the loops, which share the connections of the servers
	 */
	public EventLoopGroup group() {
		return this.group;
	}

	@Override
	public int getPhase() {
		return this.settings.phase();
	}

	/**
	 * How to run the loop.
	 *
	 * @param timeout the longest time one pass waits
	 * @param usePoll whether to deliver a pass in poll order
	 * @param gracePeriod how long a stop waits for queued output and offloaded work
	 * @param phase when to start and to stop, as compared with other lifecycle beans
	 */
	public record Settings(Duration timeout, boolean usePoll, Duration gracePeriod, int phase) {

		/**
		 * Create settings with the default phase.
		 * @param timeout the longest time one pass waits
		 * @param usePoll whether to deliver a pass in poll order
		 * @param gracePeriod how long a stop waits for queued output and offloaded work
		 */
		public Settings(Duration timeout, boolean usePoll, Duration gracePeriod) {
			this(timeout, usePoll, gracePeriod, PHASE);
		}

	}

}
