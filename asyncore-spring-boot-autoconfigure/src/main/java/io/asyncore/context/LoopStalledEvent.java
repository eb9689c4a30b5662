package io.asyncore.context;

import java.time.Duration;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Hook;
import org.jspecify.annotations.Nullable;

import org.springframework.context.ApplicationEvent;

/**
 * Published when a handler holds a loop for longer than the watchdog allows, once for
 * each time that happens.
 */
public class LoopStalledEvent extends ApplicationEvent {

	private final transient @Nullable Dispatcher channel;

	private final @Nullable Hook hook;

	private final Duration duration;

	/**
	 * Create a new instance.
	 * @param loop the loop
	 * @param channel the channel whose handler it is, {@code null} if it is a task of the
	 * loop
	 * @param hook the handler, {@code null} if none was seen
	 * @param duration for how long it has held the loop already
	 */
	public LoopStalledEvent(EventLoop loop, @Nullable Dispatcher channel, @Nullable Hook hook, Duration duration) {
		super(loop);
		this.channel = channel;
		this.hook = hook;
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
	 * Return the channel whose handler it is.
	 * @return the channel, {@code null} if it is a task of the loop
	 */
	public @Nullable Dispatcher getChannel() {
		return this.channel;
	}

	/**
	 * Return which handler it is.
	 * @return the handler, {@code null} if none was seen
	 */
	public @Nullable Hook getHook() {
		return this.hook;
	}

	/**
	 * Return for how long the handler has held the loop when this was noticed.
	 * @return the time, at least
	 */
	public Duration getDuration() {
		return this.duration;
	}

}
