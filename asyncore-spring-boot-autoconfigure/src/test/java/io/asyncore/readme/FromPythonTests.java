package io.asyncore.readme;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import io.asyncore.Asyncore;
import io.asyncore.Dispatcher;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.test.ScriptedClient;
import io.asyncore.test.ScriptedServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * {@code FROM-PYTHON.md} has all names of Python's modules, and names of this library
 * that there are, and its programs do what those in Python do.
 */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FromPythonTests {

	private static final Pattern ROW = Pattern.compile("^\\| `(\\w+)` \\| (?:-|`(\\w+)(?:\\.(\\w+))?`) \\|");

	// the programs use the default map
	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(Asyncore.socketMap(), true);
	}

	// those of Python 3.11 that do not begin with an underscore, and three that do
	@ParameterizedTest
	@CsvSource(delimiter = ':', value = {
			"The module asyncore: loop poll poll2 poll3 socket_map close_all compact_traceback ExitNow read write "
					+ "readwrite dispatcher dispatcher_with_send file_dispatcher file_wrapper",
			"dispatcher: debug connected accepting connecting closing addr socket family_and_type ignore_log_types "
					+ "add_channel del_channel create_socket set_socket set_reuse_addr readable writable listen bind "
					+ "connect accept send recv close log log_info handle_read_event handle_connect_event "
					+ "handle_write_event handle_expt_event handle_error handle_expt handle_read handle_write "
					+ "handle_connect handle_accept handle_accepted handle_close __repr__",
			"dispatcher_with_send: out_buffer initiate_send handle_write writable send",
			"file_dispatcher and file_wrapper: set_file fd recv send getsockopt read write close fileno",
			"The module asynchat: async_chat simple_producer more find_prefix_at_end",
			"async_chat: ac_in_buffer_size ac_out_buffer_size use_encoding encoding ac_in_buffer incoming "
					+ "producer_fifo terminator collect_incoming_data _collect_incoming_data _get_data "
					+ "found_terminator set_terminator get_terminator handle_read handle_write handle_close push "
					+ "push_with_producer readable writable close_when_done initiate_send discard_buffers" })
	void hasARowForEachNameOfPython(String heading, String names) throws IOException {
		assertThat(rows().get(heading).stream().map((row) -> row.group(1))).containsExactlyInAnyOrder(names.split(" "));
	}

	@Test
	void namesWhatThereIs() throws IOException {
		List<Matcher> rows = rows().values().stream().flatMap(List::stream).toList();
		assertThat(rows).hasSizeGreaterThan(80).allSatisfy((row) -> {
			if (row.group(2) != null) {
				Class<?> type = type(row.group(2));
				assertThat(type).as(row.group()).isNotNull();
				assertThat(row.group(3) == null || hasMethod(type, row.group(3))).as(row.group()).isTrue();
			}
		});
	}

	private static Map<String, List<Matcher>> rows() throws IOException {
		Map<String, List<Matcher>> rows = new LinkedHashMap<>();
		String heading = "";
		for (String line : Files.readAllLines(Path.of("FROM-PYTHON.md"))) {
			Matcher row = ROW.matcher(line);
			if (line.startsWith("## ")) {
				heading = line.substring(3);
			}
			else if (row.find()) {
				rows.computeIfAbsent(heading, (key) -> new ArrayList<>()).add(row);
			}
		}
		return rows;
	}

	private static Class<?> type(String name) {
		return Stream.of("io.asyncore.", "io.asyncore.chat.").map((place) -> {
			try {
				return Class.forName(place + name);
			}
			catch (ClassNotFoundException ex) {
				return null;
			}
		}).filter((type) -> type != null).findFirst().orElse(null);
	}

	private static boolean hasMethod(Class<?> type, String name) {
		return Arrays.stream(type.getDeclaredMethods()).anyMatch((method) -> method.getName().equals(name));
	}

	@Test
	void clientTellsHowLongAPageIs(CapturedOutput output) throws Exception {
		try (ScriptedServer server = ScriptedServer.listen()) {
			Thread program = start(() -> PageSize.main(new String[] { "localhost", String.valueOf(server.port()) }));
			try (ScriptedClient peer = server.accept()) {
				peer.expectLine("GET / HTTP/1.0").expectLine("Host: localhost").expectLine("");
				peer.send("HTTP/1.0 200 OK\r\n\r\nhello");
			}
			assertEnds(program);
			assertThat(output).contains("24 bytes");
		}
	}

	@Test
	void serverEchoes() throws Exception {
		Thread program = start(() -> EchoListener.main(new String[] { "0" }));
		Dispatcher listener = await().atMost(Loopback.BOUND)
			.until(() -> Asyncore.socketMap().channels().stream().filter(Dispatcher::accepting).findFirst(),
					(found) -> found.isPresent())
			.orElseThrow();
		try (ScriptedClient client = ScriptedClient.connect(Loopback.port(listener))) {
			client.send("one\n").expectLine("one").send("two\n").expectLine("two").shutdownOutput().expectEnd();
		}
		Asyncore.closeAll();
		assertEnds(program);
	}

	@Test
	void notesAreKept() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
			.withUserConfiguration(Notes.class)
			.withPropertyValues("asyncore.servers.notes.port=0")
			.run((context) -> {
				int port = context.getEnvironment().getRequiredProperty("local.asyncore.notes.port", Integer.class);
				try (ScriptedClient client = ScriptedClient.connect(port)) {
					client.send("note 5\r\nhello").expectLine("kept 5 characters");
					client.send("note 6\r\nh\u00e4llo".getBytes(StandardCharsets.UTF_8))
						.expectLine("kept 5 characters");
					client.send("bye\r\n").expectLine("goodbye").expectEnd();
				}
			});
	}

	private static Thread start(Program program) {
		Thread thread = new Thread(() -> {
			try {
				program.run();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	private static void assertEnds(Thread program) throws InterruptedException {
		program.join(Loopback.BOUND.toMillis());
		assertThat(program.isAlive()).isFalse();
	}

	/**
	 * A program, or part of one.
	 */
	@FunctionalInterface
	private interface Program {

		void run() throws IOException;

	}

}
