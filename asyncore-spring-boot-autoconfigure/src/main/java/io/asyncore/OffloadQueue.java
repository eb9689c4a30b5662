package io.asyncore;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

import io.asyncore.loop.Agenda;
import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.TimerTask;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The work that a channel has given away to be done on other threads: one piece after the
 * other, and in the same order the results come back to the loop. May be used by any
 * thread.
 * <p>
 * Outlives the connection: what was given away is done, also when the peer has gone in
 * the meantime. Then nobody is told of the result any more, but a failure is logged.
 */
final class OffloadQueue {

	private final Owner channel;

	private final ChannelTasks tasks;

	// used under the lock of this object

	private final Queue<Work<?>> waiting = new ArrayDeque<>(2);

	private final Deque<Work<?>> done = new ArrayDeque<>(2);

	private boolean busy;

	// what others read without it
	private volatile int queued;

	OffloadQueue(Owner channel, ChannelTasks tasks) {
		this.channel = channel;
		this.tasks = tasks;
	}

	/**
	 * Return how many pieces of work wait to be begun.
	 */
	int queued() {
		return this.queued;
	}

	/**
	 * Give work away.
	 * @throws RejectedExecutionException if nobody takes it
	 */
	<T> void add(Callable<T> task, Consumer<? super T> then, int life, Agenda agenda, boolean closedBefore) {
		Work<T> work = new Work<>(task, then, this.channel, life, agenda, closedBefore);
		work.totals.addOffloadQueued(1);
		synchronized (this) {
			if (this.busy) {
				this.waiting.add(work);
				this.queued = this.waiting.size();
				return;
			}
			this.busy = true;
		}
		boolean begun = false;
		try {
			begin(work);
			begun = true;
		}
		finally {
			if (!begun) {
				rejected(work);
				// others may have come in the meantime
				rejectWaiting();
			}
		}
	}

	private void rejectWaiting() {
		for (Work<?> next = next(); next != null; next = next()) {
			try {
				begin(next);
				return;
			}
			catch (RejectedExecutionException ex) {
				rejected(next);
				next.fail(ex);
				finished(next);
			}
		}
	}

	private void begin(Work<?> work) {
		work.loop.begin(() -> doAll(work));
	}

	// by a thread of the executor

	private void doAll(Work<?> first) {
		for (Work<?> work = first; work != null;) {
			if (work.isAbandoned()) {
				drop(work);
			}
			else {
				performSafely(work);
			}
			work = next();
			if (work != null && isTaken(work)) {
				// others have their turn in between
				return;
			}
		}
	}

	private void performSafely(Work<?> work) {
		try {
			perform(work);
		}
		catch (OutOfMemoryError ex) {
			// there was none to say what has become of it: nobody is told, and others go
			// on
			if (this.channel.life() == work.life) {
				this.tasks.offloadReturned();
			}
			this.channel.report("the result of work that {} has offloaded is lost", ex);
		}
	}

	private void perform(Work<?> work) {
		work.totals.addOffloadQueued(-1);
		work.totals.addOffloadActive(1);
		long start = work.loop.now();
		try {
			work.perform();
		}
		finally {
			work.totals.addOffloadActive(-1);
			work.totals.addOffloadDone(work.failure);
			work.loop.done(work.totals, work.loop.now() - start, work.failure);
			finished(work);
		}
	}

	private boolean isTaken(Work<?> work) {
		try {
			begin(work);
			return true;
		}
		catch (RejectedExecutionException ex) {
			// it has no other thread to spare, or wants no more: then this one goes on
			return false;
		}
	}

	// the next piece of work, null if there is none
	private @Nullable Work<?> next() {
		while (true) {
			Work<?> next;
			boolean room;
			int most = this.channel.offloadedWork().maxQueued();
			synchronized (this) {
				next = this.waiting.poll();
				int queued = this.waiting.size();
				room = this.queued >= most && queued < most;
				this.queued = queued;
				this.busy = next != null;
			}
			if (next == null) {
				return null;
			}
			if (room) {
				this.channel.interestChanged();
			}
			if (!next.isAbandoned()) {
				return next;
			}
			drop(next);
		}
	}

	private static void rejected(Work<?> work) {
		work.totals.addOffloadQueued(-1);
		work.totals.addOffloadRejected();
	}

	private void drop(Work<?> work) {
		rejected(work);
		this.channel.logger()
			.warn("Work that {} has offloaded was not begun before the grace period of the stop was over: "
					+ "give it more time, or the channel less to do", this.channel);
	}

	private void finished(Work<?> work) {
		boolean told;
		synchronized (this) {
			told = this.channel.life() == work.life;
			if (told) {
				this.done.add(work);
			}
		}
		if (told) {
			// a timer, because that goes along when the channel moves to another loop
			new TimerTask(this.channel.engine(), this::tell, Duration.ZERO, false, work.agenda).start();
		}
		else {
			reportLost(work);
		}
	}

	// by the thread of the loop

	private void tell() {
		Work<?> work;
		synchronized (this) {
			work = this.done.poll();
		}
		if (work == null) {
			return;
		}
		this.tasks.offloadReturned();
		if (!this.channel.isClosed() || work.closedBefore) {
			this.channel.tell(work::tell);
		}
		else {
			reportLost(work);
		}
	}

	/**
	 * Forget whom to tell of what was given away so far, because that connection is over.
	 */
	void lifeEnded() {
		Queue<Work<?>> lost = new ArrayDeque<>();
		int life = this.channel.life();
		synchronized (this) {
			for (Iterator<Work<?>> works = this.done.iterator(); works.hasNext();) {
				Work<?> work = works.next();
				if (work.life != life) {
					works.remove();
					lost.add(work);
				}
			}
		}
		lost.forEach(this::reportLost);
	}

	private void reportLost(Work<?> work) {
		if (work.failure != null) {
			this.channel.report("work that {} has offloaded failed after it was closed", work.failure);
		}
	}

	/**
	 * The channel that gives work away. Called by any thread, except for {@link #tell}.
	 */
	interface Owner {

		/**
		 * Return how many lives it has behind it.
		 */
		int life();

		boolean isClosed();

		LoopEngine engine();

		/**
		 * Return what its loop knows of such work.
		 */
		OffloadedWork offloadedWork();

		/**
		 * Return where it is counted.
		 */
		ChannelTotals totals();

		Logger logger();

		/**
		 * Log a failure.
		 * @param message what has failed, in which <code>{}</code> stands for the channel
		 */
		void report(String message, Throwable failure);

		/**
		 * Note that it may be read again.
		 */
		void interestChanged();

		/**
		 * Tell what has become of work, whose failure is that of a task of the channel.
		 */
		void tell(Result result);

	}

	/**
	 * Tells what has become of work.
	 */
	@FunctionalInterface
	interface Result {

		void tell() throws Exception;

	}

	/**
	 * A piece of work, and what has become of it.
	 *
	 * @param <T> the type of its result
	 */
	private static final class Work<T> {

		private final Callable<T> task;

		private final Consumer<? super T> then;

		final OffloadedWork loop;

		final ChannelTotals totals;

		final Agenda agenda;

		final int life;

		// it may be on the way to be opened again
		final boolean closedBefore;

		private final int abandonments;

		private @Nullable T result;

		// by the thread that does it, then by that of the loop
		@Nullable Throwable failure;

		Work(Callable<T> task, Consumer<? super T> then, Owner channel, int life, Agenda agenda, boolean closedBefore) {
			this.task = task;
			this.then = then;
			this.loop = channel.offloadedWork();
			this.totals = channel.totals();
			this.agenda = agenda;
			this.life = life;
			this.closedBefore = closedBefore;
			this.abandonments = this.loop.abandonments();
		}

		boolean isAbandoned() {
			return this.loop.abandonments() != this.abandonments;
		}

		void perform() {
			try {
				this.result = this.task.call();
			}
			catch (Throwable ex) {
				this.failure = ex;
			}
		}

		void fail(Throwable failure) {
			this.failure = failure;
		}

		// null is a result too, where T says so; the field is null before there is one
		@SuppressWarnings("NullAway")
		void tell() throws Exception {
			Throwable failure = this.failure;
			if (failure instanceof Error error) {
				throw error;
			}
			if (failure != null) {
				throw (Exception) failure;
			}
			this.then.accept(this.result);
		}

	}

}
