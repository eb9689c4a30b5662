package io.asyncore.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file that is read only because writing it would do harm.
 *
 * @param file the file
 * @param reason why it is not written
 */
record UnwritableFile(BlockingFile file, String reason) implements BlockingFile {

	@Override
	public boolean isReadable() {
		return true;
	}

	@Override
	public boolean isWritable() {
		return false;
	}

	@Override
	public boolean isStored() {
		return this.file.isStored();
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		return this.file.read(buffer);
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		// says if it is closed
		this.file.read(ByteBuffer.allocate(0));
		throw new IOException(this.reason);
	}

	@Override
	public void close() throws IOException {
		this.file.close();
	}

}
