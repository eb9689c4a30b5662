package io.asyncore.demo.tail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

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
	void whenItIsALinkFails() throws Exception {
		Path fifo = this.directory.resolve("fifo");
		new Fifo(fifo.toString());
		assertFails(Files.createSymbolicLink(this.directory.resolve("link"), fifo), "no FIFO");
		assertFails(Files.createSymbolicLink(this.directory.resolve("zero"), Path.of("/dev/zero")), "no FIFO");
	}

	@Test
	void whenItIsADeviceFails() {
		assertFails(Path.of("/dev/zero"), "no FIFO");
	}

	@Test
	void whenOthersCanUseTheDirectoryOfOneThatIsThereFails() throws Exception {
		Path directory = Files.createDirectory(this.directory.resolve("opened"));
		Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
		Path fifo = directory.resolve("fifo");
		new Fifo(fifo.toString());
		Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
		assertFails(fifo, "mode 0700");
	}

	@Test
	void whenItsDirectoryIsMissingMakesItForThisUserOnly() throws Exception {
		Path path = this.directory.resolve("new/fifo");
		assertThat(new Fifo(path.toString()).path()).isEqualTo(path);
		assertThat(Files.getPosixFilePermissions(path.getParent()))
			.isEqualTo(PosixFilePermissions.fromString("rwx------"));
		assertThat(new Fifo(path.toString()).path()).isEqualTo(path);
	}

	@ParameterizedTest
	@ValueSource(strings = { "rwxrwxrwx", "rwx-----x", "rwxr-----", "rwx-w----" })
	void whenOthersCanUseItsDirectoryFails(String permissions) throws Exception {
		Path shared = Files.createDirectory(this.directory.resolve("shared"));
		Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString(permissions));
		assertFails(shared.resolve("fifo"), "mode 0700");
		assertThat(shared).isEmptyDirectory();
	}

	@Test
	void whenItsDirectoryIsALinkFails() throws Exception {
		Path real = Files.createDirectory(this.directory.resolve("real"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), real);
		assertFails(link.resolve("fifo"), "no link");
	}

	@Test
	void whenItBelongsToAnotherUserFails() throws Exception {
		Path path = this.directory.resolve("fifo");
		new Fifo(path.toString());
		assumeThat(giveAway(path)).as("this user may give files away").isTrue();
		assertFails(path, "another user");
		Path own = Files.createDirectory(this.directory.resolve("theirs"));
		Files.setPosixFilePermissions(own, PosixFilePermissions.fromString("rwx------"));
		giveAway(own);
		assertFails(own.resolve("fifo"), "mode 0700");
	}

	private static boolean giveAway(Path path) {
		try {
			Files.setAttribute(path, "unix:uid", 12345);
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	@Test
	void whenItCannotBeMadeFails() {
		assertFails(this.directory.resolve("missing/missing/fifo"), "cannot be made: ");
		assertFails(this.directory.resolve("x".repeat(300)), "cannot be made: mkfifo: ");
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
