package io.asyncore.transport;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.jspecify.annotations.Nullable;

/**
 * The direct buffers that a loop receives into, one for all its channels so that idle
 * ones need none. Used by the thread of the loop.
 * <p>
 * Knows those that are taken, and takes back nothing else: neither what somebody has made
 * of one, nor one that was given back already. As the next one to take the same memory
 * gets another view of it, it is not taken away from under him by whoever had it before.
 */
public final class BufferPool {

	/** The most bytes a buffer has room for: large reads make bulk transfer fast. */
	public static final int CAPACITY = 256 * 1024;

	// nested loops need some more than one
	private static final int MOST = 4;

	private final @Nullable Spare[] spares = new Spare[MOST];

	// which one to forget if all are taken
	private int oldest;

	/**
	 * Take a buffer, which is the caller's until it is given back.
	 * @param size how many bytes are to fit in, at most {@link #CAPACITY}
	 * @return the buffer, empty, with its limit at that size
	 * @throws IllegalArgumentException if the size is negative or too large
	 */
	public ByteBuffer take(int size) {
		if (size < 0) {
			throw new IllegalArgumentException("'size' must not be negative: " + size);
		}
		return spare().take().clear().limit(size).order(ByteOrder.BIG_ENDIAN);
	}

	private Spare spare() {
		int place = -1;
		for (int i = 0; i < MOST; i++) {
			Spare spare = this.spares[i];
			if (spare != null && !spare.isTaken()) {
				return spare;
			}
			place = (spare == null && place < 0) ? i : place;
		}
		if (place < 0) {
			// perhaps nobody will give it back
			place = this.oldest;
			this.oldest = (place + 1) % MOST;
		}
		Spare spare = new Spare(DirectMemory.allocate(CAPACITY));
		this.spares[place] = spare;
		return spare;
	}

	/**
	 * Take back a buffer, if it is one that was taken from here.
	 * @param buffer the buffer, which the caller does not use any more
	 */
	public void giveBack(ByteBuffer buffer) {
		for (Spare spare : this.spares) {
			if (spare != null && spare.isTaken(buffer)) {
				spare.giveBack();
				return;
			}
		}
	}

	/**
	 * Memory, and views of it for those who take it one after the other.
	 */
	private static final class Spare {

		// until one of them comes again
		private static final int VIEWS = 16;

		private final ByteBuffer memory;

		private final @Nullable ByteBuffer[] views = new ByteBuffer[VIEWS];

		private int turn;

		private @Nullable ByteBuffer taken;

		Spare(ByteBuffer memory) {
			this.memory = memory;
		}

		boolean isTaken() {
			return this.taken != null;
		}

		boolean isTaken(ByteBuffer buffer) {
			return this.taken == buffer;
		}

		ByteBuffer take() {
			int turn = this.turn;
			this.turn = (turn + 1) % VIEWS;
			ByteBuffer view = this.views[turn];
			if (view == null) {
				view = this.memory.duplicate();
				this.views[turn] = view;
			}
			this.taken = view;
			return view;
		}

		void giveBack() {
			this.taken = null;
		}

	}

}
