package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a loop receives from a pipe of the file system and sends into one.
 */
@EnabledOnOs(OS.LINUX)
class FileDispatcherPipeTests extends FileFixture {

	private static final int PIPE_SIZE = 64 * 1024;

	// reading

	@Test
	void receivesWhatIsWrittenAndClosesWhenTheWriterGoes() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		write(writer, "one");
		until(() -> file.received.length() == 3);
		write(writer, "two");
		until(() -> file.received.length() == 6);
		assertThat(file.connected()).isTrue();
		write(writer, "three");
		writer.close();
		until(file::closed);
		assertThat(file.received).hasToString("onetwothree");
		assertThat(file.events).endsWith("close").containsOnlyOnce("close").doesNotContain("error");
	}

	@Test
	void dataWakesTheLoopUp() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		try (LoopThread loop = LoopThread.run(this.map)) {
			for (int i = 1; i <= 200; i++) {
				int length = i;
				write(writer, "x");
				await().until(() -> file.received.length() == length);
			}
			assertThat(loop.isAlive()).isTrue();
		}
	}

	@Test
	void doesNotWaitForTheWriterToOpen() throws Exception {
		Path fifo = fifo();
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		Loopback.onePass(this.map, false, Duration.ZERO);
		assertThat(file.connected()).isTrue();
		awaitBlocked("reader");
		try (FileChannel writer = FileChannel.open(fifo, StandardOpenOption.WRITE)) {
			write(writer, "late");
		}
		until(file::closed);
		assertThat(file.received).hasToString("late");
	}

	@Test
	void whenNothingIsToBeReadNothingIsOpened() throws Exception {
		ScriptedFile file = new ScriptedFile(fifo(), this.map).reading(false);
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 20);
		assertThat(ownThreads()).isEmpty();
		assertThat(descriptors()).isZero();
		assertThat(file.events).isEmpty();
	}

	@Test
	void readsAheadByTwoBuffersAndThenTheWriterHasToWait() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map).on("read", (self) -> self.reading(false));
		AtomicLong written = new AtomicLong();
		int size = 1_000_000;
		CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> writeAll(writer, size, written));
		until(() -> file.has("read"));
		// one buffer, or two if the thread was quicker than the loop, and what is in the
		// pipe
		Awaitility.await()
			.during(Duration.ofMillis(300))
			.atMost(Loopback.BOUND)
			.until(() -> written.get() <= TWO_BUFFERS + PIPE_SIZE);
		assertThat(writing).isNotDone();
		file.on("read", (self) -> self.receive(10_000)).reading(true);
		until(() -> file.received.length() == size);
		writing.get(10, TimeUnit.SECONDS);
	}

	private static void writeAll(FileChannel writer, int size, AtomicLong written) {
		try {
			while (written.get() < size) {
				written.addAndGet(writer.write(ByteBuffer.allocate(1000)));
			}
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

	@Test
	void whatIsReadInPiecesStaysInOrder() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map).on("read", (self) -> self.receive(7));
		String text = "abcdefghij".repeat(3000);
		write(writer, text);
		until(() -> file.has("read"));
		writer.close();
		until(file::closed);
		assertThat(file.received).hasToString(text);
	}

	@Test
	void receivesIntoABufferOfTheCaller() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ByteBuffer buffer = ByteBuffer.allocate(10);
		ScriptedFile file = new ScriptedFile(fifo, this.map).on("read", (self) -> self.recv(buffer));
		assertThat(file.recv(buffer)).isZero();
		assertThat(file.recv(5)).isEmpty();
		write(writer, "text");
		until(() -> buffer.position() > 0);
		assertThat(buffer.flip()).isEqualTo(bytes("text"));
		writer.close();
		buffer.clear();
		until(file::closed);
		assertThat(file.recv(buffer)).isZero();
	}

	@Test
	void pipeThatIsOpenForBothCarriesBothWaysAndNeverEnds() throws Exception {
		Path fifo = fifo();
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.READ, StandardOpenOption.WRITE);
		assertThat(file.send("to myself".getBytes())).isEqualTo(9);
		until(() -> file.received.length() == 9);
		Files.write(fifo, "from others".getBytes());
		until(() -> file.received.length() == 20);
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 20);
		assertThat(file.received).hasToString("to myselffrom others");
		assertThat(file.connected()).isTrue();
	}

	@Test
	void servesWritersThatComeAndGoAgainAndAgain() throws Exception {
		Path fifo = fifo();
		StringBuffer received = new StringBuffer();
		AtomicInteger ends = new AtomicInteger();
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		file.on("close", (self) -> {
			ends.incrementAndGet();
			received.append(self.received);
			self.received.setLength(0);
			self.setFile(fifo);
		});
		for (int i = 1; i <= 50; i++) {
			Loopback.onePass(this.map, false, Duration.ZERO);
			int round = i;
			CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> writeOnce(fifo, round + ";"));
			until(() -> ends.get() >= round);
			writing.get(10, TimeUnit.SECONDS);
		}
		assertThat(Arrays.stream(received.toString().split(";")).mapToInt(Integer::parseInt)).hasSize(50).isSorted();
		assertThat(file.failures).isEmpty();
	}

	private static void writeOnce(Path fifo, String text) {
		try (FileChannel writer = FileChannel.open(fifo, StandardOpenOption.WRITE)) {
			write(writer, text);
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

	// writing

	@Test
	void sendTakesLessThanOfferedAndThenNothingUntilThereIsRoom() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		ByteBuffer data = ByteBuffer.allocate(1_000_000);
		int taken = file.send(data);
		assertThat(taken).isPositive().isLessThanOrEqualTo(TWO_BUFFERS);
		assertThat(data.position()).isEqualTo(taken);
		int total = taken + fill(file);
		assertThat(total).isEqualTo(TWO_BUFFERS + PIPE_SIZE);
		assertThat(file.outBuffered()).isEqualTo(TWO_BUFFERS);
		file.on("write", (self) -> self.writing(false)).writing(true);
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 20);
		assertThat(file.events).isEmpty();
		read(reader, total - TWO_BUFFERS / 2);
		until(() -> file.has("write"));
		read(reader, TWO_BUFFERS / 2);
		until(() -> file.outBuffered() == 0);
		assertThat(file.events).containsExactly("write");
	}

	@Test
	void recordIsTakenWholeOrNotAtAllAndAskedForAgainWhenThereIsRoom() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		byte[] record = new byte[1000];
		AtomicInteger taken = new AtomicInteger();
		await().until(() -> {
			int count = file.send(record);
			assertThat(count).isIn(0, record.length);
			taken.addAndGet(count);
			return count == 0;
		});
		awaitBlocked("writer");
		file.on("write", (self) -> taken.addAndGet(self.send(record))).writing(true);
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 20);
		assertThat(file.events).isEmpty();
		int before = taken.get();
		read(reader, PIPE_SIZE);
		until(() -> taken.get() >= before + record.length);
		file.on("write", (self) -> self.writing(false));
		read(reader, taken.get() - PIPE_SIZE);
		until(() -> file.outBuffered() == 0);
		assertThat(file.failures).isEmpty();
	}

	@Test
	void recordsOfOneSendEachAreNotMixedWithThoseOfOthers() throws Exception {
		Path fifo = fifo();
		int count = 3000;
		FileChannel reader = otherEnd(fifo);
		for (String name : new String[] { "a", "b" }) {
			ByteBuffer record = bytes(name.repeat(99) + "\n").limit(0);
			AtomicInteger left = new AtomicInteger(count);
			new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE).on("write", (self) -> {
				if (!record.hasRemaining() && left.getAndDecrement() > 0) {
					record.rewind().limit(100);
				}
				self.send(record);
				self.writing(record.hasRemaining() || left.get() > 0);
			}).writing(true);
		}
		StringBuilder received = new StringBuilder();
		ByteBuffer buffer = ByteBuffer.allocate(7000);
		try (LoopThread loop = LoopThread.run(this.map)) {
			while (received.length() < 2 * count * 100) {
				reader.read(buffer.clear());
				received.append(StandardCharsets.ISO_8859_1.decode(buffer.flip()));
			}
			assertThat(loop.isAlive()).isTrue();
		}
		assertThat(received.toString().lines()).hasSize(2 * count).allMatch((line) -> line.matches("a{99}|b{99}"));
	}

	@Test
	void smallPartOfAFileIsARecordToo() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		FileChannel source = keep(FileChannel.open(file("0123456789".repeat(100))));
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		await().until(() -> {
			long count = file.send(source, 0, 1000);
			assertThat(count).isIn(0L, 1000L);
			return count == 0;
		});
	}

	@Test
	void roomWakesTheLoopUpAndAllArrivesInOrder() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		byte[] data = new byte[3_000_000];
		new java.util.Random(5).nextBytes(data);
		ByteBuffer left = ByteBuffer.wrap(data);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE).on("write", (self) -> {
			self.send(left);
			self.writing(left.hasRemaining());
		});
		try (LoopThread loop = LoopThread.run(this.map)) {
			file.writing(true);
			ByteBuffer got = ByteBuffer.allocate(data.length);
			while (got.hasRemaining()) {
				reader.read(got);
			}
			assertThat(got.array()).isEqualTo(data);
			assertThat(loop.isAlive()).isTrue();
		}
	}

	@Test
	void sendsPartOfAFileThatIsLargerThanTheRoom() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		int size = 1_000_000;
		String text = "0123456789".repeat(size / 10);
		FileChannel source = keep(FileChannel.open(file(text)));
		AtomicLong sent = new AtomicLong();
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE).on("write", (self) -> {
			sent.addAndGet(self.send(source, sent.get(), size));
			self.writing(sent.get() < size);
		});
		CompletableFuture<String> reading = CompletableFuture.supplyAsync(() -> readAll(reader, size));
		file.writing(true);
		until(() -> sent.get() == size);
		assertThat(reading.get(10, TimeUnit.SECONDS)).isEqualTo(text);
	}

	private static String readAll(FileChannel reader, int size) {
		try {
			return read(reader, size);
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

	@Test
	void outBufferedThatWasAskedForIsAnnouncedWhenItIsNothing() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE) {

			@Override
			protected boolean writable() {
				if (outBuffered() == 0) {
					this.events.add("all written");
				}
				return false;
			}

		};
		int taken = sendMoreThanFits(file);
		try (LoopThread loop = LoopThread.run(this.map)) {
			loop.awaitPass();
			assertThat(file.events).isEmpty();
			read(reader, taken);
			await().until(() -> file.has("all written"));
		}
	}

	@Test
	void whenTheReaderGoesHandleCloseIsCalledOnce() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		fill(file);
		reader.close();
		until(file::closed);
		assertThat(file.events).containsExactly("close");
		assertThat(file.outBuffered()).isZero();
	}

	@Test
	void whenTheReaderGoesItIsToldThoughNobodyWantsToWrite() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		try (LoopThread loop = LoopThread.run(this.map)) {
			loop.call(() -> file.send(new byte[10]));
			read(reader, 10);
			reader.close();
			loop.call(() -> file.send(new byte[10]));
			await().until(file::closed);
		}
		assertThat(file.events).containsExactly("close");
	}

	@Test
	void whoseHandleCloseLeavesItOpenGetsNoMoreEvents() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE).on("close", (self) -> {
		});
		fill(file);
		file.writing(true);
		reader.close();
		until(() -> file.has("close"));
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 20);
		assertThat(file.events).containsExactly("close");
		assertThat(file.send(new byte[1])).isZero();
		assertThat(file.closed()).isTrue();
	}

	@Test
	void whenHandleCloseTakesAnotherFileThatIsNotWrittenUnasked() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		Path next = file("");
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE).on("close",
				(self) -> self.setFile(next, StandardOpenOption.WRITE));
		fill(file);
		reader.close();
		until(() -> file.has("close"));
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 5);
		assertThat(file.events).containsExactly("close");
		assertThat(file.connected()).isTrue();
	}

	@Test
	void deviceThatIsFullIsAFailureWithItsCause() throws Exception {
		ScriptedFile file = new ScriptedFile(Path.of("/dev/full"), this.map, StandardOpenOption.WRITE);
		file.send(new byte[10]);
		until(file::closed);
		assertThat(file.events).containsExactly("error", "close");
		assertThat(file.failures).singleElement().isInstanceOf(IOException.class);
		assertThat(file.failures.get(0)).hasMessageContaining("No space left");
	}

	@Test
	void whenFailureIsKnownFurtherSendsFail() throws Exception {
		ScriptedFile file = new ScriptedFile(this.map).on("error", (self) -> {
		});
		file.setFile(FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE));
		file.send(new byte[10]);
		until(() -> file.has("error"));
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 20);
		assertThat(file.events).containsExactly("error");
		assertThat(file.outBuffered()).isZero();
		org.assertj.core.api.Assertions.assertThatExceptionOfType(IOException.class)
			.isThrownBy(() -> file.send(new byte[1]));
	}

	@Test
	void deviceThatTakesEverythingIsNeverFull() throws Exception {
		ScriptedFile file = new ScriptedFile(Path.of("/dev/null"), this.map, StandardOpenOption.READ,
				StandardOpenOption.WRITE);
		AtomicLong sent = new AtomicLong();
		file.reading(false).on("write", (self) -> {
			sent.addAndGet(self.send(new byte[100_000]));
			self.writing(sent.get() < 10_000_000);
		}).writing(true);
		until(() -> sent.get() >= 10_000_000 && file.outBuffered() == 0);
		file.reading(true);
		until(file::closed);
		assertThat(file.events).endsWith("read", "close").doesNotContain("error");
	}

}
