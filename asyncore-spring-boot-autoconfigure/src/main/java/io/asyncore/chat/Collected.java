package io.asyncore.chat;

import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What the default collector keeps until it is taken. What is taken before the input it
 * came with is dealt with, as most frames are, is not copied before that. Of what has to
 * wait a short frame is in one array, which stays for the next one, and a long one in
 * several, so that it takes little more memory than it has bytes.
 */
final class Collected {

	private static final int SMALLEST = 128;

	// what a frame of usual length needs stays for the next one
	private static final int LARGEST_KEPT = 1024;

	// a longer frame has more than one array, and up to a quarter of its bytes to spare
	private static final int LARGEST_DOUBLED = 4 * 1024;

	private static final int MOST_TO_SPARE = 64 * 1024;

	private static final byte[] EMPTY = {};

	// what is decoded has to be in an array for a moment
	private static final int LARGEST_SCRATCH = 256 * 1024;

	private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[LARGEST_KEPT]);

	// input that is all there is, from a position on, and not copied yet
	private @Nullable ByteBuffer borrowed;

	private int start;

	// the arrays before the last one
	private @Nullable List<byte[]> full;

	private byte[] last = EMPTY;

	// of the last one
	private int used;

	private int size;

	/**
	 * Keep some input, of which there is no copy before {@link #settle()}.
	 */
	void borrow(ByteBuffer data, int max) throws FrameTooLongException {
		int count = data.remaining();
		if (this.size > 0 || count > max) {
			add(data, max);
			return;
		}
		this.borrowed = data;
		this.start = data.position();
		this.size = count;
		data.position(data.limit());
	}

	/**
	 * Note that what was {@linkplain #borrow borrowed} will not stay as it is.
	 */
	void settle() {
		ByteBuffer borrowed = this.borrowed;
		if (borrowed != null) {
			ByteBuffer data = borrowed.duplicate().clear().position(this.start).limit(this.start + this.size);
			this.borrowed = null;
			this.size = 0;
			keep(data, Integer.MAX_VALUE);
		}
	}

	void add(ByteBuffer data, int max) throws FrameTooLongException {
		settle();
		if (data.remaining() > max - this.size) {
			clear();
			throw new FrameTooLongException(max);
		}
		keep(data, max);
	}

	private void keep(ByteBuffer data, int max) {
		int count = data.remaining();
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
			return decode(charset);
		}
		finally {
			clear();
		}
	}

	private String decode(Charset charset) {
		ByteBuffer borrowed = this.borrowed;
		if (borrowed == null) {
			return (this.full == null) ? new String(this.last, 0, this.size, charset) : new String(copy(), charset);
		}
		if (borrowed.hasArray()) {
			return new String(borrowed.array(), borrowed.arrayOffset() + this.start, this.size, charset);
		}
		byte[] bytes = scratch(this.size);
		borrowed.get(this.start, bytes, 0, this.size);
		return new String(bytes, 0, this.size, charset);
	}

	private static byte[] scratch(int size) {
		byte[] scratch = SCRATCH.get();
		if (scratch.length < size) {
			scratch = new byte[Math.max(size, Math.min(2 * scratch.length, LARGEST_SCRATCH))];
			if (scratch.length <= LARGEST_SCRATCH) {
				SCRATCH.set(scratch);
			}
		}
		return scratch;
	}

	private byte[] copy() {
		ByteBuffer borrowed = this.borrowed;
		if (borrowed != null) {
			byte[] bytes = new byte[this.size];
			borrowed.get(this.start, bytes);
			return bytes;
		}
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
		this.borrowed = null;
		this.size = 0;
		this.used = 0;
		this.full = null;
		if (this.last.length > LARGEST_KEPT) {
			this.last = EMPTY;
		}
	}

}
