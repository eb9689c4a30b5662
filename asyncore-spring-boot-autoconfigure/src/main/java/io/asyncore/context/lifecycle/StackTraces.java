package io.asyncore.context.lifecycle;

import org.jspecify.annotations.Nullable;

/**
 * What a thread is doing, for the log.
 */
public final class StackTraces {

	private StackTraces() {
	}

	/**
	 * Return the stack of a thread, a line for each frame, beginning with a line break.
	 * @param thread the thread, {@code null} if there is none
	 * @return the lines, none without a thread
	 */
	public static String of(@Nullable Thread thread) {
		StringBuilder stack = new StringBuilder();
		StackTraceElement[] frames = (thread != null) ? thread.getStackTrace() : new StackTraceElement[0];
		for (StackTraceElement frame : frames) {
			stack.append("\n\tat ").append(frame);
		}
		return stack.toString();
	}

}
