package io.asyncore;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;

import org.jspecify.annotations.Nullable;

/**
 * How the loop serves a dispatcher: it asks what the dispatcher waits for, calls its
 * hooks, catches what they throw, and holds back events that are left unserved. Belongs
 * to the thread of the loop.
 */
final class Service {

	private final Attachment attachment;

	private final Dispatcher dispatcher;

	private final Traits traits;

	// the operations that the poller waits for
	private int interest;

	private boolean wantsRead;

	private boolean wantsWrite;

	private boolean inputPending;

	// whether the hook has done what it was called for
	private boolean served;

	private @Nullable Brake readBrake;

	private @Nullable Brake writeBrake;

	// somebody says that the answers of the predicates have changed
	private volatile boolean nudged;

	// whether the answer below is that of the dispatcher
	private boolean promiseAsked;

	private boolean askedEveryPass;

	private @Nullable Event failing;

	Service(Attachment attachment) {
		this.attachment = attachment;
		this.dispatcher = attachment.dispatcher();
		this.traits = attachment.traits();
	}

	/**
	 * Begin with a new socket.
	 */
	void reset() {
		this.interest = 0;
		this.readBrake = null;
		this.writeBrake = null;
		this.promiseAsked = false;
	}

	/**
	 * Note that the poller has forgotten the socket.
	 */
	void forgotten() {
		this.interest = 0;
	}

	/**
	 * Note that the hook which is running does what it is for.
	 */
	void served() {
		this.served = true;
	}

	/**
	 * Let held back events through again. Safe from any thread.
	 */
	void nudge() {
		this.nudged = true;
	}

	/**
	 * Say whether the predicates have to be asked in every pass.
	 */
	boolean isAskedEveryPass() {
		if (!this.promiseAsked) {
			this.promiseAsked = true;
			this.askedEveryPass = true;
			guard(Event.PREDICATE,
					(service) -> service.askedEveryPass = service.traits.isAskedEveryPass(service.dispatcher));
		}
		return this.askedEveryPass;
	}

	/**
	 * Ask what the dispatcher waits for, and have the poller wait for that.
	 */
	void ask(Batch batch) {
		Endpoint endpoint = this.attachment.endpoint();
		if (endpoint == null) {
			return;
		}
		if (this.nudged) {
			this.nudged = false;
			release(this.readBrake);
			release(this.writeBrake);
		}
		guard(Event.PREDICATE, Service::askPredicates);
		// a predicate may have closed the channel, or moved it to another loop
		if (this.attachment.endpoint() == endpoint && batch.isFor(this.attachment)) {
			waitFor(endpoint, operations(endpoint, batch));
		}
	}

	private void askPredicates() {
		this.wantsRead = false;
		this.wantsWrite = false;
		boolean readable = this.dispatcher.readable();
		this.inputPending = readable && this.dispatcher.inputPending();
		// a default handleWrite() has nothing to write
		this.wantsWrite = this.dispatcher.writable() && this.traits.isWriteHandled();
		this.wantsRead = readable;
	}

	private int operations(Endpoint endpoint, Batch batch) {
		return switch (this.attachment.state()) {
			case CONNECTING -> connectOperation(batch);
			case LISTENING -> (this.wantsRead && isFree(this.readBrake) && !this.attachment.isAcceptingPaused())
					? SelectionKey.OP_ACCEPT : 0;
			case CONNECTED -> transferOperations(batch);
			case CREATED -> endpoint.isConnectionless() ? transferOperations(batch) : 0;
			case CLOSED -> 0;
		};
	}

	private int connectOperation(Batch batch) {
		Connecting connecting = this.attachment.connecting();
		if (connecting == null) {
			return 0;
		}
		if (connecting.isDecided()) {
			batch.add(this.attachment, SelectionKey.OP_CONNECT);
		}
		return connecting.isPending() ? SelectionKey.OP_CONNECT : 0;
	}

	private int transferOperations(Batch batch) {
		if (this.attachment.isSilent()) {
			return 0;
		}
		boolean read = this.wantsRead && !this.attachment.transfer().isEnded() && isFree(this.readBrake);
		boolean write = this.wantsWrite && isFree(this.writeBrake);
		if (read && this.inputPending) {
			batch.add(this.attachment, SelectionKey.OP_READ);
		}
		boolean full = this.attachment.transfer().isFull();
		if (write && !full) {
			// it may well take something: no need to have the system say so first
			batch.add(this.attachment, Batch.WRITE_AT_ONCE);
		}
		return (read ? SelectionKey.OP_READ : 0) | ((write && full) ? SelectionKey.OP_WRITE : 0);
	}

	private void waitFor(Endpoint endpoint, int operations) {
		if (operations == this.interest) {
			return;
		}
		try {
			if (this.attachment.loop().interest(this.attachment, endpoint, operations)) {
				this.interest = operations;
			}
		}
		catch (ClosedChannelException | CancelledKeyException ex) {
			// somebody has closed the socket behind the dispatcher's back
			if (this.attachment.endpoint() == endpoint) {
				this.attachment.tellClose();
			}
		}
		catch (RuntimeException ex) {
			// the socket cannot be waited for at all, being a blocking one for instance
			tellError(Event.PREDICATE, ex);
			closeForcibly();
		}
	}

	/**
	 * Deliver the first part of an event: connecting, accepting, reading.
	 */
	void deliverRead(int operations) {
		if ((operations & SelectionKey.OP_CONNECT) != 0) {
			guard(Event.CONNECT, Service::connect);
		}
		if ((operations & SelectionKey.OP_ACCEPT) != 0) {
			guard(Event.ACCEPT, Service::accept);
		}
		if ((operations & SelectionKey.OP_READ) != 0) {
			guard(Event.READ, Service::read);
		}
	}

	/**
	 * Deliver the second part of an event: writing.
	 */
	void deliverWrite(int operations) {
		if ((operations & SelectionKey.OP_WRITE) != 0) {
			this.attachment.transfer().setFull(false);
		}
		else if ((operations & Batch.WRITE_AT_ONCE) == 0 && !isReasonToWrite()) {
			return;
		}
		State state = this.attachment.state();
		if (state == State.CONNECTED || state == State.CREATED) {
			guard(Event.WRITE, Service::write);
		}
	}

	// what was read in this pass, or who was connected to, may be answered at once
	private boolean isReasonToWrite() {
		if (!this.traits.isWriteHandled() || this.attachment.transfer().isFull()) {
			return false;
		}
		release(this.writeBrake);
		guard(Event.PREDICATE, Service::askPredicates);
		return this.wantsWrite;
	}

	private void connect() throws Exception {
		if (this.attachment.finishConnect()) {
			this.dispatcher.handleConnect();
		}
	}

	private void accept() throws Exception {
		int life = this.attachment.life();
		this.served = false;
		try {
			this.attachment.acceptor().event();
		}
		finally {
			if (this.attachment.isAlive(life)) {
				this.readBrake = brake(this.readBrake, this.served, true, "accept events",
						"call accept() in handleAccept(), or answer false in readable()");
			}
		}
	}

	private void read() throws Exception {
		int life = this.attachment.life();
		this.served = false;
		try {
			this.dispatcher.handleRead();
		}
		finally {
			if (this.attachment.isAlive(life)) {
				// a default handleRead() never reads: there is no point in trying again
				this.readBrake = brake(this.readBrake, this.served, this.traits.isReadHandled(), "read events",
						"call recv() in handleRead(), or answer false in readable()");
			}
		}
	}

	private void write() throws Exception {
		int life = this.attachment.life();
		this.served = false;
		try {
			this.dispatcher.handleWrite();
		}
		finally {
			if (this.attachment.isAlive(life)) {
				this.writeBrake = brake(this.writeBrake, this.served || this.attachment.transfer().isFull(), true,
						"write events", "answer false in writable() while there is nothing to send");
			}
		}
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
			if (brake.isNews()) {
				this.traits.logger()
					.warn("{} leaves its {} unserved, so they are held back: {}", this.attachment, events, remedy);
			}
			if (again) {
				brake.releaseLater(this.attachment.loop(), this.attachment::touch);
			}
		}
		return brake;
	}

	private static boolean isFree(@Nullable Brake brake) {
		return brake == null || !brake.isOn();
	}

	private static void release(@Nullable Brake brake) {
		if (brake != null) {
			brake.release();
		}
	}

	/**
	 * Say whether something waits to be sent that a graceful stop should let go first.
	 */
	boolean hasOutput() {
		this.wantsWrite = false;
		guard(Event.PREDICATE, (service) -> service.wantsWrite = service.dispatcher.hasOutput());
		return this.wantsWrite && isFree(this.writeBrake);
	}

	/**
	 * Call a hook: the one place where what it throws is caught.
	 */
	void guard(Event event, Hook hook) {
		try {
			hook.call(this);
		}
		catch (Throwable ex) {
			if (EventLoop.isExit(ex)) {
				throw unchecked(ex);
			}
			tellError(event, ex);
		}
	}

	private void tellError(Event event, Throwable failure) {
		Event outer = this.failing;
		this.failing = event;
		try {
			this.dispatcher.handleError(failure);
		}
		catch (Throwable ex) {
			if (EventLoop.isExit(ex)) {
				throw unchecked(ex);
			}
			EventLoop.report(this.traits.logger(), "handleError() of " + this.attachment + " failed, closing it", ex);
			closeForcibly();
		}
		finally {
			this.failing = outer;
		}
		if (event == Event.CLOSE) {
			// its handleClose() has not done what it is for
			closeForcibly();
		}
	}

	/**
	 * Return what the hook was called for whose failure {@code handleError} is told.
	 */
	@Nullable Event failing() {
		return this.failing;
	}

	/**
	 * Close, by the dispatcher's own {@code close()} if that works.
	 */
	void closeForcibly() {
		if (this.attachment.state() != State.CLOSED) {
			try {
				this.dispatcher.close();
			}
			catch (Throwable ex) {
				if (EventLoop.isExit(ex)) {
					throw unchecked(ex);
				}
				EventLoop.report(this.traits.logger(), "close() of " + this.attachment + " failed", ex);
			}
		}
		this.attachment.close();
	}

	private static RuntimeException unchecked(Throwable exit) {
		if (exit instanceof Error error) {
			throw error;
		}
		return (RuntimeException) exit;
	}

	/**
	 * A call of a hook of the dispatcher. A constant where it is on a hot path.
	 */
	@FunctionalInterface
	interface Hook {

		void call(Service service) throws Exception;

	}

}
