package io.asyncore.benchmark.comparison;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

import io.asyncore.benchmark.Spread;
import org.jspecify.annotations.Nullable;

/**
 * All that was measured.
 */
final class Results {

	// by round, for servers are compared with others of the same round
	private final Map<Scenario, Map<Server, Map<Integer, Sample>>> samples = new EnumMap<>(Scenario.class);

	private final Set<String> leftOut = new LinkedHashSet<>();

	private final List<String> failures = new ArrayList<>();

	void add(Scenario scenario, Server server, int round, Sample sample) {
		this.samples.computeIfAbsent(scenario, (key) -> new EnumMap<>(Server.class))
			.computeIfAbsent(server, (key) -> new TreeMap<>())
			.put(round, sample);
	}

	/**
	 * Note that a server cannot run here.
	 */
	void leftOut(Server server, String reason) {
		this.leftOut.add("`" + server.id() + "`: " + reason);
	}

	/**
	 * Note that a server has not done what it should.
	 */
	void failed(Scenario scenario, Server server, String reason) {
		this.failures.add("`" + server.id() + "` in `" + scenario.id() + "`: " + reason);
	}

	Set<String> leftOut() {
		return this.leftOut;
	}

	List<String> failures() {
		return this.failures;
	}

	/**
	 * Return the servers that were measured in any of some scenarios.
	 */
	Set<Server> servers(List<Scenario> scenarios) {
		Set<Server> servers = new TreeSet<>();
		scenarios.forEach((scenario) -> servers.addAll(this.samples.getOrDefault(scenario, Map.of()).keySet()));
		return servers;
	}

	/**
	 * Return the scenarios of some that anything was measured in.
	 */
	List<Scenario> scenarios(List<Scenario> of) {
		return of.stream().filter(this.samples::containsKey).toList();
	}

	/**
	 * Return a figure of a server.
	 * @return the spread over all rounds, {@code null} if the server has not taken part
	 */
	@Nullable Spread figure(Scenario scenario, Server server, ToDoubleFunction<Sample> figure) {
		double[] figures = samples(scenario, server).values().stream().mapToDouble(figure).toArray();
		return (figures.length != 0) ? Spread.of(figures) : null;
	}

	/**
	 * Return how a figure of a server relates to that of another one in the same round.
	 * @return the spread over all rounds that both have taken part in, {@code null} if
	 * there are none
	 */
	@Nullable Spread ratio(Scenario scenario, Server server, Server reference, ToDoubleFunction<Sample> figure) {
		Map<Integer, Sample> references = samples(scenario, reference);
		List<Double> ratios = new ArrayList<>();
		samples(scenario, server).forEach((round, sample) -> {
			Sample other = references.get(round);
			// on a machine that is held up there are rates of nothing
			if (other != null && figure.applyAsDouble(other) > 0) {
				ratios.add(figure.applyAsDouble(sample) / figure.applyAsDouble(other));
			}
		});
		return ratios.isEmpty() ? null : Spread.of(ratios.stream().mapToDouble(Double::doubleValue).toArray());
	}

	private Map<Integer, Sample> samples(Scenario scenario, Server server) {
		return this.samples.getOrDefault(scenario, Map.of()).getOrDefault(server, Map.of());
	}

	/**
	 * Say whether the load rather than the server has limited the rate.
	 */
	boolean isLimitedByLoad(Scenario scenario, Server server) {
		Spread serverShare = figure(scenario, server, Sample::serverShare);
		Spread loadShare = figure(scenario, server, Sample::loadShare);
		return scenario.kind().isSaturating() && serverShare != null && loadShare != null
				&& loadShare.median() > serverShare.median();
	}

}
