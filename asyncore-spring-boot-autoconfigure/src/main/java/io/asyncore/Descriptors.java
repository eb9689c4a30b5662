package io.asyncore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Opens anew what a descriptor of this process refers to, by the directory in which the
 * system lists descriptors.
 * <p>
 * Unlike {@code dup} that makes an independent descriptor: it has a position of its own,
 * and no flag that is set on one of them counts for the other.
 */
final class Descriptors {

	private static final List<Path> DIRECTORIES = List.of(Path.of("/proc/self/fd"), Path.of("/dev/fd"));

	private static final int MOST_ATTEMPTS = 16;

	private final @Nullable Path directory;

	Descriptors() {
		this(DIRECTORIES);
	}

	/**
	 * Create a new instance.
	 * @param directories where the system may list descriptors
	 */
	Descriptors(List<Path> directories) {
		this.directory = directories.stream().filter(Files::isDirectory).findFirst().orElse(null);
	}

	/**
	 * Open a descriptor anew, each direction by itself if it is not a stored file.
	 * @throws UnsupportedOperationException if this system does not list descriptors
	 * @throws IOException if there is no such descriptor, or it is none of a file, pipe
	 * or device, or the system refuses
	 */
	BlockingFile open(int fd) throws IOException {
		return withMode(fd, (path, mode) -> {
			OpenFile file = mode.open(path);
			boolean paired = mode.reads() && mode.writes() && !file.isStored();
			return paired ? pair(path, file) : file;
		});
	}

	private static BlockingFile pair(Path path, OpenFile both) throws IOException {
		try (both) {
			OpenFile in = Mode.READ.open(path);
			try {
				return new PairedFiles(in, Mode.WRITE.open(path));
			}
			catch (IOException ex) {
				in.close();
				throw ex;
			}
		}
	}

	/**
	 * Open a descriptor anew, and find the number of the new one.
	 */
	Numbered openNumbered(int fd) throws IOException {
		Object target = Files.readAttributes(path(fd), BasicFileAttributes.class).fileKey();
		for (int i = 0; i < MOST_ATTEMPTS; i++) {
			Numbered numbered = tryNumbered(fd, target);
			if (numbered != null) {
				return numbered;
			}
		}
		throw new IOException("Descriptor " + fd + " cannot be duplicated while others keep opening the same file");
	}

	private @Nullable Numbered tryNumbered(int fd, @Nullable Object target) throws IOException {
		// one at a time, or they would mistake each other's numbers for their own
		synchronized (Descriptors.class) {
			Set<Integer> before = numbers(target);
			OpenFile file = withMode(fd, (path, mode) -> mode.open(path));
			boolean done = false;
			try {
				Set<Integer> fresh = numbers(target);
				fresh.removeAll(before);
				done = fresh.size() == 1;
				return done ? new Numbered(file, fresh.iterator().next()) : null;
			}
			finally {
				if (!done) {
					file.close();
				}
			}
		}
	}

	private <T> T withMode(int fd, Opening<T> opening) throws IOException {
		Path path = path(fd);
		// opening one end of a pipe whose other end nobody has open any more would block,
		// although there may be something left in it
		FileChannel both = (FileKind.of(path) == FileKind.PIPE) ? openBothEnds(path) : null;
		try {
			return withAny(path, modes(fd), opening);
		}
		finally {
			if (both != null) {
				both.close();
			}
		}
	}

	private static @Nullable FileChannel openBothEnds(Path path) throws IOException {
		try {
			return FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
		}
		catch (AccessDeniedException ex) {
			// may be read or written, but not both
			return null;
		}
	}

	private static <T> T withAny(Path path, List<Mode> modes, Opening<T> opening) throws IOException {
		AccessDeniedException denied = new AccessDeniedException(path.toString());
		for (Mode mode : modes) {
			try {
				return opening.open(path, mode);
			}
			catch (AccessDeniedException ex) {
				denied = ex;
			}
		}
		throw denied;
	}

	private Set<Integer> numbers(@Nullable Object target) throws IOException {
		Set<Integer> numbers = new HashSet<>();
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory())) {
			for (Path entry : entries) {
				if (Objects.equals(key(entry), target)) {
					numbers.add(Integer.valueOf(entry.getFileName().toString()));
				}
			}
		}
		catch (DirectoryIteratorException ex) {
			throw ex.getCause();
		}
		return numbers;
	}

	private static @Nullable Object key(Path entry) {
		try {
			return Files.readAttributes(entry, BasicFileAttributes.class).fileKey();
		}
		catch (IOException ex) {
			// closed since the directory was read
			return null;
		}
	}

	private Path directory() {
		Path directory = this.directory;
		if (directory == null) {
			throw new UnsupportedOperationException(
					"This system has no directory of descriptors such as /dev/fd: give a Path, FileChannel or "
							+ "InputStream in place of a descriptor");
		}
		return directory;
	}

	private Path path(int fd) throws IOException {
		Path path = directory().resolve(Integer.toString(fd));
		if (fd < 0 || !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
			throw new IOException("There is no open descriptor " + fd);
		}
		switch (FileKind.of(path)) {
			case SOCKET -> throw new IOException("Descriptor " + fd
					+ " is a socket, which cannot be opened anew; a socket that was inherited as descriptor 0 is "
					+ "given by System.inheritedChannel()");
			case DIRECTORY -> throw new IOException("Descriptor " + fd + " is a directory");
			case REGULAR, PIPE, DEVICE -> {
				// can be opened anew
			}
		}
		return path;
	}

	// how a descriptor is open is told beside the directory, by Linux
	private List<Mode> modes(int fd) throws IOException {
		Path info = directory().resolveSibling("fdinfo").resolve(Integer.toString(fd));
		return Files.exists(info) ? List.of(Mode.parse(Files.readAllLines(info))) : Mode.ANY;
	}

	/**
	 * How a descriptor is open.
	 *
	 * @param reads whether it can be read
	 * @param writes whether it can be written
	 * @param appends whether what is written goes to the end
	 * @param position where the next byte is read or written, if it has a position
	 */
	private record Mode(boolean reads, boolean writes, boolean appends, long position) {

		static final Mode READ = new Mode(true, false, false, 0);

		static final Mode WRITE = new Mode(false, true, false, 0);

		static final List<Mode> ANY = List.of(new Mode(true, true, false, 0), READ, WRITE);

		private static final int OCTAL = 8;

		private static final int ACCESS_MODE = 3;

		private static final int WRITE_ONLY = 1;

		private static final int READ_WRITE = 2;

		private static final int APPEND = 02000;

		static Mode parse(List<String> lines) {
			long position = value(lines, "pos:", 10);
			int flags = (int) value(lines, "flags:", OCTAL);
			int access = flags & ACCESS_MODE;
			return new Mode(access != WRITE_ONLY, access == WRITE_ONLY || access == READ_WRITE, (flags & APPEND) != 0,
					position);
		}

		private static long value(List<String> lines, String name, int radix) {
			return lines.stream()
				.filter((line) -> line.startsWith(name))
				.findFirst()
				.map((line) -> Long.parseLong(line.substring(name.length()).strip(), radix))
				.orElse(0L);
		}

		OpenFile open(Path path) throws IOException {
			Set<OpenOption> options = new HashSet<>();
			if (this.reads) {
				options.add(StandardOpenOption.READ);
			}
			if (this.writes) {
				// the JDK lets nobody read and append
				options.add((this.appends && !this.reads) ? StandardOpenOption.APPEND : StandardOpenOption.WRITE);
			}
			FileChannel channel = FileChannel.open(path, options);
			boolean done = false;
			try {
				OpenFile file = new OpenFile(channel, this.reads, this.writes, this.reads && this.appends);
				if (file.isStored() && (this.reads || !this.appends)) {
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

	/**
	 * A way to open a file.
	 *
	 * @param <T> what comes of it
	 */
	@FunctionalInterface
	private interface Opening<T> {

		T open(Path path, Mode mode) throws IOException;

	}

	/**
	 * A descriptor that was opened anew.
	 *
	 * @param file what it refers to
	 * @param number its number
	 */
	record Numbered(OpenFile file, int number) {

	}

}
