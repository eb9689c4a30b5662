package io.asyncore.context;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Hook;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.chat.AsyncChat;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link MdcInterceptor}.
 */
class MdcInterceptorTests {

	private final MdcInterceptor interceptor = new MdcInterceptor();

	private final ApplicationContextRunner contextRunner = EchoApplication.runner()
		.withUserConfiguration(Channels.class)
		.withPropertyValues("asyncore.servers.recording.port=0", "asyncore.servers.echo.channel=recording");

	@AfterEach
	void clear() {
		MDC.clear();
	}

	@Test
	void setsWhatIsKnownWhileTheHandlerRuns() throws Exception {
		Dispatcher channel = channel("one");
		Map<String, String> seen = new TreeMap<>();
		this.interceptor.intercept(channel, Hook.READ, () -> seen.putAll(MDC.getCopyOfContextMap()));
		assertThat(seen).containsOnly(Map.entry("asyncore.channel", "one"), Map.entry("asyncore.handler", "read"));
		assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
	}

	@Test
	void setsTheLabelEscaped() throws Exception {
		Dispatcher outer = channel("outer");
		outer.setLabel("device\n7");
		this.interceptor.intercept(outer, Hook.READ, () -> {
			assertThat(MDC.get("asyncore.label")).isEqualTo("device\\n7");
			this.interceptor.intercept(channel("inner"), Hook.READ,
					() -> assertThat(MDC.getCopyOfContextMap()).doesNotContainKey("asyncore.label"));
			assertThat(MDC.get("asyncore.label")).isEqualTo("device\\n7");
		});
		assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
	}

	@Test
	void whenHandlersAreNestedRestoresTheOuter() throws Exception {
		MDC.put("user", "somebody");
		this.interceptor.intercept(channel("outer"), Hook.READ, () -> {
			MDC.put("asyncore.peer", "outer peer");
			this.interceptor.intercept(channel("inner"), Hook.TERMINATOR,
					() -> assertThat(MDC.getCopyOfContextMap()).containsEntry("asyncore.channel", "inner")
						.containsEntry("asyncore.handler", "terminator")
						.doesNotContainKey("asyncore.peer"));
			assertThat(MDC.getCopyOfContextMap()).containsEntry("asyncore.channel", "outer")
				.containsEntry("asyncore.handler", "read")
				.containsEntry("asyncore.peer", "outer peer");
		});
		assertThat(MDC.getCopyOfContextMap()).containsOnly(Map.entry("user", "somebody"));
	}

	@Test
	void whenTheHandlerFailsRemovesTheKeys() {
		assertThatIllegalStateException().isThrownBy(() -> this.interceptor.intercept(channel("one"), Hook.READ, () -> {
			throw new IllegalStateException("as planned");
		}));
		assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
	}

	@Test
	void isNotThereUnlessAskedFor() {
		this.contextRunner.run((context) -> {
			assertThat(context).doesNotHaveBean(MdcInterceptor.class);
			try (ScriptedClient client = EchoApplication.client(context)) {
				client.send("x\n").expectLine("x");
				assertThat(context.getBean(Channels.class).seen).isNotEmpty().allMatch((line) -> line.endsWith(" {}"));
			}
		});
	}

	@Test
	void whenAskedForShowsTheHandlersOfAConnection() {
		this.contextRunner.withPropertyValues("asyncore.logging.mdc=true").run((context) -> {
			List<String> seen = context.getBean(Channels.class).seen;
			String peer;
			try (ScriptedClient client = EchoApplication.client(context)) {
				peer = Addresses.text(client.localAddress());
				client.send("x\n").expectLine("x");
			}
			await().atMost(Loopback.BOUND).until(() -> seen.size() == 4);
			assertThat(seen).containsExactly(line("open", peer, "open"), line("found", peer, "terminator"),
					line("after read", peer, "read"), line("close", peer, "close"));
			Map<String, String> left = new TreeMap<>();
			EventLoop loop = context.getBean(EventLoop.class);
			loop.execute(() -> {
				left.put("seen", "");
				Map<String, String> map = MDC.getCopyOfContextMap();
				left.putAll((map != null) ? map : Map.of());
			});
			await().atMost(Loopback.BOUND).until(() -> !left.isEmpty());
			assertThat(left).containsOnlyKeys("seen");
		});
	}

	@Test
	void whenAHandlerSetsTheLabelTheRestOfItShowsThat() {
		this.contextRunner.withPropertyValues("asyncore.logging.mdc=true").run((context) -> {
			List<String> seen = context.getBean(Channels.class).seen;
			try (ScriptedClient client = EchoApplication.client(context)) {
				client.send("label device-7\n").expectLine("label device-7");
				client.send("label device-8\nlabel\n").expectLine("label device-8").expectLine("label");
			}
			await().atMost(Loopback.BOUND).until(() -> seen.size() == 10);
			assertThat(seen.subList(1, 10)).map(MdcInterceptorTests::label)
				.containsExactly("found -", "labelled device-7", "after read device-7", "found device-7",
						"labelled device-8", "found device-8", "labelled -", "after read -", "close -");
		});
	}

	private static String label(String line) {
		Matcher label = Pattern.compile("asyncore\\.label=([^,}]+)").matcher(line);
		return line.substring(0, line.indexOf(" {")) + " " + (label.find() ? label.group(1) : "-");
	}

	@Test
	void aLabelOfAnotherChannelIsNotShown() throws Exception {
		Dispatcher outer = channel("outer");
		Dispatcher inner = channel("inner");
		this.interceptor.intercept(outer, Hook.READ, () -> {
			inner.setLabel("of another");
			this.interceptor.described(inner);
			assertThat(MDC.get("asyncore.label")).isNull();
			this.interceptor.intercept(inner, Hook.READ, () -> {
				outer.setLabel("of the outer");
				this.interceptor.described(outer);
				assertThat(MDC.get("asyncore.label")).isEqualTo("of another");
			});
			assertThat(MDC.get("asyncore.label")).isNull();
		});
		this.interceptor.described(outer);
		assertThat(MDC.getCopyOfContextMap()).isNullOrEmpty();
	}

	private static String line(String where, String peer, String handler) {
		return where + " {asyncore.channel=echo, asyncore.handler=" + handler + ", asyncore.peer=" + peer + "}";
	}

	private static Dispatcher channel(String name) {
		Dispatcher channel = new Dispatcher(new ChannelMap());
		channel.setChannelName(name);
		return channel;
	}

	static class Channels {

		final List<String> seen = Collections.synchronizedList(new ArrayList<>());

		@Bean
		@Scope("prototype")
		Recording recording() {
			return new Recording(this.seen);
		}

	}

	static class Recording extends AsyncChat {

		private final List<String> seen;

		Recording(List<String> seen) {
			this.seen = seen;
			setTerminator("\n");
		}

		private void see(String where) {
			Map<String, String> map = MDC.getCopyOfContextMap();
			this.seen.add(where + " " + new TreeMap<>((map != null) ? map : Map.of()));
		}

		@Override
		protected void handleOpen() {
			see("open");
		}

		@Override
		protected void handleRead() throws Exception {
			super.handleRead();
			if (!peerGone()) {
				see("after read");
			}
		}

		@Override
		protected void foundTerminator() throws Exception {
			see("found");
			String text = takeIncoming(StandardCharsets.UTF_8);
			if (text.startsWith("label")) {
				setLabel(text.equals("label") ? null : text.substring("label ".length()));
				see("labelled");
			}
			push(text + "\n");
		}

		@Override
		protected void handleClose() throws Exception {
			see("close");
			super.handleClose();
		}

	}

}
