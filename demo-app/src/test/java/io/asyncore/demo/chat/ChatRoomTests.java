package io.asyncore.demo.chat;

import java.time.Duration;

import io.asyncore.demo.DemoTest;
import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.MediaType;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ChatRoom} and those who are there.
 */
@DemoTest
@TestPropertySource(properties = "demo.chat.max-queued=100KB")
class ChatRoomTests {

	private static final Duration BOUND = Duration.ofSeconds(10);

	private static final String WELCOME = "\\* You are agent \\d+, others here: ";

	@LocalAsyncorePort("chat")
	private int port;

	@LocalServerPort
	private int webPort;

	@Autowired
	private ChatRoom room;

	@AfterEach
	void waitUntilAllHaveGone() {
		Awaitility.await().atMost(BOUND).until(() -> this.room.members().isEmpty());
	}

	@Test
	void whatOneSaysAllOthersHear() {
		try (ScriptedClient ann = enter(0)) {
			try (ScriptedClient bob = enter(1)) {
				ann.expectLine("\\* Agent \\d+ has come");
				bob.send("hällo\nlong time\u001b[2J no see\r\n\r\n");
				ann.expectLine("Agent \\d+: hällo").expectLine("Agent \\d+: long time\\[2J no see");
				ann.send("hi\n");
				bob.expectLine("Agent \\d+: hi");
			}
			ann.expectLine("\\* Agent \\d+ has gone");
		}
	}

	@Test
	void whatTheWebSaysAllHear() {
		try (ScriptedClient ann = enter(0); ScriptedClient bob = enter(1)) {
			ann.expectLine("\\* Agent \\d+ has come");
			web().post()
				.uri("/chat")
				.contentType(MediaType.TEXT_PLAIN)
				.body("dinner\nis ready")
				.exchange()
				.expectStatus()
				.isNoContent();
			ann.expectLine("Web: dinner").expectLine("Web: is ready");
			bob.expectLine("Web: dinner").expectLine("Web: is ready");
			web().get().uri("/chat").exchange().expectStatus().isOk().expectBody().jsonPath("$.length()").isEqualTo(2);
		}
	}

	@Test
	void whenLineIsTooLongGoesOnWithTheNext() {
		try (ScriptedClient ann = enter(0); ScriptedClient bob = enter(1)) {
			ann.expectLine("\\* Agent \\d+ has come");
			bob.send("x".repeat(10_000) + "\nsorry\n").expectLine("\\* A line has at most 4096 bytes");
			ann.expectLine("Agent \\d+: sorry");
		}
	}

	@Test
	void whoReadsTooSlowlyIsDropped() {
		String lines = ("x".repeat(4000) + "\n").repeat(100);
		try (ScriptedClient slow = enter(0); ScriptedClient ann = enter(1)) {
			Awaitility.await().atMost(BOUND).until(() -> {
				ann.send(lines);
				return this.room.members().size() == 1;
			});
			ann.expectLine("\\* Agent \\d+ reads too slowly and was dropped");
			assertThat(slow.readAll()).asString().endsWith("* You read too slowly\n");
		}
	}

	private ScriptedClient enter(int others) {
		return ScriptedClient.connect(this.port).expectLine(WELCOME + others);
	}

	private RestTestClient web() {
		return RestTestClient.bindToServer().baseUrl("http://127.0.0.1:" + this.webPort).build();
	}

}
