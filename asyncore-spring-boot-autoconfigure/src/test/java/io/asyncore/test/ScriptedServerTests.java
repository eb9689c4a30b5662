package io.asyncore.test;

import java.io.UncheckedIOException;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link ScriptedServer}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ScriptedServerTests {

	@Test
	void playsItsPartOfEachConversation() {
		try (ScriptedServer server = ScriptedServer.listen();
				ScriptedClient first = ScriptedClient.connect(server.port());
				ScriptedClient second = ScriptedClient.connect(server.port());
				ScriptedClient one = server.accept();
				ScriptedClient other = server.accept()) {
			first.send("one\n");
			second.send("other\n");
			one.expectLine("one").send("1\n");
			other.expectLine("other").send("2\n");
			first.expectLine("1").shutdownOutput();
			second.expectLine("2");
			one.expectEnd();
		}
	}

	@Test
	void waitsForAClientNotForEver() {
		try (ScriptedServer server = ScriptedServer.listen().withTimeout(Duration.ofMillis(20))) {
			assertThatExceptionOfType(AssertionError.class).isThrownBy(server::accept)
				.withMessageContaining("Waited PT0.02S for a client on port " + server.port());
		}
	}

	@Test
	void waitsForWhatTheClientSendsNotForEver() {
		try (ScriptedServer server = ScriptedServer.listen().withTimeout(Duration.ofMillis(20));
				ScriptedClient client = ScriptedClient.connect(server.port());
				ScriptedClient connection = server.accept()) {
			assertThatExceptionOfType(AssertionError.class).isThrownBy(connection::readLine)
				.withMessageContaining("Waited PT0.02S for a line");
			client.shutdownOutput();
			assertThatExceptionOfType(AssertionError.class).isThrownBy(connection::readLine)
				.withMessageContaining("but the client has ended its stream");
		}
	}

	@Test
	void comesBackOnItsPort() {
		int port;
		try (ScriptedServer server = ScriptedServer.listen()) {
			port = server.port();
			assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> ScriptedServer.listen(port))
				.withMessageContaining("Cannot listen on");
		}
		assertThatExceptionOfType(UncheckedIOException.class).isThrownBy(() -> ScriptedClient.connect(port));
		try (ScriptedServer again = ScriptedServer.listen(port)) {
			assertThat(again.port()).isEqualTo(port);
			ScriptedClient.connect(port).close();
		}
	}

}
