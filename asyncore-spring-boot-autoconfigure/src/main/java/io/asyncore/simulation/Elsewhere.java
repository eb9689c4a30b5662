package io.asyncore.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Work of other threads than those of the loops, which is done at a time that chance
 * says: while all loops wait, or have begun to.
 */
public final class Elsewhere implements Executor {

	// how often what is due is left for a later moment
	private static final double LATER = 0.5;

	private static final long MOST_DELAY = 2_000_000;

	private final World world;

	// what may be done now, whenever chance says so
	private final List<Runnable> due = new ArrayList<>();

	Elsewhere(World world) {
		this.world = world;
	}

	/**
	 * Do some work, after a while: stands for a pool of threads.
	 */
	@Override
	public void execute(Runnable work) {
		if (this.world.faults().isFailing("execute")) {
			throw new RejectedExecutionException("Simulated failure of execute");
		}
		later(work);
	}

	/**
	 * Do some work of somebody who is not to be tested, after a while.
	 * @param work what to do
	 */
	public void later(Runnable work) {
		this.world.after(this.world.random(MOST_DELAY), () -> this.due.add(work));
	}

	boolean isDue() {
		return !this.due.isEmpty();
	}

	/**
	 * Do what is due, or some of it.
	 */
	void run() {
		while (!this.due.isEmpty() && !this.world.happens(LATER)) {
			this.due.remove(this.world.random(this.due.size())).run();
		}
	}

}
