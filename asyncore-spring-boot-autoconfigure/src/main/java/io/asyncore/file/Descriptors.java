package io.asyncore.file;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * Opens anew what a descriptor of this process refers to, by the directory in which the
 * system lists descriptors.
 * <p>
 * Unlike {@code dup} that makes an independent descriptor: it has a position of its own,
 * and no flag that is set on one of them counts for the other. Where that would do harm,
 * which is in a stored file that is written, the descriptor itself is used if it is one
 * of the standard ones, and refused if not, unless it appends.
 */
public final class Descriptors {

	private static final List<Path> DIRECTORIES = List.of(Path.of("/proc/self/fd"), Path.of("/dev/fd"));

	private static final int MOST_ATTEMPTS = 16;

	private final @Nullable Path directory;

	/**
	 * Create a new instance, for the directories of Linux and macOS.
	 */
	public Descriptors() {
		this(DIRECTORIES);
	}

	/**
	 * Create a new instance.
	 * @param directories where the system may list descriptors
	 */
	public Descriptors(List<Path> directories) {
		this.directory = directories.stream().filter(Files::isDirectory).findFirst().orElse(null);
	}

	/**
	 * Open a descriptor anew, each direction by itself if it is not a stored file. One of
	 * the standard descriptors that is a stored file is used itself.
	 * @param fd the descriptor, which is left as it is
	 * @return what it refers to, which is the caller's to close
	 * @throws UnsupportedOperationException if this system does not list descriptors
	 * @throws IOException if there is no such descriptor, or it is none of a file, pipe
	 * or device, or cannot share the position of a file that it writes, or the system
	 * refuses
	 */
	public BlockingFile open(int fd) throws IOException {
		SharedFile shared = shared(fd);
		return (shared != null) ? shared : withMode(fd, (path, mode) -> {
			if (mode.isOverwriting(path)) {
				throw new IOException(refusal(fd));
			}
			OpenFile file = mode.first().open(path);
			return (mode.isSplit() || (mode.isForBoth() && !file.isStored())) ? pair(path, mode, file) : file;
		});
	}

	private static BlockingFile pair(Path path, OpenMode mode, OpenFile first) throws IOException {
		OpenFile in = first;
		try {
			if (!mode.isSplit()) {
				first.close();
				in = OpenMode.READ.open(path);
			}
			return new PairedFiles(in, mode.second().open(path));
		}
		catch (IOException ex) {
			in.close();
			throw ex;
		}
	}

	// null if it is to be opened anew
	private @Nullable SharedFile shared(int fd) throws IOException {
		if (!SharedFile.isStandard(fd) || FileKind.of(path(fd)) != FileKind.REGULAR) {
			return null;
		}
		List<OpenMode> modes = modes(fd);
		boolean known = modes.size() == 1;
		return new SharedFile(fd, known ? modes.get(0).reads() : fd == 0, known ? modes.get(0).writes() : fd > 0);
	}

	/**
	 * Open a descriptor anew, and find the number of the new one.
	 * @param fd the descriptor, which is left as it is
	 * @return what it refers to, which is the caller's to close, and the number
	 * @throws IOException if it cannot be {@linkplain #open opened}, or no number can be
	 * told because others keep opening the same file
	 * @throws UnsupportedOperationException if this system does not list descriptors
	 */
	public Numbered openNumbered(int fd) throws IOException {
		SharedFile shared = shared(fd);
		if (shared != null) {
			return new Numbered(shared, fd);
		}
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
			return withMode(fd, (path, mode) -> {
				if (!mode.isOverwriting(path)) {
					return numbered(path, mode, target);
				}
				if (!mode.reads()) {
					throw new IOException(refusal(fd));
				}
				return numbered(path, mode.reading(), target)
					.map((read) -> new Numbered(new UnwritableFile(read.file(), refusal(fd)), read.number()));
			}).orElse(null);
		}
	}

	private static String refusal(int fd) {
		return "Descriptor " + fd + " is a stored file that does not append. Opened anew it has a position of its own, "
				+ "and both would overwrite what the other writes: give the FileChannel or stream that has the "
				+ "descriptor, or open the path with StandardOpenOption.APPEND";
	}

	private Optional<Numbered> numbered(Path path, OpenMode mode, @Nullable Object target) throws IOException {
		Set<Integer> before = numbers(target);
		OpenFile file = mode.first().open(path);
		boolean done = false;
		try {
			Set<Integer> fresh = numbers(target);
			fresh.removeAll(before);
			if (fresh.size() != 1) {
				return Optional.empty();
			}
			BlockingFile whole = mode.isSplit() ? new PairedFiles(file, mode.second().open(path)) : file;
			done = true;
			return Optional.of(new Numbered(whole, fresh.iterator().next()));
		}
		finally {
			if (!done) {
				file.close();
			}
		}
	}

	private <T> T withMode(int fd, Opening<T> opening) throws IOException {
		Path path = path(fd);
		FileKind kind = FileKind.of(path);
		List<OpenMode> modes = modes(fd);
		// opening one end of a pipe whose other end nobody has open any more would block,
		// although there may be something left in it
		FileChannel both = (kind == FileKind.PIPE) ? openBothEnds(path) : null;
		try {
			return withAny(path, modes, opening);
		}
		finally {
			if (both != null) {
				both.close();
			}
		}
	}

	/**
	 * Say whether standard output and error block, the descriptors that streams of the
	 * application may lead to which it has not opened itself. So say systems that do not
	 * tell.
	 */
	boolean areStandardBlocking() {
		if (this.directory == null) {
			return true;
		}
		try {
			return Stream.concat(modes(1).stream(), modes(2).stream()).allMatch(OpenMode::blocks);
		}
		catch (IOException ex) {
			// closed in the middle of it
			return true;
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

	private static <T> T withAny(Path path, List<OpenMode> modes, Opening<T> opening) throws IOException {
		AccessDeniedException denied = new AccessDeniedException(path.toString());
		for (OpenMode mode : modes) {
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
	private List<OpenMode> modes(int fd) throws IOException {
		Path info = directory().resolveSibling("fdinfo").resolve(Integer.toString(fd));
		return Files.exists(info) ? List.of(OpenMode.parse(Files.readAllLines(info))) : OpenMode.ANY;
	}

	/**
	 * A way to open a file.
	 *
	 * @param <T> what comes of it
	 */
	@FunctionalInterface
	private interface Opening<T> {

		T open(Path path, OpenMode mode) throws IOException;

	}

	/**
	 * A descriptor that was opened anew, or is used itself.
	 *
	 * @param file what it refers to
	 * @param number its number
	 */
	public record Numbered(BlockingFile file, int number) {

	}

}
