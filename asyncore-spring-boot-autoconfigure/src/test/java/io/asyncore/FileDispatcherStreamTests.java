package io.asyncore;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.Thread.State;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

import io.asyncore.file.OutputBlock;
import io.asyncore.file.StreamFile;
import io.asyncore.transport.UnixFailures;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Streams of the application in a loop, which may do as they like.
 */
class FileDispatcherStreamTests extends FileFixture {

	static Stream<Object> failures() {
		return Stream.of(Named.of("I/O", (Supplier<Throwable>) () -> new IOException("hostile")),
				Named.of("runtime", (Supplier<Throwable>) () -> new IllegalStateException("hostile")),
				Named.of("error", (Supplier<Throwable>) () -> new AssertionError("hostile")),
				Named.of("memory", (Supplier<Throwable>) () -> new OutOfMemoryError("hostile")),
				Named.of("exit", (Supplier<Throwable>) ExitNow::new));
	}

	@Test
	void readsStreamToItsEndAndClosesIt() throws IOException {
		AtomicBoolean closed = new AtomicBoolean();
		ScriptedFile file = reading(new ByteArrayInputStream("text".repeat(50_000).getBytes()) {

			@Override
			public void close() {
				closed.set(true);
			}

		});
		until(file::closed);
		assertThat(file.received).hasToString("text".repeat(50_000));
		await().untilTrue(closed);
	}

	@Test
	void writesStreamAndClosesIt() throws IOException {
		AtomicBoolean closed = new AtomicBoolean();
		ByteArrayOutputStream out = new ByteArrayOutputStream() {

			@Override
			public void close() {
				closed.set(true);
			}

		};
		ScriptedFile file = new ScriptedFile(this.map);
		file.setFile(out);
		int length = 0;
		while (length < 500_000) {
			length += file.send(new byte[500_000 - length]);
		}
		file.close();
		await().untilTrue(closed);
		assertThat(out.size()).isEqualTo(500_000);
	}

	@ParameterizedTest
	@MethodSource("failures")
	void whenReadingFailsWhatWasReadIsReceivedAndItCloses(Supplier<Throwable> failure) throws IOException {
		ScriptedFile file = reading(new InputStream() {

			private boolean begun;

			@Override
			public int read() {
				throw new UnsupportedOperationException();
			}

			@Override
			public int read(byte[] target, int offset, int length) {
				if (this.begun) {
					throw sneaky(failure.get());
				}
				this.begun = true;
				target[offset] = 'x';
				return 1;
			}

		});
		until(file::closed);
		assertThat(file.received).hasToString("x");
		assertThat(file.events).endsWith("close").containsOnlyOnce("close").doesNotContain("error");
	}

	@ParameterizedTest
	@MethodSource("failures")
	void whenWritingFailsItCloses(Supplier<Throwable> failure) throws IOException {
		ScriptedFile file = new ScriptedFile(this.map);
		file.setFile(new OutputStream() {

			@Override
			public void write(int data) {
				throw sneaky(failure.get());
			}

		});
		file.send(new byte[10]);
		until(file::closed);
		assertThat(file.events).containsExactly("close");
		assertThat(file.outBuffered()).isZero();
	}

	@Test
	void streamThatSaysItHasReadMoreThanAskedForIsClosed() throws IOException {
		ScriptedFile file = reading(new Answering(Integer.MAX_VALUE));
		until(file::closed);
		assertThat(file.received).isEmpty();
	}

	@Test
	void streamThatGivesNothingIsAskedForSingleBytes() throws IOException {
		ScriptedFile file = reading(new Answering(0));
		until(file::closed);
		assertThat(file.received).hasToString("abc");
	}

	static Stream<Object> laters() {
		return Stream.of(Named.of("descriptor", new IOException("Resource temporarily unavailable")),
				Named.of("socket", new SocketTimeoutException()));
	}

	@ParameterizedTest
	@MethodSource("laters")
	void streamThatSaysToTryAgainLaterIsAskedAgainWithoutHurry(IOException later) throws Exception {
		assumeThat(later)
			.matches((failure) -> failure instanceof SocketTimeoutException || UnixFailures.isTryAgain(failure));
		AtomicBoolean ready = new AtomicBoolean();
		AtomicInteger asked = new AtomicInteger();
		ScriptedFile file = reading(new InputStream() {

			@Override
			public int read() throws IOException {
				throw new UnsupportedOperationException();
			}

			@Override
			public int read(byte[] target, int offset, int length) throws IOException {
				asked.incrementAndGet();
				if (!ready.getAndSet(false)) {
					throw later;
				}
				target[offset] = 'x';
				return 1;
			}

		});
		try (LoopThread loop = LoopThread.run(this.map)) {
			await().during(Duration.ofMillis(500)).until(() -> file.events.isEmpty());
			assertThat(asked).hasValueBetween(3, 50);
			ready.set(true);
			await().until(() -> file.received.length() == 1);
			int before = asked.get();
			await().until(() -> asked.get() > before + 3);
			assertThat(loop.isAlive()).isTrue();
		}
		assertThat(file.events).containsExactly("read");
	}

	@Test
	void streamThatTakesNothingIsGivenUpSomeTimeAfterItsClose() throws IOException {
		IOException later = later();
		ScriptedFile file = new ScriptedFile(this.map);
		file.setFile(new OutputStream() {

			@Override
			public void write(int data) throws IOException {
				throw later;
			}

		});
		file.send(new byte[10]);
		await().until(() -> ownThreads().stream().anyMatch((thread) -> thread.getState() == State.TIMED_WAITING));
		file.close();
		awaitNoThreads();
		assertThat(file.events).isEmpty();
	}

	private static IOException later() {
		IOException later = new IOException("Resource temporarily unavailable");
		assumeThat(UnixFailures.isTryAgain(later)).isTrue();
		return later;
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 100, 8192 })
	void whatIsToBeWrittenLaterIsWrittenOnce(int buffered) throws IOException {
		IOException later = later();
		ByteArrayOutputStream written = new ByteArrayOutputStream();
		AtomicInteger calls = new AtomicInteger();
		OutputStream descriptor = new FilterOutputStream(written) {

			@Override
			public void write(byte[] data, int offset, int length) throws IOException {
				if (calls.incrementAndGet() % 3 != 0) {
					throw later;
				}
				written.write(data, offset, length);
			}

		};
		byte[] data = new byte[100_000];
		new Random(3).nextBytes(data);
		try (StreamFile file = new StreamFile(
				(buffered > 0) ? new BufferedOutputStream(descriptor, buffered) : descriptor, false)) {
			ByteBuffer left = ByteBuffer.wrap(data);
			int nothing = 0;
			while (left.hasRemaining()) {
				nothing += (file.write(left) == 0) ? 1 : 0;
			}
			assertThat(nothing).isPositive();
		}
		assertThat(written.toByteArray()).isEqualTo(data);
	}

	@Test
	void whatMayHaveBeenWrittenInPartIsAFailure() throws IOException {
		IOException later = later();
		try (StreamFile file = new StreamFile(new OutputStream() {

			@Override
			public void write(int data) throws IOException {
				throw later;
			}

		}, true)) {
			assertThatIOException().isThrownBy(() -> file.write(ByteBuffer.allocate(OutputBlock.RECORD + 1)))
				.isSameAs(later);
			assertThat(file.write(ByteBuffer.allocate(OutputBlock.RECORD))).isZero();
		}
	}

	@Test
	void failureThatAPrintStreamHidesIsTold() throws IOException {
		ScriptedFile file = new ScriptedFile(this.map);
		file.setFile(new PrintStream(new OutputStream() {

			@Override
			public void write(int data) throws IOException {
				throw new IOException("gone");
			}

		}));
		file.send(new byte[10]);
		until(file::closed);
		assertThat(file.events).containsExactly("close");
	}

	@Test
	void streamThatBlocksForEverInCloseHoldsUpNobody() throws Exception {
		try (Gate gate = new Gate()) {
			ScriptedFile file = reading(new InputStream() {

				@Override
				public int read() {
					return -1;
				}

				@Override
				public void close() {
					gate.pass();
				}

			});
			ScriptedFile other = new ScriptedFile(file("text"), this.map);
			until(() -> file.closed() && other.closed());
			gate.awaitArrival();
		}
	}

	@ParameterizedTest
	@MethodSource("failures")
	void streamWhoseCloseFailsIsClosed(Supplier<Throwable> failure) throws Exception {
		try (CapturedLog log = new CapturedLog()) {
			ScriptedFile file = reading(new InputStream() {

				@Override
				public int read() {
					return -1;
				}

				@Override
				public void close() {
					throw sneaky(failure.get());
				}

			});
			until(file::closed);
			awaitNoThreads();
			assertThat(file.events).containsExactly("read", "close");
			assertThat(log.warnings()).hasSize((failure.get() instanceof IOException) ? 0 : 1);
		}
	}

	@Test
	void readThatCannotBeEndedIsForgottenAndEndsWithTheStream() throws Exception {
		try (Gate gate = new Gate()) {
			ScriptedFile file = reading(new InputStream() {

				@Override
				public int read() {
					gate.pass();
					return -1;
				}

				@Override
				public void close() {
					// as that of a stream that others use too
				}

			});
			Loopback.onePass(this.map, false, Duration.ZERO);
			gate.awaitArrival();
			file.close();
			assertThat(ownThreads()).isNotEmpty();
			gate.open();
			awaitNoThreads();
			assertThat(file.events).isEmpty();
		}
	}

	@Test
	void standardInputThatIsAStreamOfTheApplicationIsReadAsThat() throws IOException {
		InputStream before = System.in;
		System.setIn(new ByteArrayInputStream("mine".getBytes()));
		try {
			ScriptedFile file = reading(System.in);
			until(file::closed);
			assertThat(file.received).hasToString("mine");
		}
		finally {
			System.setIn(before);
		}
	}

	@Test
	void bufferedStreamThatIsNotStandardInputIsRead() throws IOException {
		ScriptedFile file = reading(new BufferedInputStream(new ByteArrayInputStream("mine".getBytes())));
		until(file::closed);
		assertThat(file.received).hasToString("mine");
	}

	private ScriptedFile reading(InputStream in) throws IOException {
		ScriptedFile file = new ScriptedFile(this.map);
		file.setFile(in);
		return file;
	}

	@SuppressWarnings("unchecked")
	private static <T extends Throwable> RuntimeException sneaky(Throwable failure) throws T {
		throw (T) failure;
	}

	/**
	 * Always gives the same answer when asked for many bytes, and three bytes one by one.
	 */
	private static final class Answering extends InputStream {

		private final int answer;

		private int next = 'a';

		Answering(int answer) {
			this.answer = answer;
		}

		@Override
		public int read() {
			return (this.next <= 'c') ? this.next++ : -1;
		}

		@Override
		public int read(byte[] target, int offset, int length) {
			return this.answer;
		}

	}

}
