package io.asyncore.file;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;

/**
 * A stored file that is the standard input, output or error of this process, used by that
 * very descriptor: opened anew it would have a position of its own, and whatever
 * {@code System.out} and this wrote would overwrite each other. Never closes the
 * descriptor. Is written and read by streams, for a channel would be closed when a thread
 * is interrupted, and the descriptor with it.
 */
final class SharedFile implements BlockingFile {

	private final Standard standard;

	private final boolean reads;

	private final boolean writes;

	private volatile boolean closed;

	/**
	 * Create a new instance.
	 * @param fd the descriptor, one of the first three
	 * @param reads whether it can be read
	 * @param writes whether it can be written
	 */
	SharedFile(int fd, boolean reads, boolean writes) {
		this.standard = Standard.values()[fd];
		this.reads = reads;
		this.writes = writes;
	}

	/**
	 * Say whether a descriptor is one of those that are known to the JDK.
	 */
	static boolean isStandard(int fd) {
		return fd >= 0 && fd < Standard.values().length;
	}

	@Override
	public boolean isReadable() {
		return this.reads;
	}

	@Override
	public boolean isWritable() {
		return this.writes;
	}

	@Override
	public boolean isStored() {
		return true;
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		requireOpen();
		if (!this.reads) {
			throw new NonReadableChannelException();
		}
		int count = this.standard.in.read(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
		buffer.position(buffer.position() + Math.max(0, count));
		return count;
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		requireOpen();
		if (!this.writes) {
			throw new NonWritableChannelException();
		}
		int count = data.remaining();
		this.standard.out.write(data.array(), data.arrayOffset() + data.position(), count);
		data.position(data.limit());
		return count;
	}

	private void requireOpen() throws ClosedChannelException {
		if (this.closed) {
			throw new ClosedChannelException();
		}
	}

	// what a stream takes is an array
	@Override
	public ByteBuffer buffer(int capacity) {
		return ByteBuffer.allocate(capacity);
	}

	@Override
	public void close() {
		this.closed = true;
	}

	/**
	 * The descriptors that the JDK knows, in the order of their numbers. One pair of
	 * streams for each, for a descriptor keeps those that were made for it.
	 */
	private enum Standard {

		INPUT(FileDescriptor.in), OUTPUT(FileDescriptor.out), ERROR(FileDescriptor.err);

		private final FileInputStream in;

		private final FileOutputStream out;

		Standard(FileDescriptor descriptor) {
			this.in = new FileInputStream(descriptor);
			this.out = new FileOutputStream(descriptor);
		}

	}

}
