package io.asyncore.benchmark;

/**
 * Thrown when something that a benchmark needs is not there. The message says what, and
 * what to do.
 */
public final class UnavailableException extends Exception {

	/**
	 * Create a new instance.
	 * @param message what is missing
	 */
	public UnavailableException(String message) {
		super(message);
	}

}
