package io.asyncore;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

import io.asyncore.loop.ChangeList;
import io.asyncore.loop.TimerTask;
import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * How a loop comes to its end. Gracefully: listeners are closed at once, what is queued
 * and offloaded is finished within a grace period, then everything is closed; that
 * belongs to the thread of the loop. Or by other threads, if a handler holds that one:
 * they close its channels, and see to it that the system gets back what these have.
 * <p>
 * There may be thousands of channels, and only a few that have something to send. All are
 * asked once, and from then on one that had something; the next one is looked for when it
 * has sent that, among those to which something has happened since they were asked. Files
 * and those whose predicates may depend on anything are asked each time.
 */
final class Shutdown {

	private static final Runnable NOTHING = () -> {
	};

	private final LoopParts loop;

	private final ChangeList changes;

	// read by other threads too
	private volatile boolean begun;

	private long end;

	// makes the pass that waits when the grace period is over end
	private @Nullable ScheduledTask alarm;

	// one that had something to send when it was asked last
	private @Nullable Channel busy;

	// those that may have something to send, as far as that is known; null as long as
	// nobody wants to know
	private @Nullable Set<Channel> suspects;

	private final Set<Channel> files = new LinkedHashSet<>();

	Shutdown(LoopParts loop) {
		this.loop = loop;
		this.changes = loop.engine().changes();
	}

	void begin(Duration gracePeriod) {
		this.begun = true;
		this.end = this.loop.engine().now() + TimerTask.nanos(gracePeriod);
		cancelAlarm();
		this.alarm = LoopTask.started(this.loop.engine(), NOTHING, gracePeriod, false, null);
		for (Dispatcher channel : this.loop.map()) {
			if (channel.accepting()) {
				channel.channel().shutDown();
			}
		}
	}

	void forget() {
		if (!this.begun) {
			return;
		}
		this.begun = false;
		cancelAlarm();
		this.busy = null;
		this.suspects = null;
		this.files.clear();
		this.changes.tellNobody();
	}

	private void cancelAlarm() {
		if (this.alarm != null) {
			this.alarm.cancel();
			this.alarm = null;
		}
	}

	boolean hasBegun() {
		return this.begun;
	}

	/**
	 * Say whether there is nothing left to wait for, apart from the grace period.
	 */
	boolean isIdle() {
		return this.begun && !isBusy();
	}

	/**
	 * Close everything if the time has come.
	 * @return whether it has
	 */
	boolean complete() {
		boolean late = this.loop.engine().now() - this.end >= 0;
		if (!this.begun || (!late && isBusy())) {
			return false;
		}
		if (late) {
			this.loop.offloadedWork().abandon();
		}
		for (Dispatcher channel : this.loop.map()) {
			channel.channel().transfer().discardInput();
			channel.channel().shutDown();
		}
		return this.loop.engine().closings().isEmpty();
	}

	private boolean isBusy() {
		if (this.loop.hasWork()) {
			return true;
		}
		Channel busy = this.busy;
		if (busy == null || !isBusy(busy)) {
			busy = findBusy();
			this.busy = busy;
		}
		return busy != null;
	}

	private boolean isBusy(Channel channel) {
		return channel.isServedBy(this.loop.engine()) && channel.hasOutput();
	}

	private @Nullable Channel findBusy() {
		Set<Channel> suspects = suspects();
		while (!suspects.isEmpty()) {
			Iterator<Channel> first = suspects.iterator();
			Channel suspect = first.next();
			// first, for it may be suspected again when it is asked
			first.remove();
			if (isBusy(suspect)) {
				return suspect;
			}
		}
		this.files.removeIf((file) -> !file.isServedBy(this.loop.engine()));
		for (Channel file : Set.copyOf(this.files)) {
			if (isBusy(file)) {
				return file;
			}
		}
		return (Channel) this.changes.find((watcher) -> isBusy((Channel) watcher));
	}

	private Set<Channel> suspects() {
		Set<Channel> suspects = this.suspects;
		if (suspects == null) {
			suspects = new LinkedHashSet<>();
			this.suspects = suspects;
			this.changes.tell((watcher) -> suspect((Channel) watcher));
			this.loop.map().forEach((channel) -> suspect(channel.channel()));
		}
		return suspects;
	}

	private void suspect(Channel channel) {
		if (this.suspects != null) {
			this.suspects.add(channel);
		}
		Endpoint endpoint = channel.endpoint();
		if (endpoint != null && !endpoint.isPolled() && endpoint.wire() == endpoint) {
			// nobody hears of what its own threads still have to write
			this.files.add(channel);
		}
	}

	// by others, while a handler holds the thread

	/**
	 * Say whether a thread is in {@link System#exit}, which never returns.
	 */
	static boolean isExiting(@Nullable Thread thread) {
		if (thread == null) {
			return false;
		}
		for (StackTraceElement frame : thread.getStackTrace()) {
			if (frame.getClassName().equals("java.lang.Shutdown")) {
				return true;
			}
		}
		return false;
	}

	/**
	 * Close the listeners.
	 */
	void closeListeners() {
		try {
			channels().stream().filter(Dispatcher::accepting).forEach(Shutdown::close);
		}
		finally {
			this.loop.engine().poller().releaseFromElsewhere();
		}
	}

	/**
	 * Close all channels, and begin no work that was given away.
	 */
	void closeAll() {
		this.loop.offloadedWork().abandon();
		try {
			this.loop.arrivals().drop();
			channels().forEach(Shutdown::close);
		}
		finally {
			this.loop.engine().poller().releaseFromElsewhere();
		}
	}

	// the one whose handler holds the loop comes last: its close() may wait for what that
	// handler holds
	private List<Dispatcher> channels() {
		List<Dispatcher> channels = new ArrayList<>(this.loop.map().channels());
		Dispatcher holding = this.loop.monitor().activity().channel();
		if (holding != null && channels.remove(holding)) {
			channels.add(holding);
		}
		return channels;
	}

	private static void close(Dispatcher channel) {
		channel.channel().shutDown();
	}

	/**
	 * Close all sockets without their channels.
	 */
	void closeSockets() {
		for (Dispatcher channel : this.loop.map()) {
			Endpoint endpoint = channel.channel().endpoint();
			if (endpoint != null) {
				channel.channel().closeQuietly(endpoint);
			}
		}
		this.loop.engine().poller().releaseFromElsewhere();
	}

}
