package io.asyncore.demo.tail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

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
 * cannot be a pipe at all fails the start.
 */
@Component
class Fifo {

	private static final Logger logger = LoggerFactory.getLogger(Fifo.class);

	private static final String PROPERTY = "demo.tail.fifo";

	private final @Nullable Path path;

	@Autowired
	Fifo(@Value("${" + PROPERTY + "}") String path) throws InterruptedException {
		this(path, "mkfifo");
	}

	Fifo(String path, String command) throws InterruptedException {
		this.path = (StringUtils.hasText(path) && isThere(Path.of(path), command)) ? Path.of(path) : null;
	}

	/**
	 * Return where it is, {@code null} if there is none.
	 */
	@Nullable Path path() {
		return this.path;
	}

	private static boolean isThere(Path path, String command) throws InterruptedException {
		if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
			return make(path, command);
		}
		// sockets and devices are such others, too, and refused when they are opened
		if (!isOther(path)) {
			throw wrong(path, "There is something that is no FIFO (named pipe).");
		}
		return true;
	}

	private static boolean isOther(Path path) {
		return Files.exists(path) && !Files.isRegularFile(path) && !Files.isDirectory(path);
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
