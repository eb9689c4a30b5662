package io.asyncore.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ScriptedClient}.
 */
class ScriptedClientTests {

	private ServerSocket listener;

	private ScriptedClient client;

	private Socket server;

	@BeforeEach
	void connect() throws IOException {
		this.listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
		this.client = ScriptedClient.connect(this.listener.getLocalPort());
		this.server = this.listener.accept();
		this.server.setSoTimeout(10_000);
	}

	@AfterEach
	void close() throws IOException {
		this.client.close();
		this.server.close();
		this.listener.close();
	}

	@Test
	void sendsAndExpects() throws IOException {
		this.client.send("HELO x\r\n").send(new byte[] { 1 });
		assertThat(this.server.getInputStream().readNBytes(9))
			.isEqualTo("HELO x\r\n\u0001".getBytes(StandardCharsets.UTF_8));
		answer("250 hellö\r\n\nabcdefrest");
		this.client.expectLine("250 .*ö").expectLine("").expect("abc").expect("def".getBytes(StandardCharsets.UTF_8));
		assertThat(this.client.read(2)).containsExactly('r', 'e');
		this.server.close();
		assertThat(this.client.readAll()).containsExactly('s', 't');
		this.client.expectEnd();
	}

	@Test
	void readsManyLinesInPieces() throws IOException {
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < 100_000; i++) {
			text.append("line ").append(i).append('\n');
		}
		CompletableFuture<Void> answered = CompletableFuture.runAsync(() -> answer(text.toString()));
		for (int i = 0; i < 100_000; i++) {
			assertThat(this.client.readLine()).isEqualTo("line " + i);
		}
		answered.join();
	}

	@Test
	void receivesWhileItSends() throws Exception {
		byte[] data = new byte[20_000_000];
		CompletableFuture<Void> echoed = CompletableFuture.runAsync(() -> {
			try {
				this.server.getInputStream().transferTo(this.server.getOutputStream());
				this.server.shutdownOutput();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
		this.client.send(data).shutdownOutput();
		assertThat(this.client.readAll()).hasSize(data.length);
		echoed.get(10, TimeUnit.SECONDS);
	}

	@Test
	void whatIsNoTextIsShownInHexadecimal() throws IOException {
		this.server.getOutputStream().write(new byte[] { 0x02, 'A', (byte) 0xff, 0x03 });
		this.client.send(new byte[] { 0x05 }).send("text\n");
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> this.client.expect(new byte[] { 0x02, 'A', 0, 0x03 }))
			.withMessageContaining("Expected '0x 02 41 00 03' but got '0x 02 41 ff 03'")
			.withMessageContaining("> 0x 05\n> text\n");
	}

	@Test
	void longBinaryIsCutInMessages() throws IOException {
		this.server.getOutputStream().write(new byte[1000]);
		assertThatExceptionOfType(AssertionError.class)
			.isThrownBy(() -> this.client.withTimeout(Duration.ofMillis(50)).expect(new byte[999]).expectEnd())
			.withMessageContaining("00... (1000 bytes)")
			.withMessageNotContaining("\u0000");
	}

	@Test
	void whenLineDoesNotMatchShowsTheConversation() {
		answer("250 ok\r\n550 no\r\n");
		this.client.send("RCPT\r\n").expectLine("250 .*");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> this.client.expectLine("250 .*"))
			.withMessageContaining("'250 .*'")
			.withMessageContaining("'550 no'")
			.withMessageContaining("> RCPT");
	}

	@Test
	void whenOtherBytesComeFails() {
		answer("abX");
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> this.client.expect("abc"))
			.withMessageContaining("abX");
	}

	@Test
	void whenNothingComesInTimeFails() {
		answer("half a li");
		this.client.withTimeout(Duration.ofMillis(50));
		assertThatExceptionOfType(AssertionError.class).isThrownBy(this.client::readLine)
			.withMessageContaining("a line after 'half a li'");
	}

	@Test
	void whenServerDoesNotReadFailsInTime() {
		this.client.withTimeout(Duration.ofMillis(50));
		assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> this.client.send(new byte[100_000_000]))
			.withMessageContaining("take what is sent");
	}

	@Test
	void whenServerEndsEarlyFails() throws IOException {
		answer("abc");
		this.server.close();
		assertThatExceptionOfType(AssertionError.class).isThrownBy(this.client::readLine)
			.withMessageContaining("ended its stream after 'abc'");
		answerNothing();
	}

	@Test
	void whenSomethingComesBeforeTheEndFails() throws IOException {
		answer("abc");
		this.server.close();
		assertThatExceptionOfType(AssertionError.class).isThrownBy(this.client::expectEnd)
			.withMessageContaining("Expected the end but got 'abc'");
	}

	@Test
	void whenConnectionIsResetFails() throws IOException {
		this.server.setSoLinger(true, 0);
		this.server.close();
		assertThatExceptionOfType(AssertionError.class).isThrownBy(this.client::expectEnd)
			.withMessageContaining("broke");
	}

	@Test
	void endsItsStream() throws IOException {
		this.client.shutdownOutput();
		assertThat(this.server.getInputStream().read()).isEqualTo(-1);
		answer("still there\n");
		this.client.expectLine("still there");
	}

	@Test
	void resetsTheConnection() {
		this.client.reset();
		assertThatExceptionOfType(SocketException.class).isThrownBy(() -> this.server.getInputStream().read());
	}

	@Test
	void whenInterruptedSaysSo() {
		Thread.currentThread().interrupt();
		assertThatExceptionOfType(AssertionError.class).isThrownBy(this.client::readLine)
			.withMessageContaining("Interrupted");
		assertThat(Thread.interrupted()).isTrue();
	}

	@Test
	void whenNobodyListensSaysWhere() throws IOException {
		this.listener.close();
		int port = this.listener.getLocalPort();
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> ScriptedClient.connect(port))
			.withMessageContaining(String.valueOf(port));
	}

	private void answer(String text) {
		try {
			this.server.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void answerNothing() {
		assertThat(this.client.readAll()).isEmpty();
	}

}
