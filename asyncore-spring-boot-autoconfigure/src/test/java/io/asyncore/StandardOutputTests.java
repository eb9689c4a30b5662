package io.asyncore;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Standard descriptors of a program that are stored files, used beside {@code System.out}
 * and {@code System.in}.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class StandardOutputTests {

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(strings = { ">", ">>", "1<>" })
	void whateverWritesItTheLinesFollowEachOther(String redirection) throws Exception {
		Path file = this.directory.resolve("out");
		run("share", "exec " + redirection + " '" + file + "' 2>&1");
		Stream<String> lines = IntStream.range(0, 3)
			.mapToObj((i) -> Stream.of("System.out " + i, "wrapper " + i, "dispatcher " + i, "error " + i))
			.flatMap((each) -> each);
		List<String> written = Files.readAllLines(file);
		// says by standard error, if that is the file too, that there is no logger
		written.removeIf((line) -> line.startsWith("SLF4J"));
		assertThat(written).containsExactlyElementsOf(Stream.concat(lines, Stream.of("end")).toList());
	}

	@Test
	void whoeverReadsItGetsWhatComesNext() throws Exception {
		Path file = Files.writeString(this.directory.resolve("in"), "one\ntwo\nsix\nten\n");
		assertThat(run("share-input", "exec < '" + file + "'; read line")).containsExactly("two", "six", "ten");
	}

	@Test
	void whatDoesNotBlockGetsEverythingOnce() throws Exception {
		assumeThat(Path.of("/usr/bin/python3")).exists();
		Path full = this.directory.resolve("full");
		Process process = new ProcessBuilder("bash", "-c",
				"python3 -c 'import os; os.set_blocking(1, False)'; exec '" + System.getProperty("java.home")
						+ "/bin/java' -XX:TieredStopAtLevel=1 -Dtask=busy-output -Dfifo='" + full + "' -cp '"
						+ System.getProperty("java.class.path") + "' " + FileProgram.class.getName())
			.redirectError(ProcessBuilder.Redirect.DISCARD)
			.start();
		try {
			Awaitility.await().until(() -> Files.exists(full));
			byte[] expected = new byte[1_000_000];
			new Random(1).nextBytes(expected);
			assertThat(process.getInputStream().readAllBytes()).isEqualTo(expected);
			assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			process.destroyForcibly();
		}
	}

	private static List<String> run(String task, String before) throws Exception {
		try (ChildProcess child = new ChildProcess(before, "-XX:TieredStopAtLevel=1 -Dtask=" + task,
				FileProgram.class)) {
			List<String> lines = Stream.generate(() -> line(child)).takeWhile((line) -> line != null).toList();
			child.awaitEnd();
			return lines;
		}
	}

	private static String line(ChildProcess child) {
		try {
			return child.readLine();
		}
		catch (java.io.IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

}
