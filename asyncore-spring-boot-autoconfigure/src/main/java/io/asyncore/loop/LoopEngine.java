package io.asyncore.loop;

import java.io.IOException;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

import io.asyncore.transport.Poller;
import org.jspecify.annotations.Nullable;

/**
 * The loop itself: it makes passes over its {@link Watcher}s, and knows nothing of what
 * they are. One thread at a time runs it; what other threads may call says so.
 */
public final class LoopEngine {

	private static final ThreadLocal<@Nullable LoopEngine> CURRENT = new ThreadLocal<>();

	private final LoopListener listener;

	private final LongSupplier clock;

	private final Poller poller;

	private final ActivityRecord activity;

	private final TaskQueue tasks;

	private final Polling polling;

	private final LoopWait wait;

	private final LoopOwner owner;

	private final ChangeList changes = new ChangeList(this);

	private final Departures departures = new Departures(this::wakeup);

	private final Closings closings = new Closings(this);

	private final LoopPass pass = new LoopPass(this);

	private volatile boolean stopped;

	// how many run() are under way, one inside the other
	private int runs;

	// whether it is one of those that makes the passes now, and not a loop() inside it
	private boolean stoppable;

	/**
	 * Create a new instance.
	 * @param listener who is told what happens here
	 * @param root with which everything is freed when it can no longer be reached
	 * @param clock the clock, in nanoseconds
	 * @param poller who waits
	 * @param activity where it is noted what the loop does
	 */
	public LoopEngine(LoopListener listener, Object root, LongSupplier clock, Poller poller, ActivityRecord activity) {
		this.listener = listener;
		this.clock = clock;
		this.poller = poller;
		this.activity = activity;
		this.tasks = new TaskQueue(this, clock);
		this.polling = new Polling(this, poller, root);
		this.wait = new LoopWait(this, poller);
		this.owner = new LoopOwner(this.polling::freeClosed);
	}

	/**
	 * Return the loop that the calling thread is running, the innermost one.
	 * @return the loop, {@code null} if the thread runs none
	 */
	public static @Nullable LoopEngine current() {
		return CURRENT.get();
	}

	/**
	 * Return who is told what happens here. Safe from any thread.
	 * @return the listener
	 */
	public LoopListener listener() {
		return this.listener;
	}

	ActivityRecord activity() {
		return this.activity;
	}

	/**
	 * Return what this loop was given to do. Safe from any thread.
	 * @return the tasks and timers
	 */
	public TaskQueue tasks() {
		return this.tasks;
	}

	/**
	 * Return the channels to be asked in the next pass.
	 * @return the channels
	 */
	public ChangeList changes() {
		return this.changes;
	}

	/**
	 * Return who may touch what belongs to this loop.
	 * @return the owner
	 */
	public LoopOwner owner() {
		return this.owner;
	}

	/**
	 * Return who waits for the channels of this loop. Safe from any thread.
	 * @return the poller
	 */
	public Poller poller() {
		return this.poller;
	}

	/**
	 * Return what the channels of this loop have of its poller.
	 * @return what waits for their endpoints and lets go of them
	 */
	public Polling polling() {
		return this.polling;
	}

	/**
	 * Return the endpoints that have something to finish before they are closed. Safe
	 * from any thread.
	 * @return the endpoints
	 */
	public Closings closings() {
		return this.closings;
	}

	boolean isEmpty() {
		return this.listener.isEmpty() && this.closings.isEmpty();
	}

	boolean inLoop() {
		return this.owner.isRunner();
	}

	/**
	 * Run a task in the next pass. Safe from any thread.
	 * @param task the task, whose failure is told to the listener
	 */
	public void execute(Runnable task) {
		this.tasks.add(task);
		wakeup();
	}

	/**
	 * End {@link #run}, within one pass. Safe from any thread.
	 */
	public void stop() {
		this.stopped = true;
		wakeup();
	}

	/**
	 * Make passes until {@link #stop}, or until somebody says that it is over. Makes the
	 * calling thread the one that runs this loop, unless it is already.
	 * @param nanos the longest time a pass waits, in nanoseconds
	 * @param usePoll whether a pass lets each watcher read and write before the next one,
	 * or else all read before the first one writes
	 * @param complete says before each pass whether it is over
	 * @throws IOException if the system cannot wait for channels
	 * @throws IllegalStateException if another thread runs this loop
	 */
	public void run(long nanos, boolean usePoll, BooleanSupplier complete) throws IOException {
		serve(nanos, usePoll, () -> !this.stopped && !complete.getAsBoolean(), true);
	}

	/**
	 * Make passes like {@link #run}, but for as long as somebody says so, whatever
	 * {@link #stop} was told.
	 * @param nanos the longest time a pass waits, in nanoseconds
	 * @param usePoll in which order a pass delivers
	 * @param more says before each pass whether to make it
	 * @throws IOException if the system cannot wait for channels
	 * @throws IllegalStateException if another thread runs this loop
	 */
	public void passes(long nanos, boolean usePoll, BooleanSupplier more) throws IOException {
		serve(nanos, usePoll, more, false);
	}

	private void serve(long nanos, boolean usePoll, BooleanSupplier more, boolean stoppable) throws IOException {
		boolean outermost = this.owner.claim();
		// that of the handler which runs this loop is not that of those which it calls
		boolean interrupted = !outermost && Interrupts.suspend();
		LoopEngine outerLoop = CURRENT.get();
		boolean outerStoppable = this.stoppable;
		this.stoppable = stoppable;
		try {
			begin(stoppable, outermost);
			enter(outermost);
			this.pass.makeAll(nanos, usePoll, more, outermost);
		}
		finally {
			this.stoppable = outerStoppable;
			end(stoppable, outermost);
			try {
				if (outermost) {
					leave();
				}
				else {
					// the handler that runs this loop may never return
					this.departures.tell();
				}
			}
			finally {
				restore(outerLoop);
				Interrupts.resume(interrupted);
			}
		}
	}

	private void begin(boolean stoppable, boolean outermost) {
		this.runs += stoppable ? 1 : 0;
		if (stoppable && this.runs == 1) {
			this.listener.begins();
		}
		if (outermost) {
			this.closings.begins();
		}
	}

	private void end(boolean stoppable, boolean outermost) {
		this.runs -= stoppable ? 1 : 0;
		// an inner run() leaves the word to the outer one
		if (stoppable && this.runs == 0) {
			this.stopped = false;
		}
		if (stoppable && outermost) {
			// perhaps nobody runs it again
			this.closings.abort();
		}
		if (this.runs == 0) {
			this.listener.ends(stoppable);
		}
	}

	private void enter(boolean outermost) {
		CURRENT.set(this);
		if (outermost) {
			this.wait.begins();
		}
		else {
			this.pass.handOn();
		}
	}

	// with an empty map loop() returns, a shutdown when nobody is busy
	boolean isOver() {
		return this.stoppable ? this.listener.isIdle() : isEmpty();
	}

	boolean isStopDue() {
		return this.stoppable && this.stopped;
	}

	private void leave() {
		try {
			while (this.departures.isDue()) {
				this.departures.tell();
			}
		}
		finally {
			rest();
		}
	}

	private void rest() {
		try {
			// what an observer throws ends nothing, or nobody could run this loop again
			this.wait.ends();
			this.tasks.tidy();
			if (isEmpty()) {
				// what is closed for good is not kept by a loop that may never run again
				this.changes.forgetGone();
			}
			this.polling.freeRest();
			this.polling.releaseWithMap();
		}
		finally {
			try {
				this.owner.giveBack();
			}
			finally {
				this.listener.left();
			}
		}
	}

	private static void restore(@Nullable LoopEngine outer) {
		if (outer != null) {
			CURRENT.set(outer);
		}
		else {
			CURRENT.remove();
		}
	}

	void wakeup() {
		this.wait.wakeup();
	}

	/**
	 * Have a channel looked at in the next pass. Safe from any thread.
	 * @param watcher the channel, of this loop
	 */
	public void touch(Watcher watcher) {
		if (inLoop()) {
			this.changes.touch(watcher);
		}
		else {
			this.changes.touchFromElsewhere(watcher);
			wakeup();
		}
	}

	/**
	 * Have a channel looked at that no poller reports. Called by other threads.
	 * @param watcher the channel, of this loop
	 */
	public void announce(Watcher watcher) {
		this.changes.announce(watcher);
		wakeup();
	}

	/**
	 * Give a watcher, which has left, to another loop with all its timers. Safe from any
	 * thread.
	 * @param watcher who moves
	 * @param target its new loop
	 */
	public void handOver(Watcher watcher, LoopEngine target) {
		this.changes.forgetChanged(watcher);
		Runnable move = () -> {
			if (watcher.hasTimers()) {
				this.tasks.moveTo(target, watcher);
			}
			this.changes.forgetEveryPass(watcher);
		};
		if (!this.owner.tryDo(move)) {
			execute(move);
		}
	}

	/**
	 * Tell the channels that are over, if the loop does not run: then nobody else would.
	 */
	public void tellOverIfIdle() {
		if (this.departures.isDue() && this.owner.tryClaim()) {
			LoopEngine outerLoop = CURRENT.get();
			enter(true);
			try {
				leave();
			}
			finally {
				restore(outerLoop);
			}
		}
	}

	/**
	 * Return the time. Safe from any thread.
	 * @return the time by the clock, in nanoseconds
	 */
	public long now() {
		return this.clock.getAsLong();
	}

	/**
	 * Return the time to note for what a channel transfers now.
	 * @param watcher the channel
	 * @return the time by the clock, in nanoseconds
	 */
	public long activityTime(Watcher watcher) {
		return this.pass.time(watcher);
	}

	LoopWait waiting() {
		return this.wait;
	}

	/**
	 * Return the channels that are over and still to be told so. Safe from any thread.
	 * @return the channels
	 */
	public Departures departures() {
		return this.departures;
	}

}
