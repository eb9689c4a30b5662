package io.asyncore;

import java.time.Duration;
import java.util.function.LongConsumer;

import io.asyncore.loop.TimerTask;
import io.asyncore.transport.SocketQueues;
import org.jspecify.annotations.Nullable;

/**
 * Tells a dispatcher when nothing has come or gone for some time. Costs one timer a
 * channel, which is not touched by what comes and goes.
 * <p>
 * What a socket takes is no measure of what its peer takes: with a large buffer it takes
 * nothing for long while a slow peer reads all the time. So before a channel counts as
 * idle that has sent something, it tries to send, and the system is asked how much the
 * peer still has to take.
 */
final class IdleWatch implements Housekeeping {

	// any peer has room for that much, so it says nothing about what a peer takes
	private static final int ALWAYS_TAKEN = 2048;

	private static final long NEVER_ASKED = Long.MAX_VALUE;

	private final Owner channel;

	private final long nanos;

	// when it was told to watch, or has told that nothing happens
	private long begun;

	// how much of what was sent the peer had taken when that last changed, as far as the
	// system was asked, when it was asked, and what the last activity was then
	private long taken = NEVER_ASKED;

	private long takenAt;

	private long takenAfter;

	private @Nullable ScheduledTask timer;

	IdleWatch(Owner channel, Duration timeout) {
		this.channel = channel;
		this.nanos = TimerTask.nanos(timeout);
	}

	void start() {
		this.begun = this.channel.engine().now();
		this.taken = NEVER_ASKED;
		goOn(this.nanos);
	}

	void stop() {
		if (this.timer != null) {
			this.timer.cancel();
		}
	}

	// the system is asked twice, so that there is something to compare
	private void goOn(long left) {
		stop();
		long half = this.nanos / 2;
		Duration delay = Duration.ofNanos((left > half && isAskable()) ? left - half : left);
		this.timer = this.channel.tasks().callLater(delay, this);
	}

	private boolean isAskable() {
		return this.channel.counters().sent() > ALWAYS_TAKEN && this.channel.socket().isConnection();
	}

	@Override
	public void run() {
		long left = nanosLeft();
		int life = this.channel.socket().life();
		boolean silent = this.channel.socket().isSilent();
		if (left > 0) {
			if (left <= this.nanos / 2 && isAskable()) {
				ask(this::compare);
			}
			goOn(left);
		}
		else if (this.channel.isWorking()) {
			goOn(this.nanos);
		}
		else if (this.channel.sendNow() || silent != this.channel.socket().isSilent()) {
			// it takes something, or has just heard that nobody does
			start();
		}
		else if (this.channel.socket().life() == life) {
			askOrTell();
		}
	}

	private void askOrTell() {
		if (isAskable()) {
			ask(this::answered);
		}
		else {
			tell();
		}
	}

	private long nanosLeft() {
		long now = this.channel.engine().now();
		return this.nanos - Math.min(now - this.channel.counters().activeAt(), now - this.begun);
	}

	private void ask(LongConsumer answer) {
		long begun = this.begun;
		this.channel.askUnacknowledged((unacknowledged) -> {
			// unless it was told to watch anew meanwhile
			if (this.begun == begun && this.channel.isWatchedBy(this)) {
				answer.accept(unacknowledged);
			}
		});
	}

	private void answered(long unacknowledged) {
		boolean asked = isAsked();
		boolean taking = compare(unacknowledged);
		long half = this.nanos / 2;
		if (taking || (unacknowledged > 0 && !asked)) {
			// it may be about to take the rest
			goOn(half);
		}
		else if (nanosLeft() > 0 || this.channel.isWorking()) {
			run();
		}
		else if (unacknowledged == SocketQueues.UNKNOWN && asked) {
			// a socket can be missing from a list that is written while others come and
			// go
			this.taken = NEVER_ASKED;
			goOn(half);
		}
		else if (unacknowledged > 0 && sinceTaken() < half) {
			// one that takes something now and then has had no time to
			goOn(half - sinceTaken());
		}
		else {
			tell();
		}
	}

	private boolean isAsked() {
		return this.taken != NEVER_ASKED && this.takenAfter == this.channel.counters().activeAt();
	}

	private long sinceTaken() {
		return this.channel.engine().now() - this.takenAt;
	}

	// whether the peer has taken something since the system was asked before
	private boolean compare(long unacknowledged) {
		if (unacknowledged == SocketQueues.UNKNOWN) {
			return false;
		}
		boolean asked = isAsked();
		long taken = this.channel.counters().sent() - unacknowledged;
		if (asked && taken <= this.taken) {
			return false;
		}
		this.taken = taken;
		this.takenAt = this.channel.engine().now();
		this.takenAfter = this.channel.counters().activeAt();
		return asked;
	}

	private void tell() {
		// goes on if the channel does
		start();
		Trail.timedOut(this.channel, Duration.ofNanos(this.nanos));
		Counters counters = this.channel.counters();
		CloseReason reason = counters.inferReason(CloseReason.TIMEOUT);
		int life = this.channel.socket().life();
		this.channel.tellTimeout();
		if (this.channel.socket().life() == life) {
			counters.inferReason(reason);
		}
	}

	/**
	 * The channel that is watched. Called by the thread of its loop.
	 */
	interface Owner extends Trail.Subject {

		ChannelTasks tasks();

		/**
		 * Say whether something is being done for the channel that nobody at the other
		 * end can see: a hook that is under way, or offloaded work.
		 */
		boolean isWorking();

		/**
		 * Have it try whether its socket takes something after all.
		 * @return whether something was sent
		 */
		boolean sendNow();

		/**
		 * Ask the system how many of the bytes that were sent the peer has not
		 * acknowledged.
		 * @param then called on the loop, unless the channel is closed before; with
		 * {@link SocketQueues#UNKNOWN} if the system does not tell
		 */
		void askUnacknowledged(LongConsumer then);

		boolean isWatchedBy(IdleWatch watch);

		/**
		 * Tell the dispatcher that nothing has come or gone for its time.
		 */
		void tellTimeout();

	}

}
