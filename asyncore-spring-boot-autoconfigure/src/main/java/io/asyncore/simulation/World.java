package io.asyncore.simulation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;

import org.jspecify.annotations.Nullable;

/**
 * A clock and what is to happen at which time. Nothing happens by itself: the thread of a
 * test has the loops go on, one at a time, and the time when all of them wait. So
 * whatever the threads are, there is never more than one at work.
 */
public final class World {

	/** A time that never comes. */
	static final long NEVER = Long.MAX_VALUE;

	// how long a turn takes
	private static final long TURN = 5_000;

	// not 0, which is too good to find out what is taken for no time
	private static final long BEGINNING = 1_000_000_000;

	private final long seed;

	private final Random random;

	private final Trace trace = new Trace(() -> this.now - BEGINNING);

	private final PriorityQueue<Event> events = new PriorityQueue<>();

	private final List<SimulatedPoller> loops = new ArrayList<>();

	private final List<Runnable> checks = new ArrayList<>();

	private final Faults faults = new Faults(this);

	private final Network network = new Network(this);

	private final Elsewhere elsewhere = new Elsewhere(this);

	private volatile long now = BEGINNING;

	private long lastEvent;

	private long turns;

	private long happened;

	private volatile @Nullable Throwable failure;

	/**
	 * Create a new instance.
	 * @param seed says what happens
	 */
	public World(long seed) {
		this.seed = seed;
		// the generator itself mixes neighbouring seeds badly
		this.random = new Random(seed * 0x9E3779B97F4A7C15L);
	}

	/**
	 * Return what says what happens.
	 * @return the seed
	 */
	public long seed() {
		return this.seed;
	}

	/**
	 * Return the time.
	 * @return the time in nanoseconds, which means something in comparison only
	 */
	public long now() {
		return this.now;
	}

	/**
	 * Return how much time has gone by.
	 * @return the time since the beginning, in nanoseconds
	 */
	public long elapsed() {
		return this.now - BEGINNING;
	}

	/**
	 * Return what has happened.
	 * @return the trace, which goes on
	 */
	public Trace trace() {
		return this.trace;
	}

	/**
	 * Return the network.
	 * @return the only one
	 */
	public Network network() {
		return this.network;
	}

	/**
	 * Return what fails.
	 * @return the faults
	 */
	public Faults faults() {
		return this.faults;
	}

	/**
	 * Return what other threads do.
	 * @return the other threads
	 */
	public Elsewhere elsewhere() {
		return this.elsewhere;
	}

	/**
	 * Return how many turns the loops have had.
	 * @return the number, of all loops
	 */
	public long turns() {
		return this.turns;
	}

	/**
	 * Check something whenever all loops wait, before time goes on.
	 * @param check throws what is wrong
	 */
	public void check(Runnable check) {
		this.checks.add(check);
	}

	/**
	 * Return how much has happened.
	 * @return the number of what was to happen at some time, and did
	 */
	public long happened() {
		return this.happened;
	}

	// chance

	/**
	 * Return a number by chance.
	 * @param bound more than the largest
	 * @return a number from 0
	 */
	public int random(int bound) {
		return this.random.nextInt(bound);
	}

	/**
	 * Say by chance whether something happens.
	 * @param chance how often it does, from 0 to 1
	 * @return whether it does
	 */
	public boolean happens(double chance) {
		return chance > 0 && this.random.nextDouble() < chance;
	}

	long random(long bound) {
		return (bound > 0) ? (long) (this.random.nextDouble() * bound) : 0;
	}

	<T> void shuffle(List<T> list) {
		Collections.shuffle(list, this.random);
	}

	// what is to happen

	/**
	 * Have something happen later.
	 * @param delay how much later, in nanoseconds
	 * @param action what
	 */
	public void after(long delay, Runnable action) {
		long time = this.now + Math.max(0, delay);
		this.events.add(new Event((time < 0) ? NEVER : time, this.lastEvent++, action));
	}

	// whose turn it is

	void enter(SimulatedPoller poller) {
		synchronized (this.loops) {
			this.loops.add(poller);
		}
	}

	void leave(SimulatedPoller poller) {
		synchronized (this.loops) {
			this.loops.remove(poller);
		}
	}

	/**
	 * Return how many loops are run by threads of their own.
	 * @return the number of those that wait for their turn, or have it
	 */
	public int loops() {
		synchronized (this.loops) {
			return this.loops.size();
		}
	}

	/**
	 * Note that a loop has ended in a way that it should not.
	 * @param failure why
	 */
	public void failed(Throwable failure) {
		this.failure = failure;
	}

	private void requireSound() {
		Throwable failure = this.failure;
		if (failure != null) {
			throw new IllegalStateException("A loop has ended by a failure\n" + this.trace, failure);
		}
	}

	private void requireTest() {
		Thread thread = Thread.currentThread();
		synchronized (this.loops) {
			if (this.loops.stream().anyMatch((loop) -> loop.isRunBy(thread))) {
				throw new IllegalStateException("A handler cannot wait for what happens in a simulation, as nothing "
						+ "happens before it has returned: only the test can");
			}
		}
	}

	/**
	 * Go on until something is so.
	 * @param condition what
	 * @param nanos how long at most
	 * @return whether it is; otherwise the time is over
	 * @throws IllegalStateException if a handler of a loop calls this, or a loop has
	 * failed
	 */
	public boolean runUntil(BooleanSupplier condition, long nanos) {
		requireTest();
		long end = this.now + nanos;
		long limit = (end < 0) ? NEVER : end;
		happen();
		boolean met = condition.getAsBoolean();
		boolean more = true;
		while (!met && more) {
			// what is due at the last moment is done too
			more = goOn() || passTime(limit);
			requireSound();
			met = condition.getAsBoolean();
		}
		return met;
	}

	/**
	 * Have each loop go on that has something to do.
	 * @return whether there was something to do now
	 */
	private boolean goOn() {
		this.elsewhere.run();
		List<SimulatedPoller> order;
		synchronized (this.loops) {
			order = new ArrayList<>(this.loops);
		}
		shuffle(order);
		boolean busy = this.elsewhere.isDue();
		for (SimulatedPoller loop : order) {
			if (loop.deadline() <= this.now || loop.isSpurious()) {
				busy = true;
				this.turns++;
				loop.takeTurn();
				// or who never waits would never get on
				this.now += TURN;
			}
		}
		return busy;
	}

	/**
	 * Have the time go on to when something happens.
	 * @return whether that is before the limit
	 */
	private boolean passTime(long limit) {
		Event first = this.events.peek();
		long time = (first != null) ? first.time() : NEVER;
		synchronized (this.loops) {
			for (SimulatedPoller loop : this.loops) {
				time = Math.min(time, loop.deadline());
			}
		}
		this.checks.forEach(Runnable::run);
		if (time == NEVER && limit == NEVER) {
			throw new IllegalStateException("Nothing will ever happen again\n" + this.trace);
		}
		this.now = Math.max(this.now, Math.min(time, limit));
		happen();
		return time <= limit;
	}

	// in the order of its time
	private void happen() {
		for (Event first = this.events.peek(); first != null && first.time() <= this.now; first = this.events.peek()) {
			this.events.remove();
			this.happened++;
			first.action().run();
		}
	}

	/**
	 * What is to happen.
	 *
	 * @param time when
	 * @param number which one of those of that time
	 * @param action what
	 */
	private record Event(long time, long number, Runnable action) implements Comparable<Event> {

		@Override
		public int compareTo(Event other) {
			int order = Long.compare(this.time, other.time);
			return (order != 0) ? order : Long.compare(this.number, other.number);
		}

	}

}
