package io.asyncore;

import io.asyncore.loop.ReadyList;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketQueues;
import org.jspecify.annotations.Nullable;

/**
 * How the events of a channel get to its dispatcher, and what is made of a handler that
 * leaves its event unserved. Belongs to the thread of the loop.
 */
final class Delivery extends Interest {

	// whether the hook has done what it was called for
	private boolean served;

	// whether somebody has asked for the socket since that was of interest
	private boolean usedDirectly;

	Delivery(ServedChannel channel) {
		super(channel);
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
		outdated();
		if ((operations & Endpoint.CONNECT) != 0) {
			channel().attempt(Hook.CONNECT, this, Delivery::connect);
		}
		if ((operations & Endpoint.ACCEPT) != 0) {
			channel().attempt(Hook.ACCEPT, this, Delivery::accept);
		}
		if ((operations & Endpoint.READ) != 0) {
			channel().attempt(Hook.READ, this, Delivery::read);
		}
	}

	/**
	 * Deliver the second part of an event: writing.
	 */
	void deliverWrite(int operations) {
		outdated();
		if ((operations & ReadyList.BROKEN) != 0) {
			channel().attempt(Hook.WRITE, channel().transfer(), Transfer::broken);
			return;
		}
		if ((operations & Endpoint.WRITE) != 0) {
			channel().socket().setFull(false);
			invalidate();
		}
		else if ((operations & ReadyList.WRITE_AT_ONCE) == 0 && !isReasonToWrite()) {
			return;
		}
		outdated();
		ChannelState state = channel().state();
		if (state == ChannelState.CONNECTED || state == ChannelState.BOUND || state == ChannelState.CREATED) {
			channel().attempt(Hook.WRITE, this, Delivery::write);
		}
	}

	// what was read in this pass, or who was connected to, may be answered at once
	private boolean isReasonToWrite() {
		ChannelSocket socket = channel().socket();
		Endpoint endpoint = socket.endpoint();
		return channel().type().isWriteHandled() && !socket.isFull() && !socket.isOutputLost() && endpoint != null
				&& (endpoint.operations() & Endpoint.WRITE) != 0 && isWritingWanted();
	}

	/**
	 * Have a dispatcher write whose socket was full when it was last tried: long before
	 * the system says that there is room again there may be some.
	 * @return whether something was sent
	 */
	boolean sendNow() {
		ChannelSocket socket = channel().socket();
		if (!socket.isFull() || socket.state() != ChannelState.CONNECTED) {
			return false;
		}
		long sent = channel().counters().sent();
		int life = socket.life();
		socket.setFull(false);
		if (isReasonToWrite()) {
			channel().attempt(Hook.WRITE, this, Delivery::write);
		}
		if (socket.life() == life) {
			channel().touch();
		}
		return socket.life() == life && channel().counters().sent() != sent;
	}

	private void connect() throws Exception {
		if (channel().finishConnect()) {
			channel().observe(Hook.CONNECT, channel().dispatcher(), Dispatcher::handleConnect);
		}
	}

	private void accept() throws Exception {
		int life = channel().life();
		Doubt doubt = doubt(readBrake());
		boolean outerServed = this.served;
		this.served = false;
		try {
			channel().acceptor().event();
		}
		finally {
			if (channel().isAlive(life)) {
				boolean served = this.served || isServedDirectly(readBrake(), doubt, Endpoint.ACCEPT);
				setReadBrake(brake(readBrake(), served, true, "accept events",
						"call accept() in handleAccept(), or answer false in readable()"));
			}
			this.served |= outerServed;
		}
	}

	private void read() throws Exception {
		int life = channel().life();
		// of that the system knows nothing
		boolean pending = isInputPending();
		Doubt doubt = doubt(readBrake());
		boolean outerServed = this.served;
		this.served = false;
		try {
			channel().observe(Hook.READ, channel().dispatcher(), Dispatcher::handleRead);
		}
		finally {
			if (channel().isAlive(life) && !channel().socket().isInputHeld()) {
				boolean handled = channel().type().isReadHandled();
				boolean served = this.served
						|| (handled && !pending && isServedDirectly(readBrake(), doubt, Endpoint.READ));
				// a default handleRead() never reads: there is no point in trying again
				setReadBrake(brake(readBrake(), served, handled, "read events",
						handled ? "call recv() in handleRead(), or answer false in readable()"
								: "override handleData(ByteBuffer) or handleRead(), or answer false in readable()"));
			}
			// a handler may run the loop after it has done what it was called for
			this.served |= outerServed;
		}
	}

	private void write() throws Exception {
		int life = channel().life();
		Doubt doubt = doubt(writeBrake());
		boolean outerServed = this.served;
		this.served = false;
		try {
			channel().observe(Hook.WRITE, channel().dispatcher(), Dispatcher::handleWrite);
		}
		finally {
			if (channel().isAlive(life)) {
				boolean served = this.served || channel().socket().isFull()
						|| isServedDirectly(writeBrake(), doubt, Endpoint.WRITE);
				setWriteBrake(brake(writeBrake(), served, true, "write events",
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
		Endpoint endpoint = channel().endpoint();
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
		Endpoint endpoint = channel().endpoint();
		if (endpoint == null || !endpoint.isPolled()) {
			return false;
		}
		if (!channel().engine().polling().isReady(channel(), endpoint, operation)) {
			if (operation == Endpoint.WRITE) {
				channel().socket().setFull(true);
				channel().touch();
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
			invalidate();
			if (brake.isNews()) {
				channel().logger()
					.warn("{} leaves its {} unserved, so they are held back: {}", channel(), events, remedy);
			}
			if (again) {
				brake.releaseLater(channel().engine(), channel()::touch);
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
