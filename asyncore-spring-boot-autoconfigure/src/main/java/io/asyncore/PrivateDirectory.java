package io.asyncore;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A directory beside a file, for a moment, in which nobody else can see, make or change
 * anything. Who owns the directory that it is in can move it away and put something else
 * in its place, so it is held open, and reached by its descriptor where the system has
 * paths for these, as Linux does.
 */
final class PrivateDirectory implements Closeable {

	private static final Logger logger = LoggerFactory.getLogger(PrivateDirectory.class);

	private static final FileAttribute<Set<PosixFilePermission>> OURS = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

	private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

	private static final int MOST_TRIES = 100;

	private static final int RADIX = 36;

	// of five digits, for there is little room in the address of a socket
	private static final int LEAST_NAME = RADIX * RADIX * RADIX * RADIX;

	private final Path path;

	private final DirectoryStream<Path> open;

	// leads here whatever others do, if there is a path that does
	private final Path safePath;

	// what was made here, and is to be deleted
	private @Nullable Path made;

	private PrivateDirectory(Path path) throws IOException {
		this.path = path;
		this.open = Files.newDirectoryStream(path);
		try {
			this.safePath = safePath(path, this.open);
		}
		catch (IOException | RuntimeException | Error ex) {
			this.open.close();
			throw ex;
		}
	}

	private static Path safePath(Path path, DirectoryStream<Path> open) throws IOException {
		Path descriptor = (open instanceof SecureDirectoryStream<Path> secure) ? descriptor(secure) : null;
		if (descriptor == null) {
			return path;
		}
		if (!isOurs(descriptor)) {
			throw new IOException("Somebody has put something else in the place of the directory " + path);
		}
		return descriptor;
	}

	/**
	 * Make one. If another one is left over, that does not matter, having another name.
	 * @param file an absolute path
	 * @throws UnsupportedOperationException if files have no permissions here
	 */
	static PrivateDirectory beside(Path file) throws IOException {
		Path path = create(file);
		try {
			return new PrivateDirectory(path);
		}
		catch (IOException | RuntimeException ex) {
			Files.deleteIfExists(path);
			throw ex;
		}
	}

	private static Path create(Path file) throws IOException {
		for (int i = 1;; i++) {
			Path path = file.resolveSibling("." + name());
			try {
				return Files.createDirectory(path, OURS);
			}
			catch (FileAlreadyExistsException ex) {
				if (i == MOST_TRIES) {
					throw ex;
				}
			}
		}
	}

	private static String name() {
		return Integer.toString(ThreadLocalRandom.current().nextInt(LEAST_NAME, LEAST_NAME * RADIX), RADIX);
	}

	private static @Nullable Path descriptor(SecureDirectoryStream<Path> directory) throws IOException {
		Object key = directory.getFileAttributeView(BasicFileAttributeView.class).readAttributes().fileKey();
		if (key == null || !Files.isDirectory(DESCRIPTORS)) {
			return null;
		}
		try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
			for (Path descriptor : descriptors) {
				if (key.equals(key(descriptor))) {
					return descriptor;
				}
			}
		}
		return null;
	}

	private static @Nullable Object key(Path descriptor) {
		try {
			return Files.readAttributes(descriptor, BasicFileAttributes.class).fileKey();
		}
		catch (IOException ex) {
			// closed since it was listed
			return null;
		}
	}

	// then nobody else can ever have changed something in it
	private static boolean isOurs(Path descriptor) throws IOException {
		Map<String, Object> found = Files.readAttributes(descriptor, "unix:uid,permissions");
		return OURS.value().equals(found.get("permissions")) && String.valueOf(found.get("uid")).equals(user());
	}

	// the one that files are made for, which is the last of four
	private static @Nullable String user() throws IOException {
		for (String line : Files.readAllLines(Path.of("/proc/self/status"), StandardCharsets.ISO_8859_1)) {
			if (line.startsWith("Uid:")) {
				return line.substring(line.lastIndexOf('\t') + 1).strip();
			}
		}
		return null;
	}

	/**
	 * Return paths for a file in this directory, the one that tells most first, the
	 * shortest last. No other file is ever known by the same one.
	 */
	List<Path> pathsFor(Path name) {
		Path named = this.path.resolve(name);
		Path shorter = this.path.resolve("s");
		return this.safePath.equals(this.path) ? List.of(named, shorter)
				: List.of(named, shorter, this.safePath.resolve(name()));
	}

	/**
	 * Have a file made here, and deleted in the end.
	 * @param file one of the paths for it
	 * @return the path to use for it
	 * @throws IOException if it cannot be made, or was made elsewhere
	 */
	Path make(Path file, Maker maker) throws IOException {
		Path safe = this.safePath.resolve(file.getFileName());
		if (!Files.exists(safe, LinkOption.NOFOLLOW_LINKS)) {
			maker.make();
			if (Files.exists(safe, LinkOption.NOFOLLOW_LINKS)) {
				this.made = safe;
				return safe;
			}
		}
		throw new IOException("Somebody has put something else in the place of the directory " + this.path);
	}

	/**
	 * Delete this directory and what was made in it.
	 */
	@Override
	public void close() throws IOException {
		try (this.open) {
			if (this.made != null) {
				Files.deleteIfExists(this.made);
			}
			Files.deleteIfExists(this.path);
		}
		catch (IOException ex) {
			logger.warn("Cannot delete the temporary directory {}: {}", this.path, ex.toString());
		}
	}

	/**
	 * Makes a file.
	 */
	@FunctionalInterface
	interface Maker {

		void make() throws IOException;

	}

}
