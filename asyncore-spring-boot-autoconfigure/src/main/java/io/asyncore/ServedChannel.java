package io.asyncore;

import java.io.IOException;
import java.time.Duration;

import io.asyncore.connect.Connector;
import io.asyncore.loop.ReadyList;
import io.asyncore.loop.Watcher;
import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * A channel as its loop sees it: what is asked and told goes to the part that is
 * concerned. Belongs to the thread of the loop, except for what says otherwise.
 */
abstract class ServedChannel extends ChannelParts {

	private final Delivery delivery;

	private volatile @Nullable Connecting connecting;

	private volatile @Nullable Acceptor acceptor;

	private @Nullable IdleWatch idleWatch;

	private boolean idleTimeoutSet;

	ServedChannel(Dispatcher dispatcher, ChannelMap map) {
		super(dispatcher, map);
		this.delivery = new Delivery(this);
	}

	/**
	 * Note that a running loop deals with the endpoint.
	 */
	abstract void inService();

	@Override
	public Object lock() {
		return this;
	}

	Interest interest() {
		return this.delivery;
	}

	Delivery delivery() {
		return this.delivery;
	}

	@Override
	public Watcher watcher() {
		return this;
	}

	Connecting connecting() {
		Connecting connecting = this.connecting;
		if (connecting == null) {
			connecting = new Connecting(this.socket, this.counters, this);
			this.connecting = connecting;
		}
		return connecting;
	}

	@Nullable Connector connector() {
		Connecting connecting = this.connecting;
		return (connecting != null) ? connecting.connector() : null;
	}

	Acceptor acceptor() {
		Acceptor acceptor = this.acceptor;
		if (acceptor == null) {
			acceptor = new Acceptor(this);
			this.acceptor = acceptor;
		}
		return acceptor;
	}

	boolean isAcceptingPaused() {
		Acceptor acceptor = this.acceptor;
		return acceptor != null && acceptor.isPaused();
	}

	// what the loop asks and tells

	/**
	 * Say whether events for the socket of that life are still welcome.
	 */
	@Override
	protected boolean isAlive(int life) {
		return isMember() && this.socket.life() == life && !this.socket.isSilent();
	}

	/**
	 * Say whether what the poller has found is the present endpoint, or that of another
	 * attempt to connect.
	 */
	@Override
	protected boolean isEndpoint(Endpoint found) {
		Endpoint present = this.socket.endpoint();
		if (present == found || (present != null && present.isPolled() && present.wire() == found)) {
			return true;
		}
		Connecting connecting = this.connecting;
		return connecting != null && connecting.isAttempt(found);
	}

	@Override
	protected boolean foundWire(Endpoint found, int operations) {
		Endpoint present = this.socket.endpoint();
		if (present == null || present.wire() != found) {
			return false;
		}
		present.found(operations);
		return true;
	}

	@Override
	protected boolean isAskedEveryPass() {
		return this.delivery.isAskedEveryPass();
	}

	@Override
	protected void invalidate() {
		this.delivery.invalidate();
	}

	@Override
	protected void ask(ReadyList ready) {
		this.delivery.ask(ready);
	}

	@Override
	protected void askAgain(ReadyList ready) {
		this.delivery.askAgain(ready);
	}

	@Override
	protected void announced(ReadyList ready) {
		this.delivery.announced(ready);
	}

	@Override
	protected boolean isCurrent() {
		return this.delivery.isCurrent();
	}

	@Override
	protected void deliverRead(int operations) {
		this.delivery.deliverRead(operations);
	}

	@Override
	protected void deliverWrite(int operations) {
		this.delivery.deliverWrite(operations);
	}

	@Override
	protected void run(Runnable task) {
		interestChanged();
		if (task instanceof Housekeeping) {
			task.run();
		}
		else {
			guard(Hook.TASK, task, Runnable::run);
		}
	}

	@Override
	protected boolean isWatched() {
		return this.idleWatch != null;
	}

	/**
	 * Have the predicates asked again, and let held back events through. Safe from any
	 * thread.
	 */
	@Override
	public void interestChanged() {
		this.delivery.changed();
		touch();
	}

	void holdInput(boolean hold) {
		this.socket.setInputHeld(hold);
		interestChanged();
	}

	boolean hasOutput() {
		Endpoint endpoint = this.socket.endpoint();
		return !this.socket.isSilent() && endpoint != null && (endpoint.operations() & Endpoint.WRITE) != 0
				&& this.delivery.hasOutput();
	}

	// what is transferred

	@Override
	public void served() {
		this.delivery.served();
	}

	@Override
	public boolean isReadingWanted() {
		return this.delivery.isReadingWanted();
	}

	@Override
	public void tellClose() {
		if (this.socket.tellClose()) {
			touch();
			if (this.idleWatch != null) {
				this.idleWatch.stop();
			}
			guard(Hook.CLOSE, dispatcher(), Dispatcher::handleClose);
		}
	}

	// how it connects

	/**
	 * Take the next step to the peer.
	 * @return whether the connection is there now
	 * @throws IOException if there is no way to the peer
	 */
	boolean finishConnect() throws IOException {
		Connecting connecting = this.connecting;
		return connecting != null && connecting.finish();
	}

	@Override
	public void beginAgain() {
		if (this.socket.isSilent()) {
			this.socket.listenAgain();
			// what it has failed for is no reason for the end of what comes now
			this.counters.inferReason(null);
			startIdleWatch();
		}
	}

	@Override
	public Resolver resolver() {
		return loop().resolver();
	}

	@Override
	public Duration defaultConnectTimeout() {
		return loop().connectTimeout();
	}

	@Override
	public void setWaitedFor(int operations) {
		this.delivery.setOperations(operations);
	}

	// whether it is idle, or lost

	@Override
	public boolean isWorking() {
		return isInHook() || isOffloading();
	}

	@Override
	public boolean sendNow() {
		return this.delivery.sendNow();
	}

	@Override
	public void tellTimeout() {
		guard(Hook.TIMEOUT, dispatcher(), Dispatcher::handleTimeout);
	}

	@Override
	public boolean isWatchedBy(IdleWatch watch) {
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
		if (this.socket.endpoint() != null) {
			startIdleWatch();
		}
	}

	void startIdleWatch() {
		if (this.idleWatch != null) {
			this.idleWatch.start();
		}
	}

	@Override
	public long passes() {
		return loop().monitor().passes();
	}

	@Override
	public boolean isWaiting() {
		return isMember() && this.socket.endpoint() != null;
	}

	// its beginning and end

	/**
	 * Begin with a new socket.
	 */
	void beginServing() {
		this.delivery.reset();
		this.acceptor = null;
		if (this.socket.state() == ChannelState.CONNECTING) {
			connecting().goOn();
		}
		startIdleWatch();
	}

	/**
	 * Note that the poller waits for nothing of this channel any more.
	 */
	void stopWaiting() {
		this.delivery.setOperations(0);
		Connecting connecting = this.connecting;
		if (connecting != null) {
			connecting.leave();
		}
	}

	/**
	 * Connect and accept no longer. Under the lock.
	 * @param before the state that it was in
	 */
	void endServing(ChannelState before) {
		if (this.connecting != null) {
			this.connecting.end();
		}
		if (this.acceptor != null) {
			this.acceptor.end();
		}
		if (before == ChannelState.CONNECTING) {
			this.counters.connectEnded(ConnectOutcome.CLOSED);
		}
	}

}
