package io.asyncore.demo;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EchoServer}.
 */
@SpringBootTest(properties = "demo.echo.port=0")
class EchoServerTests {

	private static final int BOUND_MILLIS = 10_000;

	@Autowired
	private EchoServer server;

	@Test
	void sendsBackWhatItReceives() throws IOException {
		try (Socket client = connect()) {
			client.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
			byte[] answer = new byte[6];
			new DataInputStream(client.getInputStream()).readFully(answer);
			assertThat(answer).asString().isEqualTo("hello\n");
		}
	}

	@Test
	void whenClientHasEndedItsStreamSendsTheRestAndCloses() throws IOException {
		try (Socket client = connect()) {
			client.getOutputStream().write(new byte[100_000]);
			client.shutdownOutput();
			assertThat(client.getInputStream().readAllBytes()).hasSize(100_000);
		}
	}

	private Socket connect() throws IOException {
		InetSocketAddress address = (InetSocketAddress) this.server.localAddress();
		assertThat(address).isNotNull();
		Socket client = new Socket(InetAddress.getLoopbackAddress(), address.getPort());
		client.setSoTimeout(BOUND_MILLIS);
		return client;
	}

}
