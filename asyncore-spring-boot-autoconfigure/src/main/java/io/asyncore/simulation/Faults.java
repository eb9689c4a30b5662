package io.asyncore.simulation;

import java.io.IOException;
import java.net.SocketException;

/**
 * Which calls fail that the library makes: of sockets, selectors, executors. They are
 * counted, so that each of them can be made to fail, one in each run.
 */
public final class Faults {

	private static final int NONE = 0;

	private final World world;

	private int calls;

	private int failing = NONE;

	private boolean lasting;

	private boolean paused;

	private int descriptors;

	private int mostDescriptors = Integer.MAX_VALUE;

	private String failed = "";

	Faults(World world) {
		this.world = world;
	}

	/**
	 * Return how many calls there were.
	 * @return the number
	 */
	public int calls() {
		return this.calls;
	}

	/**
	 * Return which call has failed.
	 * @return its name, nothing if none has
	 */
	public String failed() {
		return this.failed;
	}

	/**
	 * Have a call fail.
	 * @param call which one, from 1
	 * @param lasting whether all of its kind do that follow
	 */
	public void fail(int call, boolean lasting) {
		this.failing = call;
		this.lasting = lasting;
	}

	/**
	 * Have no call fail any more.
	 */
	public void end() {
		this.failing = NONE;
	}

	/**
	 * Do something of which no call counts or fails: what is not the library's.
	 * @param action what
	 */
	public void without(Runnable action) {
		boolean outer = this.paused;
		this.paused = true;
		try {
			action.run();
		}
		finally {
			this.paused = outer;
		}
	}

	/**
	 * Return how many descriptors are open.
	 * @return the number, selectors among them
	 */
	public int descriptors() {
		return this.descriptors;
	}

	/**
	 * Have only so many descriptors.
	 * @param count the number
	 */
	public void limitDescriptors(int count) {
		this.mostDescriptors = count;
	}

	void open(String what) throws IOException {
		call("open", what);
		if (this.descriptors >= this.mostDescriptors) {
			throw new SocketException("Too many open files");
		}
		this.descriptors++;
	}

	void closed() {
		this.descriptors--;
	}

	/**
	 * Count a call, and fail if it is to.
	 */
	void call(String name, String what) throws IOException {
		if (isFailing(name)) {
			this.world.trace().add(what + " fails in " + name);
			throw new SocketException("Simulated failure of " + name);
		}
	}

	/**
	 * Return how many bytes a call takes of those it could.
	 */
	int shorten(int count) {
		boolean shortened = count > 1 && this.world.happens(this.world.network().conditions().shortTransfers());
		return shortened ? 1 + this.world.random(count - 1) : count;
	}

	/**
	 * Count a call that fails in a way of its own.
	 * @param name what is called
	 * @return whether it is to fail
	 */
	public boolean isFailing(String name) {
		if (this.paused) {
			return false;
		}
		this.calls++;
		if (this.failing == NONE) {
			return false;
		}
		if (this.calls == this.failing) {
			this.failed = name;
			return true;
		}
		return this.lasting && this.calls > this.failing && name.equals(this.failed);
	}

}
