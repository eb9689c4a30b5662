package io.asyncore;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SelectableChannel;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * What a channel has to do with the world: its endpoint and address, and how far it is
 * with them. Written by the thread of the loop, or by others under the lock of the
 * channel; what others read is volatile.
 */
abstract class ChannelSocket {

	private static final AtomicReferenceFieldUpdater<ChannelSocket, ChannelState> STATE = AtomicReferenceFieldUpdater
		.newUpdater(ChannelSocket.class, ChannelState.class, "state");

	private static final AtomicIntegerFieldUpdater<ChannelSocket> LIFE = AtomicIntegerFieldUpdater
		.newUpdater(ChannelSocket.class, "life");

	private volatile ChannelState state = ChannelState.CREATED;

	// counts the sockets closed, so that what was meant for an earlier one is known as
	// such
	private volatile int life;

	private volatile @Nullable Endpoint endpoint;

	private volatile @Nullable SocketAddress address;

	// the endpoint could not connect, and may be good for nothing else
	private volatile boolean spent;

	// handleClose() was called because the peer has gone, or there is no way to it: no
	// events any more
	private volatile boolean silent;

	// handleClose() was called for that
	private boolean closeTold;

	// the last write was short: the socket will tell when there is room again
	private boolean full;

	// the peer has ended its stream: there is nothing more to read
	private boolean inputEnded;

	// input is not asked for, whatever the predicates answer
	private boolean inputHeld;

	// a send has failed: nothing more can be sent, whatever can still be read
	private volatile boolean outputLost;

	/**
	 * Begin with another endpoint.
	 */
	void begin(Endpoint endpoint) {
		this.silent = false;
		this.closeTold = false;
		this.full = false;
		this.inputEnded = false;
		this.inputHeld = false;
		this.outputLost = false;
		this.state = stateOf(endpoint);
	}

	static ChannelState stateOf(Endpoint endpoint) {
		return switch (endpoint.stage()) {
			case CREATED -> ChannelState.CREATED;
			case BOUND -> ChannelState.BOUND;
			case LISTENING -> ChannelState.LISTENING;
			case CONNECTING -> ChannelState.CONNECTING;
			case CONNECTED -> ChannelState.CONNECTED;
		};
	}

	// where it is in its life

	ChannelState state() {
		return this.state;
	}

	boolean isConnection() {
		ChannelState state = this.state;
		return state == ChannelState.CONNECTED || state == ChannelState.CONNECTING;
	}

	void setState(ChannelState state) {
		this.state = state;
	}

	/**
	 * Go on to a state, unless another thread has gone to another one.
	 * @return whether that is done
	 */
	boolean proceed(ChannelState from, ChannelState to) {
		return STATE.compareAndSet(this, from, to);
	}

	/**
	 * Have no endpoint any more.
	 * @return what the state was before
	 */
	ChannelState end() {
		return STATE.getAndSet(this, ChannelState.CLOSED);
	}

	/**
	 * Return how many lives are over: each socket begins another one.
	 */
	int life() {
		return this.life;
	}

	void endLife() {
		LIFE.incrementAndGet(this);
	}

	// the endpoint

	@Nullable Endpoint endpoint() {
		return this.endpoint;
	}

	void setEndpoint(@Nullable Endpoint endpoint) {
		this.endpoint = endpoint;
		this.spent = false;
	}

	void removeEndpoint() {
		this.endpoint = null;
	}

	/**
	 * Return the channel of the JDK that has what goes through, {@code null} if there is
	 * none.
	 */
	@Nullable SelectableChannel channel() {
		Endpoint endpoint = this.endpoint;
		return (endpoint != null) ? endpoint.channel() : null;
	}

	boolean isSpent() {
		return this.spent;
	}

	/**
	 * Note that the endpoint could not connect.
	 */
	void spent() {
		this.spent = true;
		this.silent = true;
	}

	/**
	 * Return the address that was asked for last: that of the peer, or its own.
	 */
	@Nullable SocketAddress address() {
		return this.address;
	}

	void setAddress(@Nullable SocketAddress address) {
		this.address = address;
	}

	Endpoint requireEndpoint(String method) {
		Endpoint endpoint = this.endpoint;
		if (endpoint == null) {
			throw new IllegalStateException("There is no socket: call createSocket() before " + method + "()");
		}
		return endpoint;
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

	/**
	 * Fail if it is too late for a method.
	 * @param orBound whether it is not too late yet for a socket that is bound
	 */
	void requireCreated(String method, boolean orBound) {
		requireEndpoint(method);
		ChannelState state = this.state;
		if (state != ChannelState.CREATED && !(orBound && state == ChannelState.BOUND)) {
			throw new IllegalStateException(
					"The socket is " + state.name().toLowerCase(Locale.ROOT) + ": too late for " + method + "()");
		}
	}

	// it gets an address

	void bind(SocketAddress address, SocketOwner owner) throws IOException {
		requireCreated("bind", false);
		SocketEndpoint endpoint = requireUsable("bind", owner);
		this.address = address;
		if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
			throw new UnknownHostException(inet.getHostString());
		}
		try {
			endpoint.bind(address);
		}
		catch (BindException ex) {
			// the address may be that of a channel which was closed a moment ago
			if (!owner.engine().polling().release()) {
				throw new AddressUnavailableException(address, ex);
			}
			bindAgain(endpoint, address);
		}
		noteBound(endpoint);
	}

	private static void bindAgain(SocketEndpoint endpoint, SocketAddress address) throws IOException {
		try {
			endpoint.bind(address);
		}
		catch (BindException ex) {
			throw new AddressUnavailableException(address, ex);
		}
	}

	void listen(int backlog, SocketOwner owner) throws IOException {
		if (backlog < 1) {
			throw new IllegalArgumentException("'backlog' must be at least 1, not " + backlog);
		}
		requireCreated("listen", false);
		SocketEndpoint bound = requireUsable("listen", owner);
		SocketEndpoint listener;
		try {
			listener = bound.listen(backlog);
		}
		catch (BindException ex) {
			SocketAddress address = this.address;
			throw (address != null) ? new AddressUnavailableException(address, ex) : ex;
		}
		synchronized (owner.lock()) {
			publish(bound, listener, owner);
		}
	}

	private void publish(Endpoint bound, Endpoint listener, SocketOwner owner) throws IOException {
		if (this.endpoint != bound) {
			// closed by another thread in the middle of it
			owner.closeQuietly(listener);
			return;
		}
		if (listener != bound) {
			owner.replace(listener);
			bound.close();
		}
		owner.beginAgain();
		this.state = ChannelState.LISTENING;
		owner.touch();
	}

	/**
	 * Note that a socket for datagrams has an address, which sending gives it too.
	 */
	void noteBound(Endpoint endpoint) {
		if (endpoint.isConnectionless() && this.state == ChannelState.CREATED) {
			proceed(ChannelState.CREATED, stateOf(endpoint));
		}
	}

	/**
	 * Return the socket, which is a fresh one if the present one could not connect.
	 */
	SocketEndpoint requireUsable(String method, SocketOwner owner) throws IOException {
		requireEndpoint(method);
		renewIfSpent(owner);
		return requireSocket(method);
	}

	/**
	 * Replace an endpoint that was closed because it could not connect by one like it.
	 */
	void renewIfSpent(SocketOwner owner) throws IOException {
		if (this.spent) {
			synchronized (owner.lock()) {
				if (this.spent && this.endpoint instanceof SocketEndpoint used && !used.channel().isOpen()) {
					// which gives its address back
					used.close();
					owner.replace(used.reopen());
					owner.touch();
				}
			}
		}
	}

	// its peer

	/**
	 * Say whether no events are welcome any more.
	 */
	boolean isSilent() {
		return this.silent;
	}

	/**
	 * Let events come again, for another attempt to connect.
	 */
	void listenAgain() {
		this.silent = false;
	}

	/**
	 * Say whether the dispatcher was told that its peer has gone.
	 */
	boolean isCloseTold() {
		return this.closeTold;
	}

	void setCloseTold(boolean told) {
		this.closeTold = told;
	}

	/**
	 * Note that the dispatcher is told that its peer has gone.
	 * @return whether it was not before
	 */
	boolean tellClose() {
		if (this.silent || this.state == ChannelState.CLOSED) {
			return false;
		}
		this.silent = true;
		this.closeTold = true;
		return true;
	}

	/**
	 * Say whether the peer has ended something of the connection.
	 */
	boolean isPeerGone() {
		return this.silent || this.inputEnded || this.outputLost;
	}

	// what goes through

	boolean isFull() {
		return this.full;
	}

	void setFull(boolean full) {
		this.full = full;
	}

	boolean isInputEnded() {
		return this.inputEnded;
	}

	void inputEnded() {
		this.inputEnded = true;
	}

	boolean isInputHeld() {
		return this.inputHeld;
	}

	void setInputHeld(boolean held) {
		this.inputHeld = held;
	}

	/**
	 * Say whether nothing can be sent any more because a send has failed. May be asked by
	 * any thread.
	 */
	boolean isOutputLost() {
		return this.outputLost;
	}

	void outputLost() {
		this.outputLost = true;
	}

}
