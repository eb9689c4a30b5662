package io.asyncore.readme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what {@code README.md} says.
 */
class ReadmeTests {

	private static final Path README = Path.of("..", "README.md");

	private static final Path SMALLEST_SERVER = Path.of("src/test/java/io/asyncore/readme/SmallestServer.java");

	@Test
	void showsASmallestServerThatCompiles() throws IOException {
		String source = Files.readString(SMALLEST_SERVER);
		String shown = source.substring(source.indexOf("@Component")).replace("\t", "    ");
		assertThat(Files.readString(README)).contains("```java\n" + shown + "```");
	}

}
