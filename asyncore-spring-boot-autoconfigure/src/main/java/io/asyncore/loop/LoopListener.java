package io.asyncore.loop;

/**
 * Who is told what happens in a loop, and asked what it cannot know. Called by the thread
 * that runs it.
 */
public interface LoopListener {

	/**
	 * Say whether there is nothing to serve.
	 * @return whether there is no watcher
	 */
	boolean isEmpty();

	/**
	 * Say whether the loop was told to come to its end, and nothing is left to wait for.
	 * @return whether it was, and nobody is busy
	 */
	boolean isIdle();

	/**
	 * Say whether a failure is meant to leave the loop.
	 * @param failure what a task has thrown
	 * @return whether it is
	 */
	boolean isExit(Throwable failure);

	/**
	 * Say whether somebody wants to know how late tasks run. Called by any thread.
	 * @return whether it is to be told by {@link #late}
	 */
	boolean isLagWanted();

	/**
	 * Called when the outermost {@link LoopEngine#run} begins.
	 */
	void begins();

	/**
	 * Called when no {@link LoopEngine#run} is under way any more.
	 * @param run whether one was
	 */
	void ends(boolean run);

	/**
	 * Called when the thread has given the loop back.
	 */
	void left();

	/**
	 * Called for what the poller, or an endpoint itself, has said to be ready.
	 * @param operations what it is ready for
	 */
	void ready(int operations);

	/**
	 * Called when a task or timer is run.
	 * @param nanos how late that is, in nanoseconds
	 */
	void late(long nanos);

	/**
	 * Called after each wait.
	 * @param waited how long that was, in nanoseconds
	 * @param worked how long the loop has worked since the wait before, in nanoseconds
	 */
	void found(long waited, long worked);

	/**
	 * Called when a pass is complete.
	 */
	void passed();

	/**
	 * Called for a failure that is nobody's of those who are served.
	 * @param message what has failed, and what becomes of the loop
	 * @param failure the failure
	 */
	void failed(String message, Throwable failure);

}
