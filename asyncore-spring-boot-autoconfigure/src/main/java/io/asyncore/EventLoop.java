package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import io.asyncore.loop.Departure;
import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.LoopOwner;
import io.asyncore.loop.Offload;
import io.asyncore.loop.TimerTask;
import io.asyncore.transport.BufferPool;
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

	private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

	private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(30);

	private static final String DEFAULT_NAME = "asyncore-loop";

	private final ChannelMap map;

	private final Transport transport;

	private final LoopEngine engine;

	private final Shutdown shutdown;

	private final BufferPool buffers = new BufferPool();

	private final Arrivals arrivals = new Arrivals(this::execute, () -> thread() != null);

	private final LoopMonitor monitor;

	private final HeldLoop held;

	// that of its group if it has one
	private volatile FailureLog failures = new FailureLog();

	// any thread may take one out
	private final Set<Acceptor> pausedListeners = ConcurrentHashMap.newKeySet();

	// whether the loop has been told that they may try again
	private final AtomicBoolean resumeGiven = new AtomicBoolean();

	private final OffloadedWork offloadedWork;

	private volatile String name = DEFAULT_NAME;

	private volatile Resolver resolver = Resolver.system();

	private volatile Duration connectTimeout = DEFAULT_CONNECT_TIMEOUT;

	EventLoop(ChannelMap map, LongSupplier nanoClock, Transport transport) {
		this.map = map;
		this.transport = transport;
		this.monitor = new LoopMonitor(this, nanoClock);
		this.engine = new LoopEngine(new LoopListener(this), map, nanoClock, transport.poller(),
				this.monitor.progress());
		this.offloadedWork = new OffloadedWork(this.engine, this.monitor::offloaded);
		this.shutdown = new Shutdown(this, this.engine.changes());
		this.held = new HeldLoop(this, this.engine.poller());
	}

	/**
	 * Return the loop that the calling thread is running.
	 * @return the innermost running loop, or {@code null} if there is none
	 */
	public static @Nullable EventLoop current() {
		LoopEngine engine = LoopEngine.current();
		return (engine != null) ? ((LoopListener) engine.listener()).loop() : null;
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
		return this.offloadedWork.executor();
	}

	/**
	 * Set who does the work that channels {@linkplain Dispatcher#offload offload} from
	 * now on. It must not do it on the thread that gives it, and has to take it at once
	 * or reject it.
	 * @param executor the executor
	 */
	public void setOffloadExecutor(Executor executor) {
		this.offloadedWork.setExecutor(Objects.requireNonNull(executor, "'executor' must not be null"));
	}

	/**
	 * Return how many pieces of work a channel may have {@linkplain Dispatcher#offload
	 * offloaded} that wait to be begun.
	 * @return the number, 16 by default
	 */
	public int maxQueuedOffloads() {
		return this.offloadedWork.maxQueued();
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
		this.offloadedWork.setMaxQueued(count);
	}

	LoopEngine engine() {
		return this.engine;
	}

	Shutdown shutdown() {
		return this.shutdown;
	}

	Transport transport() {
		return this.transport;
	}

	OffloadedWork offloadedWork() {
		return this.offloadedWork;
	}

	Arrivals arrivals() {
		return this.arrivals;
	}

	/**
	 * Say whether this loop is being run, and was not told to come to an end.
	 */
	boolean takesConnections() {
		return this.engine.owner().runner() != null && !this.shutdown.hasBegun();
	}

	/**
	 * Return the thread that runs this loop.
	 * @return the thread, {@code null} if none does
	 */
	public @Nullable Thread thread() {
		return this.engine.owner().runner();
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
		return this.engine.owner().isRunner();
	}

	/**
	 * Run a task on the loop, in its next pass. Tasks run in the order in which they were
	 * given. What a task throws is logged and hurts nobody else, but for {@link ExitNow}.
	 * @param task the task to run
	 */
	public void execute(Runnable task) {
		this.engine.execute(task);
	}

	/**
	 * Run a task on the loop once, after a delay.
	 * @param delay how long to wait; zero means in the next pass
	 * @param task the task to run
	 * @return a handle to cancel the task or to count its delay anew
	 * @throws IllegalArgumentException if {@code delay} is negative
	 */
	public ScheduledTask callLater(Duration delay, Runnable task) {
		return LoopTask.started(this.engine, task, delay, false, null);
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
		return LoopTask.started(this.engine, task, LoopTask.requirePositive(period), true, null);
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
		this.engine.run(TimerTask.nanos(timeout), usePoll, this.shutdown::complete);
	}

	/**
	 * End {@link #run()}, within one pass and from any thread. If nobody is in
	 * {@code run()}, the next call of it returns at once.
	 */
	public void stop() {
		this.engine.stop();
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
		return HeldLoop.isExiting(this.engine.owner().runner());
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
		this.engine.owner().takeOver();
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
		this.offloadedWork.abandon();
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
		return this.offloadedWork.isUnderWay() || this.engine.tasks().isDue() || this.engine.isFinishing();
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
		channel.channel().observe(Hook.OPEN, channel, Dispatcher::handleOpen);
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
			Thread owner = this.engine.owner().runner();
			throw new IllegalStateException((owner != null) ? LoopOwner.belongsTo(owner)
					: "The event loop is not running: use execute(Runnable) and run it");
		}
	}

	/**
	 * Make passes for as long as {@code more} says so, as {@link Asyncore} has them.
	 */
	void passes(Duration timeout, boolean usePoll, BooleanSupplier more) throws IOException {
		this.engine.passes(TimerTask.nanos(timeout), usePoll, more);
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

	/**
	 * Do something with what belongs to the loop's thread, if this is it or nobody is.
	 */
	boolean tryOwned(Runnable action) {
		return this.engine.tryOwned(action);
	}

	/**
	 * Free the descriptors of closed channels now, if the calling thread may.
	 * @return whether it may
	 */
	boolean release() {
		return this.engine.release();
	}

	/**
	 * Called when a channel has been closed, by whichever thread.
	 */
	void closed() {
		if (inLoop()) {
			this.engine.closedHere();
			resumeAccepting();
			return;
		}
		if (!this.pausedListeners.isEmpty() && this.resumeGiven.compareAndSet(false, true)) {
			this.engine.tasks().add(this::resumeAccepting);
		}
		this.engine.closedElsewhere();
	}

	/**
	 * Have a channel told that what it had is over. Safe from any thread.
	 */
	void over(Channel channel, CloseReason reason) {
		this.engine.over(new Departure(channel) {

			@Override
			protected boolean tell() {
				return channel.tellOver(reason);
			}

		});
	}

	/**
	 * Tell the channels that are over, if the loop does not run: then nobody else would.
	 */
	void tellOverIfIdle() {
		this.engine.tellOverIfIdle();
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
	 * Return the time by the clock of this loop, which its timers go by. May be called
	 * from any thread.
	 * @return the time in nanoseconds, to be compared with another one only, as that of
	 * {@link System#nanoTime()}
	 */
	public long nanoTime() {
		return now();
	}

	long now() {
		return this.engine.now();
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
		Thread owner = this.engine.owner().runner();
		return "EventLoop[" + ((owner != null) ? "thread=" + owner.getName() + ", " : "") + "channels="
				+ this.map.size() + "]";
	}

}
