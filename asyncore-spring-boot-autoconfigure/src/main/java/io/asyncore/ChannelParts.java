package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

import io.asyncore.file.FileEndpoint;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.FilterOwner;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A channel as its parts see it: they do not know it, but ask it for what they need of
 * its loop and of its dispatcher. What becomes of it is up to {@link Channel}.
 */
abstract class ChannelParts extends HookCaller
		implements FileEndpoint.Owner, FilterOwner, TransferOwner, Counters.Owner, OffloadQueue.Owner, Trail.Subject,
		FailureLog.Subject, Connecting.Owner, IdleWatch.Owner, LostChannels.Suspect, Acceptor.Owner, Newcomer.Taker {

	private static final AtomicReferenceFieldUpdater<ChannelParts, @Nullable ChannelTasks> TASKS = AtomicReferenceFieldUpdater
		.newUpdater(ChannelParts.class, ChannelTasks.class, "tasks");

	// another object than that which was made with this one if a copy takes its place
	private Dispatcher dispatcher;

	private boolean copied;

	private final DispatcherClass type;

	final Transfer socket;

	final Counters counters;

	volatile @Nullable ChannelTasks tasks;

	private volatile @Nullable String label;

	ChannelParts(Dispatcher dispatcher, ChannelMap map) {
		super(map);
		this.dispatcher = dispatcher;
		this.type = DispatcherClass.of(dispatcher);
		this.counters = new Counters(this);
		this.socket = new Transfer(this);
		this.counters.begin();
	}

	// what it is

	@Override
	Dispatcher dispatcher() {
		return this.dispatcher;
	}

	/**
	 * Have the hooks of this very object called, which may be a copy. Before it enters
	 * service.
	 */
	void represent(Dispatcher dispatcher) {
		if (this.dispatcher != dispatcher) {
			this.dispatcher = dispatcher;
			this.copied = true;
			dispatcher.handleCopied();
		}
	}

	boolean isCopied() {
		return this.copied;
	}

	@Override
	public DispatcherClass type() {
		return this.type;
	}

	@Override
	public Logger logger() {
		return this.type.logger();
	}

	@Override
	public ChannelSocket socket() {
		return this.socket;
	}

	@Nullable Endpoint endpoint() {
		return this.socket.endpoint();
	}

	ChannelState state() {
		return this.socket.state();
	}

	@Override
	public boolean isClosed() {
		return this.socket.state() == ChannelState.CLOSED;
	}

	@Override
	public int life() {
		return this.socket.life();
	}

	@Override
	public Counters counters() {
		return this.counters;
	}

	Transfer transfer() {
		return this.socket;
	}

	@Override
	public ChannelTasks tasks() {
		ChannelTasks tasks = this.tasks;
		if (tasks == null) {
			ChannelTasks fresh = new ChannelTasks(this);
			tasks = TASKS.compareAndSet(this, null, fresh) ? fresh : this.tasks;
		}
		return Objects.requireNonNull(tasks);
	}

	@Override
	public Class<?> kind() {
		return this.dispatcher.getClass();
	}

	// what is counted of it, and what it is called

	@Override
	public long activityTime() {
		return engine().activityTime(this);
	}

	@Override
	public String defaultName() {
		return this.type.name();
	}

	@Override
	public ChannelTotals totals(String name) {
		return loop().monitor().group(name).totals();
	}

	@Override
	public ChannelTotals totals() {
		return this.counters.totals();
	}

	@Override
	public boolean isMade() {
		return loop().isMaking();
	}

	void setName(String name) {
		this.counters.setName(name);
		described();
	}

	@Override
	public @Nullable String label() {
		return this.label;
	}

	void setLabel(@Nullable String label) {
		this.label = label;
		described();
	}

	// those who show what it is called, in the thread that is running now
	private void described() {
		if (loop().inLoop()) {
			for (HookInterceptor interceptor : loop().monitor().interceptors()) {
				interceptor.described(this.dispatcher);
			}
		}
	}

	@Override
	public int queued() {
		return queued(this.dispatcher);
	}

	@Override
	protected long activeAt() {
		return this.counters.activeAt();
	}

	@Override
	protected void setActive(long time) {
		this.counters.setActive(time);
	}

	/**
	 * Ask a channel how much waits to be sent, as a thread may that is not the loop's.
	 * @return the number of bytes; 0 if its class has a queue of its own that only one
	 * thread may look at
	 */
	static int queued(Dispatcher channel) {
		try {
			return channel.outBuffered();
		}
		catch (RuntimeException ex) {
			return 0;
		}
	}

	// what goes through it

	@Override
	public ByteBuffer takeBuffer(int size) {
		return loop().takeBuffer(size);
	}

	@Override
	public void giveBack(ByteBuffer buffer) {
		loop().giveBack(buffer);
	}

	@Override
	public void usedBy(Thread runner) {
		this.type.warnOfThread(this, runner);
	}

	@Override
	public void peerGone(IOException failure) {
		logger().debug("The peer of {} has gone: {}", this, LogText.escape(failure));
	}

	@Override
	public void violated(IOException failure) {
		attempt(Hook.READ, failure, (violation) -> {
			throw violation;
		});
	}

	@Override
	public void active() {
		setActive(activityTime());
	}

	@Override
	public void inputEnded() {
		attempt(Hook.READ, this.dispatcher, Dispatcher::inputEnded);
	}

	@Override
	public void tellEof() {
		attempt(Hook.CLOSE, this.dispatcher, Dispatcher::handleEof);
	}

	@Override
	public PausedListeners pausedListeners() {
		return loop().pausedListeners();
	}

	@Override
	public void tellAccepting(boolean again) {
		loop().monitor().tell((observer) -> {
			if (again) {
				observer.acceptResumed(this.dispatcher, PauseReason.DESCRIPTORS);
			}
			else {
				observer.acceptPaused(this.dispatcher, PauseReason.DESCRIPTORS);
			}
		});
	}

	@Override
	public void callAccept(Acceptor.@Nullable Step step) throws Exception {
		if (step == null) {
			observe(Hook.ACCEPT, this.dispatcher, Dispatcher::handleAccept);
		}
		else {
			observe(Hook.ACCEPT, step, Acceptor.Step::take);
		}
	}

	@Override
	public void closeForcibly() {
		super.closeForcibly();
	}

	// what is done later, or elsewhere

	@Override
	public OffloadedWork offloadedWork() {
		return loop().offloadedWork();
	}

	@Override
	public void tell(OffloadQueue.Result result) {
		attempt(Hook.TASK, result, OffloadQueue.Result::tell);
	}

	<T> void offload(Callable<T> work, Consumer<? super T> then) {
		tasks().offload(this, work, then);
	}

	@Override
	public void askUnacknowledged(LongConsumer then) {
		Endpoint endpoint = this.socket.endpoint();
		if (endpoint != null) {
			tasks().askUnacknowledged(endpoint, then);
		}
	}

	boolean isOffloading() {
		ChannelTasks tasks = this.tasks;
		return tasks != null && tasks.isOffloading();
	}

	/**
	 * Say whether so much offloaded work waits that the channel is to read no more.
	 */
	boolean isOffloadFull() {
		ChannelTasks tasks = this.tasks;
		return tasks != null && tasks.queued() >= offloadedWork().maxQueued();
	}

	/**
	 * Tell the loop that an endpoint without a selector is ready, or has something to
	 * say. For other threads.
	 */
	@Override
	public void announce() {
		engine().announce(this);
	}

	@Override
	public void later(Duration delay, Runnable task) {
		LoopTask.started(engine(), task, delay, false, null);
	}

	@Override
	public void keepBusy(Runnable task, Executor executor) {
		offloadedWork().begin(task, executor);
	}

	@Override
	public void execute(Runnable task) {
		offloadedWork().begin(task);
	}

	@Override
	protected boolean hasTimers() {
		ChannelTasks tasks = this.tasks;
		return tasks != null && tasks.hasTimers();
	}

	@Override
	public void report(String message, Throwable failure) {
		super.report(message, failure);
	}

	/**
	 * Log what {@code handleError} is told.
	 * @param survives whether the channel goes on
	 */
	void logFailure(Throwable failure, boolean survives) {
		boolean connecting = this.socket.isSpent() && failure instanceof IOException && failing() == Hook.CONNECT;
		loop().failures().channelFailed(engine(), logger(), this, failure, connecting, survives);
	}

	@Override
	public String toString() {
		return ChannelText.of(this.dispatcher, this.counters, this.label,
				this.socket.isConnection() ? this.socket.address() : null);
	}

	@Override
	void limited(Throwable failure) {
		Trail.limited(this, failure);
	}

}
