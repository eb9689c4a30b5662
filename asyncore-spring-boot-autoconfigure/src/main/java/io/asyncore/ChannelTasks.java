package io.asyncore;

import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

import io.asyncore.loop.Agenda;
import io.asyncore.loop.TimerTask;
import io.asyncore.loop.Watcher;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.SocketQueues;
import org.jspecify.annotations.Nullable;

/**
 * What a channel has to be done later or elsewhere: timers, which end with the present
 * life of the channel, and work that was given away. Made when there is the first of
 * them. May be used by any thread.
 */
final class ChannelTasks {

	private static final AtomicReferenceFieldUpdater<ChannelTasks, @Nullable Agenda> AGENDA = AtomicReferenceFieldUpdater
		.newUpdater(ChannelTasks.class, Agenda.class, "agenda");

	private static final AtomicReferenceFieldUpdater<ChannelTasks, @Nullable OffloadQueue> QUEUE = AtomicReferenceFieldUpdater
		.newUpdater(ChannelTasks.class, OffloadQueue.class, "queue");

	private static final AtomicIntegerFieldUpdater<ChannelTasks> OFFLOADS = AtomicIntegerFieldUpdater
		.newUpdater(ChannelTasks.class, "offloads");

	private final Watcher channel;

	// the timers of the present life, if there ever were any
	private volatile @Nullable Agenda agenda;

	private volatile @Nullable OffloadQueue queue;

	// how much offloaded work of this life has not come back
	private volatile int offloads;

	ChannelTasks(Watcher channel) {
		this.channel = channel;
	}

	/**
	 * Run a task after a delay, unless the present life has ended by then.
	 */
	LoopTask callLater(Duration delay, Runnable task) {
		return LoopTask.started(this.channel.engine(), task, delay, false, agenda());
	}

	/**
	 * Run a task again and again, until the present life ends.
	 */
	LoopTask callEvery(Duration period, Runnable task) {
		return LoopTask.started(this.channel.engine(), task, LoopTask.requirePositive(period), true, agenda());
	}

	/**
	 * Return the timers of the present life.
	 */
	Agenda agenda() {
		Agenda present = this.agenda;
		while (present == null || present.isOver()) {
			Agenda fresh = new Agenda(this.channel);
			present = AGENDA.compareAndSet(this, present, fresh) ? fresh : this.agenda;
		}
		return present;
	}

	/**
	 * Say whether there are timers that wait.
	 */
	boolean hasTimers() {
		Agenda agenda = this.agenda;
		return agenda != null && !agenda.isEmpty();
	}

	/**
	 * Give work away.
	 * @throws RejectedExecutionException if nobody takes it
	 */
	<T> void offload(OffloadQueue.Owner owner, Callable<T> work, Consumer<? super T> then) {
		int life = owner.life();
		Agenda agenda = agenda();
		boolean closedBefore = owner.isClosed();
		OFFLOADS.incrementAndGet(this);
		boolean accepted = false;
		try {
			queue(owner).add(work, then, life, agenda, closedBefore);
			accepted = true;
		}
		finally {
			if (!accepted && owner.life() == life) {
				offloadReturned();
			}
		}
	}

	private OffloadQueue queue(OffloadQueue.Owner owner) {
		OffloadQueue queue = this.queue;
		if (queue == null) {
			OffloadQueue fresh = new OffloadQueue(owner, this);
			queue = QUEUE.compareAndSet(this, null, fresh) ? fresh : this.queue;
		}
		return Objects.requireNonNull(queue);
	}

	/**
	 * Note that a piece of work of the present life has come back.
	 */
	void offloadReturned() {
		OFFLOADS.decrementAndGet(this);
	}

	boolean isOffloading() {
		return this.offloads > 0;
	}

	/**
	 * Return how many pieces of work wait to be begun.
	 */
	int queued() {
		OffloadQueue queue = this.queue;
		return (queue != null) ? queue.queued() : 0;
	}

	/**
	 * Ask the system how many of the bytes that were sent the peer has not acknowledged.
	 * @param then called on the loop, unless the present life has ended by then; with
	 * {@link SocketQueues#UNKNOWN} if the system does not tell
	 */
	void askUnacknowledged(Endpoint endpoint, LongConsumer then) {
		Agenda agenda = agenda();
		SocketQueues.askUnacknowledged(endpoint, (count) -> execute((Housekeeping) () -> then.accept(count), agenda));
	}

	// a timer, because that goes along when the channel moves to another loop
	private void execute(Runnable task, Agenda agenda) {
		new TimerTask(this.channel.engine(), task, Duration.ZERO, false, agenda).start();
	}

	/**
	 * End what belongs to the life that has ended, also what was begun since.
	 */
	void lifeEnded() {
		this.offloads = 0;
		Agenda agenda = AGENDA.getAndSet(this, null);
		if (agenda != null) {
			agenda.end();
		}
		OffloadQueue queue = this.queue;
		if (queue != null) {
			queue.lifeEnded();
		}
	}

}
