package io.asyncore.chat;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What the default collector keeps until it is taken. A short frame is in one array,
 * which stays for the next one. A long one is in several, so that what waits for its end
 * takes little more memory than it has bytes.
 */
final class Incoming {

	private static final int SMALLEST = 128;

	// what a frame of usual length needs stays for the next one
	private static final int LARGEST_KEPT = 1024;

	// a longer frame has more than one array, and up to a quarter of its bytes to spare
	private static final int LARGEST_DOUBLED = 4 * 1024;

	private static final int MOST_TO_SPARE = 64 * 1024;

	private static final byte[] EMPTY = {};

	// the arrays before the last one
	private @Nullable List<byte[]> full;

	private byte[] last = EMPTY;

	// of the last one
	private int used;

	private int size;

	void add(ByteBuffer data, int max) throws FrameTooLongException {
		int count = data.remaining();
		if (count > max - this.size) {
			clear();
			throw new FrameTooLongException(max);
		}
		if (count > this.last.length - this.used) {
			makeRoom(data, max);
		}
		put(data, data.remaining());
	}

	// if there is no memory for that nothing has changed
	private void makeRoom(ByteBuffer data, int max) {
		int needed = this.size + data.remaining();
		if (this.full == null && needed <= LARGEST_DOUBLED) {
			int doubled = Math.min(2 * this.last.length, max);
			this.last = Arrays.copyOf(this.last, Math.max(Math.max(doubled, needed), Math.min(SMALLEST, max)));
			return;
		}
		// one that is left from a short frame is not worth an entry
		int room = (this.used > 0) ? this.last.length - this.used : 0;
		int more = data.remaining() - room;
		int spare = Math.max(LARGEST_DOUBLED, Math.min(this.size / 4, MOST_TO_SPARE));
		byte[] next = new byte[Math.min(Math.max(more, spare), max - this.size - room)];
		if (this.used > 0) {
			List<byte[]> full = (this.full != null) ? this.full : new ArrayList<>();
			full.add(this.last);
			this.full = full;
			put(data, room);
		}
		this.last = next;
		this.used = 0;
	}

	private void put(ByteBuffer data, int count) {
		data.get(this.last, this.used, count);
		this.used += count;
		this.size += count;
	}

	/**
	 * Return what was kept and forget it, which is done also if there is no memory for
	 * it.
	 */
	byte[] take() {
		try {
			return copy();
		}
		finally {
			clear();
		}
	}

	/**
	 * Return what was kept as text and forget it, which is done also if there is no
	 * memory for it.
	 */
	String take(Charset charset) {
		try {
			return (this.full == null) ? new String(this.last, 0, this.size, charset) : new String(copy(), charset);
		}
		finally {
			clear();
		}
	}

	private byte[] copy() {
		List<byte[]> full = this.full;
		if (full == null) {
			return Arrays.copyOf(this.last, this.size);
		}
		byte[] copy = new byte[this.size];
		int done = 0;
		for (byte[] bytes : full) {
			System.arraycopy(bytes, 0, copy, done, bytes.length);
			done += bytes.length;
		}
		System.arraycopy(this.last, 0, copy, done, this.used);
		return copy;
	}

	void clear() {
		this.size = 0;
		this.used = 0;
		this.full = null;
		if (this.last.length > LARGEST_KEPT) {
			this.last = EMPTY;
		}
	}

}
