package io.asyncore;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import io.asyncore.file.BlockingFile;
import io.asyncore.file.FileEndpoint;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Filter;
import io.asyncore.transport.FilteredEndpoint;
import io.asyncore.transport.SocketEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * A dispatcher's place among channels, and the one thing that a loop serves: it has the
 * parts of a channel, which do not know each other more than they have to, and says what
 * becomes of them when a socket comes, changes and goes.
 * <p>
 * Belongs to the thread of the loop; what other threads use is volatile.
 */
final class Channel extends ServedChannel {

	// who counts it, the server that has accepted it for instance
	private volatile @Nullable ChannelOwner owner;

	// a running loop has dealt with the present endpoint
	private volatile boolean served;

	Channel(Dispatcher dispatcher, ChannelMap map) {
		super(dispatcher, map);
	}

	@Nullable ChannelOwner owner() {
		return this.owner;
	}

	// the map

	// a loop counts its connections of servers
	@Override
	void moving(ChannelMap target) {
		if (this.owner != null) {
			target.loop().arrivals().connected();
			loop().arrivals().disconnected();
		}
	}

	@Override
	void moved() {
		this.counters.moved();
		// what was to let a held back event through stays with the old loop
		interest().changed();
	}

	@Override
	void joined() {
		Endpoint endpoint = this.socket.endpoint();
		if (endpoint != null) {
			engine().polling().hold(endpoint);
		}
	}

	@Override
	void left() {
		stopWaiting();
		Endpoint endpoint = this.socket.endpoint();
		if (endpoint != null) {
			endpoint.interest(0);
			engine().polling().forget(endpoint);
			endpoint.heldBy(null);
		}
		loop().closed();
	}

	// a socket comes

	void createSocket(ProtocolFamily family, SocketType type) throws IOException {
		use(loop().transport().open(family, type == SocketType.DATAGRAM));
		this.socket.setAddress(null);
	}

	void setFile(BlockingFile file) throws IOException {
		use(new FileEndpoint(file, this));
		this.socket.setAddress(null);
	}

	synchronized void setSocket(SelectableChannel socket) throws IOException {
		if (this.socket.channel() != socket) {
			adopt(socket);
		}
		else {
			join(map());
		}
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
		this.socket.setAddress((peer != null) ? peer : endpoint.localAddress());
	}

	/**
	 * Begin a new life with another endpoint. Under the lock that {@link #close()} takes
	 * too, which any thread may call: each of the two is done as a whole.
	 */
	synchronized void use(Endpoint endpoint) throws IOException {
		Endpoint old = this.socket.endpoint();
		if (old != null) {
			replaced(old);
		}
		replace(endpoint);
		this.counters.begin();
		this.socket.begin(endpoint);
		beginServing();
		type().warnOfPriorityEvents();
		join(map());
		if (map() == ChannelMap.DEFAULT) {
			LostChannels.joined(this);
		}
	}

	private void replaced(Endpoint old) throws IOException {
		ChannelState before = state();
		endServing(before);
		CloseReason reason = closed();
		over(reason);
		Trail.closed(this, Trail.address(this), reason);
		endLife();
		if (isFinished(old)) {
			old.close();
		}
		else {
			engine().polling().forget(old);
			engine().closings().finish(old);
		}
		if (before == ChannelState.CONNECTED) {
			dispatcher().socketReplaced();
		}
	}

	@Override
	public void replace(Endpoint endpoint) {
		this.socket.setEndpoint(endpoint);
		interest().setOperations(0);
		if (isMember()) {
			engine().polling().hold(endpoint);
		}
	}

	/**
	 * Change what goes through from now on, in the same life. What was received before
	 * must have been read.
	 * @param filter changes it
	 * @throws IllegalStateException if there is no connection, or input that was received
	 * and not read, which would be taken for what has gone through the filter
	 * @throws UnsupportedOperationException if this is not a stream with a peer
	 */
	synchronized void filter(Filter filter) {
		Endpoint wire = this.socket.requireEndpoint("filter");
		if (wire.socket() == null || wire.isConnectionless()) {
			throw wire.unsupported("filter");
		}
		if (state() != ChannelState.CONNECTED) {
			throw new IllegalStateException("There is no connection yet that a filter could change");
		}
		if (dispatcher().inputPending()) {
			throw new IllegalStateException(
					"Input was received that nobody has read: read it before, for it has not gone through the filter");
		}
		replace(new FilteredEndpoint(wire, filter, this));
		interest().reset();
		this.socket.setFull(false);
		touch();
	}

	// it gets ready

	@Override
	public void connected() {
		inService();
	}

	// it is served

	/**
	 * Count as a connection of its owner until this channel is closed.
	 * @param counted whether the owner counts it already
	 * @param life what was {@link #life()} when the channel was made for the connection
	 * @return whether that is done; otherwise it is closed, or was closed in the meantime
	 */
	synchronized boolean belongTo(ChannelOwner owner, boolean counted, int life) {
		if (isClosed() || life() != life) {
			return false;
		}
		String name = owner.nameOfChannels();
		if (name != null) {
			dispatcher().setDefaultChannelName(name);
		}
		Duration idle = owner.idleTimeout();
		if (!idle.isZero() && !isIdleTimeoutSet()) {
			setIdleTimeout(idle);
		}
		// nothing fails from now on, and the channel uncounts itself
		this.owner = owner;
		loop().arrivals().connected();
		owner.connected(counted);
		inService();
		return true;
	}

	/**
	 * Note that a running loop deals with the endpoint, and count the connection if there
	 * is one and that has not been done.
	 */
	void inService() {
		if (!this.served || (!this.counters.isOpened() && state() == ChannelState.CONNECTED)) {
			enterService();
		}
	}

	// unless another thread has closed it in the meantime
	private synchronized void enterService() {
		this.served = this.socket.endpoint() != null;
		if (!this.counters.isOpened() && state() == ChannelState.CONNECTED) {
			this.counters.opened();
			loop().monitor().tell((observer) -> observer.opened(dispatcher()));
		}
	}

	// its end

	/**
	 * Close whatever there is, in any state and from any thread.
	 */
	@Override
	void close() {
		String address = Trail.address(this);
		CloseReason reason = end();
		if (reason != null) {
			Trail.closed(this, address, reason);
		}
	}

	/**
	 * Close because the loop is to come to its end.
	 */
	void shutDown() {
		this.counters.inferReason(CloseReason.SHUTDOWN);
		closeForcibly();
	}

	/**
	 * Close.
	 * @return why a socket is closed that there was, {@code null} if there was none
	 */
	private synchronized @Nullable CloseReason end() {
		ChannelState before = this.socket.end();
		Endpoint endpoint = this.socket.endpoint();
		boolean finished = endpoint == null || isFinished(endpoint);
		CloseReason reason = null;
		try {
			endLife();
			if (before != ChannelState.CLOSED) {
				this.socket.removeEndpoint();
				if (endpoint != null && finished) {
					engine().polling().closing(() -> closeQuietly(endpoint));
				}
				endServing(before);
				reason = closed();
			}
		}
		finally {
			depart(reason);
			if (endpoint != null && !finished) {
				engine().closings().finish(endpoint);
			}
		}
		return (endpoint != null) ? reason : null;
	}

	// whether it can be closed at once
	private boolean isFinished(Endpoint endpoint) {
		return endpoint.isPolled() || endpoint.lingering().isZero() || endpoint.finish(this::announce);
	}

	// under the lock
	private CloseReason closed() {
		CloseReason known = this.counters.closeReason();
		CloseReason reason = (known != null) ? known : this.socket.isPeerGone() ? CloseReason.PEER : CloseReason.LOCAL;
		if (this.counters.closed(reason)) {
			loop().monitor().tell((observer) -> observer.closed(dispatcher(), reason));
		}
		return reason;
	}

	// what was begun since an earlier close ends as well
	private void endLife() {
		this.socket.endLife();
		ChannelTasks tasks = this.tasks;
		if (tasks != null) {
			tasks.lifeEnded();
		}
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
			if (type().isClosedHandled()) {
				loop().over(this, reason);
			}
		}
	}

	@Override
	public void closeQuietly(Endpoint endpoint) {
		try {
			endpoint.close();
		}
		catch (IOException | RuntimeException | Error ex) {
			// be it a channel that somebody else has written
			logger().debug("Closing the socket of {} failed", this, ex);
		}
	}

}
