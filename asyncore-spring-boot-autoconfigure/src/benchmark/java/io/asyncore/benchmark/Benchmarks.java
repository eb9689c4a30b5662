package io.asyncore.benchmark;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.benchmark.comparison.Comparison;
import io.asyncore.benchmark.comparison.Namespace;
import io.asyncore.benchmark.jmh.MicroBenchmarks;
import io.asyncore.benchmark.startup.StartupBenchmark;

/**
 * Runs the benchmarks: {@code comparison}, {@code jmh} and {@code startup}, or those that
 * the option {@code only} names. See {@link Options}.
 */
public final class Benchmarks {

	private static final List<String> ALL = List.of("comparison", "jmh", "startup");

	private Benchmarks() {
	}

	/**
	 * Run the benchmarks.
	 * @param args none
	 * @throws Exception if one fails
	 */
	public static void main(String[] args) throws Exception {
		List<String> only = Options.list("only");
		for (String benchmark : only.isEmpty() ? byDefault() : only) {
			switch (benchmark) {
				case "comparison" -> compare();
				case "jmh" -> MicroBenchmarks.run();
				case "startup" -> StartupBenchmark.run();
				default -> throw new IllegalArgumentException(
						"'benchmark.only' must be one or some of " + ALL + ", not '" + benchmark + "'");
			}
		}
	}

	private static List<String> byDefault() {
		return (Options.preset() == Options.Preset.CHANGE) ? List.of("comparison") : ALL;
	}

	private static void compare() throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
		command.addAll(Options.arguments());
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), Comparison.class.getName()));
		int status;
		try {
			Process comparison = new ProcessBuilder(Namespace.command(command)).inheritIO().start();
			// who ends this process wants to have its processors back
			Runtime.getRuntime().addShutdownHook(new Thread(comparison::destroy));
			status = comparison.waitFor();
		}
		catch (UnavailableException ex) {
			System.err.println(ex.getMessage());
			status = 2;
		}
		if (status != 0) {
			System.exit(status);
		}
	}

}
