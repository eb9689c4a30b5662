package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The output and input of child processes in a loop.
 */
@EnabledOnOs(OS.LINUX)
class FileDispatcherProcessTests extends FileFixture {

	@Test
	void talksWithAChild() throws Exception {
		Process child = shell("while read line; do echo got $line; done; echo end");
		ScriptedFile output = output(child);
		ScriptedFile input = input(child);
		input.send("one\n".getBytes());
		until(() -> output.received.toString().equals("got one\n"));
		input.send("two\n".getBytes());
		input.close();
		until(output::closed);
		assertThat(output.received).hasToString("got one\ngot two\nend\n");
		assertEnds(child, 0);
	}

	@Test
	void receivesAllOfAChildThatHasEnded() throws Exception {
		Process child = shell("echo out; echo err >&2; exit 3");
		assertEnds(child, 3);
		ScriptedFile output = output(child);
		ScriptedFile errors = new ScriptedFile(this.map);
		errors.setFile(child.getErrorStream());
		until(() -> output.closed() && errors.closed());
		assertThat(output.received).hasToString("out\n");
		assertThat(errors.received).hasToString("err\n");
	}

	@Test
	void childThatIsDestroyedWhileItIsReadIsAtItsEnd() throws Exception {
		Process child = new ProcessBuilder("sh", "-c", "echo begun; exec sleep 1000").start();
		keep(child::destroyForcibly);
		ScriptedFile output = output(child);
		until(() -> output.received.length() > 0);
		child.destroyForcibly();
		until(output::closed);
		assertThat(output.events).endsWith("close").doesNotContain("error");
	}

	@Test
	void bigOutputWaitsForASlowConsumer() throws Exception {
		long size = 100 * 1024 * 1024;
		Process child = shell("head -c " + size + " /dev/zero");
		AtomicLong received = new AtomicLong();
		ByteBuffer buffer = ByteBuffer.allocate(256 * 1024);
		ScriptedFile output = output(child).on("read", (self) -> {
			received.addAndGet(Math.max(0, self.recv(buffer.clear())));
			if (received.get() < 1_000_000) {
				// slow at first
				self.reading(false);
				self.callLater(Duration.ofMillis(20), () -> self.reading(true));
			}
		});
		until(output::closed);
		assertThat(received).hasValue(size);
		assertEnds(child, 0);
	}

	@Test
	void whenNobodyReadsTheChildHasToWait() throws Exception {
		Process child = shell("head -c 10000000 /dev/zero");
		ScriptedFile output = output(child).on("read", (self) -> self.reading(false));
		until(() -> output.has("read"));
		assertThat(child.waitFor(300, TimeUnit.MILLISECONDS)).isFalse();
		output.close();
		assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
	}

	@Test
	void closeOfTheOutputOfASilentChildHoldsUpNobody() throws Exception {
		Process child = shell("exec sleep 1000");
		ScriptedFile output = output(child);
		ScriptedFile input = input(child);
		Loopback.onePass(this.map, false, Duration.ZERO);
		awaitBlocked("reader");
		long start = System.nanoTime();
		output.close();
		input.close();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
		ScriptedFile other = new ScriptedFile(file("text"), this.map);
		until(other::closed);
		assertThat(output.events).isEmpty();
		child.destroyForcibly();
		awaitNoThreads();
	}

	@Test
	void whatSendHasTakenReachesTheChildAfterClose() throws Exception {
		Process child = shell("sleep 0.3; wc -c");
		ScriptedFile output = output(child);
		ScriptedFile input = input(child);
		int taken = fill(input);
		input.close();
		until(output::closed);
		assertThat(output.received.toString().strip()).isEqualTo(Integer.toString(taken));
	}

	@Test
	void childThatDoesNotReadIsGivenUpAndItsEndEndsTheThread() throws Exception {
		Process child = shell("exec sleep 1000");
		ScriptedFile input = input(child);
		fill(input);
		input.close();
		child.destroyForcibly();
		awaitNoThreads();
		assertThat(input.events).isEmpty();
	}

	@Test
	void whenTheChildEndsSendingToItIsTheEnd() throws Exception {
		Process child = shell("exit 0");
		assertEnds(child, 0);
		ScriptedFile input = input(child);
		input.on("write", (self) -> self.send(new byte[1000])).writing(true);
		until(input::closed);
		assertThat(input.events).endsWith("close").containsOnlyOnce("close").doesNotContain("error");
	}

	// the end of the program

	@Test
	void programDoesNotEndBeforeWhatSendHasTakenIsWritten() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		try (ChildProcess child = program("write", fifo)) {
			assertThat(child.readLine()).isEqualTo("closed");
			await().during(Duration.ofMillis(500)).until(child::isAlive);
			assertThat(read(reader, 100_000)).hasSize(100_000);
			child.awaitEnd();
		}
	}

	@Test
	void fileThatIsReadDoesNotKeepTheProgramAlive() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		try (ChildProcess child = program("abandon", fifo)) {
			assertThat(child.readLine()).isEqualTo("done");
			child.awaitEnd();
		}
	}

	@Test
	void oneGibibyteGoesThroughAPipeInLittleMemory() throws Exception {
		Path fifo = fifo();
		String memory = "-Xmx48m -XX:MaxDirectMemorySize=16m -Dsize=" + (1L << 30) + " -Dfifo=" + fifo;
		try (ChildProcess reader = new ChildProcess("true", memory + " -Dtask=digest", FileProgram.class);
				ChildProcess writer = new ChildProcess("true", memory + " -Dtask=fill", FileProgram.class)) {
			assertThat(reader.readLine()).hasSize(40).isEqualTo(writer.readLine());
			reader.awaitEnd();
			writer.awaitEnd();
		}
	}

	private static ChildProcess program(String task, Path fifo) throws Exception {
		return new ChildProcess("true", "-XX:TieredStopAtLevel=1 -Dtask=" + task + " -Dfifo=" + fifo,
				FileProgram.class);
	}

	private Process shell(String command) throws IOException {
		Process child = new ProcessBuilder("sh", "-c", command).start();
		keep(child::destroyForcibly);
		return child;
	}

	private ScriptedFile output(Process child) throws IOException {
		ScriptedFile file = new ScriptedFile(this.map);
		file.setFile(child.getInputStream());
		return file;
	}

	private ScriptedFile input(Process child) throws IOException {
		ScriptedFile file = new ScriptedFile(this.map);
		file.setFile(child.getOutputStream());
		return file;
	}

	private static void assertEnds(Process child, int status) throws InterruptedException {
		assertThat(child.waitFor(10, TimeUnit.SECONDS)).isTrue();
		assertThat(child.exitValue()).isEqualTo(status);
	}

}
