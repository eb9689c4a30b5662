package io.asyncore;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.jspecify.annotations.Nullable;

/**
 * The direct buffers that a loop receives into, one for all its channels so that idle
 * ones need none. Used by the thread of the loop.
 */
final class SpareBuffers {

	// large reads are what makes bulk transfer fast
	static final int CAPACITY = 256 * 1024;

	// nested loops need some more than one
	private static final int MOST = 4;

	private final @Nullable ByteBuffer[] spare = new ByteBuffer[MOST];

	ByteBuffer take(int size) {
		ByteBuffer buffer = null;
		for (int i = 0; i < MOST && buffer == null; i++) {
			buffer = this.spare[i];
			this.spare[i] = null;
		}
		if (buffer == null) {
			buffer = ByteBuffer.allocateDirect(CAPACITY);
		}
		return buffer.clear().limit(size).order(ByteOrder.BIG_ENDIAN);
	}

	void giveBack(ByteBuffer buffer) {
		int free = -1;
		for (int i = 0; i < MOST; i++) {
			ByteBuffer spare = this.spare[i];
			if (spare == buffer) {
				// given back already
				return;
			}
			free = (spare != null) ? free : i;
		}
		if (free >= 0) {
			this.spare[free] = buffer;
		}
	}

}
