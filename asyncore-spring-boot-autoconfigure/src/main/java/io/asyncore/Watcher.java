package io.asyncore;

import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;

import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link LoopEngine} serves: it is asked what it waits for, and told what is
 * ready. One class extends this, so the calls are direct. They are made by the thread of
 * the loop, unless it says otherwise.
 */
abstract class Watcher {

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
	boolean sendIn(LoopEngine loop) {
		LoopEngine before = this.sentInto;
		return before != loop && SENT_INTO.compareAndSet(this, before, loop);
	}

	void takenIn(LoopEngine loop) {
		SENT_INTO.compareAndSet(this, loop, null);
	}

	/**
	 * Forget the notes of the loop that it leaves.
	 */
	protected void forgetNotes() {
		this.touched = false;
		this.inEveryPass = false;
	}

	/**
	 * Return the number by which it can be found.
	 */
	abstract long id();

	/**
	 * Return the loop that it belongs to now. Safe from any thread.
	 */
	abstract LoopEngine engine();

	/**
	 * Say whether it is in service, and by that loop. Safe from any thread.
	 */
	abstract boolean isServedBy(LoopEngine loop);

	/**
	 * Return which of its lives this is: each endpoint begins another one.
	 */
	abstract int life();

	/**
	 * Say whether what was meant for a life is still welcome.
	 */
	abstract boolean isAlive(int life);

	/**
	 * Say whether what the poller has found is what it waits for.
	 */
	abstract boolean isEndpoint(Endpoint found);

	// asked

	/**
	 * Say whether it has to be asked in every pass.
	 */
	abstract boolean isAskedEveryPass();

	/**
	 * Note that something has happened to it, which counts besides its answers.
	 */
	abstract void unsettle();

	/**
	 * Say what it waits for. What need not be waited for is added to the list.
	 */
	abstract void ask(ReadyList ready);

	/**
	 * Say what it waits for, if it is asked in every pass: nearly always the same as
	 * before.
	 */
	abstract void askAgain(ReadyList ready);

	/**
	 * Add what has been announced to the list.
	 */
	abstract void announced(ReadyList ready);

	/**
	 * Say whether the events of this pass have changed nothing that it would have to be
	 * asked for.
	 */
	abstract boolean isAtRest();

	// told

	/**
	 * Deliver the first part of what is ready: connecting, accepting, reading.
	 */
	abstract void deliverRead(int operations);

	/**
	 * Deliver the second part: writing.
	 */
	abstract void deliverWrite(int operations);

	/**
	 * Run a task that was given for it.
	 */
	abstract void run(Runnable task);

	/**
	 * Have the loop look at it again. Safe from any thread.
	 */
	abstract void touch();

	/**
	 * Say whether tasks wait for their time that are its own. Safe from any thread.
	 */
	abstract boolean hasTimers();

	// when it was active

	/**
	 * Say whether somebody wants to know exactly when it was active.
	 */
	abstract boolean isWatched();

	abstract long activeAt();

	abstract void setActive(long time);

}
