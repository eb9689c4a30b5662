package io.asyncore;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;

import org.jspecify.annotations.Nullable;

/**
 * Bytes that wait to be sent, copied into blocks so that the cost is linear in their
 * number, however small the pieces they come in. Any thread may add, one takes.
 */
final class OutputQueue {

	private static final int SMALLEST_BLOCK = 1024;

	private static final int LARGEST_BLOCK = 64 * 1024;

	// each is ready to be read from; the last one is filled up behind its limit
	private final Deque<ByteBuffer> blocks = new ArrayDeque<>(2);

	// out of the reach of those who add
	private @Nullable ByteBuffer head;

	// written under the lock
	private volatile int size;

	int size() {
		return this.size;
	}

	synchronized void add(ByteBuffer data) {
		this.size = Math.addExact(this.size, data.remaining());
		ByteBuffer last = this.blocks.peekLast();
		if (last != null) {
			fill(last, data);
		}
		while (data.hasRemaining()) {
			// what is queued already is a measure of what is to come
			int capacity = Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, Math.max(this.size, data.remaining())));
			ByteBuffer block = ByteBuffer.allocate(capacity).limit(0);
			fill(block, data);
			this.blocks.add(block);
		}
	}

	private static void fill(ByteBuffer block, ByteBuffer data) {
		int end = block.limit();
		int count = Math.min(block.capacity() - end, data.remaining());
		block.limit(end + count).put(end, data, data.position(), count);
		data.position(data.position() + count);
	}

	/**
	 * Return the bytes to send next, {@code null} if there are none.
	 */
	synchronized @Nullable ByteBuffer head() {
		ByteBuffer head = this.head;
		if (head == null || !head.hasRemaining()) {
			head = this.blocks.poll();
			this.head = head;
		}
		return head;
	}

	/**
	 * Count what was taken from the {@link #head()}.
	 */
	synchronized void taken(ByteBuffer head, int count) {
		if (head == this.head) {
			this.size -= count;
		}
	}

	synchronized void clear() {
		this.blocks.clear();
		this.head = null;
		this.size = 0;
	}

}
