package io.asyncore.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * How a descriptor is open.
 *
 * @param reads whether it can be read
 * @param writes whether it can be written
 * @param appends whether what is written goes to the end
 * @param blocks whether a transfer waits until it is possible
 * @param position where the next byte is read or written, if it has a position; -1 if
 * that is not known
 */
record OpenMode(boolean reads, boolean writes, boolean appends, boolean blocks, long position) {

	static final OpenMode READ = new OpenMode(true, false, false, true, 0);

	static final OpenMode WRITE = new OpenMode(false, true, false, true, 0);

	// where modes are not told a descriptor that is opened anew may be a true
	// duplicate, as it is on macOS: its position is left alone
	static final List<OpenMode> ANY = List.of(new OpenMode(true, true, false, true, -1),
			new OpenMode(true, false, false, true, -1), new OpenMode(false, true, false, true, -1));

	private static final int OCTAL = 8;

	private static final int ACCESS_MODE = 3;

	private static final int WRITE_ONLY = 1;

	private static final int READ_WRITE = 2;

	private static final int APPEND = 02000;

	private static final int NON_BLOCKING = 04000;

	static OpenMode parse(List<String> lines) {
		long position = value(lines, "pos:", 10);
		int flags = (int) value(lines, "flags:", OCTAL);
		int access = flags & ACCESS_MODE;
		return new OpenMode(access != WRITE_ONLY, access == WRITE_ONLY || access == READ_WRITE, (flags & APPEND) != 0,
				(flags & NON_BLOCKING) == 0, position);
	}

	private static long value(List<String> lines, String name, int radix) {
		return lines.stream()
			.filter((line) -> line.startsWith(name))
			.findFirst()
			.map((line) -> Long.parseLong(line.substring(name.length()).strip(), radix))
			.orElse(0L);
	}

	boolean isForBoth() {
		return this.reads && this.writes;
	}

	/**
	 * Say whether it is known to write a stored file at a position of its own.
	 */
	boolean isOverwriting(Path path) throws IOException {
		return this.writes && !this.appends && this.position >= 0 && FileKind.of(path) == FileKind.REGULAR;
	}

	/**
	 * Say whether it takes two files, for the JDK opens none to be read and appended to.
	 */
	boolean isSplit() {
		return isForBoth() && this.appends;
	}

	/**
	 * Return how to open the first file.
	 */
	OpenMode first() {
		return isSplit() ? reading() : this;
	}

	/**
	 * Return how to open what is only to be read.
	 */
	OpenMode reading() {
		return new OpenMode(true, false, false, true, this.position);
	}

	/**
	 * Return how to open the second file, the one that is written.
	 */
	OpenMode second() {
		return new OpenMode(false, true, this.appends, true, 0);
	}

	OpenFile open(Path path) throws IOException {
		Set<OpenOption> options = new HashSet<>();
		if (this.reads) {
			options.add(StandardOpenOption.READ);
		}
		if (this.writes) {
			options.add(this.appends ? StandardOpenOption.APPEND : StandardOpenOption.WRITE);
		}
		FileChannel channel = (FileKind.of(path) == FileKind.DEVICE) ? ControllingTerminal.open(path, options)
				: FileChannel.open(path, options);
		boolean done = false;
		try {
			OpenFile file = new OpenFile(channel, this.reads, this.writes);
			if (file.isStored() && !this.appends && this.position >= 0) {
				file.moveTo(this.position);
			}
			done = true;
			return file;
		}
		finally {
			if (!done) {
				channel.close();
			}
		}
	}

}
