package io.asyncore;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * {@code System.in} in the loop of a program, whatever it is.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class StandardInputTests {

	@TempDir
	Path directory;

	@Test
	void pipe() throws Exception {
		assertThat(run("exec < <(echo one; sleep 0.2; echo two)")).containsExactly("one two END", "0", "open");
	}

	@Test
	void pipeThatStaysOpen() throws Exception {
		assertThat(run("exec < <(echo stop; exec sleep 5)")).containsExactly("stop", "0", "open");
	}

	@Test
	void regularFileFromWhereItIs() throws Exception {
		Path file = Files.writeString(this.directory.resolve("in"), "one\ntwo\nthree\n");
		assertThat(run("exec < '" + file + "'; read line")).containsExactly("two three END", "0", "open");
	}

	@Test
	void pipeOfTheFileSystem() throws Exception {
		Path fifo = this.directory.resolve("fifo");
		assertThat(run("mkfifo '" + fifo + "'; (echo one > '" + fifo + "') & exec < '" + fifo + "'"))
			.containsExactly("one END", "0", "open");
	}

	@Test
	void nothing() throws Exception {
		assertThat(run("exec < /dev/null")).containsExactly("END", "0", "open");
	}

	@Test
	void socket() throws Exception {
		try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"))) {
			CompletableFuture<Void> serving = CompletableFuture.runAsync(() -> {
				try (Socket socket = server.accept()) {
					socket.getOutputStream().write("by socket\n".getBytes());
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			});
			assertThat(run("exec < /dev/tcp/127.0.0.1/" + server.getLocalPort())).containsExactly("by socket END", "0",
					"open");
			serving.get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void socketThatDoesNotBlock() throws Exception {
		assumeThat(Path.of("/usr/bin/python3")).exists();
		try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getByName("127.0.0.1"));
				ChildProcess child = new ChildProcess(
						"exec 0<>/dev/tcp/127.0.0.1/" + server.getLocalPort()
								+ "; python3 -c 'import os; os.set_blocking(0, False)'",
						"-XX:TieredStopAtLevel=1 -Dtask=wait", FileProgram.class);
				Socket socket = server.accept()) {
			assertThat(child.readLine()).isEqualTo("waiting ");
			socket.getOutputStream().write("late\n".getBytes());
			socket.shutdownOutput();
			assertThat(child.readLine()).isEqualTo("waiting lateEND");
			child.awaitEnd();
		}
	}

	@Test
	void terminal() throws Exception {
		assumeThat(Path.of("/usr/bin/script")).exists();
		Path classes = Path.of(Dispatcher.class.getProtectionDomain().getCodeSource().getLocation().toURI());
		Path tests = Path.of(FileProgram.class.getProtectionDomain().getCodeSource().getLocation().toURI());
		Path logger = Path.of(Logger.class.getProtectionDomain().getCodeSource().getLocation().toURI());
		String java = System.getProperty("java.home") + "/bin/java -XX:TieredStopAtLevel=1 -Dtask=input -cp " + classes
				+ ":" + tests + ":" + logger + " io.asyncore.FileProgram";
		Process process = new ProcessBuilder("script", "-qec", java, "/dev/null").redirectErrorStream(true).start();
		try (BufferedWriter keyboard = process.outputWriter(); BufferedReader screen = process.inputReader()) {
			keyboard.write("typed\nstop\n");
			keyboard.flush();
			assertThat(screen.lines().map(String::strip)).contains("typed stop", "0", "open");
			assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
		}
		finally {
			process.destroyForcibly();
		}
	}

	private String[] run(String before) throws Exception {
		try (ChildProcess child = new ChildProcess(before, "-XX:TieredStopAtLevel=1 -Dtask=input", FileProgram.class)) {
			String[] lines = { child.readLine(), child.readLine(), child.readLine() };
			child.awaitEnd();
			return lines;
		}
	}

}
