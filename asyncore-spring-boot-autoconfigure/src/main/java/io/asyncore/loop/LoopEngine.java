package io.asyncore.loop;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import io.asyncore.transport.Backoff;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Poller;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop itself: it makes passes over its {@link Watcher}s, and knows nothing of what
 * they are. One thread at a time runs it; what other threads may call says so.
 */
public final class LoopEngine {

	private static final Logger logger = LoggerFactory.getLogger(LoopEngine.class);

	private static final ThreadLocal<@Nullable LoopEngine> CURRENT = new ThreadLocal<>();

	private static final Duration SELECTOR_RETRY = Duration.ofMillis(100);

	// between passes that fail one after the other
	private static final Duration FIRST_PAUSE = Duration.ofMillis(1);

	private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

	private final Listener listener;

	// with which everything that the poller has of the system is freed
	private final Object root;

	private final LongSupplier clock;

	private final Poller poller;

	private final ActivityRecord activity;

	private final TaskQueue tasks;

	private final LoopOwner owner = new LoopOwner(this::freeClosed);

	private final ChangeList changes = new ChangeList(this);

	private final Departures departures = new Departures();

	private final Closings closings = new Closings(this);

	// made before there is no memory for it
	private final Backoff failures = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);

	private final AtomicBoolean waiting = new AtomicBoolean();

	private final AtomicInteger closesUnderWay = new AtomicInteger();

	private @Nullable ReadyList spareList = new ReadyList(this);

	// what the pass that is under way delivers
	private @Nullable ReadyList delivering;

	private final Consumer<Watcher> touchIfServed = (watcher) -> {
		if (watcher.isServedBy(this) && !watcher.isCurrent()) {
			touch(watcher);
		}
	};

	private volatile boolean stopped;

	// whether endpoints are closed at once, whatever they have to finish
	private volatile boolean impatient;

	// how many run() are under way, one inside the other
	private int runs;

	// whether it is one of those that makes the passes now, and not a loop() inside it
	private boolean stoppable;

	// whether this thread has closed a channel since the poller was last asked
	private boolean closedHere;

	private boolean selectorMissing;

	// whether somebody has interrupted the thread while it asked the poller
	private boolean interrupted;

	// the time when the pass that is under way has found what is ready
	private long passTime;

	// whether what was found then is being delivered
	private boolean atDelivery;

	// the time up to which the listener knows of the work done
	private long workingSince;

	/**
	 * Create a new instance.
	 * @param listener who is told what happens here
	 * @param root what it all is for: when that can no longer be reached, everything is
	 * freed
	 * @param clock the clock, in nanoseconds
	 * @param poller who waits
	 * @param activity where it is noted what the loop does
	 */
	public LoopEngine(Listener listener, Object root, LongSupplier clock, Poller poller, ActivityRecord activity) {
		this.listener = listener;
		this.root = root;
		this.clock = clock;
		this.poller = poller;
		this.activity = activity;
		this.tasks = new TaskQueue(this, clock);
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
	public Listener listener() {
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
	 * Return which channels are asked in the next pass.
	 * @return the channels
	 */
	public ChangeList changes() {
		return this.changes;
	}

	/**
	 * Return who may touch what belongs to this loop. Safe from any thread.
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
	 * Make passes for as long as somebody says so, whatever {@link #stop} was told. Makes
	 * the calling thread the one that runs this loop, unless it is already.
	 * @param nanos the longest time a pass waits, in nanoseconds
	 * @param usePoll whether a pass lets each watcher read and write before the next one,
	 * or else all read before the first one writes
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
		this.runs += stoppable ? 1 : 0;
		try {
			if (stoppable && this.runs == 1) {
				this.listener.begins();
			}
			if (outermost) {
				this.impatient = false;
			}
			enter(outermost);
			goOn(nanos, usePoll, more, outermost);
		}
		finally {
			this.stoppable = outerStoppable;
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
			try {
				tellLast(outermost);
			}
			finally {
				restore(outerLoop);
				Interrupts.resume(interrupted);
			}
		}
	}

	private void tellLast(boolean outermost) {
		if (outermost) {
			leave();
		}
		else if (this.departures.isDue()) {
			// the handler that runs this loop may never return
			this.departures.tell();
		}
	}

	private void enter(boolean outermost) {
		CURRENT.set(this);
		if (outermost) {
			this.workingSince = now();
			this.passTime = this.workingSince;
			this.activity.begins(this.workingSince);
		}
		else if (this.delivering != null) {
			this.delivering.passOn(this::touch);
		}
	}

	private void goOn(long timeout, boolean usePoll, BooleanSupplier more, boolean outermost) throws IOException {
		boolean failing = false;
		int closings = this.owner.closings();
		boolean goesOn = true;
		while (goesOn) {
			try {
				goesOn = more.getAsBoolean();
				if (goesOn) {
					pass(timeout, usePoll, closings);
				}
				failing = false;
			}
			catch (Error ex) {
				if (!outermost) {
					// a failure of the handler that runs this loop
					throw ex;
				}
				survive(ex, failing);
				failing = true;
			}
			closings = this.owner.closings();
		}
	}

	// outside of all hooks there is nobody to tell; perhaps there was no memory for what
	// the loop does itself, of which there may be some in a moment
	private void survive(Error failure, boolean again) {
		this.listener.failed("A pass of the event loop failed, the loop goes on", failure);
		if (again) {
			// if all passes fail that must not take a whole processor
			LockSupport.parkNanos(this.failures.nextNanos());
		}
		else {
			this.failures.reset();
		}
	}

	/**
	 * Make one pass: run what is due, ask, wait at most once, deliver.
	 * @param closings how many channels other threads had closed when it was decided to
	 * make this pass
	 */
	private void pass(long timeout, boolean usePoll, int closings) throws IOException {
		ReadyList outer = this.delivering;
		boolean outerAtDelivery = this.atDelivery;
		ReadyList ready = takeList();
		this.delivering = ready;
		this.atDelivery = false;
		try {
			this.tasks.runDue();
			this.changes.ask(ready);
			await(ready, timeout, closings);
			this.changes.takeAnnounced(ready);
			this.closings.goOn();
			this.atDelivery = true;
			deliver(ready, usePoll, this.passTime);
		}
		finally {
			this.delivering = outer;
			this.atDelivery = outerAtDelivery;
			// what has happened to a channel may have changed its answers
			ready.drainTo(this.touchIfServed);
			this.spareList = ready;
			this.listener.passed();
		}
		if (this.departures.isDue()) {
			this.departures.tell();
		}
	}

	private void deliver(ReadyList ready, boolean usePoll, long found) {
		try {
			ready.deliver(usePoll);
		}
		finally {
			ready.noteActivity(found);
		}
	}

	// a nested loop needs a ready of its own, the outer one has not been delivered yet
	private ReadyList takeList() {
		ReadyList ready = this.spareList;
		this.spareList = null;
		return (ready != null) ? ready : new ReadyList(this);
	}

	private void await(ReadyList ready, long timeout, int closings) throws IOException {
		if (isEmpty()) {
			this.poller.close();
		}
		// with an empty map loop() returns, and a shutdown is over when nobody is busy
		boolean over = this.stoppable ? this.listener.isIdle() : isEmpty();
		boolean rest = ready.isEmpty() && !over;
		long nanos = rest ? this.tasks.nanosToNextTimer(timeout) : 0;
		if (nanos > 0) {
			// whoever adds something from now on wakes this thread up
			this.waiting.set(true);
			nanos = (isWorkWaiting() || this.owner.closings() != closings) ? 0 : nanos;
		}
		int freed = this.owner.closings();
		this.closedHere = false;
		boolean early = select(nanos, ready);
		this.owner.freed(freed);
		boolean woken = rest && !this.waiting.getAndSet(false);
		this.poller.spun(early && !woken && !this.interrupted && this.closesUnderWay.get() == 0);
	}

	private boolean select(long nanos, ReadyList ready) throws IOException {
		long workingSince = this.workingSince;
		long start = 0;
		if (nanos > 0) {
			start = now();
			this.activity.waits(start, start - workingSince);
		}
		try {
			return this.poller.await(nanos, ready);
		}
		finally {
			// before anybody else is called: all of those who were have ended theirs
			this.interrupted = this.owner.clearInterrupt();
			long end = now();
			long waited = (nanos > 0) ? end - start : 0;
			long worked = end - workingSince - waited;
			this.passTime = end;
			this.workingSince = end;
			this.activity.found(end, waited, (nanos > 0) ? 0 : worked);
			this.listener.found(waited, worked);
		}
	}

	private boolean isWorkWaiting() {
		return (this.stoppable && this.stopped) || this.tasks.isDue() || this.tasks.isLittered() || this.changes.isDue()
				|| this.departures.isDue();
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
			long worked = now() - this.workingSince;
			this.activity.ends(worked);
			this.listener.found(0, worked);
			this.tasks.tidy();
			if (isEmpty()) {
				// what is closed for good is not kept by a loop that may never run again
				this.changes.forgetGone();
			}
			if (this.closedHere || this.owner.isBehind()) {
				freeClosed();
			}
			this.poller.releaseWith(this.root);
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

	/**
	 * Make a waiting loop begin its next pass. Costs next to nothing if it does not wait.
	 */
	private void wakeup() {
		if (this.waiting.get() && this.waiting.compareAndSet(true, false)) {
			this.poller.wakeup(this.owner.runner());
		}
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
	 * Have a channel looked at that no selector reports, in this pass if that waits.
	 * Called by other threads.
	 * @param watcher the channel, of this loop
	 */
	public void announce(Watcher watcher) {
		this.changes.announce(watcher);
		wakeup();
	}

	/**
	 * Have a timer wait for its time here. Safe from any thread.
	 */
	void schedule(TimerTask task) {
		if (inLoop()) {
			this.tasks.add(task);
		}
		else {
			this.tasks.addFromElsewhere(task);
			wakeup();
		}
	}

	/**
	 * Note that so many timers were cancelled. Safe from any thread.
	 */
	void cancelled(int count) {
		this.tasks.cancelled(count);
		if (inLoop() || !this.tasks.isLittered()) {
			return;
		}
		if (this.owner.runner() != null) {
			wakeup();
		}
		else {
			// there may be no next pass
			tryOwned(this.tasks::tidy);
		}
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
		if (!tryOwned(move)) {
			execute(move);
		}
	}

	/**
	 * Do something with what belongs to the loop's thread, if this is it or nobody is.
	 * Safe from any thread.
	 * @param action what to do, within the call
	 * @return whether it was done
	 */
	public boolean tryOwned(Runnable action) {
		return this.owner.tryDo(action);
	}

	/**
	 * Free the descriptors of closed channels now, if the calling thread may. Safe from
	 * any thread.
	 * @return whether it may
	 */
	public boolean release() {
		return tryOwned(this::freeClosed);
	}

	private void freeClosed() {
		int freed = this.owner.closings();
		try {
			if (isEmpty()) {
				this.changes.forgetGone();
				this.poller.close();
			}
			else {
				this.changes.forgetSomeGone();
				this.poller.release();
			}
		}
		catch (IOException ex) {
			logger.debug("Closed channels are freed in the next pass", ex);
		}
		this.owner.freed(freed);
	}

	/**
	 * Wait for a channel from now on.
	 * @param watcher the channel
	 * @param endpoint its endpoint
	 * @param ops what it waits for, 0 for nothing
	 * @return whether that is done; otherwise the channel is looked at again in a moment
	 * @throws ClosedChannelException if somebody has closed it
	 */
	public boolean interest(Watcher watcher, Endpoint endpoint, int ops) throws ClosedChannelException {
		int polled = endpoint.interest(ops);
		try {
			this.poller.interest(endpoint.wire(), watcher, polled);
			this.selectorMissing = false;
			return true;
		}
		catch (ClosedChannelException ex) {
			throw ex;
		}
		catch (IOException ex) {
			if (!this.selectorMissing) {
				this.selectorMissing = true;
				logger.warn("No channel can be waited for now, trying again; allow the process more open files", ex);
			}
			new TimerTask(this, watcher::touch, SELECTOR_RETRY, false, null).start();
			return false;
		}
	}

	/**
	 * Ask the system whether a channel is ready, now.
	 * @param watcher the channel
	 * @param endpoint its endpoint
	 * @param operation what for
	 * @return whether it is, also if nobody can tell
	 */
	public boolean isReady(Watcher watcher, Endpoint endpoint, int operation) {
		try {
			return this.poller.isReady(endpoint.wire(), watcher, operation);
		}
		catch (IOException ex) {
			// closed behind its back, or there is no selector: nobody knows
			return true;
		}
	}

	/**
	 * Have the socket of a channel of this loop freed with the map, if nobody closes it.
	 * Safe from any thread.
	 * @param socket the socket
	 */
	public void hold(Endpoint socket) {
		this.poller.hold(socket, this.root);
	}

	/**
	 * Wait for a socket that a channel has besides its present one.
	 * @param watcher the channel
	 * @param endpoint the socket
	 * @param operations what to wait for
	 * @throws IOException if that is not possible, or somebody has closed it
	 */
	public void waitFor(Watcher watcher, Endpoint endpoint, int operations) throws IOException {
		this.poller.interest(endpoint.wire(), watcher, operations);
	}

	/**
	 * Wait for nothing of an endpoint any more. Safe from any thread.
	 * @param endpoint the endpoint
	 */
	public void forget(Endpoint endpoint) {
		this.poller.forget(endpoint.wire());
	}

	/**
	 * Close a channel. Safe from any thread: while another one is at it the system may
	 * report a socket that is no longer ready for anything, again and again.
	 * @param close closes it, within the call
	 */
	public void closing(Runnable close) {
		this.closesUnderWay.incrementAndGet();
		try {
			close.run();
		}
		finally {
			this.closesUnderWay.decrementAndGet();
		}
	}

	/**
	 * Close an endpoint that has something to finish first, at once if nobody runs this
	 * loop. Safe from any thread.
	 * @param endpoint the endpoint, which nobody else has any more
	 */
	public void finish(Endpoint endpoint) {
		if (this.impatient || this.owner.runner() == null) {
			Closings.close(endpoint);
		}
		else if (inLoop()) {
			this.closings.add(endpoint);
		}
		else {
			execute(() -> this.closings.add(endpoint));
		}
	}

	/**
	 * Say whether endpoints are left that are {@linkplain #finish to be closed}.
	 * @return whether there are
	 */
	public boolean isFinishing() {
		return !this.closings.isEmpty();
	}

	/**
	 * Close at once what is to be finished, until somebody runs this loop again. Safe
	 * from any thread; what is here already is closed by that of the loop only.
	 */
	public void finishNothing() {
		this.impatient = true;
		if (inLoop()) {
			this.closings.abort();
		}
	}

	private boolean isEmpty() {
		return this.listener.isEmpty() && this.closings.isEmpty();
	}

	/**
	 * Note that this thread, which runs the loop, has closed something.
	 */
	public void closedHere() {
		this.closedHere = true;
	}

	/**
	 * Note that this thread, which does not run the loop, has closed something.
	 */
	public void closedElsewhere() {
		this.owner.closedElsewhere();
		wakeup();
	}

	/**
	 * Have somebody told that it is over. Safe from any thread.
	 * @param departure tells it, by the thread of the loop
	 */
	public void over(Departure departure) {
		this.departures.add(departure);
		wakeup();
	}

	/**
	 * Go on to tell a channel that has waited for a hook to return.
	 * @param watcher the channel
	 */
	public void tellOver(Watcher watcher) {
		this.departures.resume(watcher);
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
	 * Return the time to note for what a channel transfers now: while a pass delivers,
	 * when that has begun, for asking the clock takes as long as much of a transfer. For
	 * one that is watched for being idle that is made up for in the end, if the pass has
	 * something for it.
	 * @param watcher the channel
	 * @return the time by the clock, in nanoseconds
	 */
	public long activityTime(Watcher watcher) {
		ReadyList ready = this.delivering;
		boolean roughly = inLoop() && this.atDelivery && ready != null
				&& (!watcher.isWatched() || ready.contains(watcher));
		return roughly ? this.passTime : now();
	}

	/**
	 * Who is told what happens in a loop, and asked what it cannot know. Called by the
	 * thread that runs it.
	 */
	public interface Listener {

		/**
		 * Say whether there is nothing to serve.
		 * @return whether there is no watcher
		 */
		boolean isEmpty();

		/**
		 * Say whether the loop was told to come to its end, and nothing is left to wait
		 * for.
		 * @return whether it was, and nobody is busy
		 */
		boolean isIdle();

		/**
		 * Say whether a failure is meant to leave the loop.
		 * @param failure what a task has thrown
		 * @return whether it is
		 */
		boolean isExit(Throwable failure);

		/**
		 * Say whether somebody wants to know how late tasks run. Called by any thread.
		 * @return whether it is to be told by {@link #late}
		 */
		boolean isLagWanted();

		/**
		 * Called when the outermost {@link LoopEngine#run} begins.
		 */
		void begins();

		/**
		 * Called when no {@link LoopEngine#run} is under way any more.
		 * @param run whether one was
		 */
		void ends(boolean run);

		/**
		 * Called when the thread has given the loop back.
		 */
		void left();

		/**
		 * Called for what the poller, or an endpoint itself, has said to be ready.
		 * @param operations what it is ready for
		 */
		void ready(int operations);

		/**
		 * Called when a task or timer is run.
		 * @param nanos how late that is, in nanoseconds
		 */
		void late(long nanos);

		/**
		 * Called after each wait.
		 * @param waited how long that was, in nanoseconds
		 * @param worked how long the loop has worked since the wait before, in
		 * nanoseconds
		 */
		void found(long waited, long worked);

		/**
		 * Called when a pass is complete.
		 */
		void passed();

		/**
		 * Called for a failure that is nobody's of those who are served.
		 * @param message what has failed, and what becomes of the loop
		 * @param failure the failure
		 */
		void failed(String message, Throwable failure);

	}

}
