package io.asyncore;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * A stream, of a child process for instance. Closing it does not end a call that is under
 * way.
 */
final class StreamFile implements BlockingFile {

	private final @Nullable InputStream in;

	private final @Nullable OutputStream out;

	private final boolean owned;

	/**
	 * Create a new instance to be read.
	 * @param in the stream
	 * @param owned whether it is closed with this file
	 */
	StreamFile(InputStream in, boolean owned) {
		this.in = in;
		this.out = null;
		this.owned = owned;
	}

	/**
	 * Create a new instance to be written.
	 * @param out the stream
	 */
	StreamFile(OutputStream out) {
		this.in = null;
		this.out = out;
		this.owned = true;
	}

	@Override
	public boolean isReadable() {
		return this.in != null;
	}

	@Override
	public boolean isWritable() {
		return this.out != null;
	}

	@Override
	public boolean isStored() {
		return false;
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		InputStream in = this.in;
		if (in == null) {
			return -1;
		}
		int count = in.read(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
		if (count == 0) {
			// against the rules: asking again and again would take all of a processor
			return readByte(in, buffer);
		}
		buffer.position(buffer.position() + Math.max(0, count));
		return count;
	}

	private static int readByte(InputStream in, ByteBuffer buffer) throws IOException {
		int data = in.read();
		if (data < 0) {
			return -1;
		}
		buffer.put((byte) data);
		return 1;
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		OutputStream out = this.out;
		int count = data.remaining();
		if (out != null) {
			out.write(data.array(), data.arrayOffset() + data.position(), count);
			out.flush();
		}
		data.position(data.limit());
		return count;
	}

	@Override
	public boolean isClosedAtOnce() {
		return false;
	}

	// what a stream takes is an array
	@Override
	public ByteBuffer buffer(int capacity) {
		return ByteBuffer.allocate(capacity);
	}

	@Override
	public void close() throws IOException {
		if (this.in != null && this.owned) {
			this.in.close();
		}
		if (this.out != null) {
			this.out.close();
		}
	}

}
