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
	 * @return whether it does
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
	 * @return the number, never 0
	 */
	public abstract long id();

	/**
	 * Return the loop that it belongs to now. Safe from any thread.
	 * @return the loop, which another thread may change
	 */
	public abstract LoopEngine engine();

	/**
	 * Say whether it is in service, and by that loop. Safe from any thread.
	 * @param loop the loop
	 * @return whether both are so
	 */
	protected abstract boolean isServedBy(LoopEngine loop);

	/**
	 * Return which of its lives this is: each endpoint begins another one.
	 * @return the number of that life
	 */
	public abstract int life();

	/**
	 * Say whether what was meant for a life is still welcome.
	 * @param life the number of that life
	 * @return whether it is the present one, and may be told something
	 */
	protected abstract boolean isAlive(int life);

	/**
	 * Say whether what the poller has found is what it waits for.
	 * @param found the endpoint that the poller knows
	 * @return whether it is
	 */
	protected abstract boolean isEndpoint(Endpoint found);

	/**
	 * Note what the poller has found if it is what stands below a filter.
	 * @param found the endpoint that the poller knows
	 * @param operations what it is ready for
	 * @return whether it is; then it has to be {@link #announced}
	 */
	protected abstract boolean foundWire(Endpoint found, int operations);

	// asked

	/**
	 * Say whether it has to be asked in every pass.
	 * @return whether it has to be, because its answers may depend on anything
	 */
	protected abstract boolean isAskedEveryPass();

	/**
	 * Note that something has happened to it, which counts besides its answers.
	 */
	protected abstract void invalidate();

	/**
	 * Say what it waits for. What need not be waited for is added to the list.
	 * @param ready the list of the pass that is under way
	 */
	protected abstract void ask(ReadyList ready);

	/**
	 * Say what it waits for, if it is asked in every pass: nearly always the same as
	 * before.
	 * @param ready the list of the pass that is under way
	 */
	protected abstract void askAgain(ReadyList ready);

	/**
	 * Add to the list what its endpoint is ready for, after {@link LoopEngine#announce}.
	 * @param ready the list of the pass that is under way
	 */
	protected abstract void announced(ReadyList ready);

	/**
	 * Say whether the events of this pass have changed nothing that it would have to be
	 * asked for.
	 * @return whether it need not be asked
	 */
	protected abstract boolean isCurrent();

	// told

	/**
	 * Deliver the first part of what is ready: connecting, accepting, reading.
	 * @param operations all that it is ready for
	 */
	protected abstract void deliverRead(int operations);

	/**
	 * Deliver the second part: writing.
	 * @param operations all that it is ready for
	 */
	protected abstract void deliverWrite(int operations);

	/**
	 * Run a task that was given for it.
	 * @param task the task, whose failure is that of this channel
	 */
	protected abstract void run(Runnable task);

	/**
	 * Have the loop look at it again. Safe from any thread.
	 */
	public abstract void touch();

	/**
	 * Say whether tasks wait for their time that are its own. Safe from any thread.
	 * @return whether one waits
	 */
	protected abstract boolean hasTimers();

	// when it was active

	/**
	 * Say whether somebody wants to know exactly when it was active.
	 * @return whether somebody does
	 */
	protected abstract boolean isWatched();

	/**
	 * Return when it was active last.
	 * @return the time by the clock of its loop, in nanoseconds
	 */
	protected abstract long activeAt();

	/**
	 * Note that it was active.
	 * @param time when, by the clock of its loop, in nanoseconds
	 */
	protected abstract void setActive(long time);

}
