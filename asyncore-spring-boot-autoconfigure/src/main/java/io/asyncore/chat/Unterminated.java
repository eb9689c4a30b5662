package io.asyncore.chat;

/**
 * Ends no frame.
 */
enum Unterminated implements Terminator {

	INSTANCE;

	@Override
	public String toString() {
		return "Unterminated";
	}

}
