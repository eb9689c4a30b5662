package io.asyncore;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LogText}, and that what a peer says comes into a log by it only.
 */
@Timeout(60)
class LogTextTests {

	private static final String FORGED = "1\"\n2026-11-30 INFO admin has logged in \u001b[2J\u2028\u202e";

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			plain text: 1 | plain text: 1
			Grüße, 世界 | Grüße, 世界
			""")
	void leavesVisibleTextAsItIs(String text, String expected) {
		assertThat(LogText.escape(text)).isEqualTo(expected);
	}

	@Test
	void escapesWhatIsNotVisible() {
		assertThat(LogText.escape("a\r\nb\tc\u0000\u001b[31m\u007f\u0085\u2028\u2029\u202e\u2066\u200f\ufeff"))
			.isEqualTo("a\\r\\nb\\tc\\u0000\\u001b[31m\\u007f\\u0085\\u2028\\u2029\\u202e\\u2066\\u200f\\ufeff");
	}

	@Test
	void cutsWhatIsLong() {
		assertThat(LogText.escape("x".repeat(256))).isEqualTo("x".repeat(256));
		assertThat(LogText.escape("x".repeat(1000))).isEqualTo("x".repeat(256) + "... (1000 characters)");
		assertThat(LogText.escape("\n".repeat(1000))).hasSizeLessThan(600);
	}

	@Test
	void showsNothingAsJavaDoes() {
		assertThat(LogText.escape(null)).isEqualTo("null");
	}

	@Test
	void showsFailureThatSaysNothingBadItself() {
		Exception failure = new IllegalStateException("plain", new IOException("cause"));
		assertThat(LogText.shown(failure)).isSameAs(failure);
	}

	@Test
	void showsFailureWithItsCausesAndTheirTraces() {
		Exception cause = new IOException("refused\nline 2");
		Exception failure = new IllegalStateException("plain", cause);
		failure.addSuppressed(new IllegalArgumentException("\u001b[2J"));
		Throwable shown = LogText.shown(failure);
		StringWriter text = new StringWriter();
		shown.printStackTrace(new PrintWriter(text));
		assertThat(text.toString()).startsWith("java.lang.IllegalStateException: plain")
			.contains("Caused by: java.io.IOException: refused\\nline 2")
			.contains("Suppressed: java.lang.IllegalArgumentException: \\u001b[2J")
			.contains("LogTextTests.showsFailureWithItsCausesAndTheirTraces");
		assertThat(shown.getStackTrace()).isEqualTo(failure.getStackTrace());
	}

	@Test
	void survivesFailuresThatCauseEachOther() {
		Exception first = new IllegalStateException("a\nb");
		Exception second = new IllegalStateException("c\nd", first);
		first.initCause(second);
		assertThat(LogText.shown(first).toString()).endsWith("a\\nb");
	}

	@Test
	void whatDatagramSaysBeginsNoLine() throws IOException {
		DatagramDispatcher server = new DatagramDispatcher(this.map) {

			@Override
			protected void handleDatagram(ByteBuffer data, java.net.SocketAddress sender) {
				Integer.parseInt(StandardCharsets.UTF_8.decode(data).toString());
			}

		};
		server.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		server.bind(Loopback.anyPort());
		try (CapturedLog log = new CapturedLog(); DatagramChannel client = DatagramChannel.open()) {
			client.send(ByteBuffer.wrap(FORGED.getBytes(StandardCharsets.UTF_8)), server.localAddress());
			Loopback.passUntil(this.map, () -> !log.errors().isEmpty());
			assertThat(log.errors()).allSatisfy(LogTextTests::assertOneLine)
				.anySatisfy((line) -> assertThat(line).contains("admin has logged in"));
		}
	}

	@Test
	void pathOfUnixPeerBeginsNoLine(@TempDir Path dir) throws IOException {
		ServerDispatcher server = new ServerDispatcher(UnixDomainSocketAddress.of(dir.resolve("s")),
				(socket, peer) -> new Dispatcher(socket, this.map) {

					@Override
					protected void handleRead() {
						throw new IllegalStateException("refused");
					}

				}, this.map);
		server.open();
		try (CapturedLog log = new CapturedLog();
				SocketChannel client = SocketChannel.open(StandardProtocolFamily.UNIX)) {
			client.bind(UnixDomainSocketAddress.of(dir.resolve("x\nFORGED \u001b[31m")));
			client.connect(server.address());
			client.write(ByteBuffer.wrap(new byte[1]));
			Loopback.passUntil(this.map, () -> !log.errors().isEmpty());
			assertThat(log.errors()).allSatisfy(LogTextTests::assertOneLine)
				.anySatisfy((line) -> assertThat(line).contains("x\\nFORGED \\u001b[31m"));
		}
	}

	@Test
	void whatHandleErrorThrowsBeginsNoLine() throws Exception {
		try (Loopback.Pair pair = Loopback.pair(); CapturedLog log = new CapturedLog()) {
			new Dispatcher(pair.near(), this.map) {

				@Override
				protected void handleRead() throws IOException {
					throw new IllegalStateException(new String(recv(100), StandardCharsets.UTF_8));
				}

				@Override
				protected void handleError(Throwable failure) {
					throw new IllegalStateException("cannot say", failure);
				}

			};
			Sockets.send(pair, "quiet\nFORGED");
			Loopback.passUntil(this.map, () -> !log.errors().isEmpty());
			assertThat(log.traces()).isNotEmpty().allSatisfy((trace) -> assertThat(trace).doesNotContain("\nFORGED"));
		}
	}

	private static void assertOneLine(String line) {
		assertThat(line).doesNotContain("\n", "\r", "\u001b", "\u2028", "\u202e");
	}

}
