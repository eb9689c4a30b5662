package io.asyncore.demo.watch;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import io.asyncore.EventLoop;
import io.asyncore.demo.DemoTest;
import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.MediaType;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.servlet.client.RestTestClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Sleeper}, {@link EventLog} and what is seen of them.
 */
@DemoTest
@TestPropertySource(properties = { "asyncore.watchdog.down=200ms", "asyncore.servers.echo.max-connections=1",
		"logging.level.io.asyncore.demo.watch=debug" })
@ExtendWith(OutputCaptureExtension.class)
class WatchTests {

	private static final Duration BOUND = Duration.ofSeconds(10);

	@LocalServerPort
	private int webPort;

	@LocalAsyncorePort("echo")
	private int echoPort;

	@LocalAsyncorePort("chat")
	private int chatPort;

	@Autowired
	private EventLoop loop;

	@Autowired
	private MeterRegistry registry;

	@Test
	void whenHandlerHoldsTheLoopEverybodyTellsWhichItIs(CapturedOutput output) {
		double stalls = this.registry.get("asyncore.loop.stalls").functionCounter().count();
		slow(Sleeper.LONGEST.toMillis()).expectStatus().isAccepted();
		Thread thread = this.loop.thread();
		try {
			eventually(() -> get("/actuator/asyncore").expectStatus()
				.isOk()
				.expectBody()
				.jsonPath("$.loops[0].state")
				.isEqualTo("stalled")
				.jsonPath("$.loops[0].running.channel")
				.isEqualTo("sleeper")
				.jsonPath("$.loops[0].running.handler")
				.isEqualTo("task"));
			get("/actuator/health").expectStatus()
				.isEqualTo(503)
				.expectBody()
				.jsonPath("$.components.asyncore.status")
				.isEqualTo("DOWN")
				.jsonPath("$.components.asyncore.details.loops.asyncore-loop.channel")
				.isEqualTo("sleeper")
				.jsonPath("$.components.asyncore.details.loops.asyncore-loop.handler")
				.isEqualTo("task");
			get("/actuator/health/readiness").expectStatus().isEqualTo(503);
			get("/actuator/health/liveness").expectStatus().isOk();
			eventually(() -> assertThat(output).contains("Handler 'task' of 'sleeper'")
				.contains("Stalled asyncore-loop by task of sleeper"));
			assertThat(this.registry.get("asyncore.loop.stalls").functionCounter().count()).isGreaterThan(stalls);
		}
		finally {
			// seen enough
			thread.interrupt();
		}
		eventually(() -> get("/actuator/health").expectStatus().isOk());
		eventually(() -> assertThat(output).contains("Recovered asyncore-loop after "));
		eventually(() -> {
			assertThat(this.registry.get("asyncore.handler")
				.tags("channel", "sleeper", "handler", "task", "outcome", "success")
				.timer()
				.max(TimeUnit.MILLISECONDS)).isGreaterThanOrEqualTo(200);
			// of the task by which the watchdog finds out
			assertThat(this.registry.get("asyncore.loop.lag").timer().max(TimeUnit.MILLISECONDS))
				.isGreaterThanOrEqualTo(100);
		});
	}

	@Test
	void whenLoopWasHeldItServesItsChannelsAgain() {
		slow(150).expectStatus().isAccepted();
		try (ScriptedClient client = ScriptedClient.connect(this.chatPort)) {
			client.expectLine("\\* You are agent .*");
		}
	}

	@Test
	void whenTimeIsOutOfBoundsHoldsNothing() {
		for (long millis : new long[] { 0, -1, 10_001, Long.MAX_VALUE }) {
			slow(millis).expectStatus()
				.isBadRequest()
				.expectBody()
				.jsonPath("$.detail")
				.isEqualTo("The loop is held for 1 to 10000 ms, not " + millis);
		}
	}

	@Test
	void whenAPageOfAnySiteCouldHaveSentItHoldsNothing() {
		for (MediaType type : List.of(MediaType.APPLICATION_FORM_URLENCODED, MediaType.TEXT_PLAIN)) {
			web().post()
				.uri("/demo/slow?millis=150")
				.contentType(type)
				.body("millis=150")
				.exchange()
				.expectStatus()
				.isEqualTo(415);
		}
		web().post().uri("/demo/slow?millis=150").exchange().expectStatus().isEqualTo(415);
	}

	@Test
	void whenConnectionsComeAndGoLogsThem(CapturedOutput output) {
		try (ScriptedClient client = ScriptedClient.connect(this.chatPort)) {
			client.expectLine("\\* You are agent .*");
			eventually(() -> assertThat(output).containsPattern("Opened chat 127\\.0\\.0\\.1:\\d+"));
		}
		eventually(() -> assertThat(output).containsPattern("Closed chat 127\\.0\\.0\\.1:\\d+, reason peer"));
	}

	@Test
	void whenServerIsFullLogsThatItPausesAndResumes(CapturedOutput output) {
		try (ScriptedClient client = ScriptedClient.connect(this.echoPort)) {
			client.send("hello\n").expectLine("hello");
			eventually(() -> assertThat(output).contains("Paused echo, reason limit"));
		}
		eventually(() -> assertThat(output).contains("Resumed echo, reason was limit"));
	}

	private static void eventually(ThrowingRunnable assertion) {
		Awaitility.await().atMost(BOUND).untilAsserted(assertion);
	}

	private RestTestClient.ResponseSpec slow(long millis) {
		return web().post()
			.uri("/demo/slow")
			.contentType(MediaType.APPLICATION_JSON)
			.body(Map.of("millis", millis))
			.exchange();
	}

	private RestTestClient.ResponseSpec get(String path) {
		return web().get().uri(path).exchange();
	}

	private RestTestClient web() {
		return RestTestClient.bindToServer().baseUrl("http://127.0.0.1:" + this.webPort).build();
	}

}
