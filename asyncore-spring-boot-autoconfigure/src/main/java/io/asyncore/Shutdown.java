package io.asyncore;

import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

import io.asyncore.loop.ChangeList;
import io.asyncore.loop.TimerTask;
import io.asyncore.transport.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * The graceful end of a loop: listeners are closed at once, what is queued and offloaded
 * is finished within a grace period, then everything is closed. Belongs to the thread of
 * the loop.
 * <p>
 * There may be thousands of channels, and only a few that have something to send. All are
 * asked once, and from then on one that had something; the next one is looked for when it
 * has sent that, among those to which something has happened since they were asked. Files
 * and those whose predicates may depend on anything are asked each time.
 */
final class Shutdown {

	private static final Runnable NOTHING = () -> {
	};

	private final EventLoop loop;

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

	Shutdown(EventLoop loop, ChangeList changes) {
		this.loop = loop;
		this.changes = changes;
	}

	void begin(Duration gracePeriod) {
		this.begun = true;
		this.end = this.loop.now() + TimerTask.nanos(gracePeriod);
		cancelAlarm();
		this.alarm = this.loop.callLater(gracePeriod, NOTHING);
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
		boolean late = this.loop.now() - this.end >= 0;
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
		return !this.loop.engine().isFinishing();
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

}
