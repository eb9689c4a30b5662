package io.asyncore.loop;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link LoopEngine} serves: it is asked what it waits for, and told what is
 * ready. One class extends this, so the calls are direct. They are made by the thread of
 * the loop, unless it says otherwise.
 */
public abstract class Watcher {

	private static final AtomicReferenceFieldUpdater<Watcher, @Nullable LoopEngine> SENT_INTO = AtomicReferenceFieldUpdater
		.newUpdater(Watcher.class, LoopEngine.class, "sentInto");

	// the notes of the loop

	int slot;

	boolean touched;

	boolean inEveryPass;

	private volatile @Nullable LoopEngine sentInto;

	/**
	 * Say whether this is the first call for a loop since {@link #takenIn}. Safe from any
	 * thread.
	 */
	final boolean sendIn(LoopEngine loop) {
		LoopEngine before = this.sentInto;
		return before != loop && SENT_INTO.compareAndSet(this, before, loop);
	}

	final void takenIn(LoopEngine loop) {
		SENT_INTO.compareAndSet(this, loop, null);
	}

	/**
	 * Say whether its loop asks it in every pass.
	 */
	public final boolean isInEveryPass() {
		return this.inEveryPass;
	}

	/**
	 * Forget the notes of the loop that it leaves.
	 */
	protected final void forgetNotes() {
		this.touched = false;
		this.inEveryPass = false;
	}

	/**
	 * Return the number by which it can be found.
	 */
	protected abstract long id();

	/**
	 * Return the loop that it belongs to now. Safe from any thread.
	 */
	protected abstract LoopEngine engine();

	/**
	 * Say whether it is in service, and by that loop. Safe from any thread.
	 */
	protected abstract boolean isServedBy(LoopEngine loop);

	/**
	 * Return which of its lives this is: each endpoint begins another one.
	 */
	protected abstract int life();

	/**
	 * Say whether what was meant for a life is still welcome.
	 */
	protected abstract boolean isAlive(int life);

	/**
	 * Say whether what the poller has found is what it waits for.
	 */
	protected abstract boolean isEndpoint(Endpoint found);

	// asked

	/**
	 * Say whether it has to be asked in every pass.
	 */
	protected abstract boolean isAskedEveryPass();

	/**
	 * Note that something has happened to it, which counts besides its answers.
	 */
	protected abstract void unsettle();

	/**
	 * Say what it waits for. What need not be waited for is added to the list.
	 */
	protected abstract void ask(ReadyList ready);

	/**
	 * Say what it waits for, if it is asked in every pass: nearly always the same as
	 * before.
	 */
	protected abstract void askAgain(ReadyList ready);

	/**
	 * Add what has been announced to the list.
	 */
	protected abstract void announced(ReadyList ready);

	/**
	 * Say whether the events of this pass have changed nothing that it would have to be
	 * asked for.
	 */
	protected abstract boolean isAtRest();

	// told

	/**
	 * Deliver the first part of what is ready: connecting, accepting, reading.
	 */
	protected abstract void deliverRead(int operations);

	/**
	 * Deliver the second part: writing.
	 */
	protected abstract void deliverWrite(int operations);

	/**
	 * Run a task that was given for it.
	 */
	protected abstract void run(Runnable task);

	/**
	 * Have the loop look at it again. Safe from any thread.
	 */
	protected abstract void touch();

	/**
	 * Say whether tasks wait for their time that are its own. Safe from any thread.
	 */
	protected abstract boolean hasTimers();

	// when it was active

	/**
	 * Say whether somebody wants to know exactly when it was active.
	 */
	protected abstract boolean isWatched();

	protected abstract long activeAt();

	protected abstract void setActive(long time);

}
