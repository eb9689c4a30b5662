package io.asyncore;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

import io.asyncore.loop.ActivityRecord;
import io.asyncore.loop.Interrupts;
import io.asyncore.loop.Watcher;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an {@link EventLoop} counts, what it is doing, and who wants to know. All methods
 * may be called from any thread, and none of them waits for the loop. Counters count from
 * when the loop was made.
 *
 * @see EventLoop#monitor()
 */
public final class LoopMonitor {

	/**
	 * The name of the group in which channels are counted whose names are too many:
	 * {@value}.
	 */
	public static final String OTHER = "other";

	private static final Logger logger = LoggerFactory.getLogger(LoopMonitor.class);

	// an application may make names of what a peer says
	static final int MOST_NAMES = 200;

	private static final Hook[] HOOKS = Hook.values();

	private final EventLoop face;

	private final LoopParts loop;

	// written by the thread of the loop only, which makes adding cheap
	private final AtomicLong passes = new AtomicLong();

	private final AtomicLong lag = new AtomicLong();

	private final AtomicLong longestLag = new AtomicLong();

	// written by who watches the loop
	private final AtomicLong stalls = new AtomicLong();

	// no and yes
	private final AtomicLongArray readable = new AtomicLongArray(2);

	private final AtomicLongArray writable = new AtomicLongArray(2);

	private final AtomicLongArray readiness = new AtomicLongArray(Hook.values().length);

	private final ActivityRecord progress;

	// never removed, or what is counted would go back
	private final Map<String, ChannelStats> groups = new ConcurrentHashMap<>();

	private boolean tooManyReported;

	private final Listeners<EventLoopObserver> observers = new Listeners<>(EventLoopObserver[]::new, this::failed);

	private final Listeners<HookInterceptor> interceptors = new Listeners<>(HookInterceptor[]::new, this::failed);

	private volatile boolean timed;

	LoopMonitor(EventLoop face, LoopParts loop, LongSupplier clock) {
		this.face = face;
		this.loop = loop;
		this.progress = new ActivityRecord(clock, Hook.PREDICATE.ordinal(), Hook.TASK.ordinal());
	}

	/**
	 * Return how many passes are complete.
	 * @return the number of passes
	 */
	public long passes() {
		return this.passes.get();
	}

	/**
	 * Return how long the loop has waited.
	 * @return the time in nanoseconds
	 */
	public long waitedNanos() {
		return this.progress.waitedNanos();
	}

	/**
	 * Return how long the loop has worked between its waits.
	 * @return the time in nanoseconds
	 */
	public long workedNanos() {
		return this.progress.workedNanos();
	}

	/**
	 * Return how late the last task or timer ran.
	 * @return the time in nanoseconds; of tasks measured only while there are observers,
	 * or handlers are {@linkplain #setTimed timed}
	 */
	public long lagNanos() {
		return this.lag.get();
	}

	/**
	 * Return how late the latest task or timer ran.
	 * @return the time in nanoseconds; of tasks measured only while there are observers,
	 * or handlers are {@linkplain #setTimed timed}
	 */
	public long longestLagNanos() {
		return this.longestLag.get();
	}

	/**
	 * Return how often {@code readable()} has answered so.
	 * @param answer the answer
	 * @return the number of answers
	 */
	public long readable(boolean answer) {
		return this.readable.get(answer ? 1 : 0);
	}

	/**
	 * Return how often {@code writable()} has answered so.
	 * @param answer the answer
	 * @return the number of answers
	 */
	public long writable(boolean answer) {
		return this.writable.get(answer ? 1 : 0);
	}

	/**
	 * Return how often the system has reported that channels are ready.
	 * @param hook for what: {@code READ}, {@code WRITE}, {@code CONNECT}, {@code ACCEPT},
	 * or {@code EXPT} for priority data
	 * @return the number of events
	 */
	public long readiness(Hook hook) {
		return this.readiness.get(hook.ordinal());
	}

	/**
	 * Return how many tasks wait to be run.
	 * @return the number of tasks given to {@link EventLoop#execute}
	 */
	public int tasks() {
		return this.loop.engine().tasks().taskCount();
	}

	/**
	 * Return how many timers wait for their time.
	 * @return the number, roughly: some that were cancelled may be among them
	 */
	public int timers() {
		return this.loop.engine().tasks().timerCount();
	}

	/**
	 * Return how often a handler has held the loop for too long.
	 * @return the number of times {@link #stalled()} was called
	 */
	public long stalls() {
		return this.stalls.get();
	}

	/**
	 * Count that a handler holds the loop for too long. For those who watch it: a loop
	 * cannot notice that itself.
	 */
	public void stalled() {
		this.stalls.incrementAndGet();
	}

	/**
	 * Return what the loop is doing now.
	 * @return the activity
	 */
	public LoopActivity activity() {
		return this.progress.activity(this::activity);
	}

	private LoopActivity activity(long busy, int hook, @Nullable Watcher channel, long asked, long sequence) {
		if (hook == ActivityRecord.NO_HOOK) {
			return new LoopActivity(busy, null, null, sequence);
		}
		Dispatcher running = (asked != 0) ? this.loop.map().channel(asked)
				: (channel instanceof Channel served) ? served.dispatcher() : null;
		return new LoopActivity(busy, HOOKS[hook], running, sequence);
	}

	/**
	 * Return the channels by their names: the first 200 names that there were, and a
	 * group named {@value #OTHER} of the channels that have another one.
	 * @return the groups in the order of their names, of channels that are closed too
	 */
	public List<ChannelStats> groups() {
		List<ChannelStats> groups = new ArrayList<>(this.groups.values());
		groups.sort(Comparator.comparing(ChannelStats::name));
		return groups;
	}

	/**
	 * Return the channels of a name.
	 * @param name the name
	 * @return the group, which is made if there is none; that of the {@value #OTHER} ones
	 * if there are 200 others already
	 */
	public ChannelStats group(String name) {
		ChannelStats group = this.groups.get(name);
		return (group != null) ? group : make(name);
	}

	/**
	 * Return the name under which a channel is counted.
	 * @param channel a channel of the loop
	 * @return its name, or {@value #OTHER} if there are too many
	 */
	public String countedAs(Dispatcher channel) {
		String name = channel.channelName();
		return isTooMany(name) ? OTHER : name;
	}

	private boolean isTooMany(String name) {
		return !this.groups.containsKey(name) && this.groups.size() >= MOST_NAMES;
	}

	// found by nobody before its observers are known, or something would not be observed
	private synchronized ChannelStats make(String name) {
		String counted = name;
		if (isTooMany(name)) {
			reportTooMany(name);
			counted = OTHER;
		}
		ChannelStats group = this.groups.get(counted);
		if (group == null) {
			group = new ChannelStats(counted, this.face, this::failed);
			group.observe(this.observers.all());
			this.groups.put(counted, group);
		}
		return group;
	}

	private void reportTooMany(String name) {
		if (!this.tooManyReported) {
			this.tooManyReported = true;
			logger.warn(
					"Channels of '{}' have more than {} names: '{}' and further ones are counted together, as '{}'; "
							+ "call setChannelName() with a name that many channels share",
					this.loop.name(), MOST_NAMES, name, OTHER);
		}
	}

	/**
	 * Have an observer told of what happens from now on.
	 * @param observer the observer
	 */
	public synchronized void addObserver(EventLoopObserver observer) {
		this.observers.add(observer);
		observeGroups();
	}

	/**
	 * Tell an observer nothing any more.
	 * @param observer the observer
	 */
	public synchronized void removeObserver(EventLoopObserver observer) {
		this.observers.remove(observer);
		observeGroups();
	}

	private void observeGroups() {
		this.groups.values().forEach((group) -> group.observe(this.observers.all()));
	}

	/**
	 * Have an interceptor stand around the handlers from now on, within those that were
	 * added before.
	 * @param interceptor the interceptor
	 */
	public synchronized void addInterceptor(HookInterceptor interceptor) {
		this.interceptors.add(interceptor);
	}

	/**
	 * Have an interceptor stand around no handler any more.
	 * @param interceptor the interceptor
	 */
	public synchronized void removeInterceptor(HookInterceptor interceptor) {
		this.interceptors.remove(interceptor);
	}

	/**
	 * Measure from now on how long handlers take, or do not. Off by default: the clock
	 * costs each of them some 50 nanoseconds. Observers hear of handlers only while on.
	 * @param timed whether to measure
	 */
	public void setTimed(boolean timed) {
		this.timed = timed;
	}

	/**
	 * Say whether it is measured how long handlers take.
	 * @return whether it is
	 */
	public boolean isTimed() {
		return this.timed;
	}

	HookInterceptor[] interceptors() {
		return this.interceptors.all();
	}

	/**
	 * Tell the observers something. What one of them throws is logged and hurts nobody.
	 */
	void tell(Consumer<EventLoopObserver> news) {
		this.observers.tell(news);
	}

	void offloaded(ChannelTotals totals, long nanos, @Nullable Throwable failure) {
		ChannelStats group = group(totals.name());
		tell((observer) -> observer.offloaded(group, nanos, failure));
	}

	void failed(Object observer, Throwable failure) {
		this.loop.report(logger, "The observer {} has failed", observer.getClass().getName(), failure);
	}

	/**
	 * Say whether somebody wants to know how late tasks run.
	 */
	boolean isLagWanted() {
		return this.timed || this.observers.all().length > 0;
	}

	ActivityRecord progress() {
		return this.progress;
	}

	// what the loop tells of itself

	void passed() {
		add(this.passes, 1);
	}

	void tellFound(long waited, long worked) {
		for (EventLoopObserver observer : this.observers.all()) {
			try {
				observer.found(waited, worked);
			}
			catch (Throwable ex) {
				failed(observer, ex);
			}
			Interrupts.end(false);
		}
	}

	void late(long nanos) {
		this.lag.lazySet(nanos);
		if (nanos > this.longestLag.getPlain()) {
			this.longestLag.lazySet(nanos);
		}
		if (this.observers.all().length > 0) {
			tell((observer) -> observer.late(nanos));
		}
	}

	void answeredReadable(boolean answer) {
		add(this.readable, answer ? 1 : 0);
	}

	void answeredWritable(boolean answer) {
		add(this.writable, answer ? 1 : 0);
	}

	void ready(Hook hook) {
		add(this.readiness, hook.ordinal());
	}

	private static void add(AtomicLongArray counters, int index) {
		counters.lazySet(index, counters.getPlain(index) + 1);
	}

	private static void add(AtomicLong counter, long count) {
		counter.lazySet(counter.getPlain() + count);
	}

}
