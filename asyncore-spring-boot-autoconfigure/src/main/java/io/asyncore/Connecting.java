package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

import io.asyncore.connect.Connector;
import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.TimerTask;
import io.asyncore.loop.Watcher;
import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * How a channel connects: what its {@link Connector} makes of its socket. Made for
 * channels that are to connect. Belongs to the thread of the loop, except for what is
 * done under the lock of the channel.
 */
final class Connecting implements Connector.Owner {

	private final ChannelSocket socket;

	private final Counters counters;

	private final Owner channel;

	private volatile @Nullable Connector connector;

	private @Nullable Duration connectTimeout;

	Connecting(ChannelSocket socket, Counters counters, Owner channel) {
		this.socket = socket;
		this.counters = counters;
		this.channel = channel;
	}

	/**
	 * Replace an endpoint that was closed because it could not connect by one like it.
	 */
	@Override
	public void renewIfSpent() throws IOException {
		this.socket.renewIfSpent(this.channel);
	}

	/**
	 * Return how long a connection may take, zero for any time.
	 */
	@Override
	public Duration connectTimeout() {
		Duration timeout = this.connectTimeout;
		return (timeout != null) ? timeout : this.channel.defaultConnectTimeout();
	}

	void setConnectTimeout(Duration timeout) {
		TimerTask.nanos(timeout);
		this.connectTimeout = timeout;
	}

	void connect(SocketAddress address) {
		Connector connector = begin(address);
		if (connector == null) {
			return;
		}
		if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
			connector.toHost(inet.getHostString(), inet.getPort());
		}
		else {
			connector.toAddress(address);
		}
		touch();
	}

	void connect(String host, int port) {
		Connector connector = begin(InetSocketAddress.createUnresolved(host, port));
		if (connector != null) {
			connector.toHost(host, port);
			touch();
		}
	}

	// null if another thread has closed the dispatcher in the middle of it
	private @Nullable Connector begin(SocketAddress address) {
		this.socket.requireCreated("connect", true);
		Connector connector = new Connector(this, false);
		this.connector = connector;
		this.socket.setAddress(address);
		this.socket.setCloseTold(false);
		this.channel.beginAgain();
		if (this.socket.proceed(ChannelState.CREATED, ChannelState.CONNECTING)
				|| this.socket.proceed(ChannelState.BOUND, ChannelState.CONNECTING)) {
			return connector;
		}
		this.connector = null;
		return null;
	}

	/**
	 * Go on with a socket on which somebody else has begun to connect. Under the lock.
	 */
	void goOn() {
		this.connector = new Connector(this, true);
	}

	/**
	 * Connect no longer. Under the lock.
	 */
	void end() {
		Connector connector = this.connector;
		if (connector != null) {
			this.connector = null;
			connector.abandon();
		}
	}

	/**
	 * Wait for no attempt any more, because the channel leaves its loop.
	 */
	void leave() {
		Connector connector = this.connector;
		if (connector != null) {
			connector.leave();
		}
	}

	@Nullable Connector connector() {
		return this.connector;
	}

	/**
	 * Say whether an endpoint is that of an attempt besides the present one.
	 */
	boolean isAttempt(Endpoint endpoint) {
		Connector connector = this.connector;
		return connector != null && connector.isAttempt(endpoint);
	}

	/**
	 * Take the next step to the peer.
	 * @return whether the connection is there now
	 * @throws IOException if there is no way to the peer; the channel is silent then,
	 * unless it is given a new socket
	 */
	boolean finish() throws IOException {
		Connector connector = this.connector;
		if (connector == null || this.socket.state() != ChannelState.CONNECTING) {
			return false;
		}
		try {
			if (!connector.finish()) {
				return false;
			}
		}
		catch (IOException ex) {
			connector.abandon();
			this.connector = null;
			if (!failed(ex, connector.isResolved())) {
				return false;
			}
			Trail.notConnected(this.channel, ex);
			throw ex;
		}
		this.connector = null;
		return connected();
	}

	// unless another thread has closed it
	private boolean connected() {
		synchronized (lock()) {
			if (!this.socket.proceed(ChannelState.CONNECTING, ChannelState.CONNECTED)) {
				return false;
			}
			this.counters.connectEnded(ConnectOutcome.CONNECTED);
			this.channel.connected();
		}
		Trail.connected(this.channel);
		return true;
	}

	// returns whether somebody wants to know
	private boolean failed(IOException failure, boolean resolved) {
		Endpoint endpoint = this.socket.endpoint();
		if (endpoint != null && endpoint.stage() == Endpoint.Stage.CONNECTING) {
			// the time is over for it too
			closeQuietly(endpoint);
		}
		ChannelState before = (endpoint != null) ? ChannelSocket.stateOf(endpoint) : ChannelState.CREATED;
		if (!this.socket.proceed(ChannelState.CONNECTING, before)) {
			// closed by another thread
			return false;
		}
		this.counters.connectEnded(ConnectOutcome.of(failure, resolved, this.socket.address()));
		this.counters.inferReason(CloseReason.ERROR);
		this.socket.spent();
		return true;
	}

	// what the connector asks for

	@Override
	public Object lock() {
		return this.channel.lock();
	}

	@Override
	public @Nullable Endpoint endpoint() {
		return this.socket.endpoint();
	}

	@Override
	public boolean isConnecting() {
		return this.socket.state() == ChannelState.CONNECTING;
	}

	@Override
	public @Nullable Object target() {
		return this.socket.address();
	}

	@Override
	public CompletionStage<? extends List<InetAddress>> resolve(String host) {
		return this.channel.resolver().resolve(host);
	}

	@Override
	public void tryWith(Endpoint endpoint) {
		synchronized (lock()) {
			this.channel.replace(endpoint);
			touch();
			if (!isConnecting()) {
				// closed meanwhile
				this.socket.removeEndpoint();
				closeQuietly(endpoint);
			}
		}
	}

	@Override
	public void goOnWith(Endpoint endpoint, boolean waitedFor) {
		Endpoint last = this.socket.endpoint();
		if (last != null) {
			closeQuietly(last);
		}
		if (isConnecting()) {
			this.channel.replace(endpoint);
			// until it is asked anew
			this.channel.setWaitedFor(waitedFor ? Endpoint.CONNECT : 0);
		}
		else {
			closeQuietly(endpoint);
		}
	}

	@Override
	public void closeQuietly(Endpoint endpoint) {
		this.channel.closeQuietly(endpoint);
	}

	@Override
	public void hold(Endpoint endpoint) {
		this.channel.engine().polling().hold(endpoint);
	}

	@Override
	public void waitFor(Endpoint endpoint, int operations) throws IOException {
		this.channel.engine().polling().waitFor(this.channel.watcher(), endpoint, operations);
	}

	@Override
	public void forget(Endpoint endpoint) {
		this.channel.engine().polling().forget(endpoint);
	}

	@Override
	public TimerTask callAfter(Duration delay, Runnable task) {
		return this.channel.tasks().callLater(delay, (Housekeeping) task::run);
	}

	@Override
	public void touch() {
		this.channel.touch();
	}

	/**
	 * The channel that connects.
	 */
	interface Owner extends SocketOwner, Trail.Subject {

		Watcher watcher();

		ChannelTasks tasks();

		Resolver resolver();

		Duration defaultConnectTimeout();

		/**
		 * Note what the poller waits for.
		 */
		void setWaitedFor(int operations);

		/**
		 * Note that the connection is there. Under the lock.
		 */
		void connected();

		@Override
		LoopEngine engine();

	}

}
