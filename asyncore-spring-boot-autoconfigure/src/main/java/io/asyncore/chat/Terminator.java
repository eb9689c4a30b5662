package io.asyncore.chat;

/**
 * What ends a frame of input: the {@code term} of {@code asynchat.set_terminator}.
 * Immutable, so one may serve any number of channels.
 */
public sealed interface Terminator permits Delimiter, Length, Unterminated {

	/**
	 * Return the terminator that is found where some bytes occur in the input.
	 * @param d the bytes, which are copied
	 * @return the terminator
	 * @throws IllegalArgumentException if there are no bytes; that would be
	 * {@link #none()}
	 */
	static Terminator delimiter(byte[] d) {
		return Delimiter.of(d);
	}

	/**
	 * Return the terminator that is found, once, after a number of bytes.
	 * @param n how many bytes; with 0 it is found at once, without any input
	 * @return the terminator
	 * @throws IllegalArgumentException if {@code n} is negative
	 */
	static Terminator length(long n) {
		return new Length(n);
	}

	/**
	 * Return the terminator that is never found: all input is collected. Stands for
	 * {@code set_terminator(None)}.
	 * @return the terminator
	 */
	static Terminator none() {
		return Unterminated.INSTANCE;
	}

}
