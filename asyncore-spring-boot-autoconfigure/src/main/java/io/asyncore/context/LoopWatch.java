package io.asyncore.context;

import java.net.SocketAddress;
import java.time.Duration;
import java.util.function.LongSupplier;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Hook;
import io.asyncore.LogText;
import io.asyncore.LoopActivity;
import io.asyncore.context.lifecycle.StackTraces;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the {@link Watchdog} has seen of one loop, and tells of it.
 */
final class LoopWatch {

	private static final Logger logger = LoggerFactory.getLogger(Watchdog.class);

	// so many tell that something is done for the first time
	private static final int MANY_CLASSES = 20;

	private static final int MOST_LOADS = 9;

	private static final Runnable NOTHING = () -> {
	};

	private final EventLoop loop;

	private final EventPublisher publisher;

	private final long warnNanos;

	private final LongSupplier loadedClasses;

	// what it has seen, since when
	private long sequence = -1;

	private long since;

	private boolean probed;

	private boolean reported;

	private boolean forgiven;

	// how many classes there were then, and how often that was forgiven
	private long classes;

	private int loads;

	LoopWatch(EventLoop loop, EventPublisher publisher, long warnNanos, LongSupplier loadedClasses) {
		this.loop = loop;
		this.publisher = publisher;
		this.warnNanos = warnNanos;
		this.loadedClasses = loadedClasses;
	}

	EventLoop loop() {
		return this.loop;
	}

	/**
	 * Begin anew.
	 */
	void forget() {
		this.sequence = -1;
	}

	/**
	 * Look what the loop is doing.
	 * @param now the time in nanoseconds
	 * @param heldUpItself whether it has taken too long since the last look
	 */
	void look(long now, boolean heldUpItself) {
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
			this.classes = this.loadedClasses.getAsLong();
			this.loads = 0;
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
		if (!this.reported && now - this.since >= this.warnNanos && !isLoading(now)) {
			this.reported = true;
			stalled(activity, Duration.ofNanos(now - this.since));
		}
	}

	// what is done for the first time takes long once, and nobody can do anything about
	// it
	private boolean isLoading(long now) {
		long classes = this.loadedClasses.getAsLong();
		boolean loading = classes - this.classes >= MANY_CLASSES && this.loads < MOST_LOADS;
		if (loading) {
			this.loads++;
			this.since = now;
			this.classes = classes;
		}
		return loading;
	}

	private void stalled(LoopActivity activity, Duration duration) {
		this.loop.monitor().stalled();
		// before anything else, for it does not wait
		String stack = StackTraces.of(this.loop.thread());
		if (logger.isWarnEnabled()) {
			logger.warn("{} has held loop '{}' for {} ms, and all its channels wait{}. It is at{}", describe(activity),
					this.loop.name(), duration.toMillis(), advice(activity), stack);
		}
		this.publisher.publish(LoopStalledEvent.class,
				() -> new LoopStalledEvent(this.loop, activity.channel(), activity.hook(), duration));
	}

	private void recovered(Duration duration) {
		logger.info("Loop '{}' goes on, it was held for {} ms", this.loop.name(), duration.toMillis());
		this.publisher.publish(LoopRecoveredEvent.class, () -> new LoopRecoveredEvent(this.loop, duration));
	}

	private static String advice(LoopActivity activity) {
		Hook hook = activity.hook();
		if (hook == null) {
			return "";
		}
		return switch (hook) {
			case ACCEPT -> "; making a channel must not take long: have its constructor leave to handleOpen()"
					+ " or offload() what does";
			case PREDICATE -> "; readable() and writable() are asked often and must answer at once";
			default -> "; have such work done by offload() or another thread";
		};
	}

	// without asking the channel, which may wait for what its handler holds
	private static String describe(LoopActivity activity) {
		Dispatcher channel = activity.channel();
		if (activity.hook() == null) {
			return "Something that is no handler";
		}
		if (channel == null) {
			return (activity.hook() == Hook.TASK) ? "A task of the loop"
					: "Handler '" + activity.hook().label() + "' of a channel that is closed";
		}
		SocketAddress peer = Addresses.peer(channel);
		String label = channel.label();
		return "Handler '" + activity.hook().label() + "' of '" + channel.channelName() + "' ("
				+ channel.getClass().getName() + ((peer != null) ? ", peer " + Addresses.text(peer) : "")
				+ ((label != null) ? ", label '" + LogText.escape(label) + "'" : "") + ")";
	}

}
