package io.asyncore.demo.forwarder;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.asyncore.demo.DemoTest;
import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Receiver} and {@link Sender}.
 */
@DemoTest
class ForwarderTests {

	private static final int BOUND_MILLIS = 10_000;

	// asked for by each connection
	private static volatile int targetPort;

	private ServerSocket target;

	@LocalAsyncorePort("forwarder")
	private int port;

	@DynamicPropertySource
	static void forwardToTarget(DynamicPropertyRegistry registry) {
		registry.add("demo.forwarder.port", () -> targetPort);
	}

	@BeforeEach
	void openTarget() throws IOException {
		this.target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
		this.target.setSoTimeout(BOUND_MILLIS);
		targetPort = this.target.getLocalPort();
	}

	@AfterEach
	void closeTarget() throws IOException {
		this.target.close();
	}

	@Test
	void forwardsBothWaysAndTheEndOfEach() throws IOException {
		try (ScriptedClient client = ScriptedClient.connect(this.port)) {
			client.send("question").shutdownOutput();
			try (Socket server = accept()) {
				assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");
				// the client can still receive
				server.getOutputStream().write("answer\n".getBytes(StandardCharsets.US_ASCII));
			}
			client.expectLine("answer").expectEnd();
		}
	}

	@Test
	void whenServerEndsFirstTheClientCanStillSend() throws IOException {
		try (ScriptedClient client = ScriptedClient.connect(this.port); Socket server = accept()) {
			server.shutdownOutput();
			client.expectEnd();
			client.send("question").shutdownOutput();
			assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");
		}
	}

	@Test
	void whenClientSaysNothingTheServerFindsTheEnd() throws IOException {
		try (ScriptedClient client = ScriptedClient.connect(this.port)) {
			client.shutdownOutput();
			try (Socket server = accept()) {
				assertThat(server.getInputStream().read()).isEqualTo(-1);
			}
			client.expectEnd();
		}
	}

	@Test
	void whenBothSendMoreThanTheyReadLosesNothing() throws Exception {
		byte[] data = new byte[16 * 1024 * 1024];
		new Random(1).nextBytes(data);
		try (ScriptedClient client = ScriptedClient.connect(this.port); Socket server = accept()) {
			CompletableFuture<Void> up = CompletableFuture.runAsync(() -> client.send(data).shutdownOutput());
			CompletableFuture<Void> down = CompletableFuture.runAsync(() -> send(server, data));
			assertThat(server.getInputStream().readAllBytes()).isEqualTo(data);
			assertThat(client.readAll()).isEqualTo(data);
			CompletableFuture.allOf(up, down).get(10, TimeUnit.SECONDS);
		}
	}

	@Test
	void whenServerIsNotThereTheClientIsClosed() throws IOException {
		this.target.close();
		try (ScriptedClient client = ScriptedClient.connect(this.port)) {
			client.expectEnd();
		}
	}

	private Socket accept() throws IOException {
		Socket server = this.target.accept();
		server.setSoTimeout(BOUND_MILLIS);
		return server;
	}

	private static void send(Socket socket, byte[] data) {
		try {
			socket.getOutputStream().write(data);
			socket.shutdownOutput();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
