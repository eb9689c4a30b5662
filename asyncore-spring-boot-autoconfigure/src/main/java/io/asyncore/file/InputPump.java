package io.asyncore.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Queue;

import io.asyncore.transport.Backoff;
import io.asyncore.transport.LocalFailureException;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file for a loop, on a thread of its own, for reading may block. Reads ahead by
 * two buffers and no more, and only while somebody wants to have it, so that whoever
 * writes into a pipe has to wait for the loop.
 */
final class InputPump implements Runnable {

	private static final int CAPACITY = 64 * 1024;

	private static final int BUFFERS = 2;

	private final BlockingFile file;

	private final Runnable announcement;

	private final Queue<ByteBuffer> empty = new ArrayDeque<>(BUFFERS);

	// ready to be read from, the oldest first
	private final Queue<ByteBuffer> filled = new ArrayDeque<>(BUFFERS);

	private int made;

	private boolean wanted;

	private boolean reading;

	private boolean ended;

	private boolean closed;

	// before trying again what has nothing
	private final Backoff backoff = new Backoff(FileThreads.SHORTEST_PAUSE, FileThreads.LONGEST_PAUSE);

	private @Nullable IOException failure;

	// why nothing can be read now, which nobody knows yet
	private @Nullable LocalFailureException shortage;

	private @Nullable Thread thread;

	/**
	 * Create a new instance.
	 * @param file what to read
	 * @param announcement called when there is something to {@link #take}, by the thread
	 * that reads
	 */
	InputPump(BlockingFile file, Runnable announcement) {
		this.file = file;
		this.announcement = announcement;
	}

	/**
	 * Go on reading, or stop when what is being read is there.
	 */
	void want(boolean wanted) {
		boolean begun;
		synchronized (this) {
			this.wanted = wanted;
			begun = begin();
			notifyAll();
		}
		if (!begun) {
			this.announcement.run();
		}
	}

	/**
	 * Try again what was not possible when {@link #take} said so.
	 */
	void tryAgain() {
		boolean begun;
		synchronized (this) {
			begun = begin();
		}
		if (!begun) {
			this.announcement.run();
		}
	}

	// false if that is not possible now
	private boolean begin() {
		if (this.wanted && this.thread == null && !this.closed) {
			try {
				this.thread = FileThreads.start(this, "asyncore-file-reader", true);
			}
			catch (LocalFailureException ex) {
				this.shortage = ex;
				return false;
			}
		}
		return true;
	}

	/**
	 * Say whether {@link #take} has something to give, be it the end or a failure.
	 */
	synchronized boolean isReady() {
		return !this.filled.isEmpty() || this.ended || this.shortage != null;
	}

	/**
	 * Take what was read: the number of bytes, 0 if there is nothing yet, -1 at the end.
	 * @throws LocalFailureException once, if nothing can be read now
	 * @throws IOException if reading has failed, when all that was read before is taken
	 */
	synchronized int take(ByteBuffer target) throws IOException {
		int count = 0;
		ByteBuffer head = this.filled.peek();
		while (head != null && target.hasRemaining()) {
			count += copy(head, target);
			head = recycle(head);
		}
		LocalFailureException shortage = this.shortage;
		if (count == 0 && shortage != null) {
			this.shortage = null;
			throw shortage;
		}
		if (count > 0 || !this.ended) {
			return count;
		}
		if (this.failure != null) {
			throw this.failure;
		}
		return -1;
	}

	private static int copy(ByteBuffer source, ByteBuffer target) {
		int count = Math.min(source.remaining(), target.remaining());
		target.put(target.position(), source, source.position(), count);
		target.position(target.position() + count);
		source.position(source.position() + count);
		return count;
	}

	private @Nullable ByteBuffer recycle(ByteBuffer head) {
		if (head.hasRemaining()) {
			return head;
		}
		this.empty.add(this.filled.remove().clear());
		notifyAll();
		return this.filled.peek();
	}

	/**
	 * Read no more. A read that is under way ends when the file is closed.
	 */
	synchronized void close() {
		this.closed = true;
		this.filled.clear();
		notifyAll();
	}

	/**
	 * Say whether a read is under way.
	 */
	synchronized boolean isReading() {
		return this.reading;
	}

	/**
	 * End a read that closing the file does not end, as far as that is possible.
	 */
	synchronized void interrupt() {
		if (this.thread != null) {
			this.thread.interrupt();
		}
	}

	@Override
	public void run() {
		boolean more = true;
		while (more) {
			more = await() && fill();
		}
	}

	// false when it is closed
	private synchronized boolean await() {
		while (!this.closed && !(this.wanted && hasRoom())) {
			FileThreads.await(this);
		}
		this.reading = !this.closed;
		return this.reading;
	}

	// null if there is no memory for one now
	private @Nullable ByteBuffer buffer() {
		LocalFailureException failure;
		synchronized (this) {
			ByteBuffer buffer = this.empty.poll();
			if (buffer != null) {
				return buffer;
			}
			try {
				buffer = this.file.buffer(CAPACITY);
				this.made++;
				return buffer;
			}
			catch (OutOfMemoryError ex) {
				failure = new LocalFailureException("There is no memory to read a file with now", ex);
			}
			this.reading = false;
			// this one ends, another one may try again
			this.thread = null;
			this.shortage = failure;
		}
		FileThreads.announce(this.announcement);
		return null;
	}

	private boolean hasRoom() {
		return !this.empty.isEmpty() || this.made < BUFFERS;
	}

	private boolean fill() {
		ByteBuffer buffer = buffer();
		if (buffer == null) {
			return false;
		}
		int count;
		IOException failure = null;
		try {
			count = this.file.read(buffer);
		}
		catch (IOException ex) {
			count = -1;
			failure = ex;
		}
		catch (RuntimeException | Error ex) {
			// a stream of the application
			count = -1;
			failure = new IOException("Reading failed: " + ex, ex);
		}
		return filled(buffer.flip(), count, failure);
	}

	private boolean filled(ByteBuffer buffer, int count, @Nullable IOException failure) {
		synchronized (this) {
			this.reading = false;
			if (this.closed) {
				return false;
			}
			if (buffer.hasRemaining()) {
				this.filled.add(buffer);
			}
			else {
				this.empty.add(buffer.clear());
			}
			this.ended = count < 0;
			this.failure = failure;
			if (count == 0) {
				// a descriptor that does not block: nobody says when there is something
				FileThreads.await(this, this.backoff.nextNanos());
				return true;
			}
			this.backoff.reset();
		}
		FileThreads.announce(this.announcement);
		return count >= 0;
	}

}
