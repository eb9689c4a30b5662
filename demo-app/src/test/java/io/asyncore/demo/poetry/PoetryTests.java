package io.asyncore.demo.poetry;

import io.asyncore.demo.DemoTest;
import io.asyncore.demo.poetry.PoetryController.Poetry;
import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the poetry servers and their client.
 */
@DemoTest
class PoetryTests {

	@LocalServerPort
	private int webPort;

	@LocalAsyncorePort("poetry1")
	private int port1;

	@LocalAsyncorePort("poetry2")
	private int port2;

	@LocalAsyncorePort("poetry3")
	private int port3;

	@Test
	void getsAllPoemsAtOnce() {
		Poetry poetry = RestTestClient.bindToServer()
			.baseUrl("http://127.0.0.1:" + this.webPort)
			.build()
			.post()
			.uri("/demo/poetry")
			.exchange()
			.expectStatus()
			.isOk()
			.expectBody(Poetry.class)
			.returnResult()
			.getResponseBody();
		assertThat(poetry).isNotNull();
		assertThat(poetry.poems()).extracting("report")
			.containsExactly("Task 1: got 215 bytes of poetry from 127.0.0.1:" + this.port1,
					"Task 2: got 255 bytes of poetry from 127.0.0.1:" + this.port2,
					"Task 3: got 248 bytes of poetry from 127.0.0.1:" + this.port3);
		// nine lines each, and the end
		assertThat(poetry.elapsedMillis()).isGreaterThanOrEqualTo(90);
	}

	@Test
	void whenListenerHasNothingToSayReadsTheWholePoemToIt() {
		try (ScriptedClient listener = ScriptedClient.connect(this.port3)) {
			listener.shutdownOutput().expectLine("Tyger Tyger, burning bright,");
			assertThat(listener.readAll()).asString().endsWith("What the hand, dare seize the fire?\n");
		}
	}

}
