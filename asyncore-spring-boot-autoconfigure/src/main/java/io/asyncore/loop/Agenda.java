package io.asyncore.loop;

import org.jspecify.annotations.Nullable;

/**
 * The timers of one life of a channel, which end with it: from then on they refer to
 * nothing, wherever they are still queued. May be used by any thread.
 */
public final class Agenda {

	// null when that life is over
	private volatile @Nullable Watcher channel;

	// linked by themselves; only those that wait
	private @Nullable TimerTask first;

	/**
	 * Create a new instance, without timers.
	 * @param channel whose timers these are
	 */
	public Agenda(Watcher channel) {
		this.channel = channel;
	}

	/**
	 * Return whose timers these are, {@code null} if they are over.
	 */
	@Nullable Watcher channel() {
		return this.channel;
	}

	/**
	 * Say whether that life is over.
	 * @return whether it is; it then never begins again
	 */
	public boolean isOver() {
		return this.channel == null;
	}

	/**
	 * Note a timer that waits.
	 * @return whether that is done; not if this life is over
	 */
	synchronized boolean add(TimerTask timer) {
		if (this.channel == null) {
			return false;
		}
		// it may have been cancelled in the meantime, or not have been removed yet
		if (timer.isWaiting() && !timer.listed) {
			TimerTask first = this.first;
			timer.listed = true;
			timer.next = first;
			if (first != null) {
				first.previous = timer;
			}
			this.first = timer;
		}
		return true;
	}

	/**
	 * Forget a timer, unless it waits again.
	 */
	synchronized void remove(TimerTask timer) {
		if (!timer.listed || timer.isWaiting() || this.channel == null) {
			return;
		}
		TimerTask previous = timer.previous;
		TimerTask next = timer.next;
		if (previous != null) {
			previous.next = next;
		}
		else {
			this.first = next;
		}
		if (next != null) {
			next.previous = previous;
		}
		timer.unlist();
	}

	/**
	 * Say whether there are none.
	 * @return whether no timer waits
	 */
	public synchronized boolean isEmpty() {
		return this.first == null;
	}

	/**
	 * Cancel all timers, and those to come, because this life is over.
	 */
	public void end() {
		Watcher channel;
		TimerTask timer;
		synchronized (this) {
			channel = this.channel;
			timer = this.first;
			this.channel = null;
			this.first = null;
		}
		int cancelled = 0;
		while (timer != null) {
			TimerTask next = timer.next;
			timer.unlist();
			cancelled += timer.end() ? 1 : 0;
			timer = next;
		}
		if (channel != null && cancelled > 0) {
			channel.engine().tasks().cancelled(cancelled);
		}
	}

}
