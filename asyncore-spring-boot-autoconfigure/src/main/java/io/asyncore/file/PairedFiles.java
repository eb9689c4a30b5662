package io.asyncore.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Two files, one to read and one to write: the JDK lets nobody write a file while another
 * thread waits to read it.
 *
 * @param in the one to read
 * @param out the one to write
 */
record PairedFiles(BlockingFile in, BlockingFile out) implements BlockingFile {

	@Override
	public boolean isReadable() {
		return true;
	}

	@Override
	public boolean isWritable() {
		return true;
	}

	@Override
	public boolean isStored() {
		return this.out.isStored();
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		return this.in.read(buffer);
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		return this.out.write(data);
	}

	@Override
	public boolean isClosedAtOnce() {
		return this.in.isClosedAtOnce() && this.out.isClosedAtOnce();
	}

	@Override
	public void close() throws IOException {
		try {
			this.in.close();
		}
		finally {
			this.out.close();
		}
	}

}
