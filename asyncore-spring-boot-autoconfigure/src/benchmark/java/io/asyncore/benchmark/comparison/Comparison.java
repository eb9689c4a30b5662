package io.asyncore.benchmark.comparison;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.asyncore.benchmark.Options;
import io.asyncore.benchmark.UnavailableException;

/**
 * Starts the servers of each scenario, each in a process of its own, puts them under load
 * in turns, and writes the report. The servers stay up over all rounds of a scenario, for
 * one that is idle costs nothing. Those of a round are compared with each other, for what
 * disturbs the machine disturbs neighbours alike; their order is another one in each
 * round.
 * <p>
 * This process does nothing while something is measured.
 */
public final class Comparison {

	private final PrintStream out = System.out;

	private final Results results = new Results();

	private final Plan plan;

	private final Tools tools;

	private Comparison(Plan plan, Tools tools) {
		this.plan = plan;
		this.tools = tools;
	}

	/**
	 * Run the comparison. Its network is that of the calling process, see
	 * {@link Namespace}.
	 * @param args none
	 * @throws IOException if it cannot go on
	 */
	public static void main(String[] args) throws IOException {
		try {
			Comparison comparison = new Comparison(Plan.ofOptions(), new Tools());
			comparison.run();
			System.exit(comparison.report() ? 0 : 1);
		}
		catch (UnavailableException | IllegalArgumentException ex) {
			System.err.println(ex.getMessage());
			System.exit(2);
		}
	}

	private void run() throws IOException {
		for (Map.Entry<Scenario, Set<Server>> entry : this.plan.servers().entrySet()) {
			for (int start = 0; start < this.plan.starts(); start++) {
				run(entry.getKey(), List.copyOf(entry.getValue()), start * this.plan.rounds());
			}
		}
	}

	private void run(Scenario scenario, List<Server> servers, int firstRound) throws IOException {
		this.out.println(scenario.id() + ": " + scenario.text());
		Map<Server, Running> running = new EnumMap<>(Server.class);
		try {
			for (Server server : servers) {
				start(scenario, server, running);
			}
			List<Server> order = new ArrayList<>(running.keySet());
			for (int round = 0; round < this.plan.rounds(); round++) {
				for (Server server : order) {
					if (running.containsKey(server) && round < this.plan.rounds(scenario, server)) {
						measure(scenario, server, running, firstRound + round);
					}
				}
				Collections.rotate(order, 1);
			}
		}
		finally {
			running.values().forEach(Running::close);
		}
	}

	private void start(Scenario scenario, Server server, Map<Server, Running> running) {
		try {
			Running process = new Running(this.tools, server, scenario);
			running.put(server, process);
			process.warmUp(this.plan.firstWarmUp(scenario));
		}
		catch (UnavailableException ex) {
			this.out.println("  " + server.id() + " is left out: " + ex.getMessage());
			this.results.leftOut(server, String.valueOf(ex.getMessage()));
		}
		catch (IOException ex) {
			fail(scenario, server, running, ex);
		}
	}

	private void measure(Scenario scenario, Server server, Map<Server, Running> running, int round) {
		Running process = running.get(server);
		if (process == null) {
			return;
		}
		try {
			Sample sample = process.measure(this.plan.warmUp(), this.plan.seconds());
			this.results.add(scenario, server, round, sample);
			this.out.println(line(server, round, sample));
		}
		catch (IOException ex) {
			fail(scenario, server, running, ex);
		}
	}

	private void fail(Scenario scenario, Server server, Map<Server, Running> running, IOException failure) {
		this.out.println("  " + server.id() + " FAILED: " + failure.getMessage());
		this.results.failed(scenario, server, String.valueOf(failure.getMessage()));
		Running process = running.remove(server);
		if (process != null) {
			process.close();
		}
	}

	private static String line(Server server, int round, Sample sample) {
		LoadResult load = sample.load();
		return String.format(Locale.ROOT,
				"  round %2d  %-24s %,11.0f/s  p50 %,7.0f us  p99 %,8.0f us  %6.2f us of processor  busy: server %.2f, load %.2f%s",
				round + 1, server.id(), load.rate(), load.p50(), load.p99(), load.serverMicros(), load.serverShare(),
				load.loadShare(), extra(sample));
	}

	private static String extra(Sample sample) {
		if (sample.without() != sample.load()) {
			return String.format(Locale.ROOT, "  without idle ones %,.0f/s", sample.without().rate());
		}
		return (sample.value() != 0) ? String.format(Locale.ROOT, "  %,.2f bytes", sample.value()) : "";
	}

	// whether everything has worked
	private boolean report() throws IOException {
		String report = new Report(this.plan, this.results).text();
		Path file = Options.directory().resolve("comparison.md");
		Files.writeString(file, report, StandardCharsets.UTF_8);
		this.out.println();
		this.out.print(report);
		this.out.println();
		this.out.println("Written to " + file);
		return this.results.failures().isEmpty();
	}

}
