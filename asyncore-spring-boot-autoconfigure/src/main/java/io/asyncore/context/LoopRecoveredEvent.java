package io.asyncore.context;

import java.time.Duration;

import io.asyncore.EventLoop;

import org.springframework.context.ApplicationEvent;

/**
 * Published when a loop goes on for which a {@link LoopStalledEvent} was published.
 */
public class LoopRecoveredEvent extends ApplicationEvent {

	private final Duration duration;

	/**
	 * Create a new instance.
	 * @param loop the loop
	 * @param duration for how long it was held
	 */
	public LoopRecoveredEvent(EventLoop loop, Duration duration) {
		super(loop);
		this.duration = duration;
	}

	/**
	 * Return the loop.
	 * @return the loop
	 */
	public EventLoop getLoop() {
		return (EventLoop) getSource();
	}

	/**
	 * Return for how long the loop was held.
	 * @return the time, roughly
	 */
	public Duration getDuration() {
		return this.duration;
	}

}
