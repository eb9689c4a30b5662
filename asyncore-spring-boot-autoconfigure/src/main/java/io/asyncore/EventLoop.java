package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;

import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.TimerTask;
import io.asyncore.transport.BufferPool;
import io.asyncore.transport.Transport;
import org.jspecify.annotations.Nullable;

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

	private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

	private final LoopParts parts;

	private final LoopEngine engine;

	EventLoop(ChannelMap map, LongSupplier nanoClock, Transport transport) {
		this.parts = new LoopParts(this, map, nanoClock, transport);
		this.engine = this.parts.engine();
	}

	LoopParts parts() {
		return this.parts;
	}

	/**
	 * Return the loop that the calling thread is running.
	 * @return the innermost running loop, or {@code null} if there is none
	 */
	public static @Nullable EventLoop current() {
		LoopEngine engine = LoopEngine.current();
		return (engine != null) ? ((LoopParts) engine.listener()).face() : null;
	}

	/**
	 * Return the map that this loop serves.
	 * @return the map
	 */
	public ChannelMap map() {
		return this.parts.map();
	}

	/**
	 * Return what this loop is called in meters and logs.
	 * @return the name, {@code asyncore-loop} by default
	 */
	public String name() {
		return this.parts.name();
	}

	/**
	 * Set what this loop is called, before anybody asks.
	 * @param name the name
	 */
	public void setName(String name) {
		this.parts.setName(name);
	}

	/**
	 * Return who finds the addresses of the hosts that channels connect to.
	 * @return the resolver, {@link Resolver#system()} by default
	 */
	public Resolver resolver() {
		return this.parts.resolver();
	}

	/**
	 * Set who finds the addresses of the hosts that channels connect to from now on.
	 * @param resolver the resolver
	 */
	public void setResolver(Resolver resolver) {
		this.parts.setResolver(resolver);
	}

	/**
	 * Return how long the connection of a channel may take that does not
	 * {@linkplain Dispatcher#setConnectTimeout say so} itself.
	 * @return the time, 30 seconds by default; zero for no limit
	 */
	public Duration connectTimeout() {
		return this.parts.connectTimeout();
	}

	/**
	 * Set how long the connection of a channel may take that does not
	 * {@linkplain Dispatcher#setConnectTimeout say so} itself.
	 * @param timeout the time, zero for no limit
	 * @throws IllegalArgumentException if {@code timeout} is negative
	 */
	public void setConnectTimeout(Duration timeout) {
		TimerTask.nanos(timeout);
		this.parts.setConnectTimeout(timeout);
	}

	/**
	 * Return who does the work that channels {@linkplain Dispatcher#offload offload}.
	 * @return the executor; by default one that has virtual threads where the JDK has
	 * them, otherwise up to 64 daemon threads, and takes all that comes
	 */
	public Executor offloadExecutor() {
		return this.parts.offloadedWork().executor();
	}

	/**
	 * Set who does the work that channels {@linkplain Dispatcher#offload offload} from
	 * now on. It must not do it on the thread that gives it, and has to take it at once
	 * or reject it.
	 * @param executor the executor
	 */
	public void setOffloadExecutor(Executor executor) {
		this.parts.offloadedWork().setExecutor(Objects.requireNonNull(executor, "'executor' must not be null"));
	}

	/**
	 * Return how many pieces of work a channel may have {@linkplain Dispatcher#offload
	 * offloaded} that wait to be begun.
	 * @return the number, 16 by default
	 */
	public int maxQueuedOffloads() {
		return this.parts.offloadedWork().maxQueued();
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
		this.parts.offloadedWork().setMaxQueued(count);
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
		return this.parts.monitor();
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
		this.engine.run(TimerTask.nanos(timeout), usePoll, this.parts.shutdown()::complete);
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
		execute(() -> this.parts.shutdown().begin(gracePeriod));
	}

	/**
	 * Say whether a handler of this loop has called {@link System#exit}, which waits for
	 * the end of the application, and of this loop: the thread never comes back, and
	 * nobody but {@link #runForExiting} can see to that end.
	 * @return whether the thread that runs this loop is exiting
	 */
	public boolean exiting() {
		return Shutdown.isExiting(this.engine.owner().runner());
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
		this.parts.shutdown().closeListeners();
	}

	/**
	 * Close all channels of this loop by the calling thread, for one that was told to
	 * come to its end while a handler holds it and does not let go. They count as closed
	 * by the stop, what is queued is dropped, and their descriptors are free then. The
	 * loop finds no channel when the handler returns. Waits for a {@code close()} that
	 * waits for what the handler holds.
	 */
	public void abandon() {
		this.parts.shutdown().closeAll();
	}

	/**
	 * Close the sockets of this loop by the calling thread, without their channels: for
	 * what is left when {@link #abandon()} does not come to its end. Does not wait.
	 */
	public void abandonSockets() {
		this.parts.shutdown().closeSockets();
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
		this.engine.owner().requireRunner();
		requireMade(channel);
		channel.addChannel(map());
		channel.channel().observe(Hook.OPEN, channel, Dispatcher::handleOpen);
	}

	/**
	 * Find out whether an object can be served, and have its loop call this very object
	 * from now on: to be called before channels enter service that others have made.
	 * @param channel the object
	 * @return where it comes from; one that is {@link Origin#UNMADE} must not be put into
	 * service
	 */
	public static Origin prepare(Dispatcher channel) {
		return Dispatcher.origin(channel);
	}

	static void requireMade(Dispatcher channel) {
		if (prepare(channel) == Origin.UNMADE) {
			throw new IllegalArgumentException("An object of " + channel.getClass().getName()
					+ " cannot be served that no constructor has made: it is a mock, or a proxy for another one");
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
		return this.parts.takeBuffer(size);
	}

	/**
	 * Take the largest buffer that the loop keeps, see {@link #takeBuffer(int)}. Where
	 * much is received its size decides how fast that goes.
	 * @return a buffer in its initial state with room for 262,144 bytes; its content is
	 * undefined
	 */
	public ByteBuffer takeBuffer() {
		return takeBuffer(BufferPool.CAPACITY);
	}

	/**
	 * Give back a buffer that {@link #takeBuffer(int)} has returned, and do not use it
	 * any more. One that is not given back is garbage and no harm is done. What is no
	 * buffer of this loop, a slice for instance, or was given back before, is ignored.
	 * @param buffer the buffer
	 */
	public void giveBack(ByteBuffer buffer) {
		this.parts.giveBack(buffer);
	}

	/**
	 * Return the time by the clock of this loop, which its timers go by. May be called
	 * from any thread.
	 * @return the time in nanoseconds, to be compared with another one only, as that of
	 * {@link System#nanoTime()}
	 */
	public long nanoTime() {
		return this.engine.now();
	}

	@Override
	public String toString() {
		Thread owner = this.engine.owner().runner();
		return "EventLoop[" + ((owner != null) ? "thread=" + owner.getName() + ", " : "") + "channels=" + map().size()
				+ "]";
	}

}
