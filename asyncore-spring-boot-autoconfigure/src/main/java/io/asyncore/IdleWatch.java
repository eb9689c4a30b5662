package io.asyncore;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Tells a dispatcher when nothing has come or gone for some time. Costs one timer a
 * channel, which is not touched by what comes and goes.
 */
final class IdleWatch {

	private final Attachment attachment;

	private final Duration timeout;

	private final long nanos;

	private @Nullable ScheduledTask timer;

	IdleWatch(Attachment attachment, Duration timeout) {
		this.attachment = attachment;
		this.timeout = timeout;
		this.nanos = TimerTask.nanos(timeout);
	}

	void start() {
		this.attachment.tally().activeNow();
		waitFor(this.timeout);
	}

	void stop() {
		if (this.timer != null) {
			this.timer.cancel();
		}
	}

	private void waitFor(Duration delay) {
		stop();
		this.timer = this.attachment.callLater(delay, this::check);
	}

	private void check() {
		long left = this.attachment.tally().active() + this.nanos - this.attachment.loop().now();
		if (left > 0) {
			waitFor(Duration.ofNanos(left));
			return;
		}
		// goes on if the channel does
		start();
		Tally tally = this.attachment.tally();
		CloseReason reason = tally.setCloseReason(CloseReason.TIMEOUT);
		this.attachment.service().guard(Hook.TIMEOUT, (service) -> this.attachment.dispatcher().handleTimeout());
		if (this.attachment.state() != ChannelState.CLOSED) {
			tally.setCloseReason(reason);
		}
	}

}
