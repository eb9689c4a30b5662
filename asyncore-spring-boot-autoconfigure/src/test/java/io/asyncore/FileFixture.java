package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A test that puts files into a loop. When it is over there must be no thread and no
 * descriptor left of them.
 */
@Timeout(60)
abstract class FileFixture {

	static final int TWO_BUFFERS = 128 * 1024;

	// in polls of two milliseconds
	private static final int FOR_LONG = 25;

	static final String THREADS = "asyncore-file-";

	final ChannelMap map = new ChannelMap();

	@TempDir
	Path directory;

	private final List<AutoCloseable> resources = new ArrayList<>();

	private Set<Thread> threadsBefore = Set.of();

	private int fifos;

	@BeforeEach
	void countThreads() {
		this.threadsBefore = fileThreads();
	}

	@AfterEach
	void leavesNothing() throws Exception {
		Asyncore.closeAll(this.map, true);
		for (AutoCloseable resource : this.resources) {
			resource.close();
		}
		awaitNoThreads();
		awaitNoDescriptors();
	}

	<T extends AutoCloseable> T keep(T resource) {
		this.resources.add(resource);
		return resource;
	}

	/**
	 * Wait until the threads have ended that were started for files in this test.
	 */
	void awaitNoThreads() {
		await().untilAsserted(() -> assertThat(ownThreads()).isEmpty());
	}

	/**
	 * Wait until no descriptor refers to a file in the directory of this test.
	 */
	void awaitNoDescriptors() {
		await().untilAsserted(() -> assertThat(descriptors()).isZero());
	}

	Set<Thread> ownThreads() {
		Set<Thread> threads = fileThreads();
		threads.removeAll(this.threadsBefore);
		return threads;
	}

	private static Set<Thread> fileThreads() {
		return Thread.getAllStackTraces()
			.keySet()
			.stream()
			.filter((thread) -> thread.getName().startsWith(THREADS))
			.collect(Collectors.toSet());
	}

	long descriptors() {
		return Files.isDirectory(Path.of("/proc/self/fd")) ? Sockets.descriptors(this.directory.toString()) : 0;
	}

	/**
	 * Make a pipe of the file system.
	 */
	Path fifo() throws Exception {
		Path fifo = this.directory.resolve("fifo" + ++this.fifos);
		Process process = new ProcessBuilder("mkfifo", fifo.toString()).start();
		assertThat(process.waitFor(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
		assertThat(process.exitValue()).isZero();
		return fifo;
	}

	/**
	 * Open the other end of a pipe, and this one too so that it need not wait.
	 */
	FileChannel otherEnd(Path fifo) throws IOException {
		return keep(FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE));
	}

	Path file(String content) throws IOException {
		return Files.writeString(Files.createTempFile(this.directory, "file", ".txt"), content);
	}

	/**
	 * Find the number of the descriptor that the only open file of that path has.
	 */
	static int descriptor(Path file) throws IOException {
		try (var links = Files.list(Path.of("/proc/self/fd"))) {
			return links.filter((link) -> Files.isSymbolicLink(link) && leadsTo(link, file))
				.map((link) -> Integer.valueOf(link.getFileName().toString()))
				.findFirst()
				.orElseThrow();
		}
	}

	private static boolean leadsTo(Path link, Path file) {
		try {
			return Files.readSymbolicLink(link).equals(file);
		}
		catch (IOException ex) {
			return false;
		}
	}

	static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
	}

	static void write(FileChannel channel, String text) throws IOException {
		ByteBuffer data = bytes(text);
		while (data.hasRemaining()) {
			channel.write(data);
		}
	}

	static String read(FileChannel channel, int count) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(count);
		while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
			assertThat(buffer.position()).isPositive();
		}
		return new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1);
	}

	void until(BooleanSupplier condition) throws IOException {
		Loopback.passUntil(this.map, condition);
	}

	/**
	 * Wait until a thread is blocked in a call of the system.
	 */
	void awaitBlocked(String name) {
		await().until(() -> ownThreads().stream()
			.anyMatch((thread) -> thread.getName().startsWith(THREADS + name) && isInSystem(thread)));
	}

	private static boolean isInSystem(Thread thread) {
		StackTraceElement[] stack = thread.getStackTrace();
		return stack.length > 0 && stack[0].isNativeMethod() && !stack[0].getClassName().equals("java.lang.Object");
	}

	/**
	 * Have a file take what it can until nothing more goes.
	 * @return the number of bytes
	 */
	int fill(FileDispatcher file) {
		AtomicInteger taken = new AtomicInteger();
		AtomicInteger quiet = new AtomicInteger();
		await().until(() -> {
			int count = file.send(new byte[1024 * 1024]);
			taken.addAndGet(count);
			boolean full = count == 0 && file.outBuffered() == TWO_BUFFERS;
			// its thread may be about to write, and has room then
			quiet.set(full ? quiet.get() + 1 : 0);
			return quiet.get() == FOR_LONG;
		});
		return taken.get();
	}

	/**
	 * Have a file take more than its pipe does, without ever offering it too much.
	 * @return the number of bytes
	 */
	int sendMoreThanFits(FileDispatcher file) throws IOException {
		int size = 60_000;
		int count = file.send(new byte[size]);
		await().until(() -> file.outBuffered() == 0);
		count += file.send(new byte[size]);
		awaitBlocked("writer");
		count += file.send(new byte[1]);
		assertThat(count).isEqualTo(2 * size + 1);
		return count;
	}

	/**
	 * Wait for something that other threads do in a moment.
	 */
	static ConditionFactory await() {
		return Awaitility.await().pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2)).atMost(Loopback.BOUND);
	}

}
