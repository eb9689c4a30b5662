package io.asyncore.context;

import java.net.SocketAddress;
import java.time.Duration;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Hook;
import io.asyncore.LogText;
import io.asyncore.LoopActivity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the {@link Watchdog} has seen of one loop, and tells of it.
 */
final class LoopWatch {

	private static final Logger logger = LoggerFactory.getLogger(Watchdog.class);

	private static final Runnable NOTHING = () -> {
	};

	private final EventLoop loop;

	private final EventPublisher publisher;

	private final long warnNanos;

	// what it has seen, since when
	private long sequence = -1;

	private long since;

	private boolean probed;

	private boolean reported;

	private boolean forgiven;

	LoopWatch(EventLoop loop, EventPublisher publisher, long warnNanos) {
		this.loop = loop;
		this.publisher = publisher;
		this.warnNanos = warnNanos;
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
