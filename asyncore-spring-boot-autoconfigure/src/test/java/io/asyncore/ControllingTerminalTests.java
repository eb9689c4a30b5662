package io.asyncore;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import io.asyncore.file.ControllingTerminal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is said of a terminal that may end the process.
 */
@Timeout(60)
class ControllingTerminalTests {

	// starts a program that leads a session without a terminal, or does not lead it
	private static final String SESSION = """
			import os, pty, subprocess, sys
			master, slave = pty.openpty()
			command = sys.argv[2].replace('TERMINAL', os.ttyname(slave))
			command = 'exec ' + command if sys.argv[1] == 'leader' else command + '; exit $?'
			sys.exit(subprocess.call(['bash', '-c', command], stdin=subprocess.DEVNULL, start_new_session=True))
			""";

	@TempDir
	private Path directory;

	@ParameterizedTest
	@CsvSource({ "1 (java) S 1 1 1 0 -1 4194304, false, true", "1 (java) S 1 1 1 34816 1 4194304, true, false",
			"1 (a) b) 7 (c) S 1 1 1 0 -1, false, true", "1 (java) S 1 1, false, false", "'', false, false" })
	void isToldByTheStatusOfTheProcess(String status, boolean there, boolean missing) throws IOException {
		Path file = Files.writeString(this.directory.resolve("stat"), status);
		assertThat(ControllingTerminal.is(file, true)).isEqualTo(there);
		assertThat(ControllingTerminal.is(file, false)).isEqualTo(missing);
	}

	@Test
	void isNotKnownWhereThereIsNoStatus() {
		assertThat(ControllingTerminal.is(this.directory.resolve("none"), true)).isFalse();
		assertThat(ControllingTerminal.is(this.directory.resolve("none"), false)).isFalse();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void otherDevicesAreNone() throws Exception {
		try (CapturedLog log = new CapturedLog()) {
			ControllingTerminal.open(Path.of("/dev/null"), Set.of(StandardOpenOption.READ)).close();
			assertThat(log.warnings()).isEmpty();
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	@EnabledOnOs(OS.LINUX)
	void isSaidIfTheProcessLeadsASession(boolean leader) throws Exception {
		String java = System.getProperty("java.home") + "/bin/java -XX:TieredStopAtLevel=1 -Dtask=terminal "
				+ "-Dfifo=TERMINAL -cp '" + System.getProperty("java.class.path") + "' " + FileProgram.class.getName();
		Process process = Python.start("-c", SESSION, leader ? "leader" : "child", java);
		try (BufferedReader output = process.inputReader()) {
			String said = String.join("\n", output.lines().toList());
			assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
			assertThat(said).contains("opened /dev/pts/");
			if (leader) {
				assertThat(said).containsOnlyOnce("has become the controlling terminal")
					.containsPattern("WARN.*/dev/pts/\\d+ has become");
			}
			else {
				assertThat(said).doesNotContain("controlling terminal");
			}
		}
		finally {
			process.destroyForcibly();
		}
	}

}
