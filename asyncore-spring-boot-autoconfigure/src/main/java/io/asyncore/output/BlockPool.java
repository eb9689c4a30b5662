package io.asyncore.output;

import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * Memory that output waits in until the socket takes it, kept for the next output of any
 * channel. Each thread that runs a loop has its own, so idle channels need none and busy
 * ones leave no garbage. In return the first block of a peer that takes nothing is larger
 * than what waits in it.
 */
public final class BlockPool {

	/** The size of a block that no more than this needs, in bytes. */
	public static final int SMALL = 4 * 1024;

	/** The size of the largest block, in bytes. */
	public static final int LARGE = 64 * 1024;

	// of each size, from the smallest on; together less than two megabytes a thread
	private static final int[] MOST = { 64, 16, 8, 8, 8 };

	private static final ThreadLocal<BlockPool> OF_THREAD = ThreadLocal.withInitial(BlockPool::new);

	private final Shelf[] shelves = new Shelf[MOST.length];

	/**
	 * Create an empty pool.
	 */
	public BlockPool() {
		for (int i = 0; i < MOST.length; i++) {
			this.shelves[i] = new Shelf(SMALL << i, MOST[i]);
		}
	}

	/**
	 * Return the pool of the calling thread.
	 * @return the pool, which no other thread may use
	 */
	public static BlockPool ofThread() {
		return OF_THREAD.get();
	}

	/**
	 * Take a block that is ready to be read from and to be filled up behind its limit,
	 * which is 0.
	 * @param size what it is to hold, in bytes; the largest block may hold less
	 * @return the block
	 */
	public ByteBuffer take(int size) {
		return this.shelves[index(wanted(size))].take();
	}

	/**
	 * Give back a block, wherever it comes from, that nobody uses any more.
	 * @param block the block
	 */
	public void giveBack(ByteBuffer block) {
		int size = block.capacity();
		if (size >= SMALL && size <= LARGE && Integer.bitCount(size) == 1) {
			this.shelves[index(size)].put(block);
		}
	}

	// one that is not filled may wait for long, with a peer that takes little; the end of
	// a frame that follows should find room
	private static int wanted(int size) {
		if (size <= SMALL) {
			return SMALL;
		}
		return (size > LARGE / 2) ? LARGE : 2 * Integer.highestOneBit(size);
	}

	private static int index(int size) {
		return Integer.numberOfTrailingZeros(size) - Integer.numberOfTrailingZeros(SMALL);
	}

	/**
	 * The blocks of one size.
	 */
	private static final class Shelf {

		private final int size;

		private final @Nullable ByteBuffer[] spare;

		private int count;

		Shelf(int size, int most) {
			this.size = size;
			this.spare = new ByteBuffer[most];
		}

		ByteBuffer take() {
			ByteBuffer block = null;
			if (this.count > 0) {
				block = this.spare[--this.count];
				this.spare[this.count] = null;
			}
			return ((block != null) ? block.clear() : ByteBuffer.allocate(this.size)).limit(0);
		}

		void put(ByteBuffer block) {
			if (this.count < this.spare.length) {
				this.spare[this.count++] = block;
			}
		}

	}

}
