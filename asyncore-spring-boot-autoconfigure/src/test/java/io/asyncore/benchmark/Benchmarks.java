package io.asyncore.benchmark;

import java.util.Arrays;

/**
 * Runs the benchmarks, all of them or one. The first argument is {@code connections} for
 * {@link ConnectionRateBenchmark}, {@code meters} for {@link MeterCostBenchmark}, or
 * {@code all}; the others are given to the one that was chosen.
 */
public final class Benchmarks {

	private Benchmarks() {
	}

	public static void main(String[] args) throws Exception {
		String only = args[0];
		String[] others = Arrays.copyOfRange(args, 1, args.length);
		switch (only) {
			case "connections" -> ConnectionRateBenchmark.main(others);
			case "meters" -> MeterCostBenchmark.main(others);
			case "all" -> {
				if (others.length > 0) {
					throw new IllegalArgumentException("Choose one by 'benchmark.only' to give it 'benchmark.args'");
				}
				ConnectionRateBenchmark.main(others);
				MeterCostBenchmark.main(others);
			}
			default -> throw new IllegalArgumentException(
					"'benchmark.only' must be 'connections', 'meters' or 'all', not '" + only + "'");
		}
	}

}
