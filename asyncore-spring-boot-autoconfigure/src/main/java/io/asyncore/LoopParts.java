package io.asyncore;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.LongSupplier;

import io.asyncore.loop.Departure;
import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.LoopListener;
import io.asyncore.loop.TaskQueue;
import io.asyncore.transport.BufferPool;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Transport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A loop as its channels see it: what it is made of, and what they tell it. Passes on
 * what happens in the engine to those whom it concerns. What applications see is
 * {@link EventLoop}.
 */
final class LoopParts implements LoopListener {

	private static final Logger logger = LoggerFactory.getLogger(EventLoop.class);

	private static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(30);

	private static final String DEFAULT_NAME = "asyncore-loop";

	private final EventLoop face;

	private final ChannelMap map;

	private final Transport transport;

	private final LoopMonitor monitor;

	private final LoopEngine engine;

	private final OffloadedWork offloadedWork;

	private final Shutdown shutdown;

	private final Arrivals arrivals;

	private final BufferPool buffers = new BufferPool();

	// that of its group if it has one
	private volatile FailureLog failures = new FailureLog(HookCaller.class, TaskQueue.class);

	private final PausedListeners pausedListeners;

	// whether a channel is being made that is still to get its name
	private boolean making;

	private volatile String name = DEFAULT_NAME;

	private volatile Resolver resolver = Resolver.system();

	private volatile Duration connectTimeout = DEFAULT_CONNECT_TIMEOUT;

	LoopParts(EventLoop face, ChannelMap map, LongSupplier nanoClock, Transport transport) {
		this.face = face;
		this.map = map;
		this.transport = transport;
		this.monitor = new LoopMonitor(face, this, nanoClock);
		this.engine = new LoopEngine(this, map, nanoClock, transport.poller(), this.monitor.progress());
		this.offloadedWork = new OffloadedWork(this.engine, this.monitor::offloaded);
		this.arrivals = new Arrivals(this.engine::execute, () -> this.engine.owner().runner() != null);
		this.pausedListeners = new PausedListeners(this.engine);
		this.shutdown = new Shutdown(this);
	}

	/**
	 * Return what applications see of it.
	 */
	EventLoop face() {
		return this.face;
	}

	ChannelMap map() {
		return this.map;
	}

	Transport transport() {
		return this.transport;
	}

	LoopEngine engine() {
		return this.engine;
	}

	LoopMonitor monitor() {
		return this.monitor;
	}

	Shutdown shutdown() {
		return this.shutdown;
	}

	Arrivals arrivals() {
		return this.arrivals;
	}

	OffloadedWork offloadedWork() {
		return this.offloadedWork;
	}

	PausedListeners pausedListeners() {
		return this.pausedListeners;
	}

	boolean inLoop() {
		return this.engine.owner().isRunner();
	}

	// what it is set to

	String name() {
		return this.name;
	}

	void setName(String name) {
		this.name = name;
	}

	Resolver resolver() {
		return this.resolver;
	}

	void setResolver(Resolver resolver) {
		this.resolver = resolver;
	}

	Duration connectTimeout() {
		return this.connectTimeout;
	}

	void setConnectTimeout(Duration timeout) {
		this.connectTimeout = timeout;
	}

	// a channel that is being made

	boolean isMaking() {
		return this.making;
	}

	/**
	 * Note that a channel is being made that is still to get its name, or not any more.
	 * @return whether one was being made before
	 */
	boolean setMaking(boolean making) {
		boolean before = this.making;
		this.making = making;
		return before;
	}

	// failures

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
		this.failures.report(this.engine, logger, message, subject, failure);
	}

	// its end

	/**
	 * Say whether this loop is being run, and was not told to come to an end.
	 */
	boolean takesConnections() {
		return this.engine.owner().runner() != null && !this.shutdown.hasBegun();
	}

	/**
	 * Say whether something is left to do that is not a channel's.
	 */
	boolean hasWork() {
		return this.offloadedWork.isUnderWay() || this.engine.tasks().isDue() || !this.engine.closings().isEmpty();
	}

	// what becomes of channels

	/**
	 * Called when a channel has been closed, by whichever thread.
	 */
	void closed() {
		if (inLoop()) {
			this.engine.polling().closedHere();
			this.pausedListeners.closed();
		}
		else {
			this.pausedListeners.closed();
			this.engine.polling().closedElsewhere();
		}
	}

	/**
	 * Have a channel told that what it had is over. Safe from any thread.
	 */
	void over(HookCaller channel, CloseReason reason) {
		this.engine.departures().add(new Departure(channel) {

			@Override
			protected boolean tell() {
				return channel.tellOver(reason);
			}

		});
	}

	// its buffers

	/**
	 * Take a buffer, which is one of the loop's if its thread calls.
	 */
	ByteBuffer takeBuffer(int size) {
		return (size > BufferPool.CAPACITY || !inLoop()) ? ByteBuffer.allocate(size) : this.buffers.take(size);
	}

	void giveBack(ByteBuffer buffer) {
		if (inLoop()) {
			this.buffers.giveBack(buffer);
		}
	}

	// what the engine asks and tells

	@Override
	public boolean isEmpty() {
		return this.map.isEmpty();
	}

	@Override
	public boolean isIdle() {
		return this.shutdown.isIdle();
	}

	@Override
	public boolean isExit(Throwable failure) {
		return ExitNow.isExit(failure);
	}

	@Override
	public boolean isLagWanted() {
		return this.monitor.isLagWanted();
	}

	@Override
	public void begins() {
		LostChannels.begins(this.engine);
		ChannelMap.DEFAULT.forEach((channel) -> LostChannels.look(channel.channel(), this.engine));
	}

	@Override
	public void ends(boolean run) {
		if (run) {
			LostChannels.ends(this.engine);
			this.failures.flush();
		}
		this.shutdown.forget();
	}

	@Override
	public void left() {
		this.arrivals.turnAway();
	}

	// nearly always just one
	@Override
	public void ready(int operations) {
		if ((operations & Endpoint.READ) != 0) {
			this.monitor.ready(Hook.READ);
		}
		if ((operations & Endpoint.WRITE) != 0) {
			this.monitor.ready(Hook.WRITE);
		}
		if ((operations & Endpoint.CONNECT) != 0) {
			this.monitor.ready(Hook.CONNECT);
		}
		if ((operations & Endpoint.ACCEPT) != 0) {
			this.monitor.ready(Hook.ACCEPT);
		}
	}

	@Override
	public void late(long nanos) {
		this.monitor.late(nanos);
	}

	@Override
	public void found(long waited, long worked) {
		this.monitor.tellFound(waited, worked);
	}

	@Override
	public void passed() {
		this.monitor.passed();
	}

	@Override
	public void failed(String message, Throwable failure) {
		report(logger, message, "", failure);
	}

}
