package io.asyncore.readme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the examples in the documentation of classes.
 */
class JavadocTests {

	private static final Pattern EXAMPLE = Pattern.compile("<pre>\\{@code\\n( \\* class .*?)\\n \\* \\}</pre>",
			Pattern.DOTALL);

	@Test
	void showsSourcesThatCompile() throws IOException {
		String examples = withoutSpace(
				Files.readString(Path.of("src/test/java/io/asyncore/readme/JavadocExamples.java")))
			.replace("static class", "class")
			// which is taken for a tag at the beginning of a line
			.replace("@Override ", "");
		for (String name : List.of("Dispatcher", "chat/AsyncChat")) {
			String source = Files.readString(Path.of("src/main/java/io/asyncore", name + ".java"));
			assertThat(EXAMPLE.matcher(source).results().toList()).as(name)
				.singleElement()
				.satisfies((example) -> assertThat(examples)
					.contains(withoutSpace(example.group(1).replaceAll("(?m)^ \\* ?", ""))));
		}
	}

	private static String withoutSpace(String text) {
		return text.replaceAll("\\s+", " ").strip();
	}

}
