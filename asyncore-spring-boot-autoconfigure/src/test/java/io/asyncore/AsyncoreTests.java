package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Asyncore}.
 */
@Timeout(60)
class AsyncoreTests {

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
		Asyncore.closeAll(Asyncore.socketMap(), true);
	}

	@Test
	void closeAllClosesEveryChannelAndEmptiesMap() throws IOException {
		Scripted listener = Scripted.listening(this.map);
		Scripted client = Scripted.connecting(this.map, listener.localAddress());
		Scripted unused = new Scripted(this.map);
		unused.createSocket();
		Scripted elsewhere = Scripted.listening(Asyncore.socketMap());
		Asyncore.closeAll(this.map, false);
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(this.map.channels()).isEmpty();
		assertThat(listener.closed()).isTrue();
		assertThat(client.closed()).isTrue();
		assertThat(unused.closed()).isTrue();
		assertThat(elsewhere.closed()).isFalse();
		assertThat(client.events).isEmpty();
	}

	@Test
	void closeAllWithoutMapClosesTheDefaultMap() throws IOException {
		Scripted elsewhere = Scripted.listening(this.map);
		Dispatcher channel = new Dispatcher();
		channel.createSocket();
		assertThat(Asyncore.socketMap().contains(channel)).isTrue();
		Asyncore.closeAll();
		assertThat(channel.closed()).isTrue();
		assertThat(Asyncore.socketMap().isEmpty()).isTrue();
		assertThat(elsewhere.closed()).isFalse();
	}

	@Test
	void whenCloseThrowsCloseAllClosesTheOthersAndThrowsTheFirstFailure() throws IOException {
		IllegalStateException first = new IllegalStateException("first");
		IllegalStateException second = new IllegalStateException("second");
		Failing one = new Failing(this.map, first);
		Scripted healthy = Scripted.listening(this.map);
		Failing two = new Failing(this.map, second);
		assertThatExceptionOfType(IllegalStateException.class).isThrownBy(() -> Asyncore.closeAll(this.map, false))
			.isSameAs(first)
			.satisfies((failure) -> assertThat(failure).hasSuppressedException(second));
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(one.closed()).isTrue();
		assertThat(healthy.closed()).isTrue();
		assertThat(two.closed()).isTrue();
	}

	@Test
	void whenCloseThrowsErrorCloseAllStillClosesTheOthers() throws IOException {
		AssertionError failure = new AssertionError("as planned");
		new Failing(this.map, failure);
		Scripted healthy = Scripted.listening(this.map);
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> Asyncore.closeAll(this.map, false))
			.isSameAs(failure);
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(healthy.closed()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenCloseLeavesTheLoopCloseAllClosesTheOthersBefore(boolean ignoreAll) throws IOException {
		ExitNow exit = new ExitNow();
		Failing first = new Failing(this.map, new IllegalStateException("as planned"));
		new Failing(this.map, exit);
		Scripted healthy = Scripted.listening(this.map);
		try (CapturedLog log = new CapturedLog()) {
			assertThatExceptionOfType(ExitNow.class).isThrownBy(() -> Asyncore.closeAll(this.map, ignoreAll))
				.isSameAs(exit);
			assertThat(log.warnings()).hasSize(ignoreAll ? 1 : 0);
		}
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(first.closed()).isTrue();
		assertThat(healthy.closed()).isTrue();
	}

	@Test
	void whenFailuresAreIgnoredCloseAllLogsAndSkipsThem() throws IOException {
		Failing failing = new Failing(this.map, new IllegalStateException("as planned"));
		Scripted healthy = Scripted.listening(this.map);
		try (CapturedLog log = new CapturedLog()) {
			Asyncore.closeAll(this.map, true);
			assertThat(log.warnings()).singleElement().asString().contains(Failing.class.getName());
		}
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(failing.closed()).isTrue();
		assertThat(healthy.closed()).isTrue();
	}

	@Test
	void whenFailuresAreIgnoredCloseAllSkipsErrorsToo() throws IOException {
		new Failing(this.map, new AssertionError("as planned"));
		new Failing(this.map, new StackOverflowError("as planned"));
		Scripted healthy = Scripted.listening(this.map);
		try (CapturedLog log = new CapturedLog()) {
			Asyncore.closeAll(this.map, true);
			assertThat(log.warnings()).hasSize(2);
		}
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(healthy.closed()).isTrue();
	}

	@Test
	void whenChannelsCloseEachOtherCloseAllClosesEachOnce() throws IOException {
		int[] closes = new int[1];
		for (int i = 0; i < 3; i++) {
			Dispatcher channel = new Dispatcher(this.map) {

				@Override
				public void close() {
					if (!closed()) {
						closes[0]++;
						super.close();
						map().forEach(Dispatcher::close);
					}
				}

			};
			channel.createSocket();
		}
		Asyncore.closeAll(this.map, false);
		assertThat(closes[0]).isEqualTo(3);
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void afterCloseAllPortIsFree() throws IOException {
		Scripted listener = Scripted.listening(this.map);
		SocketAddress address = listener.localAddress();
		Loopback.onePass(this.map, false, Duration.ZERO);
		Asyncore.closeAll(this.map, false);
		Scripted next = new Scripted(this.map);
		next.createSocket();
		next.bind(address);
		next.listen(1);
		assertThat(next.localAddress()).isEqualTo(address);
	}

	@Test
	void compactTracebackNamesFileMethodAndLineInnermostLast() {
		Exception failure = new Exception();
		failure.setStackTrace(new StackTraceElement[] { new StackTraceElement("a.Inner", "fail", "Inner.java", 7),
				new StackTraceElement("a.Middle", "<init>", "Middle.java", 42),
				new StackTraceElement("a.Outer", "main", "Outer.java", 3) });
		assertThat(Asyncore.compactTraceback(failure))
			.isEqualTo("[Outer.java|main|3] [Middle.java|<init>|42] [Inner.java|fail|7]");
	}

	@Test
	void compactTracebackOfThrownExceptionEndsWhereItWasThrown() {
		assertThat(Asyncore.compactTraceback(new Exception()))
			.matches("(\\[[^|]+\\|[^|]+\\|-?\\d+] )+\\[AsyncoreTests.java\\|"
					+ "compactTracebackOfThrownExceptionEndsWhereItWasThrown\\|\\d+]");
	}

	@Test
	void compactTracebackWithoutFileNamesTheClass() {
		Exception failure = new Exception();
		failure.setStackTrace(new StackTraceElement[] { new StackTraceElement("a.Inner", "fail", null, -1) });
		assertThat(Asyncore.compactTraceback(failure)).isEqualTo("[a.Inner|fail|-1]");
	}

	@Test
	void compactTracebackWithoutFramesIsEmpty() {
		Exception failure = new Exception();
		failure.setStackTrace(new StackTraceElement[0]);
		assertThat(Asyncore.compactTraceback(failure)).isEmpty();
	}

	private static final class Failing extends Dispatcher {

		private final Throwable failure;

		Failing(ChannelMap map, Throwable failure) throws IOException {
			super(map);
			this.failure = failure;
			createSocket();
		}

		@Override
		public void close() {
			if (this.failure instanceof Error error) {
				throw error;
			}
			throw (RuntimeException) this.failure;
		}

	}

}
