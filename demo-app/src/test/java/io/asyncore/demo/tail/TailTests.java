package io.asyncore.demo.tail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.demo.DemoTest;
import io.asyncore.demo.LocalServers;
import io.asyncore.test.ScriptedClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.TestPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link TailReader} and those who listen.
 */
@DemoTest
@TestPropertySource(properties = "demo.tail.max-queued=100KB")
class TailTests {

	private static final Duration BOUND = Duration.ofSeconds(10);

	@TempDir
	private static Path directory;

	@Autowired
	private LocalServers servers;

	@Autowired
	private TailReader reader;

	@Autowired
	private ChannelMap map;

	@Autowired
	private ConfigurableApplicationContext context;

	@DynamicPropertySource
	static void readFifo(DynamicPropertyRegistry registry) {
		registry.add("demo.tail.fifo", () -> fifo().toString());
	}

	@AfterEach
	void waitUntilAllHaveGone() {
		awaitListeners(0);
	}

	@Test
	void whatOneWritesAllListenersGet() throws IOException {
		try (ScriptedClient ann = listen(1); ScriptedClient bob = listen(2)) {
			write("one\ntwo\n");
			ann.expectLine("one").expectLine("two");
			bob.expectLine("one").expectLine("two");
		}
	}

	@Test
	void whenWritersComeAndGoTheTailGoesOn() throws IOException {
		try (ScriptedClient client = listen(1)) {
			for (int i = 0; i < 10; i++) {
				write(i + "\n");
				client.expectLine(String.valueOf(i));
			}
		}
	}

	@Test
	void whenListenerComesInTheMiddleOfALineItGetsTheNext() throws IOException {
		try (ScriptedClient ann = listen(1)) {
			write("first\nsecond");
			ann.expectLine("first");
			write(" line\nthird");
			ann.expectLine("second line");
			try (ScriptedClient bob = listen(2)) {
				write(" line\nfourth\n");
				ann.expectLine("third line").expectLine("fourth");
				bob.expectLine("third line").expectLine("fourth");
			}
		}
	}

	@Test
	void whoReadsTooSlowlyMissesLinesAndIsToldHowMany() throws IOException {
		// more than the system keeps
		int count = 20_000;
		String line = "x".repeat(1000);
		try (ScriptedClient slow = listen(1); ScriptedClient quick = listen(2)) {
			for (int i = 0; i < count; i += 50) {
				write((line + "\n").repeat(50));
				quick.expect((line + "\n").repeat(50));
			}
			Dispatcher listener = this.map.channels()
				.stream()
				.filter((channel) -> channel.outBuffered() > 0)
				.findAny()
				.orElseThrow();
			assertThat(listener.outBuffered()).isLessThan(100 * 1024 + 2 * line.length());
			int received = 0;
			for (; listener.outBuffered() > 0; received++) {
				slow.expectLine(line);
			}
			write("again\n");
			String next = slow.readLine();
			for (; next.equals(line); next = slow.readLine()) {
				received++;
			}
			assertThat(next).isEqualTo("* You have missed " + (count - received) + " lines");
			slow.expectLine("again");
			assertThat(received).isLessThan(count);
			quick.expectLine("again");
		}
	}

	@Test
	void whenListenerTalksItIsNotHeard() throws IOException {
		try (ScriptedClient client = listen(1)) {
			client.send("hello\n");
			write("one\n");
			client.expectLine("one");
			client.shutdownOutput().expectEnd();
		}
	}

	@Test
	void whenApplicationIsRestartedTheTailGoesOn() throws IOException {
		this.context.stop();
		this.context.start();
		whatOneWritesAllListenersGet();
	}

	private ScriptedClient listen(int listeners) {
		ScriptedClient client = ScriptedClient.connect(this.servers.address("tail"));
		awaitListeners(listeners);
		return client;
	}

	private void awaitListeners(int listeners) {
		Awaitility.await().atMost(BOUND).until(() -> this.reader.listeners() == listeners);
	}

	// opens and closes it, as the shell does, but waits for nobody
	private static void write(String text) throws IOException {
		try (FileChannel fifo = FileChannel.open(fifo(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
			fifo.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
		}
	}

	private static Path fifo() {
		return directory.resolve("fifo");
	}

}
