package io.asyncore.actuate;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.asyncore.Loopback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import org.springframework.boot.WebApplicationType;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EndpointFilter} and {@link EndpointWebFilter}: what answers of the
 * endpoint say to browsers.
 */
class EndpointHeadersTests {

	private static final String PAGE = "asyncore.dashboard.enabled=true";

	private ConfigurableApplicationContext application;

	@AfterEach
	void stop() {
		if (this.application != null) {
			this.application.close();
		}
	}

	@ParameterizedTest
	@CsvSource({ "SERVLET, /dashboard", "SERVLET, /d%61shboard", "SERVLET, /dashboard;x=1", "SERVLET, /channels",
			"SERVLET, ''", "REACTIVE, /dashboard", "REACTIVE, /d%61shboard", "REACTIVE, /dashboard;x=1",
			"REACTIVE, /channels", "REACTIVE, ''" })
	void forbidFramesAndCopies(WebApplicationType type, String path) throws Exception {
		run(type, PAGE);
		HttpResponse<String> answer = get("server", "/actuator/asyncore" + path);
		assertThat(answer.statusCode()).isEqualTo(200);
		assertProtected(answer.headers());
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void areThereWhereverTheEndpointIs(WebApplicationType type) throws Exception {
		run(type, PAGE, "server.servlet.context-path=/app", "spring.mvc.servlet.path=/mvc",
				"spring.webflux.base-path=/app/mvc", "management.endpoints.web.base-path=/manage",
				"management.endpoints.web.path-mapping.asyncore=loops");
		HttpResponse<String> answer = get("server", "/app/mvc/manage/loops/dashboard");
		assertThat(answer.statusCode()).isEqualTo(200);
		assertProtected(answer.headers());
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void areThereAtAPortOfItsOwn(WebApplicationType type) throws Exception {
		run(type, PAGE, "management.server.port=0", "management.server.base-path=/own");
		HttpResponse<String> answer = get("management", "/own/actuator/asyncore/dashboard");
		assertThat(answer.statusCode()).isEqualTo(200);
		assertProtected(answer.headers());
		assertThat(get("server", "/actuator/asyncore/dashboard").statusCode()).isEqualTo(404);
	}

	private static void assertProtected(HttpHeaders headers) {
		assertThat(headers.allValues("Content-Security-Policy")).containsExactly("frame-ancestors 'none'");
		assertThat(headers.allValues("X-Frame-Options")).containsExactly("DENY");
		assertThat(headers.allValues("X-Content-Type-Options")).containsExactly("nosniff");
		assertThat(headers.allValues("Cache-Control")).containsExactly("no-store");
		assertThat(headers.allValues("Referrer-Policy")).containsExactly("no-referrer");
	}

	@ParameterizedTest
	@EnumSource(names = { "SERVLET", "REACTIVE" })
	void leaveOtherAnswersAlone(WebApplicationType type) throws Exception {
		run(type, PAGE);
		assertThat(get("server", "/actuator").headers().map()).doesNotContainKeys("content-security-policy",
				"referrer-policy");
		assertThat(get("server", "/actuator/asyncores").headers().map()).doesNotContainKey("referrer-policy");
	}

	@Test
	void whenThereIsNoPageThereIsNoFilter() {
		run(WebApplicationType.SERVLET);
		assertThat(this.application.getBeanProvider(EndpointFilter.class).stream()).isEmpty();
	}

	@Test
	void whenTheEndpointIsNotThereThereIsNoFilter() {
		run(WebApplicationType.SERVLET, PAGE, "management.endpoint.asyncore.access=none");
		assertThat(this.application.getBeanProvider(EndpointFilter.class).stream()).isEmpty();
	}

	@Test
	void whenThereIsNoLoopOtherRequestsAreAnswered() throws Exception {
		run(WebApplicationType.SERVLET, PAGE, "asyncore.enabled=false");
		assertThat(get("server", "/actuator").statusCode()).isEqualTo(200);
	}

	private void run(WebApplicationType type, String... properties) {
		List<String> all = new ArrayList<>(List.of(properties));
		all.add(EndpointApplication.EXPOSED);
		all.add("spring.main.web-application-type=" + type.name().toLowerCase(Locale.ROOT));
		this.application = EndpointApplication.run(all.toArray(String[]::new));
	}

	private HttpResponse<String> get(String server, String path) throws IOException, InterruptedException {
		String port = this.application.getEnvironment().getRequiredProperty("local." + server + ".port");
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(Loopback.BOUND).build(),
					HttpResponse.BodyHandlers.ofString());
	}

}
