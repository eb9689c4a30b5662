package io.asyncore.demo.http;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

import io.asyncore.demo.DemoTest;
import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HttpRequestHandler}.
 */
@DemoTest
class HttpRequestHandlerTests {

	private static final String GET_POEM = "GET /poem HTTP/1.1\r\nHost: a\r\n\r\n";

	private final HttpClient http = HttpClient.newBuilder()
		.version(Version.HTTP_1_1)
		.connectTimeout(Duration.ofSeconds(10))
		.build();

	@LocalAsyncorePort("http")
	private int port;

	@Test
	void answersWithAPage() throws Exception {
		HttpResponse<String> response = exchange("/", HttpRequest.Builder::GET);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValue(HttpHeaders.DATE)).isPresent();
		assertThat(response.headers().firstValueAsLong(HttpHeaders.CONTENT_LENGTH)).hasValue(response.body().length());
		assertThat(response.body()).contains("<form").endsWith("</html>\n");
	}

	@Test
	void whenHeadAnswersWithoutTheContent() throws Exception {
		HttpResponse<String> response = exchange("/", (request) -> request.method("HEAD", BodyPublishers.noBody()));
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValueAsLong(HttpHeaders.CONTENT_LENGTH).orElse(0)).isPositive();
		assertThat(response.body()).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void showsTheFieldsOfAForm(boolean expectContinue) throws Exception {
		HttpResponse<String> response = exchange("/form",
				(request) -> request.header(HttpHeaders.CONTENT_TYPE, MediaType.APPLICATION_FORM_URLENCODED_VALUE)
					.expectContinue(expectContinue)
					.POST(BodyPublishers.ofString("name=Ann+B&greeting=%3Cb%3E%C3%BC&greeting=2")));
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).contains("<dt>name</dt><dd>Ann B</dd>", "<dt>greeting</dt><dd>&lt;b&gt;",
				"<dt>greeting</dt><dd>2</dd>");
	}

	@Test
	void sendsALargeFile() throws Exception {
		HttpResponse<String> response = exchange("/files/numbers.txt", HttpRequest.Builder::GET);
		assertThat(response.body()).startsWith("1\n2\n").endsWith("\n1000000\n").hasSize(6_888_896);
	}

	// the client of JDK 17 would wait for ever for leave to send
	@Test
	void whenBodyIsTooLargeDoesNotLetItBeSent() {
		try (ScriptedClient client = connect()) {
			client.send("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\nExpect: 100-continue\r\n\r\n");
			client.expectLine("HTTP/1.1 413 .*");
		}
	}

	@Test
	void whenBodyIsTooLargeThePeerThatIsSendingItGetsTheAnswer() {
		byte[] request = new byte[5_000_000];
		byte[] head = "POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n"
			.getBytes(StandardCharsets.US_ASCII);
		System.arraycopy(head, 0, request, 0, head.length);
		try (ScriptedClient client = connect()) {
			client.send(request).expectLine("HTTP/1.1 413 .*");
			assertThat(text(client)).contains("Connection: close").endsWith("at most 1048576 bytes\n");
		}
	}

	@Test
	void whenMethodDoesNotSuitNamesThoseThatDo() throws Exception {
		HttpResponse<String> response = exchange("/poem", HttpRequest.Builder::DELETE);
		assertThat(response.statusCode()).isEqualTo(405);
		assertThat(response.headers().firstValue(HttpHeaders.ALLOW)).hasValue("GET, HEAD");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/nothing", "/files/", "/files/nothing", "/files/..%2f..%2f..%2fetc%2fpasswd",
			"/files/../../../etc/passwd", "/files//etc/passwd", "/files/%00" })
	void whenThereIsNoSuchPageSaysSo(String path) {
		assertThat(answer("GET " + path + " HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 404 ");
	}

	@Test
	void answersRequestsThatDidNotWaitInOrder() {
		try (ScriptedClient client = connect()) {
			client.send(GET_POEM + "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n"
					+ "HEAD /files/numbers.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
			assertThat(text(client).lines().filter((line) -> line.startsWith("HTTP/")))
				.containsExactly("HTTP/1.1 200 OK", "HTTP/1.1 404 Not Found", "HTTP/1.1 200 OK");
		}
	}

	@Test
	void whenBrowserOverSendsTheNextRequestIsUnderstood() {
		try (ScriptedClient client = connect()) {
			client.send("POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
					+ "Content-Type: application/x-www-form-urlencoded\r\n\r\na=b\r\n");
			client.expectLine("HTTP/1.1 200 OK");
			client.send("GET /poem HTTP/1.0\r\n\r\n");
			assertThat(text(client)).contains("<dd>b</dd>").contains("HTTP/1.1 200 OK").endsWith("passing by.\n");
		}
	}

	@Test
	void whenClientSpeaksOnePointZeroClosesUnlessToldNotTo() {
		try (ScriptedClient client = connect()) {
			client.send("HEAD /poem HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
			while (!client.readLine().isEmpty()) {
				// the header of the first answer
			}
			client.send("HEAD /poem HTTP/1.0\r\n\r\n").expectLine("HTTP/1.1 200 OK");
			assertThat(text(client)).contains("Connection: close");
		}
	}

	@Test
	void whenClientHasEndedItsStreamItGetsTheAnswer() {
		try (ScriptedClient client = connect()) {
			client.send(GET_POEM).shutdownOutput().expectLine("HTTP/1.1 200 OK");
			assertThat(text(client)).endsWith("passing by.\n");
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			400 | GET /
			400 | GET / HTTP/1.1
			400 | GET  / HTTP/1.0
			400 | GET poem HTTP/1.0
			400 | GET /%zz HTTP/1.0
			505 | GET / HTTP/2.0
			501 | BREW / HTTP/1.0
			400 | GET / HTTP/1.1~Host: a~Host: b
			400 | GET / HTTP/1.1~Host: a b
			400 | GET / HTTP/1.1~Host : a
			400 | GET / HTTP/1.1~Host: a~X: b~ c
			400 | GET / HTTP/1.1~Host: a~no colon
			400 | POST /form HTTP/1.0~Content-Length: 1~Content-Length: 2
			400 | POST /form HTTP/1.0~Content-Length: 1, 2
			400 | POST /form HTTP/1.0~Content-Length: +1
			400 | POST /form HTTP/1.0~Content-Length:
			400 | POST /form HTTP/1.1~Host: a~Content-Length: 1~Transfer-Encoding: chunked
			411 | POST /form HTTP/1.1~Host: a~Transfer-Encoding: chunked
			501 | POST /form HTTP/1.1~Host: a~Transfer-Encoding: gzip, chunked
			411 | PUT /form HTTP/1.0
			415 | POST /form HTTP/1.0~Content-Length: 0
			""")
	void whenRequestIsWrongSaysHow(int status, String request) {
		assertThat(answer(request.replace("~", "\r\n") + "\r\n\r\n")).startsWith("HTTP/1.1 " + status + " ");
	}

	@ParameterizedTest
	@CsvSource({ "414, 'GET /%s HTTP/1.0'", "431, 'GET / HTTP/1.0\r\nX: %s'" })
	void whenHeaderIsTooLongSaysWhatIs(int status, String request) {
		for (int length : new int[] { 15_000, 100_000 }) {
			String answer = answer(request.formatted("x".repeat(length)) + "\r\n\r\n");
			boolean fits = status == 431 && length < 16 * 1024;
			assertThat(answer).startsWith("HTTP/1.1 " + (fits ? 200 : status) + " ");
		}
	}

	@Test
	void whenRequestIsCutShortSaysSo() {
		try (ScriptedClient client = connect()) {
			client.send("GET / HTTP/1.0\r\n").shutdownOutput().expectLine("HTTP/1.1 400 .*");
		}
	}

	private HttpResponse<String> exchange(String path, UnaryOperator<HttpRequest.Builder> customizer) throws Exception {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + this.port + path))
			.timeout(Duration.ofSeconds(10));
		return this.http.sendAsync(customizer.apply(request).build(), BodyHandlers.ofString())
			.get(10, TimeUnit.SECONDS);
	}

	private String answer(String request) {
		try (ScriptedClient client = connect()) {
			// one that is refused is closed as well
			return text(client.send(request).shutdownOutput());
		}
	}

	private ScriptedClient connect() {
		return ScriptedClient.connect(this.port);
	}

	private static String text(ScriptedClient client) {
		return new String(client.readAll(), StandardCharsets.UTF_8);
	}

}
