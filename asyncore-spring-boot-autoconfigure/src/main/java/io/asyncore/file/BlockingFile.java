package io.asyncore.file;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import io.asyncore.transport.DirectMemory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file as the threads see it that read and write it: calls may block, until another
 * thread closes the file.
 */
public interface BlockingFile extends Closeable {

	/**
	 * Say whether the file can be read.
	 * @return whether it can, always the same
	 */
	boolean isReadable();

	/**
	 * Say whether the file can be written.
	 * @return whether it can, always the same
	 */
	boolean isWritable();

	/**
	 * Say whether the file keeps what is written, so that a failure does not mean that
	 * whoever reads it has gone.
	 * @return whether it does
	 */
	boolean isStored();

	/**
	 * Read at least one byte, waiting for it. Called by one thread, that of this
	 * direction.
	 * @param buffer where to put it, made by {@link #buffer}
	 * @return the number of bytes, -1 at the end; 0 if a descriptor that does not block
	 * has nothing now
	 * @throws IOException if reading fails, or another thread closes the file
	 */
	int read(ByteBuffer buffer) throws IOException;

	/**
	 * Write at least one byte, waiting for room. Called by one thread, that of this
	 * direction.
	 * @param data the data in a buffer made by {@link #buffer}, whose position is
	 * advanced by what was written
	 * @return the number of bytes; 0 if a descriptor that does not block takes nothing
	 * now
	 * @throws IOException if writing fails, or another thread closes the file
	 */
	int write(ByteBuffer data) throws IOException;

	/**
	 * Say whether closing the file waits for nobody.
	 * @return whether it does not, so that a loop may do it
	 */
	default boolean isClosedAtOnce() {
		return true;
	}

	/**
	 * Make a buffer of the kind that suits the file.
	 * @param capacity its capacity in bytes
	 * @return the buffer, empty
	 */
	default ByteBuffer buffer(int capacity) {
		return DirectMemory.allocate(capacity);
	}

	/**
	 * Open a file. Does not block: what can be opened only when somebody has opened the
	 * other end is opened by whoever first reads or writes it.
	 * @param path where it is
	 * @param options how to open it, to be read if they do not say
	 * @return the file, which is the caller's to close
	 * @throws IOException if it cannot be opened, or is a directory or a socket
	 */
	static BlockingFile of(Path path, OpenOption... options) throws IOException {
		Set<OpenOption> how = new HashSet<>(List.of(options));
		boolean writes = how.contains(StandardOpenOption.WRITE) || how.contains(StandardOpenOption.APPEND);
		boolean reads = how.contains(StandardOpenOption.READ) || !writes;
		FileKind kind = Files.exists(path) ? FileKind.of(path) : FileKind.REGULAR;
		return switch (kind) {
			case REGULAR -> new OpenFile(FileChannel.open(path, how), reads, writes);
			case PIPE -> (reads && writes) ? bothEnds(path) : late(path, kind, how, reads);
			case DEVICE ->
				(reads && writes)
						? new PairedFiles(late(path, kind, Set.of(StandardOpenOption.READ), true),
								late(path, kind, Set.of(StandardOpenOption.WRITE), false))
						: late(path, kind, how, reads);
			case DIRECTORY -> throw new FileSystemException(path.toString(), null, "It is a directory");
			case SOCKET -> throw new FileSystemException(path.toString(), null,
					"It is a socket, for a Dispatcher to connect() to");
		};
	}

	// who has both ends of a pipe open does not wait for anybody
	private static BlockingFile bothEnds(Path path) throws IOException {
		FileChannel in = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
		try {
			return new PairedFiles(new OpenFile(in, true, false),
					new OpenFile(FileChannel.open(path, StandardOpenOption.WRITE), false, true));
		}
		catch (IOException ex) {
			in.close();
			throw ex;
		}
	}

	private static BlockingFile late(Path path, FileKind kind, Set<? extends OpenOption> options, boolean reads)
			throws AccessDeniedException {
		if (!(reads ? Files.isReadable(path) : Files.isWritable(path))) {
			throw new AccessDeniedException(path.toString());
		}
		return new LateFile(path, kind, options, reads);
	}

	/**
	 * Use what a descriptor refers to, see {@link Descriptors#open}.
	 * @param fd the descriptor, which is left as it is
	 * @return the file, which is the caller's to close
	 * @throws IOException if there is no such descriptor, or it cannot be opened anew
	 * @throws UnsupportedOperationException if this system does not list descriptors
	 */
	static BlockingFile of(int fd) throws IOException {
		return new Descriptors().open(fd);
	}

	/**
	 * Use a stream. That of the process, whose reads could not be ended, is not touched
	 * but opened anew if possible.
	 * @param in the stream, which is closed with the file unless it is that of the
	 * process
	 * @return the file, to be read
	 */
	static BlockingFile of(InputStream in) {
		if (in == System.in && in.getClass() == BufferedInputStream.class) {
			return standardInput(in);
		}
		return (in.getClass() == FileInputStream.class) ? new OpenFile(((FileInputStream) in).getChannel(), true, false)
				: new StreamFile(in, true);
	}

	private static BlockingFile standardInput(InputStream in) {
		try {
			return of(0);
		}
		catch (IOException | UnsupportedOperationException ex) {
			Logger logger = LoggerFactory.getLogger(BlockingFile.class);
			logger.debug("System.in is read as a stream, for it cannot be opened anew", ex);
			return new StreamFile(in, false);
		}
	}

	/**
	 * Use a stream.
	 * @param out the stream, which is closed with the file
	 * @return the file, to be written
	 */
	static BlockingFile of(OutputStream out) {
		return (out.getClass() == FileOutputStream.class)
				? new OpenFile(((FileOutputStream) out).getChannel(), false, true)
				: new StreamFile(out, new Descriptors().areStandardBlocking());
	}

}
