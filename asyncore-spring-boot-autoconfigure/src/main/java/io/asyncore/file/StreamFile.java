package io.asyncore.file;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;

import io.asyncore.transport.UnixFailures;
import org.jspecify.annotations.Nullable;

/**
 * A stream, of a child process for instance. Closing it does not end a call that is under
 * way. What a stream says that is behind a descriptor which does not block, "try again
 * later", is no failure.
 */
public final class StreamFile implements BlockingFile {

	private final @Nullable InputStream in;

	private final @Nullable OutputStream out;

	private final boolean owned;

	private final int mostAtOnce;

	// the stream has what is to be written, and has not passed it on
	private boolean unflushed;

	/**
	 * Create a new instance to be read.
	 * @param in the stream
	 * @param owned whether it is closed with this file
	 */
	StreamFile(InputStream in, boolean owned) {
		this.in = in;
		this.out = null;
		this.owned = owned;
		this.mostAtOnce = 0;
	}

	/**
	 * Create a new instance to be written.
	 * @param out the stream
	 * @param blocks whether what is behind it blocks, as far as that is known; if not, it
	 * is given no more at once than is taken whole or not at all
	 */
	public StreamFile(OutputStream out, boolean blocks) {
		this.in = null;
		this.out = out;
		this.owned = true;
		this.mostAtOnce = blocks ? Integer.MAX_VALUE : OutputBlock.RECORD;
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
		try {
			return read(in, buffer);
		}
		catch (IOException ex) {
			// that of a socket has waited as long as it was told to
			if (ex instanceof SocketTimeoutException || UnixFailures.isTryAgain(ex)) {
				return 0;
			}
			throw ex;
		}
	}

	private static int read(InputStream in, ByteBuffer buffer) throws IOException {
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
		int count = Math.min(data.remaining(), this.mostAtOnce);
		OutputStream out = this.out;
		if (out != null && !write(out, data, count)) {
			return 0;
		}
		data.position(data.position() + count);
		return count;
	}

	// false if it has to be tried again
	private boolean write(OutputStream out, ByteBuffer data, int count) throws IOException {
		try {
			if (!this.unflushed) {
				out.write(data.array(), data.arrayOffset() + data.position(), count);
				this.unflushed = true;
			}
			out.flush();
			this.unflushed = false;
		}
		catch (IOException ex) {
			// of more than that an unknown part may have been written
			if (count <= OutputBlock.RECORD && UnixFailures.isTryAgain(ex)) {
				return false;
			}
			throw ex;
		}
		if (out instanceof PrintStream print && print.checkError()) {
			throw new IOException("The stream has failed and does not say how: " + print);
		}
		return true;
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
