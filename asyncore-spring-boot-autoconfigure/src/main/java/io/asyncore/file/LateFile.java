package io.asyncore.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * One end of a pipe of the file system, or a device: opening it blocks until somebody has
 * opened the other end, so that is done by the thread which first reads or writes.
 */
public final class LateFile implements BlockingFile {

	private final Path path;

	private final FileKind kind;

	private final Set<? extends OpenOption> options;

	private final boolean reads;

	private boolean opening;

	private boolean closed;

	private volatile boolean stored;

	private @Nullable FileChannel channel;

	// both ends, opened so that whoever is opening this one comes to an end
	private @Nullable FileChannel bothEnds;

	/**
	 * Create a new instance.
	 * @param path the file
	 * @param kind its kind, a pipe or a device
	 * @param options how to open it
	 * @param reads whether it is read; else it is written
	 */
	LateFile(Path path, FileKind kind, Set<? extends OpenOption> options, boolean reads) {
		this.path = path;
		this.kind = kind;
		this.options = options;
		this.reads = reads;
	}

	@Override
	public boolean isReadable() {
		return this.reads;
	}

	@Override
	public boolean isWritable() {
		return !this.reads;
	}

	// a device may be like a file: one that is full, for instance
	@Override
	public boolean isStored() {
		return this.stored;
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		return channel().read(buffer);
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		return channel().write(data);
	}

	// called by one thread only, that of the direction
	private FileChannel channel() throws IOException {
		FileChannel present = present();
		if (present != null) {
			return present;
		}
		FileChannel fresh = null;
		try {
			fresh = (this.kind == FileKind.DEVICE) ? ControllingTerminal.open(this.path, this.options)
					: FileChannel.open(this.path, this.options);
			return fresh;
		}
		finally {
			opened(fresh);
		}
	}

	private synchronized @Nullable FileChannel present() throws IOException {
		if (this.closed) {
			throw new ClosedChannelException();
		}
		this.opening = this.channel == null;
		return this.channel;
	}

	private synchronized void opened(@Nullable FileChannel fresh) throws IOException {
		this.opening = false;
		this.channel = fresh;
		this.stored = fresh != null && OpenFile.isStored(fresh);
		if (this.closed) {
			if (fresh != null) {
				fresh.close();
			}
			if (this.bothEnds != null) {
				this.bothEnds.close();
			}
			throw new AsynchronousCloseException();
		}
	}

	// a terminal may wait until what was written has left
	@Override
	public boolean isClosedAtOnce() {
		return this.kind == FileKind.PIPE;
	}

	@Override
	public synchronized void close() throws IOException {
		if (this.closed) {
			return;
		}
		this.closed = true;
		if (this.channel != null) {
			this.channel.close();
		}
		else if (this.opening && this.kind == FileKind.PIPE) {
			this.bothEnds = FileChannel.open(this.path, StandardOpenOption.READ, StandardOpenOption.WRITE);
		}
	}

}
