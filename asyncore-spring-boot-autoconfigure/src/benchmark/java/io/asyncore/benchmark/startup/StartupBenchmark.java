package io.asyncore.benchmark.startup;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;

import io.asyncore.EventLoop;
import io.asyncore.benchmark.ChildProcess;
import io.asyncore.benchmark.Options;
import io.asyncore.benchmark.Spread;

/**
 * Starts applications with and without the starter by turns, each in a JVM of its own
 * with the JVM's default settings, and tells by how much their medians differ.
 */
public final class StartupBenchmark {

	private static final double PATIENCE_SECONDS = 60;

	private static final double NANOS_PER_MILLI = 1e6;

	// what an application has that depends on spring-boot-starter alone
	private static final Pattern PLAIN = Pattern
		.compile("(spring-boot(-autoconfigure|-starter|-starter-logging)?|spring-(core|beans|context|aop|expression)|"
				+ "commons-logging|logback-(core|classic)|slf4j-api|jul-to-slf4j|log4j-(api|to-slf4j)|"
				+ "jakarta\\.annotation-api|snakeyaml|micrometer-(commons|observation)|jspecify)-\\d[^/]*\\.jar");

	private final Map<Variant, List<Start>> starts = new EnumMap<>(Variant.class);

	private final StringBuilder text = new StringBuilder();

	private StartupBenchmark() {
	}

	/**
	 * Run the benchmark.
	 * @throws IOException if an application does not start
	 */
	public static void run() throws IOException {
		new StartupBenchmark().run((int) Options.number("startups", Options.isQuick() ? 5 : 15));
	}

	private void run(int rounds) throws IOException {
		List<Variant> order = new ArrayList<>(List.of(Variant.values()));
		// so that all files have been read once
		for (Variant variant : order) {
			start(variant);
		}
		for (int round = 0; round < rounds; round++) {
			for (Variant variant : order) {
				this.starts.computeIfAbsent(variant, (key) -> new ArrayList<>()).add(start(variant));
			}
			Collections.rotate(order, 1);
		}
		report(rounds);
		Files.writeString(Files.createDirectories(Options.directory()).resolve("startup.md"), this.text,
				StandardCharsets.UTF_8);
		System.out.print(this.text);
	}

	private static Start start(Variant variant) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", variant.classPath(),
						variant.application.getName()));
		command.addAll(variant.properties);
		long begin = System.nanoTime();
		try (ChildProcess process = ChildProcess.start(variant.name(), command)) {
			process.line(PATIENCE_SECONDS);
			long end = System.nanoTime();
			double cpu = process.cpuNanos();
			return new Start((end - begin) / NANOS_PER_MILLI, cpu / NANOS_PER_MILLI,
					process.ask("threads", PATIENCE_SECONDS));
		}
	}

	private void report(int rounds) {
		line("Medians (smallest–largest) of %d starts of each, from the start of the process to the end of "
				+ "`SpringApplication.run`, JDK %s; differences are those of the medians.", rounds, Runtime.version());
		line("");
		line("| application | start, ms | more than without the starter | more than disabled | processor time, ms | more than without the starter | more than disabled |");
		line("| --- | --- | --- | --- | --- | --- | --- |");
		for (Variant variant : Variant.values()) {
			line("| %s | %s | %s |", variant.text, figures(variant, Start::millis), figures(variant, Start::cpuMillis));
		}
		line("");
		this.starts.forEach((variant, of) -> line("Threads of %s: %s", variant.text, of.get(of.size() - 1).threads()));
	}

	private String figures(Variant variant, ToDoubleFunction<Start> figure) {
		return String.join(" | ", spread(variant, figure).text("%.0f"), difference(variant, Variant.WITHOUT, figure),
				difference(variant, Variant.DISABLED, figure));
	}

	private String difference(Variant variant, Variant other, ToDoubleFunction<Start> figure) {
		return (variant.compareTo(other) <= 0) ? ""
				: Spread.format("%+.0f", spread(variant, figure).median() - spread(other, figure).median());
	}

	private Spread spread(Variant variant, ToDoubleFunction<Start> figure) {
		return Spread.of(Objects.requireNonNull(this.starts.get(variant)).stream().mapToDouble(figure).toArray());
	}

	private void line(String format, Object... arguments) {
		this.text.append(String.format(format, arguments)).append('\n');
	}

	/**
	 * One start.
	 *
	 * @param millis how long it took, in milliseconds
	 * @param cpuMillis the processor time of it, in milliseconds
	 * @param threads the names of the threads that the application then has
	 */
	private record Start(double millis, double cpuMillis, String threads) {

	}

	private enum Variant {

		WITHOUT("one without the starter", PlainApplication.class, false),

		DISABLED("one with `asyncore.enabled=false`", ServerApplication.class, true, "asyncore.enabled=false"),

		SERVER("one with a server", ServerApplication.class, true, "asyncore.servers.echo.port=0",
				"asyncore.servers.echo.address=127.0.0.1");

		private final String text;

		private final Class<?> application;

		private final boolean withStarter;

		private final List<String> properties;

		Variant(String text, Class<?> application, boolean withStarter, String... properties) {
			this.text = text;
			this.application = application;
			this.withStarter = withStarter;
			this.properties = List.of(properties);
		}

		String classPath() {
			List<String> elements = new ArrayList<>(List.of(location(StartupBenchmark.class)));
			if (this.withStarter) {
				elements.add(location(EventLoop.class));
			}
			Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
				.filter((element) -> PLAIN.matcher(Objects.requireNonNull(Path.of(element).getFileName()).toString())
					.matches())
				.forEach(elements::add);
			return String.join(File.pathSeparator, elements);
		}

		private static String location(Class<?> type) {
			try {
				return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
			}
			catch (URISyntaxException ex) {
				throw new IllegalStateException(ex);
			}
		}

	}

}
