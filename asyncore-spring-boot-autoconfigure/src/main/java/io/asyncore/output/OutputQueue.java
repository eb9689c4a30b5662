package io.asyncore.output;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What waits to be sent, in order: bytes, copied into blocks so that the cost is linear
 * in their number however small the pieces they come in, and among them whatever else its
 * owner adds. Any thread may add, one takes. Its own monitor guards it, so an owner that
 * has more to decide at once holds that.
 */
public final class OutputQueue {

	private static final int SMALLEST_BLOCK = 256;

	private static final Copy<ByteBuffer> FROM_BUFFER = (data, start, block, end, count) -> block.put(end, data, start,
			count);

	private static final Copy<byte[]> FROM_ARRAY = (data, start, block, end, count) -> block.put(end, data, start,
			count);

	// taken out of the queue, so out of the reach of those who add
	private @Nullable Object head;

	// what comes behind it: a block, ready to be read from and, if it is the last one,
	// filled up behind its limit, or what is none
	private @Nullable Object next;

	// the rest, which most channels never have
	private @Nullable Deque<Object> rest;

	// written under the lock, as is the next one
	private volatile int size;

	private volatile boolean empty = true;

	// nothing is added any more
	private boolean sealed;

	/**
	 * Create an empty queue.
	 */
	public OutputQueue() {
	}

	/**
	 * Return how many bytes wait. Safe from any thread.
	 * @return the number of bytes
	 */
	public int size() {
		return this.size;
	}

	/**
	 * Say whether nothing waits. Safe from any thread.
	 * @return whether it is empty
	 */
	public boolean isEmpty() {
		return this.empty;
	}

	/**
	 * Add nothing any more, or again.
	 * @param sealed whether nothing is added
	 */
	public synchronized void setSealed(boolean sealed) {
		this.sealed = sealed;
	}

	/**
	 * Add bytes: all of them, or none if there is no memory for them, or this queue is
	 * {@linkplain #setSealed sealed}.
	 * @param data the bytes, which are copied; its position is advanced to its limit
	 * @param spare blocks of the calling thread, {@code null} to make new ones
	 * @return whether they are the first entry there is now
	 */
	public synchronized boolean add(ByteBuffer data, @Nullable BlockPool spare) {
		if (this.sealed) {
			return false;
		}
		boolean first = add(data, data.position(), data.remaining(), FROM_BUFFER, spare);
		data.position(data.limit());
		return first;
	}

	/**
	 * Add bytes: all of them, or none if there is no memory for them, or this queue is
	 * {@linkplain #setSealed sealed}. Not by way of a buffer, which would be garbage.
	 * @param data the bytes, which are copied
	 * @param spare blocks of the calling thread, {@code null} to make new ones
	 * @return whether they are the first entry there is now
	 */
	public synchronized boolean add(byte[] data, @Nullable BlockPool spare) {
		return !this.sealed && add(data, 0, data.length, FROM_ARRAY, spare);
	}

	private <T> boolean add(T data, int start, int length, Copy<T> copy, @Nullable BlockPool spare) {
		if (length == 0) {
			return false;
		}
		int size = this.size;
		int entries = waiting();
		int limit = (last() instanceof ByteBuffer last) ? last.limit() : 0;
		this.size = Math.addExact(size, length);
		try {
			fill(data, start, start + length, copy, spare);
		}
		catch (OutOfMemoryError ex) {
			goBack(size, entries, limit);
			throw ex;
		}
		return filled();
	}

	private <T> void fill(T data, int start, int end, Copy<T> copy, @Nullable BlockPool spare) {
		ByteBuffer block = (last() instanceof ByteBuffer last) ? last : null;
		for (int next = start; next < end;) {
			if (block == null || block.limit() == block.capacity()) {
				block = addBlock(end - next, spare);
			}
			int filled = block.limit();
			int count = Math.min(block.capacity() - filled, end - next);
			copy.copy(data, next, block.limit(filled + count), filled, count);
			next += count;
		}
	}

	private ByteBuffer addBlock(int count, @Nullable BlockPool spare) {
		// what waits already is a measure of what is to come
		int size = Math.max(this.size, count);
		ByteBuffer block = (spare != null) ? spare.take(size)
				: ByteBuffer.allocate(Math.min(BlockPool.LARGE, Math.max(SMALLEST_BLOCK, size))).limit(0);
		addLast(block);
		return block;
	}

	// all of a message or nothing: its beginning alone would be taken for something else
	private void goBack(int size, int entries, int limit) {
		while (waiting() > entries) {
			removeLast();
		}
		if (last() instanceof ByteBuffer last) {
			last.limit(limit);
		}
		this.size = size;
	}

	/**
	 * Add something that is no bytes, and that bytes which are added later come after.
	 * @param entry what to add
	 * @return whether it is the first entry there is now
	 */
	public synchronized boolean addEntry(Object entry) {
		addLast(entry);
		return filled();
	}

	private void addLast(Object entry) {
		if (this.next == null) {
			this.next = entry;
			return;
		}
		Deque<Object> rest = this.rest;
		if (rest == null) {
			rest = new ArrayDeque<>(2);
			this.rest = rest;
		}
		rest.add(entry);
	}

	private @Nullable Object last() {
		Deque<Object> rest = this.rest;
		return (rest != null && !rest.isEmpty()) ? rest.peekLast() : this.next;
	}

	private void removeLast() {
		Deque<Object> rest = this.rest;
		if (rest != null && !rest.isEmpty()) {
			rest.removeLast();
		}
		else {
			this.next = null;
		}
	}

	private int waiting() {
		int rest = (this.rest != null) ? this.rest.size() : 0;
		return (this.next != null) ? 1 + rest : 0;
	}

	private boolean filled() {
		boolean wasEmpty = this.empty;
		this.empty = false;
		return wasEmpty;
	}

	/**
	 * Return what comes first. From then on nothing is added to it.
	 * @return the entry, a block of bytes or what was added by {@link #addEntry};
	 * {@code null} if there is none
	 */
	public synchronized @Nullable Object head() {
		Object head = this.head;
		if (head == null) {
			head = this.next;
			this.head = head;
			this.next = (this.rest != null) ? this.rest.poll() : null;
		}
		this.empty = head == null;
		return head;
	}

	/**
	 * Return the bytes that come first.
	 * @return the block at the {@link #head()}, {@code null} if there is none
	 */
	public @Nullable ByteBuffer block() {
		return (head() instanceof ByteBuffer block) ? block : null;
	}

	/**
	 * Return what {@link #head()} has returned last, if it still waits.
	 * @return the entry, {@code null} if it was dropped since, or by {@link #clear()}
	 */
	public synchronized @Nullable Object current() {
		return this.head;
	}

	/**
	 * Return what comes behind the {@link #head()}, to be added to as long as it does.
	 * @return the entry, {@code null} if there is none
	 */
	public synchronized @Nullable Object next() {
		return this.next;
	}

	/**
	 * Count what was taken from a block, and drop it if that was all.
	 * @param block the block, which need not be the {@link #head()} any more
	 * @param count the number of bytes
	 * @return whether it was dropped
	 */
	public synchronized boolean taken(ByteBuffer block, int count) {
		if (block != this.head) {
			// cleared in the middle of it
			return false;
		}
		this.size -= count;
		boolean done = !block.hasRemaining();
		if (done) {
			removeHead();
		}
		return done;
	}

	/**
	 * Drop the {@link #head()}, which is no block.
	 */
	public synchronized void removeHead() {
		this.head = null;
		this.empty = this.next == null;
	}

	/**
	 * Forget what waits. This needs no memory, for that may have run out.
	 * @return the entries there were behind the {@link #current()} one and the
	 * {@link #next()}
	 */
	public synchronized Collection<Object> clear() {
		Deque<Object> cleared = this.rest;
		this.rest = null;
		this.next = null;
		this.head = null;
		this.size = 0;
		this.empty = true;
		return (cleared != null) ? cleared : List.of();
	}

	/**
	 * Copies part of some data to a block. One that knows nothing of what it copies is
	 * not made for each message.
	 *
	 * @param <T> the data
	 */
	@FunctionalInterface
	private interface Copy<T> {

		void copy(T data, int start, ByteBuffer block, int end, int count);

	}

}
