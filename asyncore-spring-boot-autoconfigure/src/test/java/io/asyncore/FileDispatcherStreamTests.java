package io.asyncore;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

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
