package io.asyncore.context;

import org.jspecify.annotations.Nullable;

/**
 * What a thread is doing, for the log.
 */
final class StackTraces {

	private StackTraces() {
	}

	/**
	 * Return the stack of a thread, a line for each frame, beginning with a line break.
	 */
	static String of(@Nullable Thread thread) {
		StringBuilder stack = new StringBuilder();
		StackTraceElement[] frames = (thread != null) ? thread.getStackTrace() : new StackTraceElement[0];
		for (StackTraceElement frame : frames) {
			stack.append("\n\tat ").append(frame);
		}
		return stack.toString();
	}

}
