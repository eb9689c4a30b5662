package io.asyncore.context;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Watches loops from a thread of its own, and tells when a handler holds one for too
 * long: by a log entry with the stack of the loop's thread at that moment, by a
 * {@link LoopStalledEvent}, and by what the loop's monitor counts.
 * <p>
 * It looks four times in the time that is allowed, so what takes a quarter longer is
 * always seen. When the process as a whole was held up, for a garbage collection say, it
 * begins anew. So it does up to nine times when many classes were loaded meanwhile,
 * because something is done for the first time then.
 */
public class Watchdog implements SmartLifecycle {

	/**
	 * The phase, if the loop has its own by default: starts before the loop and stops
	 * after it.
	 */
	public static final int PHASE = EventLoopLifecycle.PHASE - 1;

	private static final Logger logger = LoggerFactory.getLogger(Watchdog.class);

	// as good as for ever
	private static final Duration LONGEST = Duration.ofDays(365);

	private static final int LOOKS = 4;

	private final List<LoopWatch> watches;

	private final long warnNanos;

	private final long periodNanos;

	private final int phase;

	private long lastLook;

	private volatile @Nullable Thread thread;

	/**
	 * Create a new instance.
	 * @param loop the loop to watch
	 * @param publisher who publishes events
	 * @param warn how long a handler may hold the loop, at least a millisecond
	 */
	public Watchdog(EventLoop loop, EventPublisher publisher, Duration warn) {
		this(new EventLoopGroup(List.of(loop)), publisher, warn);
	}

	/**
	 * Create a new instance that watches several loops from one thread.
	 * @param group the loops to watch
	 * @param publisher who publishes events
	 * @param warn how long a handler may hold a loop, at least a millisecond
	 */
	public Watchdog(EventLoopGroup group, EventPublisher publisher, Duration warn) {
		this(group, publisher, warn, EventLoopLifecycle.PHASE);
	}

	/**
	 * Create a new instance that watches several loops from one thread.
	 * @param group the loops to watch
	 * @param publisher who publishes events
	 * @param warn how long a handler may hold a loop, at least a millisecond
	 * @param loopPhase the phase of the loops; that of this is the one before it
	 */
	public Watchdog(EventLoopGroup group, EventPublisher publisher, Duration warn, int loopPhase) {
		this(group, publisher, warn, loopPhase, ManagementFactory.getClassLoadingMXBean()::getTotalLoadedClassCount);
	}

	Watchdog(EventLoopGroup group, EventPublisher publisher, Duration warn, int loopPhase, LongSupplier loadedClasses) {
		this.phase = loopPhase - 1;
		this.warnNanos = (warn.compareTo(LONGEST) < 0) ? warn.toNanos() : LONGEST.toNanos();
		this.periodNanos = Math.max(TimeUnit.MILLISECONDS.toNanos(1), this.warnNanos / LOOKS);
		this.watches = group.loops()
			.stream()
			.map((loop) -> new LoopWatch(loop, publisher, this.warnNanos, loadedClasses))
			.toList();
	}

	@Override
	public void start() {
		if (this.thread == null) {
			Thread thread = new Thread(this::watch, "asyncore-watchdog");
			thread.setDaemon(true);
			this.thread = thread;
			thread.start();
		}
	}

	private void watch() {
		this.lastLook = System.nanoTime();
		this.watches.forEach(LoopWatch::forget);
		try {
			while (this.thread == Thread.currentThread()) {
				TimeUnit.NANOSECONDS.sleep(this.periodNanos);
				look(System.nanoTime());
			}
		}
		catch (InterruptedException ex) {
			// by stop()
		}
	}

	/**
	 * Look what the loops are doing.
	 * @param now the time in nanoseconds
	 */
	void look(long now) {
		boolean heldUpItself = now - this.lastLook > this.periodNanos + this.warnNanos / 2;
		this.lastLook = now;
		for (LoopWatch watch : this.watches) {
			try {
				watch.look(now, heldUpItself);
			}
			catch (RuntimeException | Error ex) {
				logger.error("Looking after loop '{}' has failed this time", watch.loop().name(), ex);
			}
		}
	}

	@Override
	public void stop() {
		Thread thread = this.thread;
		this.thread = null;
		if (thread != null) {
			thread.interrupt();
		}
	}

	@Override
	public boolean isRunning() {
		return this.thread != null;
	}

	@Override
	public int getPhase() {
		return this.phase;
	}

}
