package io.asyncore;

import io.asyncore.loop.ReadyList;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketQueues;
import org.jspecify.annotations.Nullable;

/**
 * How the events of a channel get to its dispatcher, and what is made of a handler that
 * leaves its event unserved. Belongs to the thread of the loop.
 */
final class Delivery {

	private final ServedChannel channel;

	private final Interest interest;

	// whether the hook has done what it was called for
	private boolean served;

	// whether somebody has asked for the socket since that was of interest
	private boolean usedDirectly;

	Delivery(ServedChannel channel, Interest interest) {
		this.channel = channel;
		this.interest = interest;
	}

	/**
	 * Note that the hook which is running does what it is for.
	 */
	void served() {
		this.served = true;
	}

	/**
	 * Note that somebody may use the socket without the library.
	 */
	void usedDirectly() {
		this.usedDirectly = true;
	}

	/**
	 * Deliver the first part of an event: connecting, accepting, reading.
	 */
	void deliverRead(int operations) {
		this.interest.outdated();
		if ((operations & Endpoint.CONNECT) != 0) {
			this.channel.attempt(Hook.CONNECT, this, Delivery::connect);
		}
		if ((operations & Endpoint.ACCEPT) != 0) {
			this.channel.attempt(Hook.ACCEPT, this, Delivery::accept);
		}
		if ((operations & Endpoint.READ) != 0) {
			this.channel.attempt(Hook.READ, this, Delivery::read);
		}
	}

	/**
	 * Deliver the second part of an event: writing.
	 */
	void deliverWrite(int operations) {
		this.interest.outdated();
		if ((operations & ReadyList.BROKEN) != 0) {
			this.channel.attempt(Hook.WRITE, this.channel.transfer(), Transfer::broken);
			return;
		}
		if ((operations & Endpoint.WRITE) != 0) {
			this.channel.socket().setFull(false);
			this.interest.invalidate();
		}
		else if ((operations & ReadyList.WRITE_AT_ONCE) == 0 && !isReasonToWrite()) {
			return;
		}
		this.interest.outdated();
		ChannelState state = this.channel.state();
		if (state == ChannelState.CONNECTED || state == ChannelState.BOUND || state == ChannelState.CREATED) {
			this.channel.attempt(Hook.WRITE, this, Delivery::write);
		}
	}

	// what was read in this pass, or who was connected to, may be answered at once
	private boolean isReasonToWrite() {
		ChannelSocket socket = this.channel.socket();
		Endpoint endpoint = socket.endpoint();
		return this.channel.type().isWriteHandled() && !socket.isFull() && !socket.isOutputLost() && endpoint != null
				&& (endpoint.operations() & Endpoint.WRITE) != 0 && this.interest.isWritingWanted();
	}

	/**
	 * Have a dispatcher write whose socket was full when it was last tried: long before
	 * the system says that there is room again there may be some.
	 * @return whether something was sent
	 */
	boolean sendNow() {
		ChannelSocket socket = this.channel.socket();
		if (!socket.isFull() || socket.state() != ChannelState.CONNECTED) {
			return false;
		}
		long sent = this.channel.counters().sent();
		int life = socket.life();
		socket.setFull(false);
		if (isReasonToWrite()) {
			this.channel.attempt(Hook.WRITE, this, Delivery::write);
		}
		if (socket.life() == life) {
			this.channel.touch();
		}
		return socket.life() == life && this.channel.counters().sent() != sent;
	}

	private void connect() throws Exception {
		if (this.channel.finishConnect()) {
			this.channel.observe(Hook.CONNECT, this.channel.dispatcher(), Dispatcher::handleConnect);
		}
	}

	private void accept() throws Exception {
		int life = this.channel.life();
		Doubt doubt = doubt(this.interest.readBrake());
		boolean outerServed = this.served;
		this.served = false;
		try {
			this.channel.acceptor().event();
		}
		finally {
			if (this.channel.isAlive(life)) {
				boolean served = this.served || isServedDirectly(this.interest.readBrake(), doubt, Endpoint.ACCEPT);
				this.interest.setReadBrake(brake(this.interest.readBrake(), served, true, "accept events",
						"call accept() in handleAccept(), or answer false in readable()"));
			}
			this.served |= outerServed;
		}
	}

	private void read() throws Exception {
		int life = this.channel.life();
		// of that the system knows nothing
		boolean pending = this.interest.isInputPending();
		Doubt doubt = doubt(this.interest.readBrake());
		boolean outerServed = this.served;
		this.served = false;
		try {
			this.channel.observe(Hook.READ, this.channel.dispatcher(), Dispatcher::handleRead);
		}
		finally {
			if (this.channel.isAlive(life) && !this.channel.socket().isInputHeld()) {
				boolean handled = this.channel.type().isReadHandled();
				boolean served = this.served
						|| (handled && !pending && isServedDirectly(this.interest.readBrake(), doubt, Endpoint.READ));
				// a default handleRead() never reads: there is no point in trying again
				this.interest.setReadBrake(brake(this.interest.readBrake(), served, handled, "read events",
						handled ? "call recv() in handleRead(), or answer false in readable()"
								: "override handleData(ByteBuffer) or handleRead(), or answer false in readable()"));
			}
			// a handler may run the loop after it has done what it was called for
			this.served |= outerServed;
		}
	}

	private void write() throws Exception {
		int life = this.channel.life();
		Doubt doubt = doubt(this.interest.writeBrake());
		boolean outerServed = this.served;
		this.served = false;
		try {
			this.channel.observe(Hook.WRITE, this.channel.dispatcher(), Dispatcher::handleWrite);
		}
		finally {
			if (this.channel.isAlive(life)) {
				boolean served = this.served || this.channel.socket().isFull()
						|| isServedDirectly(this.interest.writeBrake(), doubt, Endpoint.WRITE);
				this.interest.setWriteBrake(brake(this.interest.writeBrake(), served, true, "write events",
						"answer false in writable() while there is nothing to send"));
			}
			this.served |= outerServed;
		}
	}

	// what there was before a handler was called of which it may be hard to say whether
	// it serves its event, if it has asked for the socket when it was called before
	private @Nullable Doubt doubt(@Nullable Brake brake) {
		if (brake == null || !brake.isInDoubt()) {
			return null;
		}
		Endpoint endpoint = this.channel.endpoint();
		boolean direct = this.usedDirectly;
		this.usedDirectly = false;
		return (direct && endpoint != null) ? new Doubt(endpoint, SocketQueues.received(endpoint), ThreadIo.now())
				: null;
	}

	/**
	 * Say whether an event was served without the library: by the socket itself. Then the
	 * system does not report it again, or there is less to take than before.
	 */
	private boolean isServedDirectly(@Nullable Brake brake, @Nullable Doubt doubt, int operation) {
		Endpoint endpoint = this.channel.endpoint();
		if (endpoint == null || !endpoint.isPolled()) {
			return false;
		}
		if (!this.channel.engine().polling().isReady(this.channel, endpoint, operation)) {
			if (operation == Endpoint.WRITE) {
				this.channel.socket().setFull(true);
				this.channel.touch();
			}
			return true;
		}
		if (brake == null || doubt == null || doubt.endpoint() != endpoint || !this.usedDirectly
				|| !doubt.isOver(operation != Endpoint.WRITE)) {
			return false;
		}
		brake.servedInDoubt();
		return true;
	}

	private @Nullable Brake brake(@Nullable Brake present, boolean served, boolean again, String events,
			String remedy) {
		if (served) {
			if (present != null) {
				present.served();
			}
			return present;
		}
		Brake brake = (present != null) ? present : new Brake();
		if (brake.unserved()) {
			this.interest.invalidate();
			if (brake.isNews()) {
				this.channel.logger()
					.warn("{} leaves its {} unserved, so they are held back: {}", this.channel, events, remedy);
			}
			if (again) {
				brake.releaseLater(this.channel.engine(), this.channel::touch);
			}
		}
		return brake;
	}

	/**
	 * What was to be taken, and what the thread had done, before a handler was called.
	 */
	private record Doubt(Endpoint endpoint, long received, ThreadIo io) {

		/**
		 * Say whether the handler has taken, or written, something.
		 */
		boolean isOver(boolean reading) {
			if (this.io.isPassed(reading)) {
				return true;
			}
			long left = reading ? SocketQueues.received(this.endpoint) : SocketQueues.UNKNOWN;
			return left != SocketQueues.UNKNOWN && left < this.received;
		}

	}

}
