package io.asyncore.simulation;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Poller;
import org.jspecify.annotations.Nullable;

/**
 * The poller of the JDK's selectors, whose waits take time of the world. The thread of a
 * loop has a turn from one wait to the next; all others rest meanwhile.
 */
public final class SimulatedPoller implements Poller {

	// how often a wait ends early for no reason
	private static final double SPURIOUS = 0.02;

	// how long a loop rests that has failed
	private static final long MOMENT = 100_000_000;

	private static final long PATIENCE_SECONDS = 10;

	private final World world;

	private final SimulatedTransport transport;

	private final Poller poller;

	private final Semaphore turn = new Semaphore(0);

	private final Semaphore rest = new Semaphore(0);

	private @Nullable SimulatedSelector selector;

	// who runs the loop, if that is not the test
	private volatile @Nullable Thread thread;

	// it has had a turn before
	private boolean taken;

	// until when it waits, 0 if it does not
	private long deadline;

	private volatile boolean woken;

	private boolean spurious;

	private boolean resting;

	SimulatedPoller(World world, SimulatedTransport transport, Poller poller) {
		this.world = world;
		this.transport = transport;
		this.poller = poller;
	}

	// whose turn it is

	/**
	 * Return until when the loop waits, if nothing wakes it up.
	 * @return the time, 0 if it does not wait
	 */
	long deadline() {
		if (this.resting) {
			return this.deadline;
		}
		SimulatedSelector selector = this.selector;
		boolean ready = this.woken || (selector != null && selector.isOpen() && selector.isReady());
		return ready ? 0 : this.deadline;
	}

	/**
	 * Have the thread of the loop go on until it waits again, or ends.
	 */
	void takeTurn() {
		this.turn.release();
		boolean over = false;
		try {
			over = this.rest.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (!over) {
			Thread thread = this.thread;
			IllegalStateException stuck = new IllegalStateException(
					"A handler waits for what happens only when it has returned\n" + this.world.trace());
			if (thread != null) {
				stuck.setStackTrace(thread.getStackTrace());
			}
			throw stuck;
		}
	}

	/**
	 * Note that the calling thread is to run the loop, by turns.
	 */
	public void begin() {
		this.thread = Thread.currentThread();
	}

	boolean isRunBy(Thread thread) {
		return this.thread == thread;
	}

	private void pause(long deadline) {
		this.deadline = deadline;
		if (this.taken) {
			this.rest.release();
		}
		else {
			this.world.enter(this);
		}
		this.turn.acquireUninterruptibly();
		this.taken = true;
	}

	/**
	 * Rest for a moment, because the loop has failed and is to begin anew. Called by its
	 * thread.
	 */
	public void rest() {
		this.resting = true;
		pause(this.world.now() + MOMENT);
		this.resting = false;
	}

	/**
	 * Note that the thread has left the loop, and needs no turn any more. Called by that.
	 */
	public void leave() {
		this.world.leave(this);
		if (this.taken) {
			this.taken = false;
			this.thread = null;
			this.rest.release();
		}
	}

	// waiting

	@Override
	public boolean await(long nanos, Sink sink) throws IOException {
		long end = this.world.now() + nanos;
		long deadline = (nanos <= 0) ? 0 : (end < 0) ? World.NEVER : end;
		this.spurious = false;
		boolean found = find(sink);
		if (!isRunBy(Thread.currentThread())) {
			// a test that runs it itself
			if (!found && nanos > 0) {
				this.deadline = deadline;
				this.world.runUntil(() -> deadline() == 0, nanos);
				found = find(sink);
			}
		}
		else if (found || nanos <= 0) {
			pause(0);
		}
		else {
			pause(deadline);
			found = find(sink);
			this.spurious = !found && !this.woken && this.world.now() < deadline;
		}
		this.woken = false;
		return this.spurious;
	}

	private boolean find(Sink sink) throws IOException {
		this.world.faults().call("select", "the poller");
		boolean[] found = new boolean[1];
		this.transport.opening = this;
		this.poller.await(0, (endpoint, owner, operations) -> {
			found[0] = true;
			sink.ready(endpoint, owner, operations);
		});
		return found[0];
	}

	/**
	 * Say by chance whether the wait ends for no reason.
	 */
	boolean isSpurious() {
		return this.world.happens(SPURIOUS);
	}

	void opened(SimulatedSelector selector) {
		this.selector = selector;
	}

	@Override
	public void wakeup(@Nullable Thread waiting) {
		this.woken = true;
	}

	@Override
	public void spun(boolean spun) throws IOException {
		this.transport.opening = this;
		this.poller.spun(spun && this.spurious);
	}

	@Override
	public void interest(Endpoint endpoint, Object owner, int operations) throws IOException {
		this.transport.opening = this;
		this.poller.interest(endpoint, owner, operations);
	}

	@Override
	public void forget(Endpoint endpoint) {
		this.poller.forget(endpoint);
	}

	@Override
	public boolean isReady(Endpoint endpoint, Object owner, int operation) throws IOException {
		this.transport.opening = this;
		return this.poller.isReady(endpoint, owner, operation);
	}

	@Override
	public void release() throws IOException {
		this.poller.release();
	}

	@Override
	public void releaseFromElsewhere() {
		this.poller.releaseFromElsewhere();
	}

	@Override
	public void hold(Endpoint endpoint, Object root) {
		this.poller.hold(endpoint, root);
	}

	@Override
	public void releaseWith(Object root) {
		this.poller.releaseWith(root);
	}

	@Override
	public void close() throws IOException {
		this.poller.close();
	}

}
