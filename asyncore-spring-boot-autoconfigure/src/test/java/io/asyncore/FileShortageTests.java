package io.asyncore;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

import io.asyncore.file.BlockingFile;
import io.asyncore.file.FileThreads;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Files for which there is no thread, or no memory, at the moment: a failure of theirs
 * that passes.
 */
@EnabledOnOs(OS.LINUX)
class FileShortageTests extends FileFixture {

	private volatile boolean without;

	@AfterEach
	void giveThreads() {
		FileThreads.startBy(Thread::start);
	}

	private void withoutThreads() {
		this.without = true;
		FileThreads.startBy((thread) -> {
			if (this.without) {
				throw new OutOfMemoryError("unable to create native thread");
			}
			thread.start();
		});
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenThereIsNoThreadToReadIsToldAndClosed(boolean stored) throws Exception {
		Path path = stored ? file("text") : fifo();
		withoutThreads();
		ScriptedFile file = new ScriptedFile(path, this.map);
		ScriptedFile other = new ScriptedFile(this.map);
		until(file::closed);
		assertThat(file.events).containsExactly("read", "error", "close");
		assertThat(file.failures).singleElement()
			.isInstanceOf(IOException.class)
			.asString()
			.contains("no thread", "allow the process more");
		this.without = false;
		other.setFile(file("other"));
		until(other::closed);
		assertThat(other.received).hasToString("other");
	}

	@Test
	void whoIsLeftOpenReadsWhenThereIsAThread() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		withoutThreads();
		ScriptedFile file = new ScriptedFile(fifo, this.map).on("error", (self) -> {
		});
		write(writer, "text");
		until(() -> file.failures.size() == 2);
		assertThat(file.events).containsExactly("read", "error", "read", "error");
		this.without = false;
		until(() -> file.received.length() == 4);
		assertThat(file.failures).hasSizeBetween(2, 3);
	}

	@Test
	void whoIsLeftOpenMayAskAgainByItsPredicate() throws Exception {
		withoutThreads();
		ScriptedFile file = new ScriptedFile(file("text"), this.map).on("error", (self) -> self.reading(false));
		until(() -> file.has("error"));
		this.without = false;
		long start = System.nanoTime();
		Loopback.onePass(this.map, false, Duration.ZERO);
		file.reading(true);
		until(file::closed);
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofMillis(900));
		assertThat(file.received).hasToString("text");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenThereIsNoThreadToWriteNothingIsTaken(boolean stored) throws Exception {
		Path path = stored ? file("") : fifo();
		FileChannel reader = stored ? keep(FileChannel.open(path)) : otherEnd(path);
		withoutThreads();
		ScriptedFile file = new ScriptedFile(path, this.map, StandardOpenOption.WRITE);
		ByteBuffer data = bytes("text");
		assertThatIOException().isThrownBy(() -> file.send(data)).withMessageContaining("no thread");
		assertThatIOException().isThrownBy(() -> file.trySend(data)).withMessageContaining("no thread");
		assertThat(data.remaining()).isEqualTo(4);
		assertThat(file.outBuffered()).isZero();
		assertThat(file.events).isEmpty();
		this.without = false;
		assertThat(file.send(data)).isEqualTo(4);
		until(() -> file.outBuffered() == 0);
		assertThat(read(reader, 4)).isEqualTo("text");
	}

	@Test
	void whenThereIsNoThreadToWriteTheHandlersFailureIsTold() throws Exception {
		Path fifo = fifo();
		withoutThreads();
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE).on("write",
				(self) -> self.send(new byte[1]));
		file.writing(true);
		until(file::closed);
		assertThat(file.events).containsExactly("write", "error", "close");
	}

	@Test
	void whenThereIsNoThreadToCloseWhatIsTakenIsWritten() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		int taken = fill(file);
		withoutThreads();
		file.close();
		assertThat(file.closed()).isTrue();
		assertThat(read(reader, taken)).hasSize(taken);
		awaitNoThreads();
		await().until(() -> descriptors() == 1);
	}

	@Test
	void whenThereIsNoThreadToCloseAStreamItIsClosed() throws Exception {
		AtomicBoolean closed = new AtomicBoolean();
		ScriptedFile file = new ScriptedFile(this.map);
		file.setFile(new ByteArrayInputStream(new byte[10]) {

			@Override
			public void close() {
				closed.set(true);
			}

		});
		until(() -> file.received.length() == 10);
		withoutThreads();
		file.close();
		assertThat(closed).isTrue();
	}

	@Test
	void whenThereIsNoThreadToEndAReadItEnds() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		Loopback.onePass(this.map, false, Duration.ZERO);
		awaitBlocked("reader");
		withoutThreads();
		file.close();
		awaitNoThreads();
	}

	@Test
	void whenThereIsNoMemoryIsToldAndTriedAgain() throws Exception {
		Path fifo = fifo();
		AtomicBoolean starving = new AtomicBoolean(true);
		ScriptedFile file = new ScriptedFile(this.map).on("error", (self) -> {
		});
		file.channel()
			.setFile(new Starving(BlockingFile.of(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE), starving));
		until(() -> file.has("error"));
		assertThat(file.failures).singleElement()
			.isInstanceOf(IOException.class)
			.asString()
			.contains("no memory to read");
		assertThatIOException().isThrownBy(() -> file.send(new byte[1])).withMessageContaining("no memory to write");
		starving.set(false);
		assertThat(file.send("text".getBytes())).isEqualTo(4);
		until(() -> file.received.length() == 4);
	}

	/**
	 * A file for which there is memory only sometimes.
	 */
	private record Starving(BlockingFile file, AtomicBoolean starving) implements BlockingFile {

		@Override
		public ByteBuffer buffer(int capacity) {
			if (this.starving.get()) {
				throw new OutOfMemoryError("Cannot reserve bytes of direct buffer memory");
			}
			return this.file.buffer(capacity);
		}

		@Override
		public boolean isReadable() {
			return this.file.isReadable();
		}

		@Override
		public boolean isWritable() {
			return this.file.isWritable();
		}

		@Override
		public boolean isStored() {
			return this.file.isStored();
		}

		@Override
		public int read(ByteBuffer buffer) throws IOException {
			return this.file.read(buffer);
		}

		@Override
		public int write(ByteBuffer data) throws IOException {
			return this.file.write(data);
		}

		@Override
		public void close() throws IOException {
			this.file.close();
		}

	}

}
