package io.asyncore;

import java.nio.channels.ClosedChannelException;

import io.asyncore.connect.Connector;
import io.asyncore.loop.ActivityRecord;
import io.asyncore.loop.Interrupts;
import io.asyncore.loop.ReadyList;
import io.asyncore.loop.Watcher;
import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What a dispatcher waits for: its predicates are asked, and the poller is told what that
 * comes to. Belongs to the thread of the loop.
 */
abstract class Interest {

	// what a filter waits for may change though the dispatcher wants the same
	private static final int ANEW = 1 << 6;

	private final ServedChannel channel;

	// the operations that the poller waits for; there may be many of these
	private byte operations;

	private boolean wantsRead;

	private boolean wantsWrite;

	// the answers that were acted on last
	private boolean readActedOn;

	private boolean writeActedOn;

	// and whether too much offloaded work waited then
	private boolean fullActedOn;

	private boolean inputPending;

	// the same answers would lead to the same again
	private boolean current;

	// the predicates were asked after the last handler of this pass
	private boolean answered;

	// somebody says that the answers of the predicates have changed
	private volatile boolean changed;

	// whether the answer below is that of the dispatcher
	private boolean promiseAsked;

	private boolean askedEveryPass;

	// what holds events back that are left unserved
	private @Nullable Brake readBrake;

	private @Nullable Brake writeBrake;

	Interest(ServedChannel channel) {
		this.channel = channel;
	}

	ServedChannel channel() {
		return this.channel;
	}

	/**
	 * Begin with a new socket.
	 */
	void reset() {
		this.operations = 0;
		this.readBrake = null;
		this.writeBrake = null;
		this.promiseAsked = false;
		this.current = false;
	}

	/**
	 * Return the operations that the poller waits for. May be asked by any thread.
	 */
	int operations() {
		return this.operations;
	}

	/**
	 * Note what the poller waits for.
	 */
	void setOperations(int operations) {
		this.operations = (byte) operations;
	}

	/**
	 * Let held back events through again. Safe from any thread.
	 */
	void changed() {
		this.changed = true;
	}

	/**
	 * Note that something has happened that counts besides the answers.
	 */
	void invalidate() {
		this.current = false;
	}

	/**
	 * Note that a handler is about to be called, after which the answers may be others.
	 */
	void outdated() {
		this.answered = false;
	}

	/**
	 * Say whether the events of this pass have changed nothing that the predicates would
	 * have to be asked for.
	 */
	boolean isCurrent() {
		return this.current && (this.askedEveryPass || (this.answered && isAnswerSame()));
	}

	private boolean isAnswerSame() {
		return this.wantsRead == this.readActedOn && this.wantsWrite == this.writeActedOn && !this.inputPending
				&& this.channel.isOffloadFull() == this.fullActedOn;
	}

	boolean isInputPending() {
		return this.inputPending;
	}

	@Nullable Brake readBrake() {
		return this.readBrake;
	}

	void setReadBrake(@Nullable Brake brake) {
		this.readBrake = brake;
	}

	@Nullable Brake writeBrake() {
		return this.writeBrake;
	}

	void setWriteBrake(@Nullable Brake brake) {
		this.writeBrake = brake;
	}

	// asking

	/**
	 * Say whether the predicates have to be asked in every pass.
	 */
	boolean isAskedEveryPass() {
		if (!this.promiseAsked) {
			this.promiseAsked = true;
			this.askedEveryPass = true;
			this.channel.guard(Hook.PREDICATE, this, Interest::askPromise);
		}
		return this.askedEveryPass;
	}

	private void askPromise() {
		this.askedEveryPass = this.channel.type()
			.isAskedEveryPass(this.channel.dispatcher()::predicatesDependOnOwnEventsOnly);
	}

	/**
	 * Ask what the dispatcher waits for, and have the poller wait for that.
	 */
	void ask(ReadyList ready) {
		Endpoint endpoint = this.channel.endpoint();
		if (endpoint == null) {
			return;
		}
		this.channel.inService();
		if (this.changed) {
			this.changed = false;
			Brake.release(this.readBrake);
			Brake.release(this.writeBrake);
		}
		askGuarded();
		// not for the socket that a predicate has made in place of it
		if (this.channel.endpoint() == endpoint) {
			decide(ready);
		}
	}

	/**
	 * Ask a dispatcher that is asked in every pass. If it answers the same as before and
	 * nothing has happened to it that is all.
	 */
	void askAgain(ReadyList ready) {
		if (!this.current) {
			ask(ready);
			return;
		}
		Endpoint endpoint = this.channel.endpoint();
		askSafely();
		if (!(this.current && isAnswerSame()) && this.channel.endpoint() == endpoint) {
			decide(ready);
		}
	}

	/**
	 * Ask whether the dispatcher wants to write now, for what has just happened to it may
	 * be reason to.
	 */
	boolean isWritingWanted() {
		Brake.release(this.writeBrake);
		askGuarded();
		this.answered = true;
		return this.wantsWrite;
	}

	/**
	 * Ask whether the dispatcher reads, and wants to now.
	 */
	boolean isReadingWanted() {
		Endpoint endpoint = this.channel.endpoint();
		boolean able = this.channel.type().isReadHandled() && this.channel.state() == ChannelState.CONNECTED
				&& endpoint != null && (endpoint.operations() & Endpoint.READ) != 0;
		boolean[] answer = new boolean[1];
		if (able) {
			this.channel.guard(Hook.PREDICATE, this.channel.dispatcher(),
					(dispatcher) -> answer[0] = dispatcher.readable());
		}
		return answer[0];
	}

	/**
	 * Ask whether something waits to be sent that a graceful stop should let go first.
	 */
	boolean hasOutput() {
		this.current = false;
		this.wantsWrite = false;
		this.channel.guard(Hook.PREDICATE, this, Interest::askForOutput);
		return this.wantsWrite && Brake.isFree(this.writeBrake);
	}

	private void askForOutput() {
		this.wantsWrite = this.channel.dispatcher().hasOutput();
	}

	private void askGuarded() {
		ActivityRecord progress = this.channel.loop().monitor().progress();
		Watcher outerChannel = progress.channel();
		int outerHook = progress.hook();
		progress.asks(this.channel);
		try {
			askSafely();
		}
		finally {
			progress.answered(outerChannel, outerHook);
		}
	}

	private void askSafely() {
		this.channel.entered();
		try {
			askPredicates();
		}
		catch (Throwable ex) {
			this.channel.failed(Hook.PREDICATE, ex);
		}
		finally {
			Interrupts.end(false);
			this.channel.returned();
		}
	}

	private void askPredicates() {
		this.wantsRead = false;
		this.wantsWrite = false;
		LoopMonitor monitor = this.channel.loop().monitor();
		Dispatcher dispatcher = this.channel.dispatcher();
		boolean readable = dispatcher.readable();
		monitor.answeredReadable(readable);
		this.inputPending = readable && dispatcher.inputPending();
		// a default handleWrite() has nothing to write
		boolean writable = dispatcher.writable();
		monitor.answeredWritable(writable);
		this.wantsWrite = writable && this.channel.type().isWriteHandled();
		this.wantsRead = readable;
	}

	// acting on the answers

	private void decide(ReadyList ready) {
		this.current = false;
		this.readActedOn = this.wantsRead;
		this.writeActedOn = this.wantsWrite;
		this.fullActedOn = this.channel.isOffloadFull();
		Endpoint endpoint = this.channel.endpoint();
		// a predicate may have closed the channel, or moved it to another loop
		if (endpoint != null && ready.isFor(this.channel)) {
			waitFor(endpoint, operations(endpoint, ready));
		}
	}

	private int operations(Endpoint endpoint, ReadyList ready) {
		return switch (this.channel.state()) {
			case CONNECTING -> connectOperation(ready);
			case LISTENING -> (this.wantsRead && Brake.isFree(this.readBrake) && !this.channel.isAcceptingPaused())
					? Endpoint.ACCEPT : 0;
			case CONNECTED -> transferOperations(endpoint, ready);
			case CREATED, BOUND -> endpoint.isConnectionless() ? transferOperations(endpoint, ready) : 0;
			case CLOSED -> 0;
		};
	}

	private int connectOperation(ReadyList ready) {
		Connector connector = this.channel.connector();
		if (connector == null) {
			return 0;
		}
		// known to those who count before there is something to count
		this.channel.counters().totals();
		if (connector.isDecided()) {
			ready.add(this.channel, Endpoint.CONNECT);
		}
		connector.join();
		return connector.isPending() ? Endpoint.CONNECT : 0;
	}

	private int transferOperations(Endpoint endpoint, ReadyList ready) {
		ChannelSocket socket = this.channel.socket();
		if (socket.isSilent()) {
			return endpoint.isPolled() ? 0 : ANEW;
		}
		int possible = endpoint.operations();
		boolean read = this.wantsRead && !socket.isInputEnded() && !socket.isInputHeld()
				&& !this.channel.isOffloadFull() && Brake.isFree(this.readBrake) && (possible & Endpoint.READ) != 0;
		boolean write = this.wantsWrite && !socket.isOutputLost() && Brake.isFree(this.writeBrake)
				&& (possible & Endpoint.WRITE) != 0;
		if (read && this.inputPending) {
			ready.add(this.channel, Endpoint.READ);
		}
		boolean full = socket.isFull();
		if (write && !full) {
			// it may well take something: no need to have the system say so first
			ready.add(this.channel, ReadyList.WRITE_AT_ONCE);
		}
		int operations = (read ? Endpoint.READ : 0) | ((write && full) ? Endpoint.WRITE : 0);
		if (!endpoint.isPolled()) {
			takeAnnounced(endpoint, operations, ready);
			return operations | ANEW;
		}
		this.current = !(read && this.inputPending) && !(write && !full);
		return operations;
	}

	/**
	 * Take what an endpoint says that has no selector, as far as somebody waits for it.
	 */
	void announced(ReadyList ready) {
		Endpoint endpoint = this.channel.endpoint();
		if (endpoint != null && !endpoint.isPolled()) {
			takeAnnounced(endpoint, this.operations, ready);
		}
	}

	private void takeAnnounced(Endpoint endpoint, int operations, ReadyList ready) {
		int possible = endpoint.ready() & operations;
		if (possible != 0) {
			ready.announce(this.channel, possible);
		}
		if (endpoint.isBroken()) {
			ready.add(this.channel, ReadyList.BROKEN);
		}
	}

	private void waitFor(Endpoint endpoint, int operations) {
		if (operations == this.operations) {
			return;
		}
		try {
			int wanted = operations & ~ANEW;
			if (this.channel.engine().polling().interest(this.channel, endpoint, wanted)) {
				this.operations = (byte) wanted;
			}
		}
		catch (ClosedChannelException ex) {
			// somebody has closed the socket behind the dispatcher's back
			if (this.channel.endpoint() == endpoint) {
				this.channel.tellClose();
			}
		}
		catch (RuntimeException | Error ex) {
			// the socket cannot be waited for at all, being a blocking one for instance
			this.channel.fail(Hook.PREDICATE, ex);
		}
	}

}
