package io.asyncore.context;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.LoopActivity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.SmartLifecycle;

/**
 * Watches a loop from a thread of its own, and tells when a handler holds it for too
 * long: by a log entry with the stack of the loop's thread at that moment, by a
 * {@link LoopStalledEvent}, and by what the loop's monitor counts.
 * <p>
 * It looks four times in the time that is allowed, so what takes a quarter longer is
 * always seen. When the process as a whole was held up, for a garbage collection say, it
 * begins anew.
 */
public class Watchdog implements SmartLifecycle {

	/**
	 * The phase: starts before the loop and stops after it.
	 */
	public static final int PHASE = EventLoopLifecycle.PHASE - 1;

	private static final Logger logger = LoggerFactory.getLogger(Watchdog.class);

	// as good as for ever
	private static final Duration LONGEST = Duration.ofDays(365);

	private static final int LOOKS = 4;

	private static final Runnable NOTHING = () -> {
	};

	private final EventLoop loop;

	private final EventPublisher publisher;

	private final long warnNanos;

	private final long periodNanos;

	// what it has seen, since when
	private long sequence = -1;

	private long since;

	private long lastLook;

	private boolean probed;

	private boolean reported;

	private boolean forgiven;

	private volatile @Nullable Thread thread;

	/**
	 * Create a new instance.
	 * @param loop the loop to watch
	 * @param publisher who publishes events
	 * @param warn how long a handler may hold the loop, at least a millisecond
	 */
	public Watchdog(EventLoop loop, EventPublisher publisher, Duration warn) {
		this.loop = loop;
		this.publisher = publisher;
		this.warnNanos = (warn.compareTo(LONGEST) < 0) ? warn.toNanos() : LONGEST.toNanos();
		this.periodNanos = Math.max(TimeUnit.MILLISECONDS.toNanos(1), this.warnNanos / LOOKS);
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
		this.sequence = -1;
		try {
			while (this.thread == Thread.currentThread()) {
				TimeUnit.NANOSECONDS.sleep(this.periodNanos);
				lookSafely();
			}
		}
		catch (InterruptedException ex) {
			// by stop()
		}
	}

	private void lookSafely() {
		try {
			look(System.nanoTime());
		}
		catch (RuntimeException ex) {
			logger.error("Looking after loop '{}' has failed this time", this.loop.name(), ex);
		}
	}

	/**
	 * Look what the loop is doing.
	 * @param now the time in nanoseconds
	 */
	void look(long now) {
		boolean heldUpItself = now - this.lastLook > this.periodNanos + this.warnNanos / 2;
		this.lastLook = now;
		LoopActivity activity = this.loop.monitor().activity();
		boolean same = activity.sequence() == this.sequence && activity.busyNanos() > 0;
		if (!same) {
			if (this.reported) {
				recovered(Duration.ofNanos(now - this.since));
			}
			this.sequence = activity.sequence();
			this.since = now;
			this.probed = false;
			this.reported = false;
			this.forgiven = false;
			return;
		}
		if (heldUpItself && !this.forgiven) {
			// once, or on a machine that is always late nothing would ever be noticed
			this.forgiven = true;
			this.since = now;
		}
		if (!this.probed) {
			// tells how late a task runs that comes now
			this.probed = true;
			this.loop.execute(NOTHING);
		}
		if (!this.reported && now - this.since >= this.warnNanos) {
			this.reported = true;
			stalled(activity, Duration.ofNanos(now - this.since));
		}
	}

	private void stalled(LoopActivity activity, Duration duration) {
		this.loop.monitor().stalled();
		// before anything else, for it does not wait
		String stack = StackTraces.of(this.loop.thread());
		if (logger.isWarnEnabled()) {
			logger.warn(
					"{} has held loop '{}' for {} ms, and all its channels wait; have such work done by offload()"
							+ " or another thread. It is at{}",
					describe(activity), this.loop.name(), duration.toMillis(), stack);
		}
		this.publisher.publish(LoopStalledEvent.class,
				() -> new LoopStalledEvent(this.loop, activity.channel(), activity.hook(), duration));
	}

	private void recovered(Duration duration) {
		logger.info("Loop '{}' goes on, it was held for {} ms", this.loop.name(), duration.toMillis());
		this.publisher.publish(LoopRecoveredEvent.class, () -> new LoopRecoveredEvent(this.loop, duration));
	}

	// without asking the channel, which may wait for what its handler holds
	private static String describe(LoopActivity activity) {
		Dispatcher channel = activity.channel();
		if (activity.hook() == null) {
			return "Something that is no handler";
		}
		if (channel == null) {
			return "A task of the loop";
		}
		SocketAddress peer = Addresses.peer(channel);
		return "Handler '" + activity.hook().label() + "' of '" + channel.channelName() + "' ("
				+ channel.getClass().getName() + ((peer != null) ? ", peer " + Addresses.text(peer) : "") + ")";
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
		return PHASE;
	}

}
