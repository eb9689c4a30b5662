package io.asyncore.demo.http;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/**
 * The files below {@code /files/}.
 */
@Component
class StaticFiles implements DisposableBean {

	private static final int MOST_NUMBERS = 1_000_000;

	private final Path directory;

	private final boolean temporary;

	StaticFiles(@Value("${demo.http.directory}") String directory) throws IOException {
		this.temporary = directory.isEmpty();
		// with no links in it, so that a file is inside if its path begins like that
		this.directory = (this.temporary ? makeDirectory() : Path.of(directory)).toRealPath();
	}

	private static Path makeDirectory() throws IOException {
		Path directory = Files.createTempDirectory("asyncore-demo");
		try (BufferedWriter numbers = Files.newBufferedWriter(directory.resolve("numbers.txt"))) {
			for (int i = 1; i <= MOST_NUMBERS; i++) {
				numbers.append(Integer.toString(i)).append('\n');
			}
		}
		return directory;
	}

	/**
	 * Find a file. Looks at the disk, but only for a moment: reading is another matter,
	 * that is what a {@code FileProducer} is for.
	 * @return the file, {@code null} if there is none of that name in the directory
	 */
	@Nullable Path find(String name) {
		try {
			Path file = this.directory.resolve(name).toRealPath();
			return (file.startsWith(this.directory) && Files.isRegularFile(file)) ? file : null;
		}
		catch (IOException | InvalidPathException ex) {
			return null;
		}
	}

	@Override
	public void destroy() throws IOException {
		if (this.temporary) {
			FileSystemUtils.deleteRecursively(this.directory);
		}
	}

}
