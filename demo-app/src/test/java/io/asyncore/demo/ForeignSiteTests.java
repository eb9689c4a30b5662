package io.asyncore.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.web.server.LocalServerPort;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link ForeignSiteFilter}, and for whom the web server is there at all.
 */
@DemoTest
class ForeignSiteTests {

	@LocalServerPort
	private int port;

	@Test
	void whoeverIsNoBrowserIsAnswered() throws IOException {
		for (String host : List.of("localhost", "127.0.0.1", "[::1]")) {
			assertThat(status("GET", "/chat", "Host: " + host + ":" + this.port)).isEqualTo(200);
		}
	}

	@Test
	void pagesOfItsOwnAreAnswered() throws IOException {
		assertThat(status("DELETE", "/actuator/asyncore/channels/999999", "Host: 127.0.0.1:" + this.port,
				"Origin: http://127.0.0.1:" + this.port))
			.isEqualTo(404);
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1",
			"http://localhost:8080" })
	void pagesOfOtherSitesAreRefused(String origin) throws IOException {
		String host = "Host: 127.0.0.1:" + this.port;
		for (String request : List.of("POST /chat", "POST /demo/poetry", "POST /demo/fetch?path=/", "POST /demo/slow",
				"DELETE /actuator/asyncore/channels/1")) {
			String[] parts = request.split(" ");
			assertThat(status(parts[0], parts[1], host, "Origin: " + origin)).as(request).isEqualTo(403);
		}
	}

	@Test
	void namesOfOtherSitesThatLeadHereAreRefused() throws IOException {
		String host = "evil.example:" + this.port;
		assertThat(status("GET", "/actuator/asyncore", "Host: " + host)).isEqualTo(403);
		assertThat(status("POST", "/demo/poetry", "Host: " + host, "Origin: http://" + host)).isEqualTo(403);
	}

	@Test
	void otherMachinesCannotConnect() throws IOException {
		InetAddress outside = NetworkInterface.networkInterfaces()
			.flatMap(NetworkInterface::inetAddresses)
			.filter((address) -> !address.isLoopbackAddress() && !address.isLinkLocalAddress())
			.findFirst()
			.orElse(null);
		Assumptions.assumeTrue(outside != null);
		assertThatIOException().isThrownBy(() -> new Socket(outside, this.port).close());
	}

	private int status(String method, String path, String... headers) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			socket.setSoTimeout(10_000);
			String request = method + " " + path + " HTTP/1.1\r\n" + String.join("\r\n", headers)
					+ "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
			socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
			String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			return Integer.parseInt(answer.split(" ")[1]);
		}
	}

}
