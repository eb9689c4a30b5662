package io.asyncore.transport;

import java.io.IOException;

/**
 * A transfer that is not possible now for want of something in this process, be it a
 * thread, memory or room in a buffer: whoever is at the other end has not gone, and it
 * can be tried again.
 */
public final class LocalFailureException extends IOException {

	/**
	 * Create a new instance.
	 * @param message what is not possible now, and the way out if there is one
	 * @param cause what was wanting
	 */
	public LocalFailureException(String message, Throwable cause) {
		super(message, cause);
	}

}
