package io.asyncore.file;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import io.asyncore.transport.Cleaners;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.LocalFailureException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file, pipe or device. No selector can wait for it, so a thread for each direction
 * that is used reads and writes, and says when it has something or has room.
 */
public final class FileEndpoint implements Endpoint {

	private static final Logger logger = LoggerFactory.getLogger(FileEndpoint.class);

	private static final Duration RETRY = Duration.ofSeconds(1);

	private final BlockingFile file;

	// whose files are closed when nobody can reach it any more
	private final WeakReference<Owner> owner;

	private final @Nullable InputPump input;

	private final @Nullable OutputPump output;

	private final Cleaner.Cleanable cleanable;

	private boolean closed;

	/**
	 * Create a new instance, which has no thread before it is used.
	 * @param file the file, closed with this endpoint or when nobody can reach the owner
	 * @param owner whose file it is
	 */
	public FileEndpoint(BlockingFile file, Owner owner) {
		this.file = file;
		this.owner = new WeakReference<>(owner);
		this.input = file.isReadable() ? new InputPump(file, this::announce) : null;
		this.output = file.isWritable() ? new OutputPump(file, this::announce) : null;
		this.cleanable = Cleaners.register(owner, this::close);
	}

	private void announce() {
		Owner owner = this.owner.get();
		if (owner != null) {
			owner.announce();
		}
	}

	@Override
	public boolean isPolled() {
		return false;
	}

	@Override
	public int operations() {
		return ((this.input != null) ? READ : 0) | ((this.output != null) ? WRITE : 0);
	}

	@Override
	public int interest(int wanted) {
		if (this.input != null) {
			this.input.want((wanted & READ) != 0);
		}
		return 0;
	}

	@Override
	public int ready() {
		boolean read = this.input != null && this.input.isReady();
		boolean write = this.output != null && this.output.isReady();
		return (read ? READ : 0) | (write ? WRITE : 0);
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		if (this.input == null) {
			throw new NonReadableChannelException();
		}
		try {
			return this.input.take(buffer);
		}
		catch (LocalFailureException ex) {
			tryAgainLater(this.input);
			throw ex;
		}
	}

	// if whoever is told that leaves the channel open
	private void tryAgainLater(InputPump input) {
		Owner owner = this.owner.get();
		if (owner != null) {
			owner.later(RETRY, input::tryAgain);
		}
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		return output().give(data, false);
	}

	private OutputPump output() {
		if (this.output == null) {
			throw new NonWritableChannelException();
		}
		return this.output;
	}

	@Override
	public long write(FileChannel source, long position, long count) throws IOException {
		OutputPump output = output();
		int room = output.room((int) Math.min(Integer.MAX_VALUE, count));
		if (room == 0) {
			return 0;
		}
		ByteBuffer data = ByteBuffer.allocate(room);
		source.read(data, position);
		return output.give(data.flip(), data.remaining() < count);
	}

	@Override
	public int held() {
		return (this.output != null) ? this.output.pending() : 0;
	}

	@Override
	public boolean isBroken() {
		return this.output != null && this.output.isBroken();
	}

	@Override
	public @Nullable IOException takeFailure() {
		return (this.output != null) ? this.output.takeFailure() : null;
	}

	@Override
	public boolean hasPeer() {
		return !this.file.isStored();
	}

	@Override
	public Stage stage() {
		return Stage.CONNECTED;
	}

	/**
	 * Close the file when what it has taken is written. Does not wait for that.
	 */
	@Override
	public void close() {
		if (!setClosed()) {
			return;
		}
		this.cleanable.clean();
		if (this.input != null) {
			this.input.close();
		}
		if (this.output != null) {
			this.output.close();
		}
		if (held() > 0) {
			closeWhenWritten();
		}
		else {
			boolean busy = this.input != null && this.input.isReading();
			closeFile(!busy && this.file.isClosedAtOnce());
		}
	}

	private synchronized boolean setClosed() {
		boolean first = !this.closed;
		this.closed = true;
		return first;
	}

	// not by a daemon: the end of the program waits for what has been taken
	private void closeWhenWritten() {
		Runnable end = () -> {
			if (this.output != null) {
				this.output.awaitWritten();
			}
			closeFile(this.file.isClosedAtOnce());
		};
		Owner owner = this.owner.get();
		try {
			if (owner != null) {
				owner.keepBusy(end, FileEndpoint::startLasting);
			}
			else {
				startLasting(end);
			}
		}
		catch (RejectedExecutionException ex) {
			logger.warn("{} is closed when all is written, however long that takes: {}", this, ex.getMessage());
			if (this.output != null) {
				this.output.whenOver(this::closeFile);
			}
		}
	}

	private static void startLasting(Runnable end) {
		try {
			FileThreads.start(end, "asyncore-file-closer", false);
		}
		catch (LocalFailureException ex) {
			throw new RejectedExecutionException(ex.getMessage(), ex);
		}
	}

	// ending a call that is under way takes a moment, closing a stream perhaps long
	private void closeFile(boolean here) {
		if (here || !startCloser()) {
			closeFile();
		}
	}

	private boolean startCloser() {
		try {
			FileThreads.start(this::closeFile, "asyncore-file-closer", true);
			return true;
		}
		catch (LocalFailureException ex) {
			logger.debug("{} is closed by whoever wants it closed", this, ex);
			return false;
		}
	}

	private void closeFile() {
		try {
			this.file.close();
		}
		catch (IOException ex) {
			logger.debug("Closing {} failed", this, ex);
		}
		catch (RuntimeException | Error ex) {
			// a stream of the application
			logger.warn("Closing {} failed", this, ex);
		}
		if (this.input != null) {
			this.input.interrupt();
		}
		if (this.output != null) {
			this.output.interrupt();
		}
	}

	@Override
	public String toString() {
		return "a file";
	}

	/**
	 * Whose file it is, who is referred to weakly. Called by any thread.
	 */
	public interface Owner {

		/**
		 * Note that the file is ready, or has something to say.
		 */
		void announce();

		/**
		 * Do something on the loop, after a delay.
		 * @param delay how long to wait
		 * @param task what to do
		 */
		void later(Duration delay, Runnable task);

		/**
		 * Have something done by an executor, for which a graceful stop waits.
		 * @param task what to do, which may block
		 * @param executor who does it
		 * @throws RejectedExecutionException if the executor does not take it
		 */
		void keepBusy(Runnable task, Executor executor);

	}

}
