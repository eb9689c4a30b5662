package io.asyncore.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;

import com.sun.management.OperatingSystemMXBean;
import io.asyncore.ChannelFactory;
import io.asyncore.ChannelGroup;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.EventLoop;
import io.asyncore.Hook;
import io.asyncore.chat.AsyncChat;
import io.micrometer.core.instrument.Measurement;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * The process that {@link MeterCostBenchmark} measures: an application with a server for
 * each of its protocols. The arguments are properties. Each line of input is answered by
 * what it has used so far; it ends with its input, and so with its parent.
 */
public final class MeterCostServer {

	private static final long NAP_NANOS = 1_000_000;

	private static final int MOST_NAPS = 5_000;

	private static final byte[] NEWLINE = { '\n' };

	private MeterCostServer() {
	}

	public static void main(String[] args) throws Exception {
		PrintStream answers = System.out;
		// where the log goes is not where answers are read
		System.setOut(System.err);
		List<String> properties = new ArrayList<>(List.of("spring.main.banner-mode=off", "logging.level.root=warn",
				"logging.level.io.asyncore.context.Watchdog=off", "asyncore.watchdog.enabled=false"));
		for (Protocol protocol : Protocol.values()) {
			String prefix = "asyncore.servers." + protocol.server();
			properties.add(prefix + ".port=0");
			properties.add(prefix + ".address=127.0.0.1");
		}
		properties.addAll(List.of(args));
		try (ConfigurableApplicationContext context = new SpringApplicationBuilder(Application.class)
			.web(WebApplicationType.NONE)
			.properties(properties.toArray(String[]::new))
			.run()) {
			answer(context, answers);
		}
	}

	private static void answer(ConfigurableApplicationContext context, PrintStream answers) throws Exception {
		StringBuilder ports = new StringBuilder("ports");
		for (Protocol protocol : Protocol.values()) {
			ports.append(' ')
				.append(context.getEnvironment().getProperty("local.asyncore." + protocol.server() + ".port"));
		}
		answers.println(ports);
		EventLoop loop = context.getBean(EventLoop.class);
		MeterRegistry registry = context.getBean(MeterRegistry.class);
		BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
		while (input.readLine() != null) {
			for (int i = 0; i < MOST_NAPS && loop.map().size() > Protocol.values().length; i++) {
				// the load has closed its connections a moment ago
				LockSupport.parkNanos(NAP_NANOS);
			}
			answers.println(usage(loop, registry));
		}
	}

	private static String usage(EventLoop loop, MeterRegistry registry) {
		long thread = Objects.requireNonNull(loop.thread()).getId();
		long loopNanos = ManagementFactory.getThreadMXBean().getThreadCpuTime(thread);
		long nanos = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
		long calls = 0;
		for (ChannelGroup group : loop.monitor().groups()) {
			calls += group.calls(Hook.READ) + group.calls(Hook.TERMINATOR);
		}
		long recorded = 0;
		for (Meter meter : registry.find("asyncore.handler").meters()) {
			String handler = meter.getId().getTag("handler");
			recorded += ("read".equals(handler) || "terminator".equals(handler)) ? count(meter) : 0;
		}
		return loopNanos + " " + nanos + " " + calls + " " + recorded + " " + loop.monitor().passes();
	}

	private static long count(Meter meter) {
		for (Measurement measurement : meter.measure()) {
			if (measurement.getStatistic() == Statistic.COUNT) {
				return (long) measurement.getValue();
			}
		}
		throw new IllegalStateException(meter.getId() + " has no count");
	}

	/**
	 * What is spoken on a port. All of them send back what they receive.
	 */
	enum Protocol {

		DISPATCHER, WITH_SEND, LINES;

		String server() {
			return name().toLowerCase(Locale.ROOT).replace('_', '-');
		}

	}

	/**
	 * The application. Not a configuration, or it would be found by that of another
	 * benchmark.
	 */
	@EnableAutoConfiguration
	static class Application {

		@Bean("dispatcher")
		ChannelFactory dispatcher() {
			return (socket, peer) -> new Echo();
		}

		@Bean("with-send")
		ChannelFactory withSend() {
			return (socket, peer) -> new EchoWithSend();
		}

		@Bean("lines")
		ChannelFactory lines() {
			return (socket, peer) -> new LineEcho();
		}

	}

	// does not queue what the socket does not take: so little is under way that it does

	private static final class Echo extends Dispatcher {

		@Override
		protected void handleRead() throws IOException {
			EventLoop loop = map().eventLoop();
			ByteBuffer buffer = loop.takeBuffer(65_536);
			if (recv(buffer) > 0) {
				send(buffer.flip());
			}
			loop.giveBack(buffer);
		}

	}

	private static final class EchoWithSend extends DispatcherWithSend {

		@Override
		protected void handleRead() throws IOException {
			EventLoop loop = map().eventLoop();
			ByteBuffer buffer = loop.takeBuffer(65_536);
			if (recv(buffer) > 0) {
				send(buffer.flip());
			}
			loop.giveBack(buffer);
		}

	}

	private static final class LineEcho extends AsyncChat {

		LineEcho() {
			setTerminator("\n");
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) {
			push(data);
		}

		@Override
		protected void foundTerminator() {
			push(NEWLINE);
		}

	}

}
