package io.asyncore.chat;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.Arrays;

/**
 * What the default collector keeps until it is taken.
 */
final class Incoming {

	private static final int SMALLEST = 128;

	// what a frame of usual length needs stays for the next one
	private static final int LARGEST_KEPT = 1024;

	private static final byte[] EMPTY = {};

	private byte[] bytes = EMPTY;

	private int size;

	void add(ByteBuffer data, int max) throws FrameTooLongException {
		int count = data.remaining();
		if (count > max - this.size) {
			clear();
			throw new FrameTooLongException(max);
		}
		int needed = this.size + count;
		if (needed > this.bytes.length) {
			int doubled = (int) Math.min(2L * this.bytes.length, max);
			this.bytes = Arrays.copyOf(this.bytes, Math.max(Math.max(doubled, needed), Math.min(SMALLEST, max)));
		}
		data.get(this.bytes, this.size, count);
		this.size = needed;
	}

	byte[] take() {
		byte[] taken = Arrays.copyOf(this.bytes, this.size);
		clear();
		return taken;
	}

	String take(Charset charset) {
		String taken = new String(this.bytes, 0, this.size, charset);
		clear();
		return taken;
	}

	void clear() {
		this.size = 0;
		if (this.bytes.length > LARGEST_KEPT) {
			this.bytes = EMPTY;
		}
	}

}
