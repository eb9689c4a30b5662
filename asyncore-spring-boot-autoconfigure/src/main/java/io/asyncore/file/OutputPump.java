package io.asyncore.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.util.concurrent.TimeUnit;

import io.asyncore.transport.Backoff;
import io.asyncore.transport.LocalFailureException;
import org.jspecify.annotations.Nullable;

/**
 * Writes a file for a loop, on a thread of its own, for writing may block. Takes two
 * blocks ahead and no more, so that the loop has to wait for whoever reads from a pipe.
 */
final class OutputPump implements Runnable {

	private static final int CAPACITY = 64 * 1024;

	// how long a reader may let the last bytes of a closed file wait
	private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);

	private final BlockingFile file;

	private final Runnable announcement;

	// what the loop fills while another one is written
	private @Nullable OutputBlock filling;

	// the other one, when it is written
	private @Nullable OutputBlock spare;

	// bytes that were taken and are not written
	private int pending;

	// before trying again what takes nothing
	private final Backoff backoff = new Backoff(FileThreads.SHORTEST_PAUSE, FileThreads.LONGEST_PAUSE);

	// bytes written ever
	private long written;

	// the loop has more than there was room for
	private boolean starved;

	// how much room would be of use: that for a record which was refused
	private int needed = 1;

	// somebody knows that something is pending, and may wait for the end of that
	private boolean watched;

	private boolean closed;

	// what takes nothing is not tried any more
	private boolean abandoned;

	private @Nullable IOException failure;

	private boolean failureTold;

	private @Nullable Thread thread;

	// the thread writes no more
	private boolean over;

	private @Nullable Runnable end;

	/**
	 * Create a new instance.
	 * @param file what to write
	 * @param announcement called when there is room again, all is written, or writing has
	 * failed, by the thread that writes
	 */
	OutputPump(BlockingFile file, Runnable announcement) {
		this.file = file;
		this.announcement = announcement;
	}

	/**
	 * Take what there is room for; of a record all or nothing.
	 * @param data the data
	 * @param more whether there is more than that
	 * @return the number of bytes taken
	 * @throws LocalFailureException if that is not possible now
	 * @throws IOException if writing has failed
	 */
	synchronized int give(ByteBuffer data, boolean more) throws IOException {
		IOException failure = this.failure;
		if (failure != null) {
			this.failureTold = true;
			throw failure;
		}
		int count = room(data.remaining());
		if (this.thread == null) {
			this.thread = FileThreads.start(this, "asyncore-file-writer", true);
		}
		if (count > 0) {
			filling().add(data);
		}
		this.pending += count;
		this.starved |= more;
		notifyAll();
		return count;
	}

	private OutputBlock filling() throws LocalFailureException {
		OutputBlock filling = this.filling;
		if (filling == null) {
			filling = (this.spare != null) ? this.spare : block();
			this.filling = filling;
			this.spare = null;
		}
		return filling;
	}

	private OutputBlock block() throws LocalFailureException {
		try {
			return new OutputBlock(this.file.buffer(CAPACITY), this.file.isStored());
		}
		catch (OutOfMemoryError ex) {
			throw new LocalFailureException("There is no memory to write a file with now", ex);
		}
	}

	/**
	 * Say how much {@link #give} would take of so many bytes, and announce it if there is
	 * room for more.
	 * @throws LocalFailureException if it would fail now
	 */
	synchronized int room(int length) throws LocalFailureException {
		int room = filling().room(length);
		this.starved = room < length;
		this.needed = (room == 0 && length <= OutputBlock.RECORD) ? Math.max(1, length) : 1;
		return room;
	}

	/**
	 * Say whether {@link #give} would take something.
	 */
	synchronized boolean isReady() {
		return this.failure == null && (this.filling == null || this.filling.room(this.needed) > 0);
	}

	/**
	 * Return how much was taken and is not written. When that has become nothing, it is
	 * announced.
	 */
	synchronized int pending() {
		int pending = (this.failure != null) ? 0 : this.pending;
		this.watched = pending > 0;
		return pending;
	}

	/**
	 * Say whether writing has failed and nobody knows.
	 */
	synchronized boolean isBroken() {
		return this.failure != null && !this.failureTold;
	}

	/**
	 * Return why writing has failed, once.
	 */
	synchronized @Nullable IOException takeFailure() {
		IOException failure = this.failureTold ? null : this.failure;
		this.failureTold = true;
		return failure;
	}

	/**
	 * Take no more, and end when all is written.
	 */
	synchronized void close() {
		this.closed = true;
		notifyAll();
	}

	/**
	 * Wait until all is written, or for some time nothing is. Blocks.
	 */
	synchronized void awaitWritten() {
		long before = -1;
		while (pending() > 0 && this.written != before) {
			before = this.written;
			long end = System.nanoTime() + PATIENCE_NANOS;
			for (long left = PATIENCE_NANOS; pending() > 0 && left > 0; left = end - System.nanoTime()) {
				FileThreads.await(this, left);
			}
		}
	}

	/**
	 * End a write that is under way, as far as that can be ended.
	 */
	synchronized void interrupt() {
		this.abandoned = true;
		if (this.thread != null) {
			this.thread.interrupt();
		}
	}

	/**
	 * Have something done when nothing is written any more, by the thread that writes if
	 * there is one.
	 */
	void whenOver(Runnable end) {
		synchronized (this) {
			if (this.thread != null && !this.over) {
				this.end = end;
				return;
			}
		}
		end.run();
	}

	@Override
	public void run() {
		boolean more = true;
		while (more) {
			OutputBlock block = await();
			more = block != null && write(block);
		}
		Runnable end;
		synchronized (this) {
			this.over = true;
			end = this.end;
		}
		if (end != null) {
			end.run();
		}
	}

	// null when it is closed and all is written
	private @Nullable OutputBlock await() {
		OutputBlock block;
		boolean tell;
		synchronized (this) {
			while (!this.closed && this.pending == 0) {
				FileThreads.await(this);
			}
			block = this.filling;
			if (this.pending == 0 || block == null) {
				return null;
			}
			this.filling = this.spare;
			this.spare = null;
			tell = this.starved;
			this.starved = false;
		}
		if (tell) {
			FileThreads.announce(this.announcement);
		}
		return block;
	}

	private boolean write(OutputBlock block) {
		IOException failure;
		try {
			block.writeTo((data) -> written(this.file.write(data)));
			spare(block);
			return true;
		}
		catch (IOException ex) {
			failure = ex;
		}
		catch (RuntimeException | Error ex) {
			// a stream of the application
			failure = new IOException("Writing failed: " + ex, ex);
		}
		synchronized (this) {
			this.failure = failure;
			notifyAll();
		}
		FileThreads.announce(this.announcement);
		return false;
	}

	private synchronized void spare(OutputBlock block) {
		this.spare = block;
	}

	private void written(int count) throws AsynchronousCloseException {
		boolean tell;
		synchronized (this) {
			if (count == 0 && this.abandoned) {
				throw new AsynchronousCloseException();
			}
			if (count == 0) {
				// a descriptor that does not block: nobody says when there is room
				FileThreads.await(this, this.backoff.nextNanos());
			}
			else {
				this.backoff.reset();
			}
			this.written += count;
			this.pending -= count;
			tell = this.pending == 0 && this.watched;
			if (this.pending == 0) {
				this.watched = false;
				notifyAll();
			}
		}
		if (tell) {
			FileThreads.announce(this.announcement);
		}
	}

}
