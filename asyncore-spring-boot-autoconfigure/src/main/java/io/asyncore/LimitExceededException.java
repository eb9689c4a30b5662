package io.asyncore;

import java.io.IOException;

/**
 * Says that a peer has sent, or asked for, more than it may. A channel that is closed
 * because of it counts as closed for {@link CloseReason#LIMIT}.
 */
public class LimitExceededException extends IOException {

	/**
	 * Create a new instance.
	 * @param message what was exceeded, and how to allow more
	 */
	public LimitExceededException(String message) {
		super(message);
	}

}
