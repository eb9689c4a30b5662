package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import io.asyncore.transport.BufferPool;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Poller;
import io.asyncore.transport.Transport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that serves the channels of one {@link ChannelMap}.
 * <p>
 * One thread at a time runs it, by {@link #run()} or by the functions of
 * {@link Asyncore}; all handlers, tasks and timers are called on that thread. What is
 * public here may be called from any thread.
 * <p>
 * An interrupt does not end it. One that comes while the loop waits is told to the thread
 * when it has left the loop; the status that a handler, task, timer, predicate, producer,
 * observer or factory leaves behind ends with it.
 */
public final class EventLoop {

	private static final Logger logger = LoggerFactory.getLogger(EventLoop.class);

	private static final ThreadLocal<@Nullable EventLoop> CURRENT = new ThreadLocal<>();

	private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

	private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(30);

	private static final int DEFAULT_MAX_QUEUED_OFFLOADS = 16;

	private static final String DEFAULT_NAME = "asyncore-loop";

	private static final Runnable NOTHING = () -> {
	};

	private static final Duration SELECTOR_RETRY = Duration.ofMillis(100);

	// between passes that fail one after the other, in nanoseconds
	private static final long FIRST_PAUSE = 1_000_000;

	private static final long LONGEST_PAUSE = 1_000_000_000;

	private final ChannelMap map;

	private final LongSupplier clock;

	private final Transport transport;

	private final Poller poller;

	private final Backlog backlog;

	private final Ownership ownership = new Ownership(this::freeClosed);

	private final Inquiry inquiry = new Inquiry(this);

	private final Shutdown shutdown = new Shutdown(this, this.inquiry);

	private final BufferPool buffers = new BufferPool();

	private final Arrivals arrivals = new Arrivals(this);

	private final Departures departures = new Departures();

	private final LoopMonitor monitor;

	private final HeldLoop held;

	// that of its group if it has one
	private volatile FailureLog failures = new FailureLog();

	// any thread may take one out
	private final Set<Acceptor> pausedListeners = ConcurrentHashMap.newKeySet();

	// whether the loop has been told that they may try again
	private final AtomicBoolean resumeGiven = new AtomicBoolean();

	private final AtomicBoolean waiting = new AtomicBoolean();

	private final AtomicInteger offloads = new AtomicInteger();

	// how often a stop did not wait any longer for them
	private final AtomicInteger forcedStops = new AtomicInteger();

	private final AtomicInteger closesUnderWay = new AtomicInteger();

	private @Nullable Batch spareBatch = new Batch(this);

	// what the pass that is under way delivers
	private @Nullable Batch delivering;

	private final Consumer<Attachment> touchIfServed = (attachment) -> {
		if (attachment.isServedBy(this) && !attachment.service().isAtRest()) {
			touch(attachment);
		}
	};

	private volatile String name = DEFAULT_NAME;

	private volatile Resolver resolver = Resolver.system();

	private volatile Duration connectTimeout = DEFAULT_CONNECT_TIMEOUT;

	private volatile Executor offloadExecutor = Offload::execute;

	private volatile int maxQueuedOffloads = DEFAULT_MAX_QUEUED_OFFLOADS;

	private volatile boolean stopped;

	// how many run() are under way, one inside the other
	private int runs;

	// whether it is one of those that makes the passes now, and not a loop() inside it
	private boolean stoppable;

	// whether this thread has closed a channel since the poller was last asked
	private boolean closedHere;

	private boolean selectorMissing;

	// whether somebody has interrupted the thread while it asked the poller
	private boolean interrupted;

	// the time when the pass that is under way has found what is ready
	private long passTime;

	// whether what was found then is being delivered
	private boolean atDelivery;

	// the time up to which the monitor knows of the work done
	private long workingSince;

	EventLoop(ChannelMap map, LongSupplier nanoClock, Transport transport) {
		this.map = map;
		this.clock = nanoClock;
		this.transport = transport;
		this.poller = transport.poller();
		this.monitor = new LoopMonitor(this, nanoClock);
		this.backlog = new Backlog(this, nanoClock, this.monitor);
		this.held = new HeldLoop(this, this.poller);
	}

	/**
	 * Return the loop that the calling thread is running.
	 * @return the innermost running loop, or {@code null} if there is none
	 */
	public static @Nullable EventLoop current() {
		return CURRENT.get();
	}

	/**
	 * Return the map that this loop serves.
	 * @return the map
	 */
	public ChannelMap map() {
		return this.map;
	}

	/**
	 * Return what this loop is called in meters and logs.
	 * @return the name, {@code asyncore-loop} by default
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Set what this loop is called in meters and logs. To be done before anybody asks.
	 * @param name the name
	 */
	public void setName(String name) {
		this.name = name;
	}

	/**
	 * Return who finds the addresses of the hosts that channels connect to.
	 * @return the resolver, {@link Resolver#system()} by default
	 */
	public Resolver resolver() {
		return this.resolver;
	}

	/**
	 * Set who finds the addresses of the hosts that channels connect to from now on.
	 * @param resolver the resolver
	 */
	public void setResolver(Resolver resolver) {
		this.resolver = resolver;
	}

	/**
	 * Return how long the connection of a channel may take that does not
	 * {@linkplain Dispatcher#setConnectTimeout say so} itself.
	 * @return the time, 30 seconds by default; zero for no limit
	 */
	public Duration connectTimeout() {
		return this.connectTimeout;
	}

	/**
	 * Set how long the connection of a channel may take that does not
	 * {@linkplain Dispatcher#setConnectTimeout say so} itself.
	 * @param timeout the time, zero for no limit
	 * @throws IllegalArgumentException if {@code timeout} is negative
	 */
	public void setConnectTimeout(Duration timeout) {
		TimerTask.nanos(timeout);
		this.connectTimeout = timeout;
	}

	/**
	 * Return who does the work that channels {@linkplain Dispatcher#offload offload}.
	 * @return the executor; by default one that has virtual threads where the JDK has
	 * them, otherwise up to 64 daemon threads, and takes all that comes
	 */
	public Executor offloadExecutor() {
		return this.offloadExecutor;
	}

	/**
	 * Set who does the work that channels {@linkplain Dispatcher#offload offload} from
	 * now on. It must not do it on the thread that gives it, and has to take it at once
	 * or reject it.
	 * @param executor the executor
	 */
	public void setOffloadExecutor(Executor executor) {
		this.offloadExecutor = Objects.requireNonNull(executor, "'executor' must not be null");
	}

	/**
	 * Return how many pieces of work a channel may have {@linkplain Dispatcher#offload
	 * offloaded} that wait to be begun.
	 * @return the number, 16 by default
	 */
	public int maxQueuedOffloads() {
		return this.maxQueuedOffloads;
	}

	/**
	 * Set how many pieces of work a channel may have {@linkplain Dispatcher#offload
	 * offloaded} that wait to be begun. With so many it is not read until there are less;
	 * what it gives away nevertheless, more than one piece for what it has received at
	 * once for instance, is taken.
	 * @param count the number
	 * @throws IllegalArgumentException if {@code count} is not positive
	 */
	public void setMaxQueuedOffloads(int count) {
		if (count < 1) {
			throw new IllegalArgumentException("'count' must be positive: " + count);
		}
		this.maxQueuedOffloads = count;
	}

	Transport transport() {
		return this.transport;
	}

	Backlog backlog() {
		return this.backlog;
	}

	Arrivals arrivals() {
		return this.arrivals;
	}

	/**
	 * Say whether this loop is being run, and was not told to come to an end.
	 */
	boolean takesConnections() {
		return this.ownership.runner() != null && !this.shutdown.hasBegun();
	}

	/**
	 * Return the thread that runs this loop.
	 * @return the thread, {@code null} if none does
	 */
	public @Nullable Thread thread() {
		return this.ownership.runner();
	}

	/**
	 * Return what this loop counts, and who is told what happens in it.
	 * @return the monitor of this loop
	 */
	public LoopMonitor monitor() {
		return this.monitor;
	}

	/**
	 * Say whether the calling thread is running this loop.
	 * @return whether a handler, task or timer of this loop is calling
	 */
	public boolean inLoop() {
		return this.ownership.isRunner();
	}

	/**
	 * Run a task on the loop, in its next pass. Tasks run in the order in which they were
	 * given. What a task throws is logged and hurts nobody else, but for {@link ExitNow}.
	 * @param task the task to run
	 */
	public void execute(Runnable task) {
		this.backlog.add(task);
		wakeup();
	}

	/**
	 * Run a task on the loop once, after a delay.
	 * @param delay how long to wait; zero means in the next pass
	 * @param task the task to run
	 * @return a handle to cancel the task or to count its delay anew
	 * @throws IllegalArgumentException if {@code delay} is negative
	 */
	public ScheduledTask callLater(Duration delay, Runnable task) {
		return new TimerTask(this, task, delay, false, null).start();
	}

	/**
	 * Run a task on the loop again and again, at a fixed rate. Runs that were missed
	 * because the loop was busy are not made up for.
	 * @param period the time between two runs, and before the first
	 * @param task the task to run
	 * @return a handle to cancel the task or to count its period anew
	 * @throws IllegalArgumentException if {@code period} is not positive
	 */
	public ScheduledTask callEvery(Duration period, Runnable task) {
		return new TimerTask(this, task, requirePositive(period), true, null).start();
	}

	static Duration requirePositive(Duration period) {
		if (period.isZero() || period.isNegative()) {
			throw new IllegalArgumentException("'period' must be positive, not " + period);
		}
		return period;
	}

	/**
	 * Serve the map until {@link #stop()}, in select order, waiting up to 30 seconds in a
	 * pass. Unlike {@link Asyncore#loop()} it goes on while the map is empty.
	 * @throws IOException if the system can no longer be asked for events
	 * @throws IllegalStateException if another thread is running this loop
	 */
	public void run() throws IOException {
		run(DEFAULT_TIMEOUT, false);
	}

	/**
	 * Serve the map until {@link #stop()} or until a {@link #shutdown} is complete. Goes
	 * on while the map is empty.
	 * @param timeout the longest time one pass waits; zero does not wait
	 * @param usePoll {@code false} delivers a pass in select order (all reads, then all
	 * writes), {@code true} in poll order (channel by channel)
	 * @throws IOException if the system can no longer be asked for events
	 * @throws IllegalStateException if another thread is running this loop
	 */
	public void run(Duration timeout, boolean usePoll) throws IOException {
		serve(timeout, usePoll, () -> !this.stopped && !this.shutdown.complete(), true);
	}

	/**
	 * End {@link #run()}, within one pass and from any thread. If nobody is in
	 * {@code run()}, the next call of it returns at once.
	 */
	public void stop() {
		this.stopped = true;
		wakeup();
	}

	/**
	 * End {@link #run()} gracefully: the listeners are closed at once, what is queued for
	 * sending and the work given to {@code offload} is finished, then all channels are
	 * closed. Connections that are idle and timers that wait do not delay it. May be
	 * called from any thread and returns at once. Does not end the functions of
	 * {@link Asyncore}; if nobody is in {@code run()} or {@code loop()}, the next
	 * {@code run()} is ended.
	 * @param gracePeriod the longest time to wait before everything is closed
	 * @throws IllegalArgumentException if {@code gracePeriod} is negative
	 */
	public void shutdown(Duration gracePeriod) {
		TimerTask.nanos(gracePeriod);
		execute(() -> this.shutdown.begin(gracePeriod));
	}

	/**
	 * Say whether a handler of this loop has called {@link System#exit}. That waits until
	 * the application has come to its end, and this loop with it, for which nobody but
	 * {@link #runForExiting} can see then: the thread never comes back. May be called
	 * from any thread.
	 * @return whether the thread that runs this loop is exiting
	 */
	public boolean exiting() {
		return HeldLoop.isExiting(this.ownership.runner());
	}

	/**
	 * Go on to run this loop, by the calling thread and as one of its handlers could, in
	 * place of its own thread that is {@linkplain #exiting() exiting}: until
	 * {@link #stop()} or until a {@link #shutdown} is complete.
	 * @param timeout the longest time one pass waits; zero does not wait
	 * @param usePoll {@code true} delivers a pass in poll order
	 * @throws IOException if the system can no longer be asked for events
	 * @throws IllegalStateException if the thread that runs this loop may come back, or
	 * nobody runs it
	 */
	public void runForExiting(Duration timeout, boolean usePoll) throws IOException {
		if (!exiting()) {
			throw new IllegalStateException("No handler of the event loop has called System.exit()");
		}
		this.ownership.takeOver();
		run(timeout, usePoll);
	}

	/**
	 * Close the listeners of this loop by the calling thread, for one that is to come to
	 * its end while a handler holds it. Their ports are free then.
	 */
	public void closeListeners() {
		this.held.closeListeners();
	}

	/**
	 * Close all channels of this loop by the calling thread, for one that was told to
	 * come to its end while a handler holds it and does not let go. They count as closed
	 * by the stop, what is queued is dropped, and their descriptors are free then. The
	 * loop finds no channel when the handler returns. Waits for a {@code close()} that
	 * waits for what the handler holds.
	 */
	public void abandon() {
		abandonWork();
		this.held.closeAll();
	}

	/**
	 * Close the sockets of this loop by the calling thread, without their channels: for
	 * what is left when {@link #abandon()} does not come to its end. Does not wait.
	 */
	public void abandonSockets() {
		this.held.closeSockets();
	}

	/**
	 * Say whether something is left to do that is not a channel's.
	 */
	boolean hasWork() {
		return this.offloads.get() > 0 || this.backlog.isDue();
	}

	/**
	 * Put a channel into service: take it into the map of this loop and call its
	 * {@code handleOpen()}.
	 * @param channel the channel
	 * @throws Exception what {@code handleOpen()} throws
	 * @throws IllegalStateException if the calling thread is not running this loop
	 * @throws IllegalArgumentException if the channel is a mock or a proxy
	 */
	public void open(Dispatcher channel) throws Exception {
		assertInLoop();
		requireMade(channel);
		channel.addChannel(this.map);
		channel.attachment().service().observe(Hook.OPEN, channel, Dispatcher::handleOpen);
	}

	/**
	 * Find out whether an object can be served, and have its loop call this very object
	 * from now on: for those who put channels into service that they do not make. To be
	 * called before.
	 * @param channel the object
	 * @return where it comes from; one that is {@link Origin#UNMADE} must not be put into
	 * service
	 */
	public static Origin prepare(Dispatcher channel) {
		return Dispatcher.origin(channel);
	}

	/**
	 * Fail if an object cannot be served.
	 */
	static void requireMade(Dispatcher channel) {
		if (prepare(channel) == Origin.UNMADE) {
			throw new IllegalArgumentException("An object of " + channel.getClass().getName()
					+ " cannot be served that no constructor has made: it is a mock, or a proxy for another one");
		}
	}

	private void assertInLoop() {
		if (!inLoop()) {
			Thread owner = this.ownership.runner();
			throw new IllegalStateException((owner != null) ? Ownership.belongsTo(owner)
					: "The event loop is not running: use execute(Runnable) and run it");
		}
	}

	/**
	 * Make passes for as long as {@code more} says so, as {@link Asyncore} has them.
	 */
	void passes(Duration timeout, boolean usePoll, BooleanSupplier more) throws IOException {
		serve(timeout, usePoll, more, false);
	}

	private void serve(Duration timeout, boolean usePoll, BooleanSupplier more, boolean stoppable) throws IOException {
		long nanos = TimerTask.nanos(timeout);
		boolean outermost = this.ownership.claim();
		// that of the handler which runs this loop is none of the handlers that this loop
		// calls
		boolean interrupted = !outermost && Interrupts.suspend();
		EventLoop outerLoop = CURRENT.get();
		boolean outerStoppable = this.stoppable;
		this.stoppable = stoppable;
		this.runs += stoppable ? 1 : 0;
		try {
			if (stoppable && this.runs == 1) {
				LostChannels.begins(this);
			}
			enter(outermost);
			goOn(nanos, usePoll, more, outermost);
		}
		finally {
			this.stoppable = outerStoppable;
			this.runs -= stoppable ? 1 : 0;
			// an inner run() leaves the word to the outer one
			if (stoppable && this.runs == 0) {
				this.stopped = false;
				LostChannels.ends(this);
				this.failures.flush();
			}
			if (this.runs == 0) {
				this.shutdown.forget();
			}
			try {
				tellLast(outermost);
			}
			finally {
				restore(outerLoop);
				Interrupts.resume(interrupted);
			}
		}
	}

	private void tellLast(boolean outermost) {
		if (outermost) {
			leave();
		}
		else if (this.departures.isDue()) {
			// the handler that runs this loop may never return
			this.departures.tell();
		}
	}

	private void enter(boolean outermost) {
		CURRENT.set(this);
		if (outermost) {
			this.workingSince = now();
			this.passTime = this.workingSince;
			this.monitor.progress().begins(this.workingSince);
		}
		else if (this.delivering != null) {
			this.delivering.passOn(this::touch);
		}
	}

	private void goOn(long timeout, boolean usePoll, BooleanSupplier more, boolean outermost) throws IOException {
		long pause = 0;
		int closings = this.ownership.closings();
		boolean goesOn = true;
		while (goesOn) {
			try {
				goesOn = more.getAsBoolean();
				if (goesOn) {
					pass(timeout, usePoll, closings);
				}
				pause = 0;
			}
			catch (Error ex) {
				if (!outermost) {
					// a failure of the handler that runs this loop
					throw ex;
				}
				pause = survive(ex, pause);
			}
			closings = this.ownership.closings();
		}
	}

	// outside of all hooks there is no channel to tell; perhaps there was no memory for
	// what the loop does itself, of which there may be some in a moment
	private long survive(Error failure, long pause) {
		report(logger, "A pass of the event loop failed, the loop goes on", "", failure);
		// if all passes fail that must not take a whole processor
		LockSupport.parkNanos(pause);
		return Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, 2 * pause));
	}

	/**
	 * Make one pass: run what is due, ask, wait at most once, deliver.
	 * @param closings how many channels other threads had closed when it was decided to
	 * make this pass
	 */
	private void pass(long timeout, boolean usePoll, int closings) throws IOException {
		Batch outer = this.delivering;
		boolean outerAtDelivery = this.atDelivery;
		Batch batch = takeBatch();
		this.delivering = batch;
		this.atDelivery = false;
		try {
			this.backlog.runDue();
			this.inquiry.ask(batch);
			await(batch, timeout, closings);
			this.inquiry.takeAnnounced(batch);
			this.atDelivery = true;
			deliver(batch, usePoll, this.passTime);
		}
		finally {
			this.delivering = outer;
			this.atDelivery = outerAtDelivery;
			// what has happened to a channel may have changed its answers
			batch.drainTo(this.touchIfServed);
			this.spareBatch = batch;
			this.monitor.passed();
		}
		if (this.departures.isDue()) {
			this.departures.tell();
		}
	}

	private void deliver(Batch batch, boolean usePoll, long found) {
		try {
			batch.deliver(usePoll);
		}
		finally {
			batch.noteActivity(found);
		}
	}

	// a nested loop needs a batch of its own, the outer one has not been delivered yet
	private Batch takeBatch() {
		Batch batch = this.spareBatch;
		this.spareBatch = null;
		return (batch != null) ? batch : new Batch(this);
	}

	/**
	 * Return by whom failures get into the log.
	 */
	FailureLog failures() {
		return this.failures;
	}

	/**
	 * Have the same failures of several loops counted together.
	 */
	void shareFailures(FailureLog failures) {
		this.failures = failures;
	}

	/**
	 * Log a failure with its stack trace, unless it happens again and again. Throws
	 * nothing. Safe from any thread.
	 * @param message what has failed, in which <code>{}</code> stands for {@code subject}
	 * @param subject who has: a channel, or what it is called
	 */
	void report(Logger logger, String message, Object subject, Throwable failure) {
		this.failures.report(this, logger, message, subject, failure);
	}

	private void await(Batch batch, long timeout, int closings) throws IOException {
		if (this.map.isEmpty()) {
			this.poller.close();
		}
		// with an empty map loop() returns, and a shutdown is over when nobody is busy
		boolean over = this.stoppable ? this.shutdown.isIdle() : this.map.isEmpty();
		boolean rest = batch.isEmpty() && !over;
		long nanos = rest ? this.backlog.nanosToNextTimer(timeout) : 0;
		if (nanos > 0) {
			// whoever adds something from now on wakes this thread up
			this.waiting.set(true);
			nanos = (isWorkWaiting() || this.ownership.closings() != closings) ? 0 : nanos;
		}
		int freed = this.ownership.closings();
		this.closedHere = false;
		boolean early = select(nanos, batch);
		this.ownership.freed(freed);
		boolean woken = rest && !this.waiting.getAndSet(false);
		this.poller.spun(early && !woken && !this.interrupted && this.closesUnderWay.get() == 0);
	}

	private boolean select(long nanos, Batch batch) throws IOException {
		long workingSince = this.workingSince;
		long start = 0;
		if (nanos > 0) {
			start = now();
			this.monitor.progress().waits(start, start - workingSince);
		}
		try {
			return this.poller.await(nanos, batch);
		}
		finally {
			// before anybody else is called: all of those who were have ended theirs
			this.interrupted = this.ownership.clearInterrupt();
			long end = now();
			long waited = (nanos > 0) ? end - start : 0;
			long worked = end - workingSince - waited;
			this.passTime = end;
			this.workingSince = end;
			this.monitor.progress().found(end, waited, (nanos > 0) ? 0 : worked);
			this.monitor.tellFound(waited, worked);
		}
	}

	private boolean isWorkWaiting() {
		return (this.stoppable && this.stopped) || this.backlog.isDue() || this.backlog.isLittered()
				|| this.inquiry.isDue() || this.departures.isDue();
	}

	private void leave() {
		try {
			while (this.departures.isDue()) {
				this.departures.tell();
			}
		}
		finally {
			rest();
		}
	}

	private void rest() {
		try {
			// what an observer throws ends nothing, or nobody could run this loop again
			long worked = now() - this.workingSince;
			this.monitor.progress().ends(worked);
			this.monitor.tellFound(0, worked);
			this.backlog.tidy();
			if (this.map.isEmpty()) {
				// nothing that is closed for good is kept by a loop that may never run
				// again
				this.inquiry.forgetGone();
			}
			if (this.closedHere || this.ownership.isBehind()) {
				freeClosed();
			}
			this.poller.releaseWith(this.map);
		}
		finally {
			try {
				this.ownership.giveBack();
			}
			finally {
				this.arrivals.turnAway();
			}
		}
	}

	private static void restore(@Nullable EventLoop outer) {
		if (outer != null) {
			CURRENT.set(outer);
		}
		else {
			CURRENT.remove();
		}
	}

	/**
	 * Make a waiting loop begin its next pass. Costs next to nothing if it does not wait.
	 */
	private void wakeup() {
		if (this.waiting.get() && this.waiting.compareAndSet(true, false)) {
			this.poller.wakeup(this.ownership.runner());
		}
	}

	/**
	 * Have a channel looked at in the next pass. Safe from any thread.
	 */
	void touch(Attachment attachment) {
		if (inLoop()) {
			this.inquiry.touch(attachment);
		}
		else {
			this.inquiry.touchFromElsewhere(attachment);
			wakeup();
		}
	}

	/**
	 * Have a channel looked at that no selector reports, in this pass if that waits.
	 * Called by other threads.
	 */
	void announce(Attachment attachment) {
		this.inquiry.announce(attachment);
		wakeup();
	}

	/**
	 * Have a timer wait for its time here. Safe from any thread.
	 */
	void schedule(TimerTask task) {
		if (inLoop()) {
			this.backlog.add(task);
		}
		else {
			this.backlog.addFromElsewhere(task);
			wakeup();
		}
	}

	/**
	 * Note that so many timers were cancelled. Safe from any thread.
	 */
	void cancelled(int count) {
		this.backlog.cancelled(count);
		if (inLoop() || !this.backlog.isLittered()) {
			return;
		}
		if (this.ownership.runner() != null) {
			wakeup();
		}
		else {
			// there may be no next pass
			tryOwned(this.backlog::tidy);
		}
	}

	/**
	 * Give a channel, which has left the map, to another loop with all its timers.
	 */
	void handOver(Attachment channel, EventLoop target) {
		this.inquiry.forgetChanged(channel);
		Runnable move = () -> {
			if (channel.hasTimers()) {
				this.backlog.moveTo(target, channel);
			}
			this.inquiry.forgetEveryPass(channel);
		};
		if (!tryOwned(move)) {
			execute(move);
		}
	}

	/**
	 * Do something with what belongs to the loop's thread, if this is it or nobody is.
	 */
	boolean tryOwned(Runnable action) {
		return this.ownership.tryDo(action);
	}

	/**
	 * Free the descriptors of closed channels now, if the calling thread may.
	 * @return whether it may
	 */
	boolean release() {
		return tryOwned(this::freeClosed);
	}

	private void freeClosed() {
		int freed = this.ownership.closings();
		try {
			if (this.map.isEmpty()) {
				this.inquiry.forgetGone();
				this.poller.close();
			}
			else {
				this.inquiry.forgetSomeGone();
				this.poller.release();
			}
		}
		catch (IOException ex) {
			logger.debug("Closed channels are freed in the next pass", ex);
		}
		this.ownership.freed(freed);
	}

	/**
	 * Wait for a channel from now on.
	 * @return whether that is done; otherwise the channel is looked at again in a moment
	 * @throws ClosedChannelException if somebody has closed it
	 */
	boolean interest(Attachment attachment, Endpoint endpoint, int ops) throws ClosedChannelException {
		int polled = endpoint.interest(ops);
		try {
			this.poller.interest(endpoint.wire(), attachment, polled);
			this.selectorMissing = false;
			return true;
		}
		catch (ClosedChannelException ex) {
			throw ex;
		}
		catch (IOException ex) {
			if (!this.selectorMissing) {
				this.selectorMissing = true;
				logger.warn("No channel can be waited for now, trying again; allow the process more open files", ex);
			}
			callLater(SELECTOR_RETRY, attachment::touch);
			return false;
		}
	}

	/**
	 * Ask the system whether a channel is ready, now.
	 * @param operation what for
	 */
	boolean isReady(Attachment attachment, Endpoint endpoint, int operation) {
		try {
			return this.poller.isReady(endpoint.wire(), attachment, operation);
		}
		catch (IOException ex) {
			// closed behind its back, or there is no selector: nobody knows
			return true;
		}
	}

	/**
	 * Have the socket of a channel of this loop freed with the map, if nobody closes it.
	 * Safe from any thread.
	 */
	void hold(Endpoint socket) {
		this.poller.hold(socket, this.map);
	}

	/**
	 * Wait for a socket that a channel has besides its present one.
	 */
	void waitFor(Attachment attachment, Endpoint endpoint, int operations) throws IOException {
		this.poller.interest(endpoint.wire(), attachment, operations);
	}

	/**
	 * Wait for nothing of an endpoint any more. Safe from any thread.
	 */
	void forget(Endpoint endpoint) {
		this.poller.forget(endpoint.wire());
	}

	/**
	 * Close a channel. While another thread is at it the system may report a socket that
	 * is no longer ready for anything, again and again.
	 */
	void closing(Runnable close) {
		this.closesUnderWay.incrementAndGet();
		try {
			close.run();
		}
		finally {
			this.closesUnderWay.decrementAndGet();
		}
	}

	/**
	 * Called when a channel has been closed, by whichever thread.
	 */
	void closed() {
		if (inLoop()) {
			this.closedHere = true;
			resumeAccepting();
			return;
		}
		if (!this.pausedListeners.isEmpty() && this.resumeGiven.compareAndSet(false, true)) {
			this.backlog.add(this::resumeAccepting);
		}
		this.ownership.closedElsewhere();
		wakeup();
	}

	/**
	 * Have a channel told that what it had is over. Safe from any thread.
	 */
	void over(Attachment channel, CloseReason reason) {
		this.departures.add(channel, reason);
		wakeup();
	}

	/**
	 * Go on to tell a channel that has waited for a hook to return.
	 */
	void tellOver(Attachment channel) {
		this.departures.resume(channel);
	}

	/**
	 * Tell the channels that are over, if the loop does not run: then nobody else would.
	 */
	void tellOverIfIdle() {
		if (this.departures.isDue() && this.ownership.tryClaim()) {
			EventLoop outerLoop = CURRENT.get();
			enter(true);
			try {
				leave();
			}
			finally {
				restore(outerLoop);
			}
		}
	}

	/**
	 * Accept no connections until the back-off is over or a descriptor may have become
	 * free.
	 */
	void pauseAccepting(Acceptor listener) {
		this.pausedListeners.add(listener);
	}

	/**
	 * Note that a listener does not wait for a descriptor any more. Safe from any thread.
	 */
	void acceptsAgain(Acceptor listener) {
		this.pausedListeners.remove(listener);
	}

	/**
	 * Return how many listeners accept no connections until a descriptor may be free.
	 */
	int pausedListeners() {
		return this.pausedListeners.size();
	}

	private void resumeAccepting() {
		this.resumeGiven.set(false);
		if (!this.pausedListeners.isEmpty()) {
			this.pausedListeners.forEach(Acceptor::resume);
		}
	}

	/**
	 * Take a buffer to receive into. On the loop's thread it is a direct one that the
	 * loop keeps for all its channels, so that idle channels need none; while it is taken
	 * others get another one. To be given back by {@link #giveBack} when what was
	 * received has been dealt with.
	 * @param size the room needed, in bytes; a buffer of the loop has room for 262,144,
	 * what is larger is made for the caller
	 * @return a buffer in its initial state, limited to {@code size}; its content is
	 * undefined
	 * @throws IllegalArgumentException if {@code size} is negative
	 */
	public ByteBuffer takeBuffer(int size) {
		return (size > BufferPool.CAPACITY || !inLoop()) ? ByteBuffer.allocate(size) : this.buffers.take(size);
	}

	/**
	 * Take the largest buffer that the loop keeps, see {@link #takeBuffer(int)}. Its size
	 * costs nothing where little is received, and where much is the size of a read
	 * decides how fast that goes: 262,144 bytes at a time move 1.4 to 1.8 times as much
	 * as 65,536.
	 * @return a buffer in its initial state with room for 262,144 bytes; its content is
	 * undefined
	 */
	public ByteBuffer takeBuffer() {
		return takeBuffer(BufferPool.CAPACITY);
	}

	/**
	 * Give back a buffer that {@link #takeBuffer(int)} has returned, and do not use it
	 * any more. A buffer that is not given back is garbage and no harm is done. What is
	 * no buffer of this loop, or was given back before, is ignored: a slice or a
	 * duplicate for instance, or what another loop has given.
	 * @param buffer the buffer
	 */
	public void giveBack(ByteBuffer buffer) {
		if (inLoop()) {
			this.buffers.giveBack(buffer);
		}
	}

	/**
	 * Wait no longer for the work that is done elsewhere, of which what has not begun is
	 * not to begin any more.
	 */
	void abandonWork() {
		this.forcedStops.incrementAndGet();
	}

	int forcedStops() {
		return this.forcedStops.get();
	}

	/**
	 * Do work elsewhere. A shutdown waits for it.
	 */
	void offload(Runnable work) {
		offload(work, this.offloadExecutor);
	}

	/**
	 * Have work done by an executor of its own. A shutdown waits for it.
	 * @throws RejectedExecutionException if the executor does not take it, be it that the
	 * system has no thread for it
	 */
	void offload(Runnable work, Executor executor) {
		this.offloads.incrementAndGet();
		boolean accepted = false;
		try {
			executor.execute(() -> {
				try {
					work.run();
				}
				finally {
					this.offloads.decrementAndGet();
					// a shutdown may have waited for nothing but this
					execute(NOTHING);
				}
			});
			accepted = true;
		}
		catch (OutOfMemoryError ex) {
			throw new RejectedExecutionException(
					"There is no thread for the work now: allow the process more of them, or give it less to do", ex);
		}
		finally {
			if (!accepted) {
				this.offloads.decrementAndGet();
			}
		}
	}

	/**
	 * Return the time by the clock of this loop, which its timers go by. May be called
	 * from any thread.
	 * @return the time in nanoseconds, to be compared with another one only, as that of
	 * {@link System#nanoTime()}
	 */
	public long nanoTime() {
		return now();
	}

	long now() {
		return this.clock.getAsLong();
	}

	/**
	 * Return the time to note for what a channel transfers now: while a pass delivers,
	 * when that has begun, for asking the clock takes as long as much of a transfer. For
	 * one that is watched for being idle that is made up for in the end, if the pass has
	 * something for it.
	 */
	long activityTime(Attachment channel) {
		Batch batch = this.delivering;
		boolean roughly = inLoop() && this.atDelivery && batch != null
				&& (!channel.isWatched() || batch.contains(channel));
		return roughly ? this.passTime : now();
	}

	/**
	 * Say whether a failure is meant to leave the loop. An {@code Error} is not: what has
	 * failed for want of memory or of a thread may well work for the other channels, and
	 * in a moment.
	 */
	static boolean isExit(Throwable failure) {
		return failure instanceof ExitNow;
	}

	@Override
	public String toString() {
		Thread owner = this.ownership.runner();
		return "EventLoop[" + ((owner != null) ? "thread=" + owner.getName() + ", " : "") + "channels="
				+ this.map.size() + "]";
	}

}
