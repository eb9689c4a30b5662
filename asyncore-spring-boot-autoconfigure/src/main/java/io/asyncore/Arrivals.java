package io.asyncore;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What is on its way into a loop, and how many connections of servers the loop has. May
 * be used by any thread.
 * <p>
 * An arrival that waits when the loop ends would wait for ever. Whoever adds one looks
 * afterwards whether the loop is still being run, and whoever has ended the loop looks
 * afterwards what waits, so one of the two finds it; that it is removed from the set
 * tells which of them has it.
 */
final class Arrivals {

	private final Executor loop;

	private final BooleanSupplier run;

	private final Set<Arrival> waiting = ConcurrentHashMap.newKeySet();

	private final AtomicInteger connections = new AtomicInteger();

	/**
	 * Create a new instance.
	 * @param loop does something in the next pass
	 * @param run says whether somebody runs the loop
	 */
	Arrivals(Executor loop, BooleanSupplier run) {
		this.loop = loop;
		this.run = run;
	}

	/**
	 * Have something arrive in the next pass, or be turned away.
	 */
	void expect(Arrival arrival) {
		this.waiting.add(arrival);
		this.loop.execute(() -> take(arrival, Arrival::arrive));
		if (!this.run.getAsBoolean()) {
			take(arrival, Arrival::turnedAway);
		}
	}

	/**
	 * Turn away what waits: the loop has ended.
	 */
	void turnAway() {
		this.waiting.forEach((arrival) -> take(arrival, Arrival::turnedAway));
	}

	/**
	 * Close what waits.
	 */
	void drop() {
		this.waiting.forEach((arrival) -> take(arrival, Arrival::dropped));
	}

	private void take(Arrival arrival, Consumer<Arrival> fate) {
		if (this.waiting.remove(arrival)) {
			fate.accept(arrival);
		}
	}

	/**
	 * Count a connection of a server.
	 */
	void connected() {
		this.connections.incrementAndGet();
	}

	/**
	 * Count a connection of a server no longer.
	 */
	void disconnected() {
		this.connections.decrementAndGet();
	}

	/**
	 * Return how many connections of servers there are, and are about to be.
	 */
	int connections() {
		return this.connections.get() + this.waiting.size();
	}

	/**
	 * What another thread has given to a loop to serve: a connection that the loop of its
	 * server has accepted, or a socket that listens.
	 */
	interface Arrival {

		/**
		 * Enter the loop. Called by its thread, once, unless one of the others is called.
		 */
		void arrive();

		/**
		 * Find another place: the loop has ended. Called by any thread.
		 */
		void turnedAway();

		/**
		 * Be closed: the map of the loop is being emptied. Called by any thread.
		 */
		void dropped();

	}

}
