package io.asyncore;

import java.nio.channels.ClosedChannelException;

import io.asyncore.connect.Connector;
import io.asyncore.loop.ActivityRecord;
import io.asyncore.loop.Interrupts;
import io.asyncore.loop.ReadyList;
import io.asyncore.loop.Watcher;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketQueues;
import org.jspecify.annotations.Nullable;

/**
 * How the loop serves a dispatcher: it asks what the dispatcher waits for, calls its
 * hooks, catches what they throw, and holds back events that are left unserved. Belongs
 * to the thread of the loop.
 */
final class HookCaller {

	private final Channel channel;

	// the operations that the poller waits for; there may be many of these
	private byte interest;

	private boolean wantsRead;

	private boolean wantsWrite;

	// the answers that were acted on last
	private boolean readActedOn;

	private boolean writeActedOn;

	// and whether too much offloaded work waited then
	private boolean fullActedOn;

	private boolean inputPending;

	// the same answers would lead to the same again
	private boolean settled;

	// the predicates were asked after the last handler of this pass
	private boolean answered;

	// whether the hook has done what it was called for
	private boolean served;

	// whether somebody has asked for the socket since that was of interest
	private boolean usedDirectly;

	private @Nullable Brake readBrake;

	private @Nullable Brake writeBrake;

	// somebody says that the answers of the predicates have changed
	private volatile boolean nudged;

	// whether the answer below is that of the dispatcher
	private boolean promiseAsked;

	private boolean askedEveryPass;

	private @Nullable Hook failing;

	// how many hooks are under way, one inside the other
	private int depth;

	// what it has to be told when they have returned
	private boolean overDue;

	HookCaller(Channel channel) {
		this.channel = channel;
	}

	private Dispatcher dispatcher() {
		return this.channel.dispatcher();
	}

	private DispatcherClass type() {
		return this.channel.type();
	}

	/**
	 * Begin with a new socket.
	 */
	void reset() {
		this.interest = 0;
		this.readBrake = null;
		this.writeBrake = null;
		this.promiseAsked = false;
		this.settled = false;
	}

	/**
	 * Return the operations that the poller waits for. May be asked by any thread.
	 */
	int interest() {
		return this.interest;
	}

	/**
	 * Note that the poller has forgotten the socket.
	 */
	void forgotten() {
		remembered(0);
	}

	/**
	 * Note what the poller waits for.
	 */
	void remembered(int interest) {
		this.interest = (byte) interest;
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
			guard(Hook.PREDICATE,
					(service) -> service.askedEveryPass = service.type().isAskedEveryPass(service.dispatcher()));
		}
		return this.askedEveryPass;
	}

	/**
	 * Note that something has happened that counts besides the answers.
	 */
	void unsettle() {
		this.settled = false;
	}

	/**
	 * Say whether the events of this pass have changed nothing that the predicates would
	 * have to be asked for.
	 */
	boolean isAtRest() {
		return this.settled && (this.askedEveryPass || (this.answered && isAnswerSame()));
	}

	private boolean isAnswerSame() {
		return this.wantsRead == this.readActedOn && this.wantsWrite == this.writeActedOn && !this.inputPending
				&& this.channel.isOffloadFull() == this.fullActedOn;
	}

	/**
	 * Ask a dispatcher that is asked in every pass. If it answers the same as before and
	 * nothing has happened to it that is all.
	 */
	void askAgain(ReadyList ready) {
		if (!this.settled) {
			ask(ready);
			return;
		}
		Endpoint endpoint = this.channel.endpoint();
		askSafely();
		if (!(this.settled && isAnswerSame()) && this.channel.endpoint() == endpoint) {
			decide(ready);
		}
	}

	private void askSafely() {
		this.depth++;
		try {
			askPredicates();
		}
		catch (Throwable ex) {
			failed(Hook.PREDICATE, ex);
		}
		finally {
			Interrupts.end(false);
			returned();
		}
	}

	private void returned() {
		if (--this.depth == 0 && this.overDue) {
			this.overDue = false;
			this.channel.engine().tellOver(this.channel);
		}
	}

	/**
	 * Say whether a hook is under way, which may be running the loop.
	 */
	boolean isInHook() {
		return this.depth > 0;
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
		if (this.nudged) {
			this.nudged = false;
			release(this.readBrake);
			release(this.writeBrake);
		}
		askGuarded();
		// not for the socket that a predicate has made in place of it
		if (this.channel.endpoint() == endpoint) {
			decide(ready);
		}
	}

	private void decide(ReadyList ready) {
		this.settled = false;
		this.readActedOn = this.wantsRead;
		this.writeActedOn = this.wantsWrite;
		this.fullActedOn = this.channel.isOffloadFull();
		Endpoint endpoint = this.channel.endpoint();
		// a predicate may have closed the channel, or moved it to another loop
		if (endpoint != null && ready.isFor(this.channel)) {
			waitFor(endpoint, operations(endpoint, ready));
		}
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

	private void askPredicates() {
		this.wantsRead = false;
		this.wantsWrite = false;
		LoopMonitor monitor = this.channel.loop().monitor();
		boolean readable = dispatcher().readable();
		monitor.answeredReadable(readable);
		this.inputPending = readable && dispatcher().inputPending();
		// a default handleWrite() has nothing to write
		boolean writable = dispatcher().writable();
		monitor.answeredWritable(writable);
		this.wantsWrite = writable && type().isWriteHandled();
		this.wantsRead = readable;
	}

	private int operations(Endpoint endpoint, ReadyList ready) {
		return switch (this.channel.state()) {
			case CONNECTING -> connectOperation(ready);
			case LISTENING -> (this.wantsRead && isFree(this.readBrake) && !this.channel.isAcceptingPaused())
					? Endpoint.ACCEPT : 0;
			case CONNECTED -> transferOperations(endpoint, ready);
			case CREATED, BOUND -> endpoint.isConnectionless() ? transferOperations(endpoint, ready) : 0;
			case CLOSED -> 0;
		};
	}

	private int connectOperation(ReadyList ready) {
		Connector connecting = this.channel.connecting();
		if (connecting == null) {
			return 0;
		}
		// known to those who count before there is something to count
		this.channel.counters().group();
		if (connecting.isDecided()) {
			ready.add(this.channel, Endpoint.CONNECT);
		}
		connecting.join();
		return connecting.isPending() ? Endpoint.CONNECT : 0;
	}

	private int transferOperations(Endpoint endpoint, ReadyList ready) {
		if (this.channel.isSilent()) {
			return 0;
		}
		int possible = endpoint.operations();
		Transfer transfer = this.channel.transfer();
		boolean read = this.wantsRead && !transfer.isEnded() && !transfer.isHeld() && !this.channel.isOffloadFull()
				&& isFree(this.readBrake) && (possible & Endpoint.READ) != 0;
		boolean write = this.wantsWrite && !transfer.isOutputLost() && isFree(this.writeBrake)
				&& (possible & Endpoint.WRITE) != 0;
		if (read && this.inputPending) {
			ready.add(this.channel, Endpoint.READ);
		}
		boolean full = transfer.isFull();
		if (write && !full) {
			// it may well take something: no need to have the system say so first
			ready.add(this.channel, ReadyList.WRITE_AT_ONCE);
		}
		int operations = (read ? Endpoint.READ : 0) | ((write && full) ? Endpoint.WRITE : 0);
		if (!endpoint.isPolled()) {
			takeAnnounced(endpoint, operations, ready);
		}
		else {
			this.settled = !(read && this.inputPending) && !(write && !full);
		}
		return operations;
	}

	/**
	 * Take what an endpoint says that has no selector, as far as somebody waits for it.
	 */
	void announced(ReadyList ready) {
		Endpoint endpoint = this.channel.endpoint();
		if (endpoint != null && !endpoint.isPolled()) {
			takeAnnounced(endpoint, this.interest, ready);
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
		if (operations == this.interest) {
			return;
		}
		try {
			if (this.channel.engine().interest(this.channel, endpoint, operations)) {
				this.interest = (byte) operations;
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
			tellError(Hook.PREDICATE, ex);
			this.failing = Hook.PREDICATE;
			closeForcibly();
			this.failing = null;
		}
	}

	/**
	 * Deliver the first part of an event: connecting, accepting, reading.
	 */
	void deliverRead(int operations) {
		this.answered = false;
		if ((operations & Endpoint.CONNECT) != 0) {
			attempt(Hook.CONNECT, HookCaller::connect);
		}
		if ((operations & Endpoint.ACCEPT) != 0) {
			attempt(Hook.ACCEPT, HookCaller::accept);
		}
		if ((operations & Endpoint.READ) != 0) {
			attempt(Hook.READ, HookCaller::read);
		}
	}

	/**
	 * Deliver the second part of an event: writing.
	 */
	void deliverWrite(int operations) {
		this.answered = false;
		if ((operations & ReadyList.BROKEN) != 0) {
			attempt(Hook.WRITE, (service) -> this.channel.transfer().broken());
			return;
		}
		if ((operations & Endpoint.WRITE) != 0) {
			this.channel.transfer().setFull(false);
			this.settled = false;
		}
		else if ((operations & ReadyList.WRITE_AT_ONCE) == 0 && !isReasonToWrite()) {
			return;
		}
		this.answered = false;
		ChannelState state = this.channel.state();
		if (state == ChannelState.CONNECTED || state == ChannelState.BOUND || state == ChannelState.CREATED) {
			attempt(Hook.WRITE, HookCaller::write);
		}
	}

	// what was read in this pass, or who was connected to, may be answered at once
	private boolean isReasonToWrite() {
		Endpoint endpoint = this.channel.endpoint();
		if (!type().isWriteHandled() || this.channel.transfer().isFull()
				|| this.channel.transfer().isOutputLost() || endpoint == null
				|| (endpoint.operations() & Endpoint.WRITE) == 0) {
			return false;
		}
		release(this.writeBrake);
		askGuarded();
		this.answered = true;
		return this.wantsWrite;
	}

	private void connect() throws Exception {
		if (this.channel.finishConnect()) {
			observe(Hook.CONNECT, dispatcher(), Dispatcher::handleConnect);
		}
	}

	private void accept() throws Exception {
		int life = this.channel.life();
		Doubt doubt = doubt(this.readBrake);
		boolean outerServed = this.served;
		this.served = false;
		try {
			this.channel.acceptor().event();
		}
		finally {
			if (this.channel.isAlive(life)) {
				boolean served = this.served || isServedDirectly(this.readBrake, doubt, Endpoint.ACCEPT);
				this.readBrake = brake(this.readBrake, served, true, "accept events",
						"call accept() in handleAccept(), or answer false in readable()");
			}
			this.served |= outerServed;
		}
	}

	private void read() throws Exception {
		int life = this.channel.life();
		// of that the system knows nothing
		boolean pending = this.inputPending;
		Doubt doubt = doubt(this.readBrake);
		boolean outerServed = this.served;
		this.served = false;
		try {
			observe(Hook.READ, dispatcher(), Dispatcher::handleRead);
		}
		finally {
			if (this.channel.isAlive(life) && !this.channel.transfer().isHeld()) {
				boolean handled = type().isReadHandled();
				boolean served = this.served
						|| (handled && !pending && isServedDirectly(this.readBrake, doubt, Endpoint.READ));
				// a default handleRead() never reads: there is no point in trying again
				this.readBrake = brake(this.readBrake, served, handled, "read events",
						handled ? "call recv() in handleRead(), or answer false in readable()"
								: "override handleData(ByteBuffer) or handleRead(), or answer false in readable()");
			}
			// a handler may run the loop after it has done what it was called for
			this.served |= outerServed;
		}
	}

	private void write() throws Exception {
		int life = this.channel.life();
		Doubt doubt = doubt(this.writeBrake);
		boolean outerServed = this.served;
		this.served = false;
		try {
			observe(Hook.WRITE, dispatcher(), Dispatcher::handleWrite);
		}
		finally {
			if (this.channel.isAlive(life)) {
				boolean served = this.served || this.channel.transfer().isFull()
						|| isServedDirectly(this.writeBrake, doubt, Endpoint.WRITE);
				this.writeBrake = brake(this.writeBrake, served, true, "write events",
						"answer false in writable() while there is nothing to send");
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
		if (!this.channel.engine().isReady(this.channel, endpoint, operation)) {
			if (operation == Endpoint.WRITE) {
				this.channel.transfer().setFull(true);
				this.channel.touch();
			}
			return true;
		}
		if (brake == null || doubt == null || doubt.endpoint() != endpoint
				|| !isServed(doubt, operation != Endpoint.WRITE)) {
			return false;
		}
		brake.servedInDoubt();
		return true;
	}

	private boolean isServed(Doubt doubt, boolean reading) {
		if (!this.usedDirectly) {
			return false;
		}
		if (doubt.io().isPassed(reading)) {
			return true;
		}
		long left = reading ? SocketQueues.received(doubt.endpoint()) : SocketQueues.UNKNOWN;
		return left != SocketQueues.UNKNOWN && left < doubt.received();
	}

	/**
	 * Note that somebody may use the socket without the library.
	 */
	void usedDirectly() {
		this.usedDirectly = true;
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
			this.settled = false;
			if (brake.isNews()) {
				type().logger()
					.warn("{} leaves its {} unserved, so they are held back: {}", this.channel, events, remedy);
			}
			if (again) {
				brake.releaseLater(this.channel.engine(), this.channel::touch);
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
	 * Have a dispatcher write whose socket was full when it was last tried: long before
	 * the system says that there is room again there may be some.
	 * @return whether something was sent
	 */
	boolean sendNow() {
		Transfer transfer = this.channel.transfer();
		if (!transfer.isFull() || this.channel.state() != ChannelState.CONNECTED) {
			return false;
		}
		long sent = transfer.sent();
		int life = this.channel.life();
		transfer.setFull(false);
		if (isReasonToWrite()) {
			attempt(Hook.WRITE, HookCaller::write);
		}
		if (this.channel.life() == life) {
			this.channel.touch();
		}
		return this.channel.life() == life && transfer.sent() != sent;
	}

	/**
	 * Say whether the dispatcher reads, and wants to now.
	 */
	boolean isReading() {
		Endpoint endpoint = this.channel.endpoint();
		boolean able = type().isReadHandled() && this.channel.state() == ChannelState.CONNECTED && endpoint != null
				&& (endpoint.operations() & Endpoint.READ) != 0;
		boolean[] answer = new boolean[1];
		if (able) {
			guard(Hook.PREDICATE, (service) -> answer[0] = service.dispatcher().readable());
		}
		return answer[0];
	}

	/**
	 * Say whether something waits to be sent that a graceful stop should let go first.
	 */
	boolean hasOutput() {
		this.settled = false;
		this.wantsWrite = false;
		guard(Hook.PREDICATE, (service) -> service.wantsWrite = service.dispatcher().hasOutput());
		return this.wantsWrite && isFree(this.writeBrake);
	}

	/**
	 * Call a hook. What it throws is dealt with here and in the next method, and nowhere
	 * else.
	 */
	void guard(Hook hook, Dispatcher.HookCall<HookCaller> call) {
		this.depth++;
		try {
			observe(hook, this, call);
		}
		catch (Throwable ex) {
			failed(hook, ex);
		}
		finally {
			returned();
		}
	}

	/**
	 * Take a step that may lead to a hook, and whose failures count as those of the hook.
	 */
	void attempt(Hook hook, Dispatcher.HookCall<HookCaller> step) {
		this.depth++;
		try {
			step.call(this);
		}
		catch (Throwable ex) {
			failed(hook, ex);
		}
		finally {
			returned();
		}
	}

	/**
	 * Tell the dispatcher that what it had is over. What it throws changes nothing.
	 * @return whether that is done; otherwise it is to be done when the hooks that are
	 * under way have returned
	 */
	boolean tellOver(CloseReason reason) {
		if (this.depth > 0) {
			this.overDue = true;
			return false;
		}
		this.depth++;
		try {
			observe(Hook.CLOSED, dispatcher(), (dispatcher) -> dispatcher.handleClosed(reason));
		}
		catch (Throwable ex) {
			if (EventLoop.isExit(ex)) {
				throw unchecked(ex);
			}
			this.channel.loop().report(type().logger(), "handleClosed() of {} failed", this.channel, ex);
		}
		finally {
			returned();
		}
		return true;
	}

	/**
	 * Tell the dispatcher that there is nothing more to receive, before it hears what
	 * that means.
	 */
	void inputEnded() {
		attempt(Hook.READ, (service) -> service.dispatcher().inputEnded());
	}

	private void failed(Hook hook, Throwable failure) {
		if (EventLoop.isExit(failure)) {
			throw unchecked(failure);
		}
		tellError(hook, failure);
	}

	/**
	 * Call a hook so that the monitor knows: which one is running, and how long it takes.
	 */
	<T> void observe(Hook hook, T target, Dispatcher.HookCall<T> call) throws Exception {
		observe(hook, target, call, false);
	}

	/**
	 * Call a hook so that the monitor knows.
	 * @param follows whether another one was called before within the same hook, and
	 * nothing of the application has run since
	 */
	<T> void observe(Hook hook, T target, Dispatcher.HookCall<T> call, boolean follows) throws Exception {
		EventLoop loop = this.channel.loop();
		if (!loop.inLoop()) {
			// a thread that makes a channel before the loop runs
			call.call(target);
			return;
		}
		LoopMonitor monitor = loop.monitor();
		ActivityRecord progress = monitor.progress();
		Watcher outerChannel = progress.channel();
		int outerHook = progress.hook();
		ChannelStats group = (monitor.isTimed() && hook.isObserved()) ? this.channel.counters().group() : null;
		long start = (group != null) ? progress.beginning(follows) : 0;
		boolean interrupted = outerHook != ActivityRecord.NO_HOOK && Interrupts.arePending();
		Throwable failure = null;
		progress.enter(this.channel, hook.ordinal());
		try {
			HookInterceptor[] interceptors = monitor.interceptors();
			if (interceptors.length == 0 || !hook.isObserved()) {
				call.call(target);
			}
			else {
				intercept(interceptors, 0, hook, () -> call.call(target));
			}
		}
		catch (Throwable ex) {
			failure = ex;
			throw ex;
		}
		finally {
			Interrupts.end(interrupted);
			progress.leave(outerChannel, outerHook);
			if (group != null) {
				group.handled(hook, progress.ending() - start, failure);
			}
		}
	}

	private void intercept(HookInterceptor[] interceptors, int index, Hook hook, HookInterceptor.Invocation invocation)
			throws Exception {
		if (index == interceptors.length) {
			invocation.proceed();
		}
		else {
			interceptors[index].intercept(dispatcher(), hook,
					() -> intercept(interceptors, index + 1, hook, invocation));
		}
	}

	private void tellError(Hook hook, Throwable failure) {
		Hook outer = this.failing;
		this.failing = hook;
		CloseReason present = (failure instanceof LimitExceededException) ? CloseReason.LIMIT : CloseReason.ERROR;
		note(failure);
		if (present == CloseReason.LIMIT) {
			Trail.limited(this.channel, failure);
		}
		CloseReason before = this.channel.counters().presume(present);
		int life = this.channel.life();
		try {
			tellError(failure);
			if (hook == Hook.CLOSE) {
				// its handleClose() has not done what it is for
				closeForcibly();
			}
		}
		finally {
			this.failing = outer;
		}
		if (this.channel.life() == life) {
			// it may have begun to connect again, for which all is well
			this.channel.counters().restore(present, before);
		}
	}

	private void note(Throwable failure) {
		try {
			this.channel.counters().group().failed(failure);
		}
		catch (RuntimeException | Error ex) {
			// there may be no memory for it, which matters less than what has failed
		}
	}

	private void tellError(Throwable failure) {
		try {
			observe(Hook.ERROR, dispatcher(), (dispatcher) -> dispatcher.handleError(failure));
		}
		catch (Throwable ex) {
			if (EventLoop.isExit(ex)) {
				throw unchecked(ex);
			}
			this.channel.loop()
				.report(type().logger(), "handleError() of {} failed, closing it", this.channel, ex);
			closeForcibly();
		}
	}

	/**
	 * Return what the hook was called for whose failure {@code handleError} is told.
	 */
	@Nullable Hook failing() {
		return this.failing;
	}

	/**
	 * Close, by the dispatcher's own {@code close()} if that works.
	 */
	void closeForcibly() {
		boolean interrupted = Interrupts.arePending();
		try {
			if (this.channel.state() != ChannelState.CLOSED) {
				dispatcher().close();
			}
		}
		catch (Throwable ex) {
			if (EventLoop.isExit(ex)) {
				throw unchecked(ex);
			}
			this.channel.loop().report(type().logger(), "close() of {} failed", this.channel, ex);
		}
		finally {
			Interrupts.end(interrupted);
			this.channel.close();
		}
	}

	private static RuntimeException unchecked(Throwable exit) {
		return (RuntimeException) exit;
	}

	/**
	 * What was to be taken, and what the thread had done, before a handler was called.
	 */
	private record Doubt(Endpoint endpoint, long received, ThreadIo io) {

	}

}
