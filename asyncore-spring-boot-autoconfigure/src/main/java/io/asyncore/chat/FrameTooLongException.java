package io.asyncore.chat;

import io.asyncore.LimitExceededException;

/**
 * Given to {@code handleError} of a channel whose peer has sent more than
 * {@link AsyncChat#maxFrameLength()} bytes without the terminator. The frame is dropped;
 * how a channel goes on that is not closed then is told by
 * {@link AsyncChat#setMaxFrameLength}.
 */
public class FrameTooLongException extends LimitExceededException {

	private final int maxFrameLength;

	/**
	 * Create a new instance.
	 * @param maxFrameLength the limit that was exceeded, in bytes
	 */
	public FrameTooLongException(int maxFrameLength) {
		super("The peer has sent more than " + maxFrameLength
				+ " bytes without the terminator: if it may, allow more by setMaxFrameLength(int)");
		this.maxFrameLength = maxFrameLength;
	}

	/**
	 * Return the limit that was exceeded.
	 * @return the limit in bytes
	 */
	public int maxFrameLength() {
		return this.maxFrameLength;
	}

}
