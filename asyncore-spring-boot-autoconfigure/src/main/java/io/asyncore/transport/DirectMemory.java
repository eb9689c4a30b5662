package io.asyncore.transport;

import java.nio.ByteBuffer;

/**
 * Makes direct buffers that the system copies into, and out of, at full speed.
 * <p>
 * The system keeps what it has received, and files, in memory that begins with a page.
 * Processors copy a page several times slower to where it begins up to 31 bytes later in
 * another page, because the addresses of what is read next and of what was just written
 * look alike to them. That is just where a buffer of
 * {@link ByteBuffer#allocateDirect(int)} begins if it is large: behind the 16 bytes that
 * belong to the allocator. These begin well behind that.
 */
public final class DirectMemory {

	private static final int PAGE = 4096;

	// leaves room for what is put before input, which then begins a little later still
	private static final int DISTANCE = 64;

	private DirectMemory() {
	}

	/**
	 * Make a buffer.
	 * @param capacity its capacity in bytes
	 * @return the buffer, empty
	 */
	public static ByteBuffer allocate(int capacity) {
		ByteBuffer memory = ByteBuffer.allocateDirect(PAGE + capacity);
		int begin = Math.floorMod(DISTANCE - distance(memory, 0), PAGE);
		return memory.slice(begin, capacity);
	}

	/**
	 * Return how far behind the beginning of a page a place in a direct buffer is.
	 */
	static int distance(ByteBuffer buffer, int index) {
		return buffer.alignmentOffset(index, PAGE);
	}

}
