package io.asyncore;

import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Arrays;

import io.asyncore.file.BlockingFile;
import io.asyncore.file.Descriptors;
import io.asyncore.transport.Cleaners;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A descriptor that reads and writes what another one refers to, and is closed by itself:
 * the other one may be closed before or after. Stands for {@code asyncore.file_wrapper}.
 * For files in a loop use {@link FileDispatcher}.
 * <p>
 * The descriptor is opened anew, which a system must list its descriptors for, as Linux
 * and macOS do and Windows does not. Of a regular file it begins at the position of the
 * other one, and has a position of its own from then on, so such a file can be written
 * only if its descriptor appends: they would overwrite what the other one writes. The
 * standard descriptors, 0 to 2, are used themselves if they are regular files, so what is
 * written to one follows what {@code System.out} has written; closing {@code System.out}
 * then ends the wrapper too.
 * <p>
 * All methods may be called from any thread; the ones that transfer something block until
 * they can. A terminal or pipe that is open for both directions can be used in one of
 * them at a time, for the JDK lets nobody write while another thread waits to read.
 * <p>
 * A wrapper that is not closed before nobody can reach it any more is closed then, and
 * logged.
 */
public final class FileWrapper implements Closeable {

	private static final Logger logger = LoggerFactory.getLogger(FileWrapper.class);

	private final BlockingFile file;

	private final Descriptor descriptor;

	private final Cleaner.Cleanable cleanable;

	/**
	 * Create a duplicate of a descriptor.
	 * @param fd the descriptor, of a file, pipe, terminal or other device, which stays
	 * open
	 * @throws IOException if it is not open, or a socket, or may not be opened by this
	 * process, or can only be written and would overwrite a file
	 * @throws UnsupportedOperationException if there are no descriptors on this system
	 */
	public FileWrapper(int fd) throws IOException {
		Descriptors.Numbered numbered = new Descriptors().openNumbered(fd);
		this.file = numbered.file();
		this.descriptor = new Descriptor(numbered.file(), numbered.number());
		this.cleanable = Cleaners.register(this, this.descriptor);
	}

	/**
	 * Return the number of the descriptor.
	 * @return the number, another one than that of the original unless that is used
	 * itself; -1 when closed
	 */
	public int fileno() {
		return this.descriptor.number;
	}

	/**
	 * Read what is there, or wait for it.
	 * @param n the most to read, in bytes
	 * @return the data; empty at the end of the file
	 * @throws IOException if reading fails
	 * @throws java.nio.channels.ClosedChannelException if this wrapper is closed
	 * @throws java.nio.channels.NonReadableChannelException if the descriptor is one to
	 * write to
	 * @throws IllegalArgumentException if {@code n} is negative
	 */
	public byte[] recv(int n) throws IOException {
		if (n < 0) {
			throw new IllegalArgumentException("'n' must not be negative: " + n);
		}
		byte[] data = new byte[n];
		try {
			int count = this.file.read(ByteBuffer.wrap(data));
			return Arrays.copyOf(data, Math.max(0, count));
		}
		finally {
			Reference.reachabilityFence(this);
		}
	}

	/**
	 * Read what is there, or wait for it. The same as {@link #recv}.
	 * @param n the most to read, in bytes
	 * @return the data; empty at the end of the file
	 * @throws IOException if reading fails
	 */
	public byte[] read(int n) throws IOException {
		return recv(n);
	}

	/**
	 * Write what is taken, or wait until something is.
	 * @param d the data
	 * @return the number of bytes taken
	 * @throws IOException if writing fails, or would overwrite a file
	 * @throws java.nio.channels.ClosedChannelException if this wrapper is closed
	 * @throws java.nio.channels.NonWritableChannelException if the descriptor is one to
	 * read from
	 */
	public int send(byte[] d) throws IOException {
		try {
			return this.file.write(ByteBuffer.wrap(d));
		}
		finally {
			Reference.reachabilityFence(this);
		}
	}

	/**
	 * Write what is taken, or wait until something is. The same as {@link #send}.
	 * @param d the data
	 * @return the number of bytes taken
	 * @throws IOException if writing fails
	 */
	public int write(byte[] d) throws IOException {
		return send(d);
	}

	/**
	 * Close the descriptor. The original stays open. What another thread is waiting for
	 * ends with a {@link java.nio.channels.ClosedChannelException}.
	 */
	@Override
	public void close() {
		this.descriptor.closing = true;
		this.cleanable.clean();
	}

	/**
	 * Describe the wrapper: the number of its descriptor.
	 */
	@Override
	public String toString() {
		return "<" + getClass().getName() + " fd=" + fileno() + ">";
	}

	/**
	 * What has to be closed, which does not know of the wrapper.
	 */
	private static final class Descriptor implements Runnable {

		private final BlockingFile file;

		private final int original;

		private volatile int number;

		private volatile boolean closing;

		Descriptor(BlockingFile file, int number) {
			this.file = file;
			this.original = number;
			this.number = number;
		}

		@Override
		public void run() {
			if (!this.closing) {
				logger.warn("A FileWrapper, descriptor {}, was never closed: call close() when it is not needed "
						+ "any more", this.original);
			}
			this.number = -1;
			try {
				this.file.close();
			}
			catch (IOException ex) {
				logger.debug("Closing descriptor {} failed", this.original, ex);
			}
		}

	}

}
