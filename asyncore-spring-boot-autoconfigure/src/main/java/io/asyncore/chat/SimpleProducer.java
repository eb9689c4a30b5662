package io.asyncore.chat;

import java.nio.ByteBuffer;

/**
 * Produces given bytes in pieces. Stands for {@code asynchat.simple_producer}.
 */
public final class SimpleProducer implements Producer {

	private static final int DEFAULT_BUFFER_SIZE = 512;

	private final ByteBuffer data;

	private final int bufferSize;

	/**
	 * Create a producer of pieces of 512 bytes.
	 * @param data the bytes, which are not copied
	 */
	public SimpleProducer(byte[] data) {
		this(data, DEFAULT_BUFFER_SIZE);
	}

	/**
	 * Create a producer.
	 * @param data the bytes, which are not copied
	 * @param bufferSize the size of a piece, in bytes, at least 1
	 * @throws IllegalArgumentException if {@code bufferSize} is less than 1
	 */
	public SimpleProducer(byte[] data, int bufferSize) {
		if (bufferSize < 1) {
			throw new IllegalArgumentException("'bufferSize' must be at least 1, not " + bufferSize);
		}
		this.data = ByteBuffer.wrap(data);
		this.bufferSize = bufferSize;
	}

	int length() {
		return this.data.capacity();
	}

	@Override
	public ByteBuffer more() {
		int end = this.data.position() + Math.min(this.bufferSize, this.data.remaining());
		ByteBuffer piece = this.data.duplicate().limit(end);
		this.data.position(end);
		return piece;
	}

}
