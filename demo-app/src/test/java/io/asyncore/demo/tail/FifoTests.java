package io.asyncore.demo.tail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Fifo}.
 */
@ExtendWith(OutputCaptureExtension.class)
class FifoTests {

	@TempDir
	private Path directory;

	@Test
	void whenItIsMissingMakesItForThisUserOnly(CapturedOutput output) throws Exception {
		Path path = this.directory.resolve("fifo");
		assertThat(new Fifo(path.toString()).path()).isEqualTo(path);
		assertThat(Files.readAttributes(path, "isOther")).containsEntry("isOther", true);
		assertThat(Files.getPosixFilePermissions(path)).isEqualTo(PosixFilePermissions.fromString("rw-------"));
		assertThat(output).contains("Made the FIFO " + path);
	}

	@Test
	void whenItIsThereTakesItAsItIs(CapturedOutput output) throws Exception {
		Path path = this.directory.resolve("fifo");
		new Fifo(path.toString());
		assertThat(new Fifo(path.toString()).path()).isEqualTo(path);
		assertThat(output).containsOnlyOnce("Made the FIFO");
	}

	@Test
	void whenNoneIsWantedMakesNone() throws Exception {
		assertThat(new Fifo("").path()).isNull();
	}

	@Test
	void whenThereIsNoCommandGoesWithoutIt(CapturedOutput output) throws Exception {
		Path path = this.directory.resolve("fifo");
		assertThat(new Fifo(path.toString(), "no-such-mkfifo").path()).isNull();
		assertThat(path).doesNotExist();
		assertThat(output).contains("There is no FIFO " + path + " to read, and no command 'no-such-mkfifo'");
	}

	@Test
	void whenItIsSomethingElseFails() throws IOException {
		assertFails(Files.createFile(this.directory.resolve("file")), "no FIFO");
		assertFails(this.directory, "no FIFO");
		assertFails(Files.createSymbolicLink(this.directory.resolve("link"), Path.of("nowhere")), "no FIFO");
	}

	@Test
	void whenItCannotBeMadeFails() {
		assertFails(this.directory.resolve("missing/fifo"), "cannot be made: mkfifo: ");
	}

	private static void assertFails(Path path, String reason) {
		assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
			.isThrownBy(() -> new Fifo(path.toString()))
			.satisfies((ex) -> {
				assertThat(ex.getName()).isEqualTo("demo.tail.fifo");
				assertThat(ex.getValue()).isEqualTo(path);
				assertThat(ex.getReason()).contains(reason);
			});
	}

}
