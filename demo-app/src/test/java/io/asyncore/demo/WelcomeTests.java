package io.asyncore.demo;

import io.asyncore.test.LocalAsyncorePort;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.core.env.Environment;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Welcome}.
 */
@DemoTest
class WelcomeTests {

	@Autowired
	private Environment environment;

	@Test
	void namesTheServersThatAreThere(@LocalAsyncorePort("echo") int echo, @LocalAsyncorePort("chat") int chat,
			@LocalAsyncorePort("http") int http, @Value("${local.server.port}") int web) {
		assertThat(Welcome.commands(this.environment).lines())
			.anySatisfy((line) -> assertThat(line).startsWith("    nc 127.0.0.1 " + echo + " ")
				.endsWith(" type a line and get it back"))
			.anySatisfy((line) -> assertThat(line).startsWith("    nc 127.0.0.1 " + chat + " "))
			.anySatisfy((line) -> assertThat(line).startsWith("    curl http://127.0.0.1:" + http + "/poem "))
			.anySatisfy(
					(line) -> assertThat(line).startsWith("    curl -X POST http://127.0.0.1:" + web + "/demo/poetry "))
			.anySatisfy((line) -> assertThat(line)
				.startsWith("    http://127.0.0.1:" + web + "/actuator/asyncore/dashboard "));
	}

	@Test
	void whenThereAreNoneNamesNone() {
		assertThat(Welcome.commands(new MockEnvironment()).strip()).doesNotContain("127.0.0.1").hasLineCount(1);
	}

}
