package io.asyncore.loop;

/**
 * The interrupt status of the thread of a loop. What somebody else's code leaves behind
 * ends with that code: an interrupted thread closes the files that it works on, whoever
 * they belong to, and does not wait.
 */
public final class Interrupts {

	private Interrupts() {
	}

	/**
	 * Say whether the calling thread is interrupted, before it calls somebody else's
	 * code.
	 * @return whether it is, for {@link #end}
	 */
	public static boolean arePending() {
		return Thread.currentThread().isInterrupted();
	}

	/**
	 * Clear what that code has left behind.
	 * @param pending what {@link #arePending()} has said before
	 */
	public static void end(boolean pending) {
		if (!pending) {
			Thread.interrupted();
		}
	}

	/**
	 * Clear the status, to work on a file for instance.
	 * @return whether there was something to clear, for {@link #resume}
	 */
	public static boolean suspend() {
		return Thread.interrupted();
	}

	/**
	 * Set the status again if it was set before.
	 * @param suspended what {@link #suspend()} has said before
	 */
	public static void resume(boolean suspended) {
		if (suspended) {
			Thread.currentThread().interrupt();
		}
	}

}
