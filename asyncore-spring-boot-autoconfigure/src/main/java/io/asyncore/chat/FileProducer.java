package io.asyncore.chat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * Produces the content of a regular file without reading it whole.
 * <p>
 * The file is opened when its turn comes, and what is sent is as long as it is then: what
 * is added meanwhile is not sent, and a file that is cut short is a failure. Files whose
 * size says nothing, such as those of {@code /proc} and {@code /sys}, are sent until
 * there is nothing more to read.
 * <p>
 * What is no regular file is refused, for opening or reading it may wait for somebody
 * else and hold up the loop: a pipe or a device is read by a
 * {@link io.asyncore.FileDispatcher}. It is looked at just before it is opened, so
 * whoever may replace files in that directory can still put a pipe in its place in
 * between. An interrupt of the thread does no harm.
 */
public final class FileProducer implements Producer, AutoCloseable {

	private static final int PIECE = 64 * 1024;

	// at once, if the socket takes all that is read: a loop keeps buffers of this size
	private static final int MOST = 256 * 1024;

	private static final int LEAST = 4 * 1024;

	// in the middle of one and the same read
	private static final int MOST_INTERRUPTS = 100;

	private final Path file;

	// where it is to end at the latest
	private final long limit;

	// there has to be something up to the limit
	private final boolean exact;

	private long position;

	private long end;

	// where the file ended when it was opened first, or where it is to end before that
	private long known;

	private @Nullable FileChannel channel;

	// which file it is
	private @Nullable Object key;

	private boolean opened;

	private boolean closed;

	private @Nullable ByteBuffer buffer;

	private int likely = PIECE;

	/**
	 * Create a producer of a whole file.
	 * @param file the file
	 */
	public FileProducer(Path file) {
		this(file, 0, Long.MAX_VALUE);
	}

	/**
	 * Create a producer of part of a file.
	 * @param file the file
	 * @param position where to begin, in bytes
	 * @param count how many bytes to produce; less if the file has fewer
	 * @throws IllegalArgumentException if {@code position} or {@code count} is negative
	 */
	public FileProducer(Path file, long position, long count) {
		this(file, position, count, false);
	}

	private FileProducer(Path file, long position, long count, boolean exact) {
		if (position < 0 || count < 0) {
			throw new IllegalArgumentException(
					"'position' and 'count' must not be negative: " + position + ", " + count);
		}
		this.file = file;
		this.position = position;
		this.limit = (count < Long.MAX_VALUE - position) ? position + count : Long.MAX_VALUE;
		this.exact = exact;
	}

	/**
	 * Create a producer of part of a file whose length was promised to the peer already,
	 * as the {@code Content-Length} of HTTP does: if the file has fewer bytes that is a
	 * failure, an {@link EOFException}.
	 * @param file the file
	 * @param position where to begin, in bytes
	 * @param count how many bytes to produce
	 * @return the producer
	 * @throws IllegalArgumentException if {@code position} or {@code count} is negative
	 */
	public static FileProducer exactly(Path file, long position, long count) {
		return new FileProducer(file, position, count, true);
	}

	/**
	 * Read the next piece of the file.
	 * @throws IOException if it is no regular file, cannot be opened or read, or was cut
	 * short meanwhile
	 */
	@Override
	public ByteBuffer more() throws IOException {
		ByteBuffer buffer = this.buffer;
		if (buffer == null) {
			undisturbed(this::channel);
			buffer = ByteBuffer.allocate((int) Math.min(PIECE, this.end - this.position));
			this.buffer = buffer;
		}
		sent(Math.max(0, read(buffer.clear())));
		return buffer.flip();
	}

	/**
	 * Read what comes next, which is read again unless it is {@link #sent}.
	 * @return the number of bytes, -1 if there are no more
	 */
	int read(ByteBuffer target) throws IOException {
		int begin = target.position();
		return undisturbed(() -> readNext(target.position(begin)));
	}

	/**
	 * Say how much it makes sense to read next: what a socket does not take is read in
	 * vain.
	 */
	int likely() {
		return this.likely;
	}

	/**
	 * Go on behind what was sent of that which was read.
	 */
	void sent(int count) {
		this.position += count;
		this.likely = Math.max(LEAST, Math.min(2 * count, MOST));
	}

	private int readNext(ByteBuffer target) throws IOException {
		FileChannel channel = channel();
		long left = this.end - this.position;
		if (left == 0) {
			return -1;
		}
		int limit = target.limit();
		target.limit(target.position() + (int) Math.min(left, target.remaining()));
		try {
			int count = channel.read(target, this.position);
			if (count < 0) {
				ended(channel);
			}
			return count;
		}
		finally {
			target.limit(limit);
		}
	}

	private void ended(FileChannel channel) throws IOException {
		// what is too large all the time is no size, such as that of a file of /sys
		if (this.exact || channel.size() < this.known) {
			throw new EOFException(this.file + " has become shorter while it was sent: its end was " + this.known
					+ ", and there is nothing at " + this.position);
		}
		this.end = this.position;
	}

	private FileChannel channel() throws IOException {
		if (this.closed) {
			throw new ClosedChannelException();
		}
		FileChannel channel = this.channel;
		if (channel == null) {
			Object key = requireRegular();
			channel = FileChannel.open(this.file, StandardOpenOption.READ);
			this.channel = channel;
			opened(channel, key);
		}
		return channel;
	}

	private @Nullable Object requireRegular() throws IOException {
		BasicFileAttributes attributes = Files.readAttributes(this.file, BasicFileAttributes.class);
		if (!attributes.isRegularFile()) {
			throw new FileSystemException(this.file.toString(), null,
					"It is no regular file: reading it could hold up the loop, a FileDispatcher reads pipes and devices");
		}
		return attributes.fileKey();
	}

	private void opened(FileChannel channel, @Nullable Object key) throws IOException {
		if (!this.opened) {
			long size = channel.size();
			// nothing is the size of files that are made when they are read, too
			this.known = this.exact ? this.limit : Math.min(size, this.limit);
			this.end = (this.exact || size == 0) ? this.limit : Math.max(this.known, this.position);
			this.key = key;
			this.opened = true;
		}
		else if (!Objects.equals(key, this.key)) {
			throw new IOException(this.file + " was replaced by another file while it was sent");
		}
	}

	// a thread that is interrupted closes the channel by whatever it does with it
	private <T> T undisturbed(Step<T> step) throws IOException {
		boolean interrupted = Thread.interrupted();
		try {
			for (int left = MOST_INTERRUPTS;; left--) {
				try {
					return step.take();
				}
				catch (ClosedByInterruptException ex) {
					// by another thread, in the middle of it
					interrupted |= Thread.interrupted();
					this.channel = null;
					if (left == 0) {
						throw ex;
					}
				}
			}
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	/**
	 * Close the file. The channel does that.
	 */
	@Override
	public void close() throws IOException {
		this.closed = true;
		FileChannel channel = this.channel;
		if (channel != null) {
			channel.close();
		}
	}

	@Override
	public String toString() {
		return "FileProducer[" + this.file + "]";
	}

	/**
	 * Something done with the file, which may be done again.
	 *
	 * @param <T> what comes of it
	 */
	@FunctionalInterface
	private interface Step<T> {

		T take() throws IOException;

	}

}
