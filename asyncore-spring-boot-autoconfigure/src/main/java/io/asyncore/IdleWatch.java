package io.asyncore;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * Tells a dispatcher when nothing has come or gone for some time. Costs one timer a
 * channel, which is not touched by what comes and goes.
 */
final class IdleWatch implements Housekeeping {

	private final Attachment attachment;

	private final Duration timeout;

	private final long nanos;

	// when it was told to watch, or has told that nothing happens
	private long begun;

	private @Nullable ScheduledTask timer;

	IdleWatch(Attachment attachment, Duration timeout) {
		this.attachment = attachment;
		this.timeout = timeout;
		this.nanos = TimerTask.nanos(timeout);
	}

	void start() {
		this.begun = this.attachment.loop().now();
		waitFor(this.timeout);
	}

	void stop() {
		if (this.timer != null) {
			this.timer.cancel();
		}
	}

	private void waitFor(Duration delay) {
		stop();
		this.timer = this.attachment.callLater(delay, this);
	}

	@Override
	public void run() {
		long now = this.attachment.loop().now();
		long idle = Math.min(now - this.attachment.tally().activeAt(), now - this.begun);
		long left = this.nanos - idle;
		if (left > 0) {
			waitFor(Duration.ofNanos(left));
			return;
		}
		// goes on if the channel does
		start();
		Tally tally = this.attachment.tally();
		CloseReason reason = tally.presume(CloseReason.TIMEOUT);
		int life = this.attachment.life();
		this.attachment.service().guard(Hook.TIMEOUT, (service) -> this.attachment.dispatcher().handleTimeout());
		if (this.attachment.life() == life) {
			tally.presume(reason);
		}
	}

}
