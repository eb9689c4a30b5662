package io.asyncore.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

import io.asyncore.benchmark.MeterCostServer.Protocol;

/**
 * What the meters cost: how many messages a second a server echoes with and without them,
 * and how much processor time each takes. Run by
 * {@code mvn -Pbenchmark -Dbenchmark.only=meters verify}. The arguments, all optional,
 * are the number of rounds, of milliseconds in each, and how often the servers are
 * started anew.
 * <p>
 * Each variant has a process of its own, and so has the load. On Linux all servers are
 * bound to one processor and the load to another one. The servers take turns, in another
 * order in each round, and are compared with the one without meters in the same round.
 * One variant is another process without meters: what it differs by is noise. The load
 * does not hold the server up if the share of its processor that it needs is below 1 when
 * that of the server is 1.
 */
public final class MeterCostBenchmark implements AutoCloseable {

	private static final int WARM_UP_MILLIS = 2_500;

	private static final int LEAD_MILLIS = 150;

	private static final double SATURATED = 0.95;

	private static final Path TASKSET = Path.of("/usr/bin/taskset");

	private final int rounds;

	private final int millis;

	private final Map<Variant, Child> servers = new EnumMap<>(Variant.class);

	private final Child load;

	private final List<Child> children = new ArrayList<>();

	private MeterCostBenchmark(int rounds, int millis) throws Exception {
		this.rounds = rounds;
		this.millis = millis;
		try {
			this.load = start(1, MeterCostLoad.class);
			for (Variant variant : Variant.values()) {
				this.servers.put(variant, start(0, MeterCostServer.class, variant.properties));
			}
			this.load.answer();
		}
		catch (Exception ex) {
			close();
			throw ex;
		}
	}

	public static void main(String[] args) throws Exception {
		int rounds = argument(args, 0, 11);
		int millis = argument(args, 1, 1000);
		int starts = argument(args, 2, 1);
		System.out.printf("%d rounds of %,d ms, with servers started %d time(s), JDK %s%n", rounds, millis, starts,
				Runtime.version());
		System.out
			.println(isPinned() ? "servers on processor 0, load on processor 1" : "servers and load are not bound");
		Map<Scenario, Results> results = new EnumMap<>(Scenario.class);
		for (Scenario scenario : Scenario.values()) {
			results.put(scenario, new Results());
		}
		for (int i = 0; i < starts; i++) {
			try (MeterCostBenchmark benchmark = new MeterCostBenchmark(rounds, millis)) {
				benchmark.run(results);
			}
		}
		results.forEach((scenario, of) -> of.print(scenario));
	}

	private static int argument(String[] args, int index, int byDefault) {
		return (args.length > index) ? Integer.parseInt(args[index]) : byDefault;
	}

	private static boolean isPinned() {
		return Files.isExecutable(TASKSET) && Runtime.getRuntime().availableProcessors() > 1;
	}

	private Child start(int processor, Class<?> main, String... args) throws IOException {
		List<String> command = new ArrayList<>();
		if (isPinned()) {
			command.addAll(List.of(TASKSET.toString(), "-c", String.valueOf(processor)));
		}
		command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-cp",
				System.getProperty("java.class.path"), main.getName()));
		command.addAll(List.of(args));
		Child child = new Child(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
		this.children.add(child);
		return child;
	}

	private void run(Map<Scenario, Results> results) throws Exception {
		Map<Variant, String[]> ports = new EnumMap<>(Variant.class);
		for (Variant variant : Variant.values()) {
			ports.put(variant, this.servers.get(variant).answer().split(" "));
		}
		List<Variant> order = new ArrayList<>(List.of(Variant.values()));
		for (Scenario scenario : Scenario.values()) {
			for (Variant variant : order) {
				round(variant, port(ports.get(variant), scenario), scenario, WARM_UP_MILLIS);
			}
		}
		Random random = new Random(1);
		for (int i = 0; i < this.rounds; i++) {
			for (Scenario scenario : Scenario.values()) {
				Collections.shuffle(order, random);
				Map<Variant, Round> round = new EnumMap<>(Variant.class);
				for (Variant variant : order) {
					round.put(variant, round(variant, port(ports.get(variant), scenario), scenario, this.millis));
				}
				results.get(scenario).add(round);
			}
		}
	}

	private static String port(String[] ports, Scenario scenario) {
		return ports[1 + scenario.protocol.ordinal()];
	}

	private Round round(Variant variant, String port, Scenario scenario, int millis) throws Exception {
		Child server = this.servers.get(variant);
		long[] before = numbers(server.ask("usage"));
		long[] load = numbers(this.load.ask(port + " " + scenario.inFlight + " " + LEAD_MILLIS + " " + millis));
		long[] after = numbers(server.ask("usage"));
		long calls = after[2];
		if (after[3] != calls || (calls > 0) != variant.isOn()) {
			throw new IllegalStateException(variant + " has counted " + calls + " calls and recorded " + after[3]);
		}
		return new Round(load[0] * 1e9 / load[1], (double) (after[1] - before[1]) / load[3],
				(double) (after[0] - before[0]) / load[4], (double) load[2] / load[1],
				(double) load[3] / (after[4] - before[4]));
	}

	private static long[] numbers(String line) {
		return Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
	}

	@Override
	public void close() {
		this.children.forEach((child) -> child.process.destroyForcibly());
	}

	/**
	 * What is measured.
	 *
	 * @param rate messages a second
	 * @param nanos processor time of the server for a message
	 * @param server the share of a processor that the thread of the loop has used
	 * @param load the share of a processor that the load has used
	 * @param batch messages in a pass of the loop
	 */
	private record Round(double rate, double nanos, double server, double load, double batch) {

	}

	private static final class Results {

		private final List<Map<Variant, Round>> rounds = new ArrayList<>();

		void add(Map<Variant, Round> round) {
			this.rounds.add(round);
		}

		void print(Scenario scenario) {
			PrintStream out = System.out;
			out.printf("%n%s, 64 connections, %d x 64 bytes in flight on each: medians (quartiles) of %d rounds%n",
					scenario.text, scenario.inFlight, this.rounds.size());
			out.printf("%-23s %9s %27s %30s %29s %20s %9s%n", "", "rate", "of off", "processor time",
					"off / processor time", "busy: server, load", "in a pass");
			for (Variant variant : Variant.values()) {
				out.printf("%-23s %,7.0f/s %s %s ns %s %13.2f %6.2f %9.1f%n", variant.text,
						quartiles(variant, Round::rate).median, ratios(variant, Round::rate).text("%.3f"),
						quartiles(variant, Round::nanos).text("%,.0f"),
						ratios(variant, (round) -> 1 / round.nanos).text("%.3f"),
						quartiles(variant, Round::server).median, quartiles(variant, Round::load).median,
						quartiles(variant, Round::batch).median);
			}
			if (quartiles(Variant.OFF, Round::server).median < SATURATED) {
				out.println("The server was not saturated: compare the processor times rather than the rates");
			}
		}

		private Quartiles quartiles(Variant variant, ToDoubleFunction<Round> figure) {
			return Quartiles.of(this.rounds.stream().mapToDouble((round) -> figure.applyAsDouble(round.get(variant))));
		}

		private Quartiles ratios(Variant variant, ToDoubleFunction<Round> figure) {
			return Quartiles.of(this.rounds.stream()
				.mapToDouble((round) -> figure.applyAsDouble(round.get(variant))
						/ figure.applyAsDouble(round.get(Variant.OFF))));
		}

	}

	private record Quartiles(double lower, double median, double upper) {

		static Quartiles of(DoubleStream values) {
			double[] sorted = values.sorted().toArray();
			int last = sorted.length - 1;
			return new Quartiles(sorted[last / 4], sorted[last / 2], sorted[last * 3 / 4]);
		}

		String text(String format) {
			return String.format("%10s (%8s .. %8s)", String.format(format, this.median),
					String.format(format, this.lower), String.format(format, this.upper));
		}

	}

	/**
	 * A process that is asked by lines of text.
	 */
	private static final class Child {

		private static final int PATIENCE_SECONDS = 120;

		private final Process process;

		private final BufferedReader answers;

		private final PrintStream questions;

		Child(Process process) {
			this.process = process;
			this.answers = new BufferedReader(
					new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
			this.questions = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
		}

		String ask(String question) throws Exception {
			this.questions.println(question);
			return answer();
		}

		String answer() throws Exception {
			return CompletableFuture.supplyAsync(this::read).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
		}

		private String read() {
			try {
				String line = this.answers.readLine();
				if (line == null) {
					throw new IllegalStateException("A process has ended, see what it has written");
				}
				return line;
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

	private enum Scenario {

		DISPATCHER("Dispatcher", Protocol.DISPATCHER, 1),

		WITH_SEND("DispatcherWithSend", Protocol.WITH_SEND, 1),

		DISPATCHER_16("Dispatcher", Protocol.DISPATCHER, 16),

		LINES("lines of AsyncChat", Protocol.LINES, 1),

		LINES_16("lines of AsyncChat", Protocol.LINES, 16);

		private final String text;

		private final Protocol protocol;

		private final int inFlight;

		Scenario(String text, Protocol protocol, int inFlight) {
			this.text = text;
			this.protocol = protocol;
			this.inFlight = inFlight;
		}

	}

	private enum Variant {

		OFF("off", "spring.autoconfigure.exclude=io.asyncore.autoconfigure.metrics.AsyncoreMetricsAutoConfiguration"),

		OFF_AGAIN("off, another process", OFF.properties),

		SIMPLE("simple registry", "management.prometheus.metrics.export.enabled=false"),

		PROMETHEUS("Prometheus"),

		HISTOGRAM("Prometheus, histograms", "management.metrics.distribution.percentiles-histogram.asyncore=true"),

		WATCHDOG("simple, watchdog", "management.prometheus.metrics.export.enabled=false",
				"asyncore.watchdog.enabled=true");

		private final String text;

		private final String[] properties;

		Variant(String text, String... properties) {
			this.text = text;
			this.properties = properties;
		}

		boolean isOn() {
			return this != OFF && this != OFF_AGAIN;
		}

	}

}
