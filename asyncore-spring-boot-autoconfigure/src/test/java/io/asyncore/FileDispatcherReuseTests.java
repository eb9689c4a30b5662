package io.asyncore;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import io.asyncore.transport.Endpoint;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Files that change: their map, their hooks' minds, the file itself, and by which thread.
 */
@EnabledOnOs(OS.LINUX)
class FileDispatcherReuseTests extends FileFixture {

	@Test
	void sameObjectServesAnotherFileAfterClose() throws IOException {
		ScriptedFile file = new ScriptedFile(file("one"), this.map);
		until(file::closed);
		file.setFile(file("two"));
		assertThat(file.connected()).isTrue();
		until(file::closed);
		assertThat(file.received).hasToString("onetwo");
	}

	@Test
	void sameObjectServesAnotherFileWhileOneIsOpen() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		write(writer, "lost?");
		until(() -> file.has("read"));
		awaitBlocked("reader");
		file.setFile(file("two"));
		assertThat(this.map.channels()).containsExactly(file);
		until(file::closed);
		assertThat(file.received).hasToString("lost?two");
	}

	@Test
	void whatWasSentToTheFileBeforeIsWritten() throws Exception {
		Path fifo = fifo();
		FileChannel reader = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		int taken = fill(file);
		Path next = file("");
		file.setFile(next, StandardOpenOption.WRITE);
		assertThat(file.outBuffered()).isZero();
		file.send("next".getBytes());
		until(() -> file.outBuffered() == 0);
		assertThat(next).hasContent("next");
		assertThat(read(reader, taken)).hasSize(taken);
	}

	@Test
	void fileTakesThePlaceOfASocket() throws Exception {
		try (Loopback.Pair pair = Loopback.pair()) {
			ScriptedFile file = new ScriptedFile(this.map);
			file.setSocket(pair.near());
			assertThat(file.remoteAddress()).isNotNull();
			file.setFile(file("text"));
			assertThat(pair.near().isOpen()).isFalse();
			assertThat(file.remoteAddress()).isNull();
			until(file::closed);
			assertThat(file.received).hasToString("text");
		}
	}

	@Test
	void socketTakesThePlaceOfAFile() throws Exception {
		try (Loopback.Pair pair = Loopback.pair()) {
			Path fifo = fifo();
			otherEnd(fifo);
			ScriptedFile file = new ScriptedFile(fifo, this.map);
			Loopback.onePass(this.map, false, Duration.ZERO);
			file.setSocket(pair.near());
			Sockets.send(pair.far(), "by socket");
			until(() -> file.received.length() == 9);
			awaitNoThreads();
		}
	}

	@Test
	void movesToAnotherMapWithWhatWasReadAhead() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map).on("read", (self) -> self.receive(1));
		write(writer, "abc");
		until(() -> file.received.length() == 1);
		ChannelMap other = new ChannelMap();
		file.addChannel(other);
		assertThat(this.map.isEmpty()).isTrue();
		Loopback.passUntil(other, () -> file.received.length() == 3);
		write(writer, "d");
		Loopback.passUntil(other, () -> file.received.length() == 4);
		assertThat(file.received).hasToString("abcd");
		file.close();
	}

	@Test
	void movesToTheLoopOfAnotherThreadWhichIsWokenUp() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		Loopback.onePass(this.map, false, Duration.ZERO);
		ChannelMap other = new ChannelMap();
		try (LoopThread loop = LoopThread.run(other)) {
			loop.call(() -> {
				file.addChannel(other);
				return null;
			});
			write(writer, "text");
			await().until(() -> file.received.length() == 4);
			file.close();
		}
	}

	@Test
	void outOfTheMapItStaysOpenAndComesBack() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		Loopback.onePass(this.map, false, Duration.ZERO);
		file.delChannel();
		write(writer, "text");
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 10);
		assertThat(file.events).isEmpty();
		assertThat(file.connected()).isTrue();
		file.addChannel();
		until(() -> file.received.length() == 4);
	}

	@Test
	void nestedLoopServesAFileThatThePassAroundItHasFoundReady() throws Exception {
		Path one = fifo();
		Path two = fifo();
		FileChannel toFirst = otherEnd(one);
		FileChannel toSecond = otherEnd(two);
		ScriptedFile second = new ScriptedFile(this.map);
		ScriptedFile first = new ScriptedFile(one, this.map).on("read", (self) -> {
			self.receive(10);
			until(() -> second.received.length() == 1);
		});
		second.setFile(two);
		Loopback.onePass(this.map, false, Duration.ZERO);
		write(toFirst, "x");
		write(toSecond, "y");
		await().until(() -> isReady(first) && isReady(second));
		until(() -> first.received.length() == 1);
		assertThat(second.received).hasToString("y");
		assertThat(first.failures).isEmpty();
	}

	@Test
	void nestedLoopServesTheFileItselfAgain() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		AtomicBoolean nested = new AtomicBoolean();
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		file.on("read", (self) -> {
			self.receive(1);
			if (nested.compareAndSet(false, true)) {
				until(() -> self.received.length() == 3);
			}
		});
		write(writer, "abc");
		until(() -> file.received.length() == 3);
		assertThat(file.received).hasToString("abc");
		assertThat(file.failures).isEmpty();
	}

	private static boolean isReady(Dispatcher file) {
		Endpoint endpoint = file.channel().endpoint();
		return endpoint != null && endpoint.ready() != 0;
	}

	@Test
	void hookThatThrowsClosesItsFileOnly() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		IllegalStateException failure = new IllegalStateException("bug");
		ScriptedFile faulty = new ScriptedFile(file("text"), this.map).on("read", (self) -> {
			throw failure;
		});
		ScriptedFile other = new ScriptedFile(fifo, this.map);
		until(faulty::closed);
		assertThat(faulty.failures).containsExactly(failure);
		assertThat(faulty.events).containsExactly("read", "error", "close");
		write(writer, "x");
		until(() -> other.received.length() == 1);
	}

	@Test
	void exitNowLeavesTheLoopWhichGoesOnWhereItWas() throws Exception {
		ScriptedFile file = new ScriptedFile(file("text"), this.map).on("read", (self) -> {
			throw new ExitNow();
		});
		org.assertj.core.api.Assertions.assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> until(file::closed));
		assertThat(file.connected()).isTrue();
		file.on("read", (self) -> self.receive(100));
		until(file::closed);
		assertThat(file.received).hasToString("text");
	}

	@Test
	void interruptsOfTheLoopHarmNoFile() throws Exception {
		Path fifo = fifo();
		FileChannel writer = otherEnd(fifo);
		ScriptedFile file = new ScriptedFile(fifo, this.map);
		Path out = fifo();
		FileChannel reader = otherEnd(out);
		ScriptedFile sender = new ScriptedFile(out, this.map, StandardOpenOption.WRITE);
		LoopThread loop = LoopThread.run(this.map);
		for (int i = 1; i <= 50; i++) {
			int length = i;
			loop.thread().interrupt();
			write(writer, "x");
			loop.call(() -> {
				Thread.currentThread().interrupt();
				return sender.send(new byte[] { 'y' });
			});
			await().until(() -> file.received.length() == length);
		}
		assertThat(read(reader, 50)).hasSize(50);
		this.map.eventLoop().stop();
		loop.join();
		assertThat(loop.isInterruptedAtEnd()).isTrue();
	}

	@Test
	void idleLoopWithFilesOnlyMakesNoPasses() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		java.util.concurrent.atomic.AtomicInteger asked = new java.util.concurrent.atomic.AtomicInteger();
		new FileDispatcher(fifo, this.map) {

			@Override
			protected boolean readable() {
				asked.incrementAndGet();
				return true;
			}

		};
		ScriptedFile full = new ScriptedFile(fifo, this.map, StandardOpenOption.WRITE);
		new FileDispatcher(file("unread"), this.map);
		new FileDispatcher(fifo, this.map, StandardOpenOption.WRITE);
		full.reading(true);
		try (CapturedLog log = new CapturedLog(); LoopThread loop = LoopThread.run(this.map)) {
			loop.awaitPass();
			Awaitility.await().pollDelay(Duration.ofMillis(100)).until(() -> asked.get() > 0);
			CountingPasses.assertFew(asked, Duration.ofSeconds(1));
			assertThat(log.errors()).isEmpty();
		}
	}

	@Test
	void closesAndChangesByOtherThreadsLeaveNothingBehind() throws Exception {
		List<Path> fifos = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			fifos.add(fifo());
			otherEnd(fifos.get(i));
		}
		AtomicReference<Throwable> failure = new AtomicReference<>();
		List<ScriptedFile> files = new ArrayList<>();
		try (LoopThread loop = LoopThread.run(this.map)) {
			for (int round = 0; round < 150; round++) {
				ScriptedFile reader = loop.call(() -> new ScriptedFile(this.map));
				ScriptedFile writer = loop.call(() -> new ScriptedFile(this.map));
				Path fifo = fifos.get(round % 4);
				this.map.eventLoop().execute(() -> attempt(failure, () -> {
					reader.setFile(fifo);
					writer.setFile(fifo, StandardOpenOption.WRITE);
					writer.send(new byte[100]);
					reader.setFile(fifo);
				}));
				Thread first = racing(failure, () -> {
					reader.reading(false);
					reader.reading(true);
					reader.close();
				});
				Thread second = racing(failure, () -> {
					reader.close();
					writer.interestChanged();
					writer.close();
				});
				first.join(Loopback.BOUND.toMillis());
				second.join(Loopback.BOUND.toMillis());
				files.add(reader);
				files.add(writer);
			}
			loop.awaitPass();
			assertThat(loop.isAlive()).isTrue();
		}
		assertThat(failure.get()).isNull();
		files.forEach(Dispatcher::close);
		assertThat(files).allSatisfy((file) -> assertThat(file.failures).isEmpty());
		assertThat(this.map.isEmpty()).isTrue();
	}

	private static Thread racing(AtomicReference<Throwable> failure, Action action) {
		Thread thread = new Thread(() -> attempt(failure, action));
		thread.start();
		return thread;
	}

	private static void attempt(AtomicReference<Throwable> failure, Action action) {
		try {
			action.run();
		}
		catch (Throwable ex) {
			failure.compareAndSet(null, ex);
		}
	}

	@FunctionalInterface
	private interface Action {

		void run() throws Exception;

	}

}
