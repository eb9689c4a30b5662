package io.asyncore.demo.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.demo.DemoTest;
import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import io.micrometer.core.instrument.MeterRegistry;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ProcessChannel}, {@link ProcessInput} and {@link ProcessOutput}.
 */
@DemoTest
@ExtendWith(OutputCaptureExtension.class)
class ProcessChannelTests {

	private static final Duration BOUND = Duration.ofSeconds(10);

	private static final int MUCH = 16 * 1024 * 1024;

	// asked for by each connection
	private static volatile String command = "";

	@LocalAsyncorePort("process")
	private int port;

	@Autowired
	private ChannelMap map;

	@Autowired
	private Processes processes;

	@Autowired
	private MeterRegistry registry;

	@Autowired
	private ConfigurableApplicationContext context;

	@DynamicPropertySource
	static void runCommand(DynamicPropertyRegistry registry) {
		registry.add("demo.process.command", () -> command);
	}

	@AfterEach
	void waitUntilAllHaveEnded() {
		Awaitility.await().atMost(BOUND).until(() -> this.processes.running().isEmpty());
		Awaitility.await()
			.atMost(BOUND)
			.until(() -> this.map.channels()
				.stream()
				.noneMatch((channel) -> channel.getClass().getPackage() == getClass().getPackage()));
	}

	@Test
	void whatTheProcessSaysTheClientGetsAndTheOtherWayRound() {
		try (ScriptedClient client = run("echo name?; read name; echo hello $name; echo oops >&2")) {
			client.expectLine("name\\?").send("Ann\n");
			client.expectLine("hello Ann").expectLine("oops").expectEnd();
		}
	}

	@Test
	void whenClientHasEndedItsStreamTheProcessFindsTheEnd() {
		try (ScriptedClient client = run("sort")) {
			client.send("b\na\n").shutdownOutput().expectLine("a").expectLine("b").expectEnd();
		}
	}

	@Test
	void whenProcessHasEndedItIsThisEndThatCloses() {
		double before = closedByThisEnd();
		try (ScriptedClient client = run("echo done")) {
			client.expectLine("done").expectEnd();
		}
		Awaitility.await().atMost(BOUND).until(() -> closedByThisEnd() == before + 1);
	}

	private double closedByThisEnd() {
		return this.registry.get("asyncore.channels.closed")
			.tags("channel", "process", "reason", "local")
			.functionCounter()
			.count();
	}

	@Test
	void whenMuchGoesThroughLosesNothing() throws Exception {
		byte[] data = new byte[MUCH];
		new Random(1).nextBytes(data);
		try (ScriptedClient client = run("cat")) {
			client.send(data).shutdownOutput();
			assertThat(client.readAll()).isEqualTo(data);
		}
	}

	@Test
	void whenClientDoesNotReadTheProcessHasToWait() {
		try (ScriptedClient client = run("head -c " + MUCH + " /dev/zero; echo done >&2")) {
			ProcessChannel channel = find(ProcessChannel.class);
			Awaitility.await().atMost(BOUND).until(channel::isFull);
			// and what one read gives, of what the library has read ahead
			assertThat(channel.outBuffered()).isLessThanOrEqualTo(ProcessChannel.MAX_QUEUED + 128 * 1024);
			assertThat(client.readAll()).hasSize(MUCH + "done\n".length());
		}
	}

	@Test
	void whenProcessDoesNotReadTheClientHasToWait(@TempDir Path directory) throws Exception {
		Path gate = directory.resolve("gate");
		try (ScriptedClient client = run("until [ -e " + gate + " ]; do sleep 0.1; done; wc -c")) {
			CompletableFuture<Void> sent = CompletableFuture
				.runAsync(() -> client.withTimeout(BOUND).send(new byte[MUCH]).shutdownOutput());
			Awaitility.await().atMost(BOUND).until(find(ProcessInput.class)::isFull);
			assertThat(find(ProcessChannel.class).readable()).isFalse();
			assertThat(sent).isNotDone();
			Files.createFile(gate);
			sent.get(BOUND.toSeconds(), TimeUnit.SECONDS);
			client.expectLine(" *" + MUCH).expectEnd();
		}
	}

	@Test
	void whenProcessTakesNoMoreInputTheRestIsDropped() {
		try (ScriptedClient client = run("exec <&-; sleep 0.2; echo done; sleep 0.2; echo really")) {
			client.send(new byte[MUCH]).shutdownOutput();
			client.expectLine("done").expectLine("really").expectEnd();
		}
	}

	@Test
	void whenClientGoesTheProcessIsEnded() {
		ProcessHandle process;
		try (ScriptedClient client = run("echo $$; exec sleep 600")) {
			process = ProcessHandle.of(Long.parseLong(client.readLine())).orElseThrow();
			assertThat(process.isAlive()).isTrue();
			client.reset();
		}
		Awaitility.await().atMost(BOUND).until(() -> !process.isAlive());
	}

	@Test
	void whenClientClosesTheProcessIsEndedWhenItSaysSomething() {
		ProcessHandle process;
		try (ScriptedClient client = run("echo $$; while :; do echo tick; sleep 0.1; done")) {
			process = ProcessHandle.of(Long.parseLong(client.readLine())).orElseThrow();
		}
		Awaitility.await().atMost(BOUND).until(() -> !process.isAlive());
	}

	@Test
	void whenClientsGoAtOnceNoProcessIsLeft() {
		command = "exec sleep 600";
		for (int i = 0; i < 20; i++) {
			ScriptedClient.connect(this.port).reset();
		}
		// for which those before were accepted
		try (ScriptedClient client = run("echo last")) {
			client.expectLine("last").expectEnd();
		}
	}

	@Test
	void whenChannelIsClosedBeforeTheProcessIsStartedNoneIsLeft() throws IOException {
		ProcessChannel channel = new ProcessChannel(this.processes, "exec sleep 600");
		channel.close();
		assertThat(channel.start().onExit()).succeedsWithin(BOUND);
	}

	@Test
	void whenProgramCannotBeStartedTheClientIsClosed(CapturedOutput output) {
		// what no system takes for a command
		try (ScriptedClient client = run("\0")) {
			client.expectEnd();
		}
		assertThat(output).contains("Cannot start '");
	}

	@Test
	void whenLoopStopsTheProcessIsEnded() {
		try (ScriptedClient client = run("echo $$; exec sleep 600")) {
			ProcessHandle process = ProcessHandle.of(Long.parseLong(client.readLine())).orElseThrow();
			this.context.stop();
			Awaitility.await().atMost(BOUND).until(() -> !process.isAlive());
		}
		finally {
			this.context.start();
		}
	}

	private ScriptedClient run(String line) {
		command = line;
		return ScriptedClient.connect(this.port);
	}

	private <T extends Dispatcher> T find(Class<T> type) {
		List<T> found = new ArrayList<>();
		Awaitility.await().atMost(BOUND).until(() -> {
			this.map.channels().stream().filter(type::isInstance).map(type::cast).forEach(found::add);
			return !found.isEmpty();
		});
		return found.get(0);
	}

}
