package io.asyncore.loop;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Channels whose socket, listener or file is over, and which are still to be told. Any
 * thread adds, that of the loop tells.
 * <p>
 * A channel is told when no hook of it is under way: one that closes itself is told after
 * its handler has returned, also if that runs the loop meanwhile.
 */
public final class Departures {

	private final Queue<Departure> departures = new ConcurrentLinkedQueue<>();

	// those of channels of which a hook is under way
	private final Queue<Departure> postponed = new ArrayDeque<>();

	private final Runnable wakeup;

	Departures(Runnable wakeup) {
		this.wakeup = wakeup;
	}

	/**
	 * Have somebody told that it is over. Safe from any thread.
	 * @param departure tells it, by the thread of the loop
	 */
	public void add(Departure departure) {
		this.departures.add(departure);
		this.wakeup.run();
	}

	/**
	 * Say whether somebody is to be told, without waiting for anything.
	 * @return whether somebody is
	 */
	public boolean isDue() {
		return !this.departures.isEmpty();
	}

	/**
	 * Tell the channels that are over by now. Who is over again because of that is told
	 * the next time.
	 */
	void tell() {
		for (int count = this.departures.size(); count > 0; count--) {
			Departure departure = this.departures.poll();
			if (departure != null && !departure.tell()) {
				this.postponed.add(departure);
			}
		}
	}

	/**
	 * Note that nothing of a watcher is under way any more.
	 * @param watcher whose hook has returned
	 */
	public void resume(Watcher watcher) {
		this.postponed.removeIf((departure) -> departure.watcher() == watcher && this.departures.add(departure));
	}

}
