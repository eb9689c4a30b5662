package io.asyncore.demo.echo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.asyncore.demo.DemoTest;
import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EchoHandler}.
 */
@DemoTest
class EchoHandlerTests {

	@LocalAsyncorePort("echo")
	private int port;

	@Test
	void sendsBackWhatItReceives() {
		try (ScriptedClient client = ScriptedClient.connect(this.port)) {
			client.send("hello\n").expectLine("hello");
			client.send("again\n").expectLine("again");
		}
	}

	@Test
	void whenClientHasEndedItsStreamSendsTheRestAndCloses() {
		try (ScriptedClient client = ScriptedClient.connect(this.port)) {
			client.send(new byte[100_000]).shutdownOutput();
			assertThat(client.readAll()).hasSize(100_000);
		}
	}

	@Test
	void whenClientReadsLateLosesNothing() throws Exception {
		byte[] data = new byte[32 * 1024 * 1024];
		new Random(1).nextBytes(data);
		try (Socket client = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			client.setSoTimeout(10_000);
			CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> send(client, data));
			// more than the system keeps: somebody has to wait for the client
			assertThat(client.getInputStream().readAllBytes()).isEqualTo(data);
			sent.get(10, TimeUnit.SECONDS);
		}
	}

	private static void send(Socket client, byte[] data) {
		try {
			client.getOutputStream().write(data);
			client.shutdownOutput();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
