package io.asyncore.demo.fetch;

import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

import io.asyncore.EventLoop;
import io.asyncore.demo.DemoTest;
import io.asyncore.demo.fetch.PageClient.Page;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.DefaultApplicationArguments;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PageFetcher} and those who use it.
 */
@DemoTest
@ExtendWith(OutputCaptureExtension.class)
class PageFetcherTests {

	private static final Duration BOUND = Duration.ofSeconds(10);

	@LocalServerPort
	private int webPort;

	@Autowired
	private EventLoop loop;

	@Autowired
	private PageFetcher fetcher;

	@Test
	void fetchesAPageForTheWeb() {
		post("/poem").expectStatus().isOk().expectBody(Page.class).value((page) -> {
			assertThat(page.status()).isEqualTo(200);
			assertThat(page.body()).startsWith("Who has seen the wind?").endsWith("passing by.\n");
		});
	}

	@Test
	void whenThereIsNoSuchPageReturnsWhatTheServerSays() {
		post("/nothing").expectStatus().isOk().expectBody(Page.class).value((page) -> {
			assertThat(page.status()).isEqualTo(404);
			assertThat(page.body()).startsWith("404 Not Found");
		});
	}

	@Test
	void whenPathWouldEndTheRequestLineRefusesIt() {
		post("/ HTTP/1.0\r\nX: y").expectStatus().isBadRequest();
	}

	@Test
	void printsThePageThatTheArgumentAsksFor(CapturedOutput output) {
		new FetchRunner(this.fetcher, "/poem").run(new DefaultApplicationArguments());
		assertThat(output.getOut()).contains("Who has seen the wind?");
	}

	@Test
	void whenNobodyListensFails() throws Exception {
		InetSocketAddress nobody;
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			nobody = (InetSocketAddress) socket.getLocalSocketAddress();
		}
		assertThat(fetch(nobody, BOUND)).failsWithin(BOUND)
			.withThrowableThat()
			.withCauseInstanceOf(ConnectException.class);
	}

	@Test
	void whenServerSaysNothingFailsInTime() throws Exception {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			InetSocketAddress mute = (InetSocketAddress) socket.getLocalSocketAddress();
			assertThat(fetch(mute, Duration.ofMillis(20))).failsWithin(BOUND)
				.withThrowableThat()
				.withCauseInstanceOf(TimeoutException.class);
		}
	}

	private CompletableFuture<Page> fetch(InetSocketAddress server, Duration timeout) {
		return CompletableFuture.supplyAsync(() -> new PageClient(server, "/"), this.loop::execute)
			.thenCompose((client) -> client.fetch(timeout));
	}

	private RestTestClient.ResponseSpec post(String path) {
		return RestTestClient.bindToServer()
			.baseUrl("http://127.0.0.1:" + this.webPort)
			.build()
			.post()
			.uri("/demo/fetch?path={path}", path)
			.exchange();
	}

}
