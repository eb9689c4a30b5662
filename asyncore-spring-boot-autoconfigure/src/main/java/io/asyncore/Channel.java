package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

import io.asyncore.connect.Connector;
import io.asyncore.file.BlockingFile;
import io.asyncore.file.FileEndpoint;
import io.asyncore.loop.Agenda;
import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.ReadyList;
import io.asyncore.loop.TimerTask;
import io.asyncore.loop.Watcher;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketEndpoint;
import io.asyncore.transport.SocketQueues;
import org.jspecify.annotations.Nullable;

/**
 * A dispatcher's place among channels: the map it is in, the stage of its life, and its
 * endpoint. What goes through that is up to {@link Transfer}, what the loop does with the
 * dispatcher to {@link HookCaller}.
 * <p>
 * Belongs to the thread of the loop; what other threads use is volatile.
 */
final class Channel extends Watcher implements FileEndpoint.Owner, Connector.Owner {

	private static final AtomicLong IDS = new AtomicLong();

	// room for a label besides the rest
	private static final int MOST_CHARACTERS = 600;

	private static final AtomicReferenceFieldUpdater<Channel, ChannelState> STATE = AtomicReferenceFieldUpdater
		.newUpdater(Channel.class, ChannelState.class, "state");

	private static final AtomicIntegerFieldUpdater<Channel> LIFE = AtomicIntegerFieldUpdater
		.newUpdater(Channel.class, "life");

	private static final AtomicIntegerFieldUpdater<Channel> OFFLOADS = AtomicIntegerFieldUpdater
		.newUpdater(Channel.class, "offloads");

	private static final AtomicReferenceFieldUpdater<Channel, @Nullable Agenda> AGENDA = AtomicReferenceFieldUpdater
		.newUpdater(Channel.class, Agenda.class, "agenda");

	private static final AtomicReferenceFieldUpdater<Channel, @Nullable OffloadQueue> OFFLOAD_QUEUE = AtomicReferenceFieldUpdater
		.newUpdater(Channel.class, OffloadQueue.class, "offloadQueue");

	private final long id = IDS.incrementAndGet();

	// another object than that which was made with this one if a copy takes its place
	private Dispatcher dispatcher;

	private boolean copied;

	private final DispatcherClass type;

	private final HookCaller service;

	private final Transfer transfer;

	private volatile ChannelMap map;

	private volatile boolean member;

	private volatile ChannelState state = ChannelState.CREATED;

	// counts the sockets closed, so that what was meant for an earlier one is known as
	// such
	private volatile int life;

	// the timers of the present life, if there ever were any
	private volatile @Nullable Agenda agenda;

	private volatile @Nullable Endpoint endpoint;

	private volatile @Nullable SocketAddress addr;

	private volatile @Nullable String label;

	// those of the map, used under its lock
	volatile @Nullable ChannelMap listed;

	@Nullable Channel previous;

	@Nullable Channel next;

	// how much offloaded work has not come back
	private volatile int offloads;

	// its own from the first one on
	private volatile @Nullable OffloadQueue offloadQueue;

	// handleClose() was called because the peer has gone: no events any more
	private volatile boolean silent;

	// handleClose() was called for that
	private boolean told;

	// a running loop has dealt with the present endpoint
	private volatile boolean served;

	// the endpoint could not connect, and may be good for nothing else
	private volatile boolean spent;

	private volatile @Nullable Connector connecting;

	private @Nullable Duration connectTimeout;

	private volatile @Nullable Acceptor acceptor;

	private @Nullable IdleWatch idleWatch;

	private boolean idleTimeoutSet;

	// who counts it, the server that has accepted it for instance
	private volatile @Nullable ChannelOwner owner;

	Channel(Dispatcher dispatcher, ChannelMap map) {
		this.dispatcher = dispatcher;
		this.type = DispatcherClass.of(dispatcher);
		this.map = map;
		this.service = new HookCaller(this);
		this.transfer = new Transfer(this);
	}

	// what others ask

	@Override
	public long id() {
		return this.id;
	}

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

	ChannelMap map() {
		return this.map;
	}

	EventLoop loop() {
		return this.map.eventLoop();
	}

	@Override
	protected LoopEngine engine() {
		return this.map.engine();
	}

	ChannelState state() {
		return this.state;
	}

	private static ChannelState stateOf(Endpoint endpoint) {
		return switch (endpoint.stage()) {
			case CREATED -> ChannelState.CREATED;
			case BOUND -> ChannelState.BOUND;
			case LISTENING -> ChannelState.LISTENING;
			case CONNECTING -> ChannelState.CONNECTING;
			case CONNECTED -> ChannelState.CONNECTED;
		};
	}

	@Override
	protected int life() {
		return this.life;
	}

	HookCaller service() {
		return this.service;
	}

	Transfer transfer() {
		return this.transfer;
	}

	Counters counters() {
		return this.transfer;
	}

	@Nullable SocketAddress addr() {
		return this.addr;
	}

	@Nullable String label() {
		return this.label;
	}

	void setLabel(@Nullable String label) {
		this.label = label;
		described();
	}

	/**
	 * Tell those who show what the channel is called, in the thread that is running now,
	 * that it has changed.
	 */
	void described() {
		EventLoop loop = loop();
		if (loop.inLoop()) {
			for (HookInterceptor interceptor : loop.monitor().interceptors()) {
				interceptor.described(this.dispatcher);
			}
		}
	}

	@Override
	public @Nullable Endpoint endpoint() {
		return this.endpoint;
	}

	@Override
	protected boolean isServedBy(LoopEngine loop) {
		return this.member && this.map.engine() == loop;
	}

	/**
	 * Say whether events for the socket of that life are still welcome.
	 */
	@Override
	protected boolean isAlive(int life) {
		return this.member && this.life == life && !this.silent;
	}

	// what the loop asks and tells

	@Override
	protected boolean isAskedEveryPass() {
		return this.service.isAskedEveryPass();
	}

	@Override
	protected void unsettle() {
		this.service.unsettle();
	}

	@Override
	protected void ask(ReadyList ready) {
		this.service.ask(ready);
	}

	@Override
	protected void askAgain(ReadyList ready) {
		this.service.askAgain(ready);
	}

	@Override
	protected void announced(ReadyList ready) {
		this.service.announced(ready);
	}

	@Override
	protected boolean isAtRest() {
		return this.service.isAtRest();
	}

	@Override
	protected void deliverRead(int operations) {
		this.service.deliverRead(operations);
	}

	@Override
	protected void deliverWrite(int operations) {
		this.service.deliverWrite(operations);
	}

	@Override
	protected long activeAt() {
		return this.transfer.activeAt();
	}

	@Override
	protected void setActive(long time) {
		this.transfer.setActive(time);
	}

	// the map

	/**
	 * Join a map, leaving the present one. Under the lock that {@link #close()} takes
	 * too, or one that is closed in the middle of it would be in a map in the end.
	 */
	synchronized void join(ChannelMap target) {
		ChannelMap source = this.map;
		if (source != target) {
			leave();
			forgetNotes();
			moveTo(target);
			source.engine().handOver(this, target.engine());
			this.transfer.moved();
			// what was to let a held back event through stays with the old loop
			this.service.nudge();
		}
		target.add(this);
		this.member = true;
		holdIfMember(this.endpoint);
		touch();
	}

	@Override
	public void hold(Endpoint endpoint) {
		engine().hold(endpoint);
	}

	private void holdIfMember(@Nullable Endpoint endpoint) {
		if (endpoint != null && this.member) {
			hold(endpoint);
		}
	}

	// a loop counts its connections of servers
	private void moveTo(ChannelMap target) {
		if (this.owner != null) {
			target.eventLoop().arrivals().connected();
			loop().arrivals().disconnected();
		}
		this.map = target;
	}

	synchronized void leave() {
		this.member = false;
		if (this.map.remove(this)) {
			this.service.forgotten();
			Endpoint endpoint = this.endpoint;
			if (endpoint != null) {
				endpoint.interest(0);
				engine().forget(endpoint);
				endpoint.heldBy(null);
			}
			Connector connecting = this.connecting;
			if (connecting != null) {
				connecting.leave();
			}
			loop().closed();
		}
	}

	/**
	 * Have the loop look at this channel again. Safe from any thread.
	 */
	@Override
	public void touch() {
		engine().touch(this);
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
		loop().offload(task, executor);
	}

	void nudge() {
		this.service.nudge();
		touch();
	}

	// the socket

	void createSocket(ProtocolFamily family, SocketType type) throws IOException {
		use(loop().transport().open(family, type == SocketType.DATAGRAM));
		this.addr = null;
	}

	synchronized void setSocket(SelectableChannel socket) throws IOException {
		if (socket() != socket) {
			adopt(socket);
		}
		else {
			join(this.map);
		}
	}

	/**
	 * Return the channel of the JDK that has what goes through, {@code null} if there is
	 * none.
	 */
	@Nullable SelectableChannel socket() {
		Endpoint endpoint = this.endpoint;
		return (endpoint != null) ? endpoint.channel() : null;
	}

	void setFile(BlockingFile file) throws IOException {
		use(new FileEndpoint(file, this));
		this.addr = null;
	}

	synchronized void adopt(SelectableChannel socket) throws IOException {
		Newcomer newcomer = (socket instanceof SocketChannel stream) ? Newcomer.of(stream) : null;
		SocketEndpoint accepted = (newcomer != null) ? newcomer.endpoint() : null;
		if (accepted != null) {
			accepted.doNotBlock();
		}
		adopt((accepted != null) ? accepted : loop().transport().of(socket));
		if (newcomer != null) {
			newcomer.takenBy(this);
		}
	}

	void adopt(Endpoint endpoint) throws IOException {
		use(endpoint);
		SocketAddress peer = endpoint.remoteAddress();
		this.addr = (peer != null) ? peer : endpoint.localAddress();
	}

	/**
	 * Begin a new life with another endpoint. Under the lock that {@link #close()} takes
	 * too, which any thread may call: each of the two is done as a whole.
	 */
	synchronized void use(Endpoint endpoint) throws IOException {
		Endpoint old = this.endpoint;
		if (old != null) {
			endPause();
			endConnecting();
			if (this.state == ChannelState.CONNECTING) {
				this.transfer.connectEnded(ConnectOutcome.CLOSED);
			}
			CloseReason reason = this.transfer.closed();
			over(reason);
			Trail.closed(this, Trail.address(this), reason);
			endLife();
			old.close();
			if (this.state == ChannelState.CONNECTED) {
				this.dispatcher.socketReplaced();
			}
		}
		replace(endpoint);
		this.transfer.reset();
		this.silent = false;
		this.told = false;
		this.service.reset();
		this.acceptor = null;
		this.state = stateOf(endpoint);
		this.connecting = (this.state == ChannelState.CONNECTING) ? new Connector(this, true) : null;
		if (this.idleWatch != null) {
			this.idleWatch.start();
		}
		this.type.warnOfPriorityEvents();
		join(this.map);
		LostChannels.joined(this);
	}

	/**
	 * Try to connect with another endpoint, unless the dispatcher was closed meanwhile.
	 */
	@Override
	public synchronized void tryWith(Endpoint endpoint) {
		replace(endpoint);
		touch();
		if (this.state != ChannelState.CONNECTING) {
			this.endpoint = null;
			closeQuietly(endpoint);
		}
	}

	/**
	 * Take the connection that an earlier attempt has brought, unless the dispatcher was
	 * closed meanwhile. Under the lock.
	 */
	@Override
	public void goOnWith(Endpoint endpoint, boolean waitedFor) {
		Endpoint last = this.endpoint;
		if (last != null) {
			closeQuietly(last);
		}
		if (this.state == ChannelState.CONNECTING) {
			replace(endpoint);
			// until it is asked anew
			this.service.remembered(waitedFor ? Endpoint.CONNECT : 0);
		}
		else {
			closeQuietly(endpoint);
		}
	}

	/**
	 * Go on with another endpoint in the same life.
	 */
	void replace(Endpoint endpoint) {
		this.endpoint = endpoint;
		this.spent = false;
		this.service.forgotten();
		holdIfMember(endpoint);
	}

	/**
	 * Return the socket of the endpoint.
	 * @throws UnsupportedOperationException if it has none
	 */
	SocketEndpoint requireSocket(String method) {
		Endpoint endpoint = requireEndpoint(method);
		SocketEndpoint socket = endpoint.socket();
		if (socket == null) {
			throw endpoint.unsupported(method);
		}
		return socket;
	}

	Endpoint requireEndpoint(String method) {
		Endpoint endpoint = this.endpoint;
		if (endpoint == null) {
			throw new IllegalStateException("There is no socket: call createSocket() before " + method + "()");
		}
		return endpoint;
	}

	/**
	 * Return the endpoint, which is a fresh one if the present one could not connect.
	 */
	SocketEndpoint requireUsable(String method) throws IOException {
		requireEndpoint(method);
		renewIfSpent();
		return requireSocket(method);
	}

	/**
	 * Replace an endpoint that was closed because it could not connect by one like it.
	 */
	@Override
	public synchronized void renewIfSpent() throws IOException {
		if (this.spent && this.endpoint instanceof SocketEndpoint used && !used.channel().isOpen()) {
			// which gives its address back
			used.close();
			replace(used.reopen());
			touch();
		}
	}

	private Endpoint requireCreated(String method, boolean orBound) {
		Endpoint endpoint = requireEndpoint(method);
		ChannelState state = this.state;
		if (state != ChannelState.CREATED && !(orBound && state == ChannelState.BOUND)) {
			throw new IllegalStateException("The socket is " + state.name().toLowerCase(java.util.Locale.ROOT)
					+ ": too late for " + method + "()");
		}
		return endpoint;
	}

	void bind(SocketAddress address) throws IOException {
		requireCreated("bind", false);
		SocketEndpoint endpoint = requireUsable("bind");
		this.addr = address;
		if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
			throw new UnknownHostException(inet.getHostString());
		}
		bind(endpoint, address);
		noteBound(endpoint);
	}

	/**
	 * Note that a socket for datagrams has an address, which sending gives it too.
	 */
	void noteBound(Endpoint endpoint) {
		if (endpoint.isConnectionless() && this.state == ChannelState.CREATED) {
			STATE.compareAndSet(this, ChannelState.CREATED, stateOf(endpoint));
		}
	}

	private void bind(SocketEndpoint endpoint, SocketAddress address) throws IOException {
		try {
			endpoint.bind(address);
		}
		catch (BindException ex) {
			// the address may be that of a channel which was closed a moment ago
			if (!engine().release()) {
				throw new AddressUnavailableException(address, ex);
			}
			try {
				endpoint.bind(address);
			}
			catch (BindException again) {
				throw new AddressUnavailableException(address, again);
			}
		}
	}

	void listen(int backlog) throws IOException {
		if (backlog < 1) {
			throw new IllegalArgumentException("'backlog' must be at least 1, not " + backlog);
		}
		requireCreated("listen", false);
		SocketEndpoint bound = requireUsable("listen");
		SocketEndpoint listener;
		try {
			listener = bound.listen(backlog);
		}
		catch (BindException ex) {
			SocketAddress address = this.addr;
			throw (address != null) ? new AddressUnavailableException(address, ex) : ex;
		}
		publish(bound, listener);
	}

	private synchronized void publish(Endpoint bound, Endpoint listener) throws IOException {
		if (this.endpoint != bound) {
			// closed by another thread in the middle of it
			closeQuietly(listener);
			return;
		}
		if (listener != bound) {
			replace(listener);
			bound.close();
		}
		beginAgain();
		this.state = ChannelState.LISTENING;
		touch();
	}

	void connect(SocketAddress address) {
		Connector connecting = beginConnect(address);
		if (connecting == null) {
			return;
		}
		if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
			connecting.toHost(inet.getHostString(), inet.getPort());
		}
		else {
			connecting.toAddress(address);
		}
		touch();
	}

	void connect(String host, int port) {
		Connector connecting = beginConnect(InetSocketAddress.createUnresolved(host, port));
		if (connecting != null) {
			connecting.toHost(host, port);
			touch();
		}
	}

	// null if another thread has closed the dispatcher in the middle of it
	private @Nullable Connector beginConnect(SocketAddress address) {
		requireCreated("connect", true);
		Connector connecting = new Connector(this, false);
		this.connecting = connecting;
		this.addr = address;
		this.told = false;
		beginAgain();
		if (STATE.compareAndSet(this, ChannelState.CREATED, ChannelState.CONNECTING)
				|| STATE.compareAndSet(this, ChannelState.BOUND, ChannelState.CONNECTING)) {
			return connecting;
		}
		this.connecting = null;
		return null;
	}

	// after a failure to connect that has left it open, if there was one
	private void beginAgain() {
		if (!this.silent) {
			return;
		}
		this.silent = false;
		// what it has failed for is no reason for the end of what comes now
		this.transfer.presume(null);
		if (this.idleWatch != null) {
			this.idleWatch.start();
		}
	}

	// what is done for the connector

	@Override
	public Object lock() {
		return this;
	}

	@Override
	public boolean isConnecting() {
		return this.state == ChannelState.CONNECTING;
	}

	@Override
	public @Nullable Object target() {
		return this.addr;
	}

	@Override
	public CompletionStage<? extends List<InetAddress>> resolve(String host) {
		return loop().resolver().resolve(host);
	}

	@Override
	public void waitFor(Endpoint endpoint, int operations) throws IOException {
		engine().waitFor(this, endpoint, operations);
	}

	@Override
	public void forget(Endpoint endpoint) {
		engine().forget(endpoint);
	}

	@Override
	public TimerTask callAfter(Duration delay, Runnable task) {
		return LoopTask.started(engine(), (Housekeeping) task::run, delay, false, agenda());
	}

	/**
	 * Return how long a connection may take, zero for any time.
	 */
	@Override
	public Duration connectTimeout() {
		Duration timeout = this.connectTimeout;
		return (timeout != null) ? timeout : loop().connectTimeout();
	}

	void setConnectTimeout(Duration timeout) {
		TimerTask.nanos(timeout);
		this.connectTimeout = timeout;
	}

	/**
	 * Say whether what the poller has found is the present endpoint, or that of another
	 * attempt to connect.
	 */
	@Override
	protected boolean isEndpoint(Endpoint found) {
		Endpoint present = this.endpoint;
		if (present == found || (present != null && present.wire() == found)) {
			return true;
		}
		Connector connecting = this.connecting;
		return connecting != null && connecting.isAttempt(found);
	}

	// under the lock
	private void endConnecting() {
		Connector connecting = this.connecting;
		if (connecting != null) {
			this.connecting = null;
			connecting.abandon();
		}
	}

	@Nullable Connector connecting() {
		return this.connecting;
	}

	/**
	 * Take the next step to the peer.
	 * @return whether the connection is there now
	 * @throws IOException if there is no way to the peer; the channel is silent then,
	 * unless it is given a new socket
	 */
	boolean finishConnect() throws IOException {
		Connector connecting = this.connecting;
		if (connecting == null || this.state != ChannelState.CONNECTING) {
			return false;
		}
		try {
			if (!connecting.finish()) {
				return false;
			}
		}
		catch (IOException ex) {
			connecting.abandon();
			this.connecting = null;
			Endpoint endpoint = this.endpoint;
			if (endpoint != null && endpoint.stage() == Endpoint.Stage.CONNECTING) {
				// the time is over for it too
				closeQuietly(endpoint);
			}
			ChannelState before = (endpoint != null) ? stateOf(endpoint) : ChannelState.CREATED;
			if (!STATE.compareAndSet(this, ChannelState.CONNECTING, before)) {
				// closed by another thread: nobody wants to know
				return false;
			}
			this.transfer.connectEnded(ConnectOutcome.of(ex, connecting.isResolved(), this.addr));
			this.transfer.presume(CloseReason.ERROR);
			this.silent = true;
			this.spent = true;
			Trail.notConnected(this, ex);
			throw ex;
		}
		this.connecting = null;
		boolean connected = connected();
		if (connected) {
			Trail.connected(this);
		}
		return connected;
	}

	// unless another thread has closed it in the meantime
	private synchronized boolean connected() {
		if (!STATE.compareAndSet(this, ChannelState.CONNECTING, ChannelState.CONNECTED)) {
			return false;
		}
		this.transfer.connectEnded(ConnectOutcome.CONNECTED);
		inService();
		return true;
	}

	/**
	 * Close whatever there is, in any state and from any thread.
	 */
	void close() {
		String address = Trail.address(this);
		CloseReason reason = end();
		if (reason != null) {
			Trail.closed(this, address, reason);
		}
	}

	/**
	 * Close.
	 * @return why a socket is closed that there was, {@code null} if there was none
	 */
	private synchronized @Nullable CloseReason end() {
		ChannelState before = STATE.getAndSet(this, ChannelState.CLOSED);
		Endpoint endpoint = this.endpoint;
		CloseReason reason = null;
		try {
			endLife();
			if (before != ChannelState.CLOSED) {
				this.endpoint = null;
				if (endpoint != null) {
					engine().closing(() -> closeQuietly(endpoint));
				}
				endConnecting();
				endPause();
				if (before == ChannelState.CONNECTING) {
					this.transfer.connectEnded(ConnectOutcome.CLOSED);
				}
				reason = this.transfer.closed();
			}
		}
		finally {
			depart(reason);
		}
		return (endpoint != null) ? reason : null;
	}

	// whatever has failed before, for nobody would make up for it
	private void depart(@Nullable CloseReason reason) {
		try {
			leave();
		}
		finally {
			if (reason != null) {
				over(reason);
			}
			ChannelOwner owner = this.owner;
			if (owner != null) {
				this.owner = null;
				loop().arrivals().disconnected();
				owner.disconnected();
			}
		}
	}

	// under the lock
	private void over(CloseReason reason) {
		if (this.served) {
			this.served = false;
			if (this.type.isClosedHandled()) {
				loop().over(this, reason);
			}
		}
	}

	/**
	 * Count as a connection of its owner until this channel is closed.
	 * @param counted whether the owner counts it already
	 * @param life what was {@link #life()} when the channel was made for the connection
	 * @return whether that is done; otherwise it is closed, or was closed in the meantime
	 */
	synchronized boolean belongTo(ChannelOwner owner, boolean counted, int life) {
		if (this.state == ChannelState.CLOSED || this.life != life) {
			return false;
		}
		this.owner = owner;
		loop().arrivals().connected();
		String name = owner.nameOfChannels();
		if (name != null) {
			this.dispatcher.setDefaultChannelName(name);
		}
		Duration idle = owner.idleTimeout();
		if (!idle.isZero() && !this.idleTimeoutSet) {
			setIdleTimeout(idle);
		}
		owner.connected(counted);
		inService();
		return true;
	}

	/**
	 * Note that a running loop deals with the endpoint, and count the connection if there
	 * is one and that has not been done.
	 */
	void inService() {
		if (!this.served) {
			serve();
		}
		if (!this.transfer.isOpened() && this.state == ChannelState.CONNECTED) {
			countOpened();
		}
	}

	// unless another thread has closed it in the meantime
	private synchronized void serve() {
		this.served = this.endpoint != null;
	}

	// unless another thread has closed it in the meantime
	private synchronized void countOpened() {
		if (this.state == ChannelState.CONNECTED) {
			this.transfer.opened();
		}
	}

	boolean isConnection() {
		ChannelState state = this.state;
		return state == ChannelState.CONNECTED || state == ChannelState.CONNECTING;
	}

	@Nullable ChannelOwner owner() {
		return this.owner;
	}

	@Override
	public void closeQuietly(Endpoint endpoint) {
		try {
			endpoint.close();
		}
		catch (IOException | RuntimeException | Error ex) {
			// be it a channel that somebody else has written
			this.type.logger().debug("Closing the socket of {} failed", this, ex);
		}
	}

	@Nullable Accepted accept() {
		Endpoint endpoint = this.endpoint;
		if (endpoint == null || this.state != ChannelState.LISTENING) {
			return null;
		}
		this.service.served();
		return acceptor().accept(requireSocket("accept"));
	}

	private void endPause() {
		Acceptor acceptor = this.acceptor;
		if (acceptor != null) {
			acceptor.end();
		}
	}

	boolean isAcceptingPaused() {
		Acceptor acceptor = this.acceptor;
		return acceptor != null && acceptor.isPaused();
	}

	Acceptor acceptor() {
		Acceptor acceptor = this.acceptor;
		if (acceptor == null) {
			acceptor = new Acceptor(this);
			this.acceptor = acceptor;
		}
		return acceptor;
	}

	@Override
	protected boolean isWatched() {
		return this.idleWatch != null;
	}

	boolean isWatchedBy(IdleWatch watch) {
		return this.idleWatch == watch;
	}

	boolean isIdleTimeoutSet() {
		return this.idleTimeoutSet;
	}

	void setIdleTimeout(Duration timeout) {
		IdleWatch watch = timeout.isZero() ? null : new IdleWatch(this, timeout);
		if (this.idleWatch != null) {
			this.idleWatch.stop();
		}
		this.idleTimeoutSet = true;
		this.idleWatch = watch;
		if (this.idleWatch != null && this.endpoint != null) {
			this.idleWatch.start();
		}
	}

	boolean isSilent() {
		return this.silent;
	}

	/**
	 * Say whether the dispatcher was told that its peer has gone.
	 */
	boolean isTold() {
		return this.told;
	}

	/**
	 * Say whether what {@code handleError} is told is that no connection could be made.
	 */
	boolean isConnectFailure(Throwable failure) {
		return this.spent && failure instanceof IOException && this.service.failing() == Hook.CONNECT;
	}

	/**
	 * Tell the dispatcher, once, that its peer has gone.
	 */
	void tellClose() {
		if (!this.silent && this.state != ChannelState.CLOSED) {
			this.silent = true;
			this.told = true;
			touch();
			if (this.idleWatch != null) {
				this.idleWatch.stop();
			}
			this.service.guard(Hook.CLOSE, (service) -> this.dispatcher.handleClose());
		}
	}

	boolean hasOutput() {
		Endpoint endpoint = this.endpoint;
		return !this.silent && endpoint != null && (endpoint.operations() & Endpoint.WRITE) != 0
				&& this.service.hasOutput();
	}

	// tasks

	ScheduledTask callLater(Duration delay, Runnable task) {
		return LoopTask.started(engine(), task, delay, false, agenda());
	}

	ScheduledTask callEvery(Duration period, Runnable task) {
		EventLoop.requirePositive(period);
		return LoopTask.started(engine(), task, period, true, agenda());
	}

	private Agenda agenda() {
		Agenda present = this.agenda;
		while (present == null || present.isOver()) {
			Agenda fresh = new Agenda(this);
			present = AGENDA.compareAndSet(this, present, fresh) ? fresh : this.agenda;
		}
		return present;
	}

	/**
	 * Say whether there are timers of this channel that wait.
	 */
	@Override
	protected boolean hasTimers() {
		Agenda agenda = this.agenda;
		return agenda != null && !agenda.isEmpty();
	}

	// what was begun since an earlier close ends as well
	private void endLife() {
		LIFE.incrementAndGet(this);
		this.offloads = 0;
		if (this.agenda != null) {
			Agenda agenda = AGENDA.getAndSet(this, null);
			if (agenda != null) {
				agenda.end();
			}
		}
		OffloadQueue queue = this.offloadQueue;
		if (queue != null) {
			queue.lifeEnded();
		}
	}

	@Override
	protected void run(Runnable task) {
		nudge();
		if (task instanceof Housekeeping) {
			task.run();
			return;
		}
		this.service.guard(Hook.TASK, (service) -> task.run());
	}

	<T> void offload(Callable<T> work, Consumer<? super T> then) {
		int life = this.life;
		Agenda agenda = agenda();
		boolean closedBefore = this.state == ChannelState.CLOSED;
		OFFLOADS.incrementAndGet(this);
		boolean accepted = false;
		try {
			offloadQueue().add(work, then, life, agenda, closedBefore);
			accepted = true;
		}
		finally {
			if (!accepted && this.life == life) {
				offloadReturned();
			}
		}
	}

	private OffloadQueue offloadQueue() {
		OffloadQueue queue = this.offloadQueue;
		if (queue == null) {
			OFFLOAD_QUEUE.compareAndSet(this, null, new OffloadQueue(this));
			queue = this.offloadQueue;
		}
		return Objects.requireNonNull(queue);
	}

	void offloadReturned() {
		OFFLOADS.decrementAndGet(this);
	}

	boolean isOffloading() {
		return this.offloads > 0;
	}

	/**
	 * Say whether so much offloaded work waits that the channel is to read no more.
	 */
	boolean isOffloadFull() {
		OffloadQueue queue = this.offloadQueue;
		return queue != null && queue.queued() >= loop().maxQueuedOffloads();
	}

	/**
	 * Say whether something is being done for this channel that nobody at the other end
	 * can see: a hook that is under way, or offloaded work.
	 */
	boolean isWorking() {
		return this.service.isInHook() || isOffloading();
	}

	/**
	 * Ask the system how many of the bytes that were sent the peer has not acknowledged.
	 * @param then called on the loop, unless the channel is closed before; with
	 * {@link SocketQueues#UNKNOWN} if the system does not tell
	 */
	void askUnacknowledged(LongConsumer then) {
		Endpoint endpoint = this.endpoint;
		Agenda agenda = agenda();
		if (endpoint != null) {
			SocketQueues.askUnacknowledged(endpoint.localAddress(), endpoint.remoteAddress(),
					(count) -> new TimerTask(engine(), (Housekeeping) () -> then.accept(count), Duration.ZERO, false,
							agenda)
						.start());
		}
	}

	// a class may describe itself in its own way
	private void completeTo(StringBuilder text) {
		String label = this.label;
		if (label != null && text.indexOf(LogText.quote(label)) < 0) {
			text.append(' ').append(LogText.quote(label));
		}
		String peer = isConnection() ? LogText.address(this.addr) : "";
		if (text.indexOf(peer) < 0) {
			text.append(" to ").append(peer);
		}
	}

	@Override
	public String toString() {
		try {
			StringBuilder text = new StringBuilder();
			if (this.transfer.isNamed()) {
				text.append("'").append(this.transfer.name()).append("' ");
			}
			completeTo(text.append(this.dispatcher.toString()));
			return LogText.escape(text.toString(), MOST_CHARACTERS);
		}
		catch (RuntimeException | Error ex) {
			return "<" + this.dispatcher.getClass().getName() + " whose toString() fails>";
		}
	}

}
