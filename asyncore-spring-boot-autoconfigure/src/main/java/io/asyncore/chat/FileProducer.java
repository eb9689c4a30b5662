package io.asyncore.chat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.jspecify.annotations.Nullable;

/**
 * Produces the content of a file without reading it whole. On a plain connection the
 * system copies it from the file to the socket by itself, unless the channel overrides
 * {@code send(ByteBuffer)}.
 * <p>
 * The file is opened when its turn comes, and what is sent is as long as it is then.
 */
public final class FileProducer implements Producer, AutoCloseable {

	private static final int PIECE = 64 * 1024;

	private final Path file;

	private final long count;

	private long position;

	private long end;

	private @Nullable FileChannel channel;

	private @Nullable ByteBuffer buffer;

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
		if (position < 0 || count < 0) {
			throw new IllegalArgumentException(
					"'position' and 'count' must not be negative: " + position + ", " + count);
		}
		this.file = file;
		this.position = position;
		this.count = count;
	}

	private FileChannel open() throws IOException {
		FileChannel channel = this.channel;
		if (channel == null) {
			channel = FileChannel.open(this.file, StandardOpenOption.READ);
			this.channel = channel;
			long size = channel.size();
			this.end = (this.count < size - this.position) ? this.position + this.count : Math.max(size, this.position);
		}
		return channel;
	}

	/**
	 * Read the next piece of the file.
	 * @throws IOException if it cannot be opened or read, or was cut short meanwhile
	 */
	@Override
	public ByteBuffer more() throws IOException {
		FileChannel channel = open();
		ByteBuffer buffer = this.buffer;
		if (buffer == null) {
			buffer = ByteBuffer.allocate((int) Math.min(PIECE, this.end - this.position));
			this.buffer = buffer;
		}
		buffer.clear().limit((int) Math.min(buffer.capacity(), this.end - this.position));
		if (buffer.hasRemaining()) {
			advance(channel.read(buffer, this.position));
		}
		return buffer.flip();
	}

	/**
	 * Have a channel send what its socket takes now.
	 * @return the number of bytes taken, -1 if there are no more
	 */
	long transferTo(AsyncChat target) throws IOException {
		FileChannel channel = open();
		if (this.position == this.end) {
			return -1;
		}
		long sent = target.send(channel, this.position, this.end - this.position);
		if (sent > 0) {
			advance(sent);
		}
		else if (channel.size() <= this.position) {
			advance(-1);
		}
		return sent;
	}

	private void advance(long count) throws EOFException {
		if (count < 0) {
			throw new EOFException(this.file + " has become shorter while it was sent: its end was " + this.end
					+ ", and there is nothing at " + this.position);
		}
		this.position += count;
	}

	/**
	 * Close the file. The channel does that.
	 */
	@Override
	public void close() throws IOException {
		FileChannel channel = this.channel;
		if (channel != null) {
			channel.close();
		}
	}

	@Override
	public String toString() {
		return "FileProducer[" + this.file + "]";
	}

}
