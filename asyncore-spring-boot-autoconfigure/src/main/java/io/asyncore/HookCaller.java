package io.asyncore;

import io.asyncore.loop.ActivityRecord;
import io.asyncore.loop.Interrupts;
import io.asyncore.loop.Watcher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * What a loop serves by calling the hooks of a dispatcher. All of them are called here:
 * so that the monitor knows, and so that what they throw is caught. Belongs to the thread
 * of the loop.
 */
abstract class HookCaller extends MapMember {

	private @Nullable Hook failing;

	// how many hooks are under way, one inside the other
	private int depth;

	// whether it has to be told when they have returned that it is over
	private boolean overDue;

	HookCaller(ChannelMap map) {
		super(map);
	}

	abstract Counters counters();

	abstract Logger logger();

	/**
	 * Note that the peer has passed a limit.
	 */
	abstract void limited(Throwable failure);

	/**
	 * Close, whatever the dispatcher makes of that.
	 */
	abstract void close();

	abstract boolean isClosed();

	/**
	 * Say whether a hook is under way, which may be running the loop.
	 */
	boolean isInHook() {
		return this.depth > 0;
	}

	/**
	 * Note that a hook begins, outside of the methods that call one.
	 */
	void entered() {
		this.depth++;
	}

	/**
	 * Note that a hook has returned.
	 */
	void returned() {
		if (--this.depth == 0 && this.overDue) {
			this.overDue = false;
			engine().departures().resume(this);
		}
	}

	/**
	 * Log a failure of this channel that has no hook to go to.
	 * @param message what has failed, in which <code>{}</code> stands for this channel
	 */
	void report(String message, Throwable failure) {
		loop().report(logger(), message, this, failure);
	}

	/**
	 * Call a hook. What it throws is dealt with here and in the next method, and nowhere
	 * else.
	 */
	<T> void guard(Hook hook, T target, Dispatcher.HookCall<T> call) {
		this.depth++;
		try {
			observe(hook, target, call);
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
	<T> void attempt(Hook hook, T target, Dispatcher.HookCall<T> step) {
		this.depth++;
		try {
			step.call(target);
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
			if (ExitNow.isExit(ex)) {
				throw unchecked(ex);
			}
			report("handleClosed() of {} failed", ex);
		}
		finally {
			returned();
		}
		return true;
	}

	/**
	 * Tell the dispatcher what a hook has thrown, unless that is meant to leave the loop.
	 */
	void failed(Hook hook, Throwable failure) {
		if (ExitNow.isExit(failure)) {
			throw unchecked(failure);
		}
		tellError(hook, failure);
	}

	/**
	 * Tell the dispatcher of a failure that it cannot live with, and close it.
	 */
	void fail(Hook hook, Throwable failure) {
		tellError(hook, failure);
		this.failing = hook;
		closeForcibly();
		this.failing = null;
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
		LoopParts loop = loop();
		if (!loop.inLoop()) {
			// a thread that makes a channel before the loop runs
			call.call(target);
			return;
		}
		LoopMonitor monitor = loop.monitor();
		ActivityRecord progress = monitor.progress();
		Watcher outerChannel = progress.channel();
		int outerHook = progress.hook();
		ChannelTotals totals = (monitor.isTimed() && hook.isObserved()) ? counters().totals() : null;
		long start = (totals != null) ? progress.beginning(follows) : 0;
		boolean interrupted = outerHook != ActivityRecord.NO_HOOK && Interrupts.arePending();
		Throwable failure = null;
		progress.enter(this, hook.ordinal());
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
			if (totals != null) {
				totals.handled(hook, progress.ending() - start, failure);
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
			limited(failure);
		}
		CloseReason before = counters().inferReason(present);
		int life = life();
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
		if (life() == life) {
			// it may have begun to connect again, for which all is well
			counters().restoreReason(present, before);
		}
	}

	private void note(Throwable failure) {
		try {
			counters().totals().failed(failure);
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
			if (ExitNow.isExit(ex)) {
				throw unchecked(ex);
			}
			report("handleError() of {} failed, closing it", ex);
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
			if (!isClosed()) {
				dispatcher().close();
			}
		}
		catch (Throwable ex) {
			if (ExitNow.isExit(ex)) {
				throw unchecked(ex);
			}
			report("close() of {} failed", ex);
		}
		finally {
			Interrupts.end(interrupted);
			close();
		}
	}

	private static RuntimeException unchecked(Throwable exit) {
		return (RuntimeException) exit;
	}

}
