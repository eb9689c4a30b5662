package io.asyncore.benchmark.jmh;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import io.asyncore.benchmark.Options;
import io.asyncore.benchmark.Spread;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/**
 * Runs the benchmarks of this package: those whose names match the option {@code jmh}, a
 * regular expression, with the options {@code jmh-args} of JMH.
 */
public final class MicroBenchmarks {

	private static final String ALLOCATION = "gc.alloc.rate.norm";

	private MicroBenchmarks() {
	}

	/**
	 * Run them.
	 * @throws RunnerException if one fails
	 * @throws CommandLineOptionException if the options for JMH are wrong
	 * @throws IOException if the results cannot be written
	 */
	public static void run() throws RunnerException, CommandLineOptionException, IOException {
		boolean quick = Options.isQuick();
		CommandLineOptions given = new CommandLineOptions(Options.words("jmh-args").toArray(String[]::new));
		OptionsBuilder options = new OptionsBuilder();
		options.parent(given);
		options.include(MicroBenchmarks.class.getPackageName() + ".*" + Options.text("jmh", ""));
		options.addProfiler(GCProfiler.class);
		options.shouldFailOnError(true);
		if (!given.getForkCount().hasValue()) {
			options.forks(1);
		}
		if (!given.getWarmupIterations().hasValue()) {
			options.warmupIterations(quick ? 2 : 3);
		}
		if (!given.getWarmupTime().hasValue()) {
			options.warmupTime(TimeValue.milliseconds(quick ? 500 : 1000));
		}
		if (!given.getMeasurementIterations().hasValue()) {
			options.measurementIterations(quick ? 2 : 5);
		}
		if (!given.getMeasurementTime().hasValue()) {
			options.measurementTime(TimeValue.milliseconds(quick ? 500 : 1000));
		}
		String table = table(new Runner(options.build()).run());
		Files.writeString(Files.createDirectories(Options.directory()).resolve("jmh.md"), table,
				StandardCharsets.UTF_8);
		System.out.print(table);
	}

	private static String table(Collection<RunResult> results) {
		StringBuilder table = new StringBuilder(
				"\n| benchmark | | time | ± | | bytes allocated |\n| --- | --- | --- | --- | --- | --- |\n");
		for (RunResult result : results) {
			Result<?> time = result.getPrimaryResult();
			table.append("| ")
				.append(String.join(" | ", name(result.getParams()), parameters(result.getParams()),
						Spread.format("%,.1f", time.getScore()), error(time.getScoreError()), time.getScoreUnit(),
						Spread.format("%,.1f", allocation(result))))
				.append(" |\n");
		}
		return table.toString();
	}

	// which one iteration does not have
	private static String error(double error) {
		return Double.isNaN(error) ? "" : Spread.format("%,.1f", error);
	}

	private static double allocation(RunResult result) {
		Result<?> allocation = result.getSecondaryResults().get(ALLOCATION);
		return (allocation != null) ? allocation.getScore() : Double.NaN;
	}

	private static String name(BenchmarkParams params) {
		String name = params.getBenchmark();
		return name.substring(MicroBenchmarks.class.getPackageName().length() + 1);
	}

	private static String parameters(BenchmarkParams params) {
		List<String> parameters = new ArrayList<>();
		params.getParamsKeys().forEach((key) -> parameters.add(key + "=" + params.getParam(key)));
		return String.join(", ", parameters);
	}

}
