package io.asyncore.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;

/**
 * A file that is open. Closing it ends what other threads wait for.
 */
public final class OpenFile implements BlockingFile {

	private final FileChannel channel;

	private final boolean readable;

	private final boolean writable;

	private final boolean stored;

	/**
	 * Create a new instance.
	 * @param channel the open file
	 * @param readable whether it can be read
	 * @param writable whether it can be written
	 */
	OpenFile(FileChannel channel, boolean readable, boolean writable) {
		this.channel = channel;
		this.readable = readable;
		this.writable = writable;
		this.stored = isStored(channel);
	}

	/**
	 * Use a channel of which it is not known how it was opened.
	 * @param channel the channel, closed with the file
	 * @return the file, to be read and written as far as the channel can be
	 * @throws IOException if the channel is closed
	 */
	public static OpenFile of(FileChannel channel) throws IOException {
		return undisturbed(() -> new OpenFile(channel, isReadable(channel), isWritable(channel)));
	}

	/**
	 * Say whether a file keeps what is written.
	 */
	static boolean isStored(FileChannel channel) {
		try {
			return undisturbed(() -> channel.position() >= 0);
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Go to a position.
	 */
	void moveTo(long position) throws IOException {
		undisturbed(() -> this.channel.position(position));
	}

	// a thread that is interrupted closes the channel by whatever it does with it
	private static <T> T undisturbed(Step<T> step) throws IOException {
		boolean interrupted = Thread.interrupted();
		try {
			return step.take();
		}
		finally {
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private static boolean isReadable(FileChannel channel) throws IOException {
		try {
			channel.read(ByteBuffer.allocate(0));
			return true;
		}
		catch (NonReadableChannelException ex) {
			return false;
		}
	}

	private static boolean isWritable(FileChannel channel) throws IOException {
		try {
			channel.write(ByteBuffer.allocate(0));
			return true;
		}
		catch (NonWritableChannelException ex) {
			return false;
		}
	}

	@Override
	public boolean isReadable() {
		return this.readable;
	}

	@Override
	public boolean isWritable() {
		return this.writable;
	}

	@Override
	public boolean isStored() {
		return this.stored;
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		return this.channel.read(buffer);
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		return this.channel.write(data);
	}

	// of what else it may be, a terminal may wait until what was written has left
	@Override
	public boolean isClosedAtOnce() {
		return this.stored;
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
	}

	/**
	 * Something done with a channel.
	 *
	 * @param <T> what comes of it
	 */
	@FunctionalInterface
	private interface Step<T> {

		T take() throws IOException;

	}

}
