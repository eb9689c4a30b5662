package io.asyncore.demo.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Processes}.
 */
class ProcessesTests {

	private static final Duration BOUND = Duration.ofSeconds(10);

	// tells its number and that of a process which it has started
	private static final String TWO = "sleep 600 & echo $! $$; wait";

	// does not end when it is asked to
	private static final String STUBBORN = "trap '' TERM; echo $$; while :; do sleep 1; done";

	private final Processes processes = new Processes();

	private final List<ProcessHandle> started = new ArrayList<>();

	@AfterEach
	void leaveNone() {
		this.started.forEach(ProcessHandle::destroyForcibly);
	}

	@Test
	void endsAProcessAndTheOnesItHasStarted() throws IOException {
		Process process = start(TWO);
		assertThat(this.started).hasSize(2).allMatch(ProcessHandle::isAlive);
		this.processes.end(process);
		Awaitility.await().atMost(BOUND).until(() -> this.started.stream().noneMatch(ProcessHandle::isAlive));
		Awaitility.await().atMost(BOUND).until(() -> this.processes.running().isEmpty());
	}

	@Test
	void whenApplicationStopsNoneIsLeft() throws IOException {
		start(TWO);
		start(STUBBORN);
		start("echo $$");
		assertThat(this.processes.running()).hasSize(3);
		this.processes.destroy();
		Awaitility.await().atMost(BOUND).until(() -> this.started.stream().noneMatch(ProcessHandle::isAlive));
		assertThat(this.processes.running()).isEmpty();
	}

	@Test
	void whenOneIsStillEndingWhenTheApplicationStopsWaitsForIt() throws IOException {
		this.processes.end(start(STUBBORN));
		this.processes.destroy();
		Awaitility.await().atMost(BOUND).until(() -> this.started.stream().noneMatch(ProcessHandle::isAlive));
	}

	private Process start(String command) throws IOException {
		Process process = this.processes.start(command);
		BufferedReader output = process.inputReader();
		for (String pid : output.readLine().split(" ")) {
			ProcessHandle.of(Long.parseLong(pid)).ifPresent(this.started::add);
		}
		return process;
	}

}
