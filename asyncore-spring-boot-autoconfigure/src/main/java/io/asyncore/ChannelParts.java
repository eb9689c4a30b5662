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
import io.asyncore.transport.FilteredEndpoint;
import io.asyncore.transport.SocketQueues;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * A channel as its parts see it: they do not know it, but ask it for what they need of
 * its loop and of its dispatcher. What becomes of it is up to {@link Channel}.
 */
abstract class ChannelParts extends HookCaller implements FileEndpoint.Owner, FilteredEndpoint.Owner, Transfer.Owner,
		Counters.Owner, OffloadQueue.Owner, Trail.Subject {

	private static final AtomicReferenceFieldUpdater<ChannelParts, @Nullable ChannelTasks> TASKS = AtomicReferenceFieldUpdater
		.newUpdater(ChannelParts.class, ChannelTasks.class, "tasks");

	// another object than that which was made with this one if a copy takes its place
	private Dispatcher dispatcher;

	private boolean copied;

	private final DispatcherClass type;

	final ChannelSocket socket = new ChannelSocket();

	final Counters counters;

	private final Transfer transfer;

	volatile @Nullable ChannelTasks tasks;

	private volatile @Nullable String label;

	ChannelParts(Dispatcher dispatcher, ChannelMap map) {
		super(map);
		this.dispatcher = dispatcher;
		this.type = DispatcherClass.of(dispatcher);
		this.counters = new Counters(this);
		this.transfer = new Transfer(this.socket, this.counters, this);
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

	DispatcherClass type() {
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
		return this.transfer;
	}

	public ChannelTasks tasks() {
		ChannelTasks tasks = this.tasks;
		if (tasks == null) {
			ChannelTasks fresh = new ChannelTasks(this);
			tasks = TASKS.compareAndSet(this, null, fresh) ? fresh : this.tasks;
		}
		return Objects.requireNonNull(tasks);
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
		return loop().monitor().isMaking();
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
		return ChannelSnapshot.queued(this.dispatcher);
	}

	@Override
	protected long activeAt() {
		return this.counters.activeAt();
	}

	@Override
	protected void setActive(long time) {
		this.counters.setActive(time);
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

	/**
	 * Ask the system how many of the bytes that were sent the peer has not acknowledged.
	 * @param then called on the loop, unless the channel is closed before; with
	 * {@link SocketQueues#UNKNOWN} if the system does not tell
	 */
	void askUnacknowledged(LongConsumer then) {
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
		loop().callLater(delay, task);
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

	/**
	 * Say whether what {@code handleError} is told is that no connection could be made.
	 */
	boolean isConnectFailure(Throwable failure) {
		return this.socket.isSpent() && failure instanceof IOException && failing() == Hook.CONNECT;
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
