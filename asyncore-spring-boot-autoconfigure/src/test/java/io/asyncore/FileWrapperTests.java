package io.asyncore;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;

import org.assertj.core.api.ThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Duplicates of descriptors.
 */
@EnabledOnOs(OS.LINUX)
class FileWrapperTests extends FileFixture {

	@Test
	void hasANumberOfItsOwnThatRefersToTheSameFile() throws IOException {
		Path path = file("text");
		try (FileChannel open = FileChannel.open(path)) {
			int fd = descriptor(path);
			FileWrapper wrapper = new FileWrapper(fd);
			assertThat(open.isOpen()).isTrue();
			assertThat(wrapper.fileno()).isNotNegative().isNotEqualTo(fd);
			assertThat(Files.readSymbolicLink(Path.of("/proc/self/fd/" + wrapper.fileno()))).isEqualTo(path);
			assertThat(wrapper).hasToString("<io.asyncore.FileWrapper fd=" + wrapper.fileno() + ">");
			wrapper.close();
			assertThat(wrapper.fileno()).isEqualTo(-1);
			assertThat(open.isOpen()).isTrue();
			assertThat(read(open, 10)).isEqualTo("text");
		}
	}

	@Test
	void beginsAtThePositionOfTheOriginalAndThenHasItsOwn() throws IOException {
		Path path = file("0123456789");
		try (FileChannel open = FileChannel.open(path)) {
			read(open, 4);
			try (FileWrapper wrapper = new FileWrapper(descriptor(path))) {
				assertThat(wrapper.recv(2)).asString().isEqualTo("45");
				assertThat(wrapper.read(0)).isEmpty();
				assertThat(open.position()).isEqualTo(4);
				assertThat(wrapper.recv(100)).asString().isEqualTo("6789");
				assertThat(wrapper.recv(1)).isEmpty();
			}
		}
	}

	@Test
	void storedFileThatWouldBeOverwrittenIsRefused() throws IOException {
		Path path = file("0123456789");
		try (FileChannel open = FileChannel.open(path, StandardOpenOption.WRITE)) {
			int fd = descriptor(path);
			assertRefused(fd, () -> new FileWrapper(fd));
			assertRefused(fd, () -> new FileDispatcher(fd, this.map));
			assertThat(open.isOpen()).isTrue();
		}
		assertThat(this.map.isEmpty()).isTrue();
		awaitNoDescriptors();
	}

	@Test
	void storedFileThatWouldBeOverwrittenCanBeRead() throws IOException {
		Path path = file("0123456789");
		try (FileChannel open = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
			read(open, 2);
			int fd = descriptor(path);
			try (FileWrapper wrapper = new FileWrapper(fd)) {
				assertThat(wrapper.recv(2)).asString().isEqualTo("23");
				assertRefused(fd, () -> wrapper.send("x".getBytes()));
				assertThat(wrapper.recv(2)).asString().isEqualTo("45");
			}
			assertRefused(fd, () -> new FileDispatcher(fd, this.map));
			assertThat(open.isOpen()).isTrue();
		}
		assertThat(path).hasContent("0123456789");
	}

	private static void assertRefused(int fd, ThrowableAssert.ThrowingCallable action) {
		assertThatExceptionOfType(IOException.class).isThrownBy(action)
			.withMessageContaining("Descriptor " + fd + " ")
			.withMessageContaining("APPEND");
	}

	@Test
	void appendsWhereTheOriginalDoes() throws IOException {
		Path path = file("text");
		try (FileChannel open = FileChannel.open(path, StandardOpenOption.APPEND);
				FileWrapper wrapper = new FileWrapper(descriptor(path))) {
			write(open, "+");
			wrapper.send("one".getBytes());
			write(open, "+");
			wrapper.send("two".getBytes());
		}
		assertThat(path).hasContent("text+one+two");
	}

	@Test
	void duplicatesBothEndsOfAPipeByDirection() throws Exception {
		Path fifo = fifo();
		FileChannel both = otherEnd(fifo);
		try (FileWrapper wrapper = new FileWrapper(descriptor(fifo))) {
			wrapper.send("abc".getBytes());
			assertThat(read(both, 3)).isEqualTo("abc");
			write(both, "xyz");
			assertThat(wrapper.recv(10)).asString().isEqualTo("xyz");
		}
	}

	@Test
	void whatCannotBeReadOrWrittenIsRefused() throws IOException {
		Path path = file("text");
		try (FileChannel open = FileChannel.open(path); FileWrapper wrapper = new FileWrapper(descriptor(path))) {
			assertThat(open.isOpen()).isTrue();
			assertThatExceptionOfType(NonWritableChannelException.class)
				.isThrownBy(() -> wrapper.send(new byte[] { 1 }));
			assertThatIllegalArgumentException().isThrownBy(() -> wrapper.recv(-1)).withMessageContaining("-1");
		}
		try (FileChannel open = FileChannel.open(path, StandardOpenOption.APPEND);
				FileWrapper wrapper = new FileWrapper(descriptor(path))) {
			assertThat(open.isOpen()).isTrue();
			assertThatExceptionOfType(NonReadableChannelException.class).isThrownBy(() -> wrapper.recv(1));
		}
	}

	@Test
	void afterCloseTransfersFailAndCloseIsHarmless() throws IOException {
		FileWrapper wrapper = wrapper(file("text"));
		wrapper.close();
		wrapper.close();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> wrapper.recv(1));
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> wrapper.read(1));
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> wrapper.send(new byte[1]));
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> wrapper.write(new byte[1]));
	}

	private static FileWrapper wrapper(Path path) throws IOException {
		try (FileChannel open = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
			assertThat(open.isOpen()).isTrue();
			return new FileWrapper(descriptor(path));
		}
	}

	@Test
	void closeEndsAReadOfAnotherThread() throws Exception {
		Path fifo = fifo();
		otherEnd(fifo);
		FileWrapper wrapper = new FileWrapper(descriptor(fifo));
		AtomicReference<Throwable> failure = new AtomicReference<>();
		Thread reader = new Thread(() -> {
			try {
				wrapper.recv(1);
			}
			catch (IOException ex) {
				failure.set(ex);
			}
		}, THREADS + "test");
		reader.start();
		awaitBlocked("test");
		wrapper.close();
		reader.join(10_000);
		assertThat(failure.get()).isInstanceOf(ClosedChannelException.class);
	}

	@Test
	void whatIsNoOpenFileIsRefused() throws IOException {
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> new FileWrapper(-1)).withMessageContaining("-1");
		assertThatExceptionOfType(IOException.class).isThrownBy(() -> new FileWrapper(999_999))
			.withMessageContaining("999999");
	}

	@Test
	void manyOfTheSameFileAtOnceHaveDistinctNumbers() throws Exception {
		Path path = file("text");
		Set<Integer> numbers = ConcurrentHashMap.newKeySet();
		List<FileWrapper> wrappers = new ArrayList<>();
		ExecutorService threads = Executors.newFixedThreadPool(4);
		try (FileChannel open = FileChannel.open(path)) {
			int fd = descriptor(path);
			assertThat(open.isOpen()).isTrue();
			List<Callable<FileWrapper>> work = new ArrayList<>();
			for (int i = 0; i < 40; i++) {
				work.add(() -> new FileWrapper(fd));
			}
			for (Future<FileWrapper> made : threads.invokeAll(work)) {
				wrappers.add(made.get());
			}
			wrappers.forEach((wrapper) -> numbers.add(wrapper.fileno()));
			assertThat(numbers).hasSize(40).doesNotContain(fd);
			for (FileWrapper wrapper : wrappers) {
				Path link = Path.of("/proc/self/fd/" + wrapper.fileno());
				assertThat(Files.readSymbolicLink(link)).isEqualTo(path);
				wrapper.close();
				assertThat(Files.exists(link) && Files.readSymbolicLink(link).equals(path)).isFalse();
			}
		}
		finally {
			threads.shutdownNow();
		}
	}

	@Test
	void whoIsNotClosedIsReportedAndClosedWhenNobodyCanReachIt() throws IOException {
		Path forgotten = file("forgotten");
		Path closed = file("closed");
		try (CapturedLog log = new CapturedLog()) {
			wrapper(closed).close();
			int number = forget(forgotten);
			await().pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
				System.gc();
				assertThat(log.warnings()).singleElement().asString().contains("descriptor " + number + ",", "close()");
			});
			awaitNoDescriptors();
		}
	}

	private static int forget(Path path) throws IOException {
		return wrapper(path).fileno();
	}

	@Test
	void isMadeByAnInterruptedThread() throws IOException {
		Path path = file("0123");
		Thread.currentThread().interrupt();
		FileWrapper wrapper;
		try (java.io.RandomAccessFile open = new java.io.RandomAccessFile(path.toFile(), "r")) {
			open.seek(2);
			wrapper = new FileWrapper(descriptor(path));
		}
		assertThat(Thread.interrupted()).isTrue();
		assertThat(wrapper.recv(10)).asString().isEqualTo("23");
		wrapper.close();
	}

}
