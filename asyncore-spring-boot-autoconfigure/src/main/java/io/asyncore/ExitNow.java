package io.asyncore;

/**
 * Thrown by a handler, predicate, task or timer to leave the running loop: the only
 * exception of a handler that {@code loop}, {@code poll} and {@code run} let through.
 * Stands for {@code asyncore.ExitNow}.
 */
public class ExitNow extends RuntimeException {

	/**
	 * Create a new instance.
	 */
	public ExitNow() {
		super("A handler asked to leave the event loop");
	}

	/**
	 * Say whether a failure is meant to leave the loop. An {@code Error} is not: what has
	 * failed for want of memory or of a thread may well work for the other channels, and
	 * in a moment.
	 */
	static boolean isExit(Throwable failure) {
		return failure instanceof ExitNow;
	}

}
