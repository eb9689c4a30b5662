package io.asyncore.demo.tail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.stereotype.Component;
import org.springframework.util.StringUtils;

/**
 * The named pipe to read. The JDK cannot make one, so if it is not there the system's
 * {@code mkfifo} does; without such a command the application goes without the pipe. What
 * is no pipe fails the start, and so does one that others could have put there: it has to
 * be of this user or of root, in a directory that only its owner can use, and no link.
 */
@Component
class Fifo {

	private static final Logger logger = LoggerFactory.getLogger(Fifo.class);

	private static final String PROPERTY = "demo.tail.fifo";

	private static final int ROOT = 0;

	private static final int TYPE = 0170000;

	private static final int PIPE = 0010000;

	private static final int DIRECTORY = 0040000;

	private static final int OTHERS = 0077;

	private final @Nullable Path path;

	@Autowired
	Fifo(@Value("${" + PROPERTY + "}") String path) throws IOException, InterruptedException {
		this(path, "mkfifo");
	}

	Fifo(String path, String command) throws IOException, InterruptedException {
		this.path = (StringUtils.hasText(path) && isThere(Path.of(path), command)) ? Path.of(path) : null;
	}

	/**
	 * Return where it is, {@code null} if there is none.
	 */
	@Nullable Path path() {
		return this.path;
	}

	private static boolean isThere(Path path, String command) throws IOException, InterruptedException {
		if (!path.getFileSystem().supportedFileAttributeViews().contains("unix")) {
			logger.warn("There is no FIFO {} to read, and this system cannot have one", path);
			return false;
		}
		if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
			requireFifo(path);
			requirePrivateDirectory(path);
		}
		else {
			requirePrivateDirectory(path);
			if (!make(path, command)) {
				return false;
			}
		}
		// now that nobody else can exchange it any more
		requireFifo(path);
		return true;
	}

	// not what a link leads to: that of another user leads where he likes
	private static void requireFifo(Path path) throws IOException {
		Map<String, Object> found = attributes(path);
		if ((mode(found) & TYPE) != PIPE) {
			throw wrong(path, "There is something that is no FIFO (named pipe).");
		}
		if (!isOwn(found)) {
			throw wrong(path, "The FIFO belongs to another user.");
		}
	}

	// else others could exchange what was looked at for something else
	private static void requirePrivateDirectory(Path path) throws IOException {
		Path directory = path.toAbsolutePath().getParent();
		if (directory == null) {
			throw wrong(path, "It has to be in a directory of this user.");
		}
		if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
			makeDirectory(path, directory);
		}
		Map<String, Object> found = attributes(directory);
		if ((mode(found) & TYPE) != DIRECTORY || !isOwn(found) || (mode(found) & OTHERS) != 0) {
			throw wrong(path, "The directory has to be one of this user that nobody else can use (mode 0700), and "
					+ "no link: " + directory);
		}
	}

	private static void makeDirectory(Path path, Path directory) {
		try {
			Files.createDirectory(directory,
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		}
		catch (IOException ex) {
			throw wrong(path, "There is no such directory, and it cannot be made: " + ex);
		}
	}

	private static Map<String, Object> attributes(Path path) throws IOException {
		return Files.readAttributes(path, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
	}

	private static int mode(Map<String, Object> attributes) {
		return (attributes.get("mode") instanceof Integer mode) ? mode : 0;
	}

	private static boolean isOwn(Map<String, Object> attributes) throws IOException {
		return attributes.get("uid") instanceof Integer owner && (owner == ROOT || owner == user());
	}

	// the owner of what this process makes
	private static int user() throws IOException {
		Path file = Files.createTempFile("asyncore-demo", null);
		try {
			return (Integer) Files.getAttribute(file, "unix:uid");
		}
		finally {
			Files.delete(file);
		}
	}

	// nobody but the user of this process may write into it
	private static boolean make(Path path, String command) throws InterruptedException {
		String failure;
		try {
			Process mkfifo = new ProcessBuilder(command, "-m", "600", path.toString()).redirectErrorStream(true)
				.start();
			failure = new String(mkfifo.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
			if (mkfifo.waitFor() == 0) {
				logger.info("Made the FIFO {}", path);
				return true;
			}
		}
		catch (IOException ex) {
			logger.warn("There is no FIFO {} to read, and no command '{}' to make it", path, command);
			return false;
		}
		throw wrong(path, "There is no such FIFO, and it cannot be made: " + failure);
	}

	private static InvalidConfigurationPropertyValueException wrong(Path path, String reason) {
		return new InvalidConfigurationPropertyValueException(PROPERTY, path, reason);
	}

}
