package io.asyncore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How files are closed, whatever their threads wait for: at once for the loop, and with
 * nothing left behind, which the fixture looks at.
 */
@EnabledOnOs(OS.LINUX)
class FileDispatcherCloseTests extends FileFixture {

	private static final Duration AT_ONCE = Duration.ofSeconds(2);

	@Test
	void whatSendHasTakenIsWrittenAfterClose() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		int taken = fill(file);
		file.close();
		assertThat(file.closed()).isTrue();
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(read(reader, taken)).hasSize(taken);
		awaitNoThreads();
		assertThat(file.events).isEmpty();
	}

	@Test
	void whenNobodyReadsTheThreadEndsAfterItsPatience() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		fill(file);
		closeAtOnce(file);
		assertThat(ownThreads()).isNotEmpty();
		awaitNoThreads();
	}

	@Test
	void whenNobodyHasOpenedToReadTheThreadEndsAfterItsPatience() throws Exception {
		ScriptedFile file = new ScriptedFile(fifo(), this.map, StandardOpenOption.WRITE);
		file.send(new byte[10]);
		awaitBlocked("writer");
		closeAtOnce(file);
		awaitNoThreads();
	}

	@Test
	void whenSomebodyOpensToReadAfterCloseAllArrives() throws Exception {
		Path fifo = fifo();
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		file.send("after all".getBytes());
		awaitBlocked("writer");
		closeAtOnce(file);
		try (FileChannel reader = FileChannel.open(fifo)) {
			assertThat(read(reader, 100)).isEqualTo("after all");
		}
	}

	@Test
	void threadThatWaitsForDataEndsAtOnce() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		Loopback.onePass(this.map, false, Duration.ZERO);
		awaitBlocked("reader");
		closeAtOnce(file);
		awaitThreadsEndAtOnce();
		assertThat(file.events).isEmpty();
	}

	@Test
	void threadThatWaitsForAWriterToOpenEndsAtOnce() throws Exception {
		ScriptedFile file = new ScriptedFile(fifo(), this.map);
		Loopback.onePass(this.map, false, Duration.ZERO);
		awaitBlocked("reader");
		closeAtOnce(file);
		awaitThreadsEndAtOnce();
	}

	@Test
	void threadThatHasReadAheadEndsAtOnce() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map).on("read", (self) -> self.reading(false));
		write(writer, "text");
		until(() -> file.has("read"));
		closeAtOnce(file);
		awaitThreadsEndAtOnce();
	}

	@Test
	void threadThatHasNothingMoreToWriteEndsAtOnce() throws Exception {
		ScriptedFile file = new ScriptedFile(file(""), this.map, StandardOpenOption.WRITE);
		file.send(new byte[10]);
		until(() -> file.outBuffered() == 0);
		closeAtOnce(file);
		awaitThreadsEndAtOnce();
	}

	@Test
	void whenTheReaderGoesAfterCloseTheThreadEndsAtOnce() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		fill(file);
		file.close();
		reader.close();
		awaitThreadsEndAtOnce();
		assertThat(file.events).isEmpty();
	}

	@Test
	void whenThePipeIsDeletedTheLoopGoesOn() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		write(writer, "x");
		until(() -> file.has("read"));
		Files.delete(fifo);
		write(writer, "y");
		until(() -> file.received.length() == 2);
		closeAtOnce(file);
		awaitThreadsEndAtOnce();
	}

	@Test
	void whenThePipeIsDeletedBeforeItIsOpenedThatIsItsEnd() throws Exception {
		Path fifo = fifo();
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		Files.delete(fifo);
		until(file::closed);
		assertThat(file.events).containsExactly("read", "close");
	}

	@Test
	void handlersCloseTheirOwnFile() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map).on("read", (self) -> self.close());
		write(writer, "x");
		until(file::closed);
		assertThat(file.events).containsExactly("read");
		awaitThreadsEndAtOnce();
	}

	@Test
	void closedByAnotherThreadTheLoopIsWokenUpAndEnds() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		try (LoopThread loop = LoopThread.run(this.map, () -> Asyncore.loop(this.map))) {
			awaitBlocked("reader");
			file.close();
			loop.join(AT_ONCE);
		}
		assertThat(file.events).isEmpty();
	}

	@Test
	void closeAllClosesFiles() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		ScriptedFile reader = new ScriptedFile(fifo, this.map);
		ScriptedFile writer = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		Loopback.onePass(this.map, false, Duration.ZERO);
		Asyncore.closeAll(this.map, false);
		assertThat(reader.closed()).isTrue();
		assertThat(writer.closed()).isTrue();
		awaitThreadsEndAtOnce();
	}

	@Test
	void gracefulShutdownWaitsForOutputAndNoLonger() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		LoopThread loop = LoopThread.run(this.map);
		int taken = loop.call(() -> sendMoreThanFits(file));
		this.map.eventLoop().shutdown(Duration.ofSeconds(30));
		loop.awaitPass();
		await().during(Duration.ofMillis(300)).until(file::connected);
		read(reader, taken);
		loop.join(AT_ONCE);
		assertThat(file.closed()).isTrue();
	}

	@Test
	void gracefulShutdownWaitsForOutputOfAClosedFile() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		LoopThread loop = LoopThread.run(this.map);
		int taken = loop.call(() -> fill(file));
		file.close();
		this.map.eventLoop().shutdown(Duration.ofSeconds(30));
		loop.awaitPass();
		assertThat(loop.isAlive()).isTrue();
		read(reader, taken);
		loop.join(AT_ONCE);
	}

	@Test
	void gracefulShutdownDoesNotWaitForFilesThatAreRead() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		LoopThread loop = LoopThread.run(this.map);
		awaitBlocked("reader");
		this.map.eventLoop().shutdown(Duration.ofSeconds(30));
		loop.join(AT_ONCE);
		assertThat(file.closed()).isTrue();
	}

	@Test
	void whenShutdownIsOverWhatIsTakenIsStillWritten() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		LoopThread loop = LoopThread.run(this.map);
		int taken = loop.call(() -> fill(file));
		this.map.eventLoop().shutdown(Duration.ofMillis(50));
		loop.join(AT_ONCE);
		assertThat(file.closed()).isTrue();
		assertThat(read(reader, taken)).hasSize(taken);
	}

	@Test
	void whatNobodyCanReachAnyMoreIsClosed() throws Exception {
		Path fifo = fifo();
		FileChannel both = otherEnd(fifo);
		long before = descriptors();
		abandon(fifo);
		await().pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
			System.gc();
			assertThat(ownThreads()).isEmpty();
			assertThat(descriptors()).isEqualTo(before);
		});
		assertThat(both.isOpen()).isTrue();
	}

	private void abandon(Path fifo) throws IOException {
		ChannelMap abandoned = new ChannelMap();
		ScriptedFile reader = new ScriptedFile(fifo, abandoned);
		new ScriptedFile(file("text"), abandoned).reading(false);
		ScriptedFile other = new ScriptedFile(fifo, abandoned, StandardOpenOption.WRITE);
		other.send(new byte[] { 'x' });
		Loopback.passUntil(abandoned, () -> reader.received.length() == 1);
		awaitBlocked("reader");
		assertThat(abandoned.size()).isEqualTo(3);
		assertThat(ownThreads()).hasSize(2);
	}

	@Test
	void whatIsTakenOfAnAbandonedFileIsWritten() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		int taken = fill(new ScriptedFile(fifo, new ChannelMap(), StandardOpenOption.WRITE));
		System.gc();
		CompletableFuture<String> reading = CompletableFuture.supplyAsync(() -> {
			try {
				return read(reader, taken);
			}
			catch (IOException ex) {
				throw new java.io.UncheckedIOException(ex);
			}
		});
		assertThat(reading.get(10, TimeUnit.SECONDS)).hasSize(taken);
		await().pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
			System.gc();
			assertThat(ownThreads()).isEmpty();
		});
	}

	private static void closeAtOnce(ScriptedFile file) {
		long start = System.nanoTime();
		file.close();
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(AT_ONCE);
	}

	private void awaitThreadsEndAtOnce() {
		await().atMost(AT_ONCE).untilAsserted(() -> assertThat(ownThreads()).isEmpty());
		await().atMost(AT_ONCE).untilAsserted(() -> assertThat(descriptors()).isLessThanOrEqualTo(1));
	}

}
