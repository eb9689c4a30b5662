package io.asyncore.chat;

/**
 * Ends a frame after a number of bytes.
 */
record Length(long bytes) implements Terminator {

	Length {
		if (bytes < 0) {
			throw new IllegalArgumentException("The length of a frame must not be negative: " + bytes);
		}
	}

}
