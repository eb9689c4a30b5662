package io.asyncore;

/**
 * A task that waits for its time on an {@link EventLoop}. All methods may be called from
 * any thread.
 */
public interface ScheduledTask {

	/**
	 * Prevent the task from running again. A run that has begun is not interrupted. What
	 * the task refers to can be collected from then on.
	 * @return {@code true} if this call took a waiting task away; {@code false} if it had
	 * been cancelled before or, being a one-shot, had already run
	 */
	boolean cancel();

	/**
	 * Say whether the task was cancelled, by {@link #cancel()} or by the end of the
	 * channel it belongs to.
	 * @return whether the task will never run again
	 */
	boolean isCancelled();

	/**
	 * Count the delay anew, from now. A waiting task is put off, a one-shot that has run
	 * waits again, a cancelled one stays cancelled. Made for idle timeouts: a call costs
	 * next to nothing, so it may be made for every message.
	 */
	void reset();

}
