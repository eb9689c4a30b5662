package io.asyncore.benchmark.comparison;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.asyncore.benchmark.Options;
import io.asyncore.benchmark.Options.Preset;

/**
 * Which servers take part in which scenarios, and for how long.
 *
 * @param servers the servers of each scenario, in the order of the report
 * @param starts how often the servers are started anew
 * @param rounds the rounds after each start, of a server that a goal names
 * @param otherRounds the rounds of the others
 * @param seconds for how long a round measures
 * @param firstWarmUp how long a server is under load before its first round, in seconds
 * @param warmUp how long it is before each round, in seconds
 */
record Plan(Map<Scenario, Set<Server>> servers, int starts, int rounds, int otherRounds, double seconds,
		double firstWarmUp, double warmUp) {

	private static final Set<Server> NAMED_BY_GOALS = EnumSet.of(Server.C, Server.NIO, Server.NETTY_EPOLL,
			Server.STARTER, Server.STARTER_NO_METERS, Server.STARTER_ASKED, Server.CHAT, Server.CHAT_NO_METERS,
			Server.DISPATCHER, Server.NATURAL, Server.ARRAYS, Server.LINES, Server.NETTY_LINES,
			Server.SPRING_INTEGRATION);

	private static final Set<Server> QUICK = EnumSet.of(Server.C, Server.NIO, Server.NETTY_EPOLL, Server.STARTER,
			Server.STARTER_ASKED, Server.CHAT, Server.LINES, Server.NETTY_LINES);

	// ours without Spring, and lines with all there is, against whom the goals name
	private static final Set<Server> CHANGE = EnumSet.of(Server.DISPATCHER, Server.NATURAL, Server.ARRAYS, Server.CHAT,
			Server.LINES, Server.NETTY_EPOLL, Server.NETTY_LINES);

	private static final Set<Scenario> CHANGE_SCENARIOS = EnumSet.of(Scenario.SMALL, Scenario.PIPELINED,
			Scenario.MEDIUM, Scenario.BULK, Scenario.IDLE, Scenario.CONNECT, Scenario.LINES_SMALL,
			Scenario.LINES_PIPELINED, Scenario.LINES_MEDIUM, Scenario.LINES_BULK);

	// what serves a connection runs less often than what serves a message, so it is
	// compiled later
	private static final int CONNECTIONS_WARM_UP = 3;

	private static final Set<Server> MAIN = EnumSet.of(Server.C, Server.DISPATCHER, Server.NATURAL, Server.ARRAYS,
			Server.STARTER, Server.CHAT, Server.NIO, Server.NETTY_EPOLL);

	private static final Set<Server> ALL = with(MAIN, Server.STARTER_NO_METERS, Server.CHAT_NO_METERS, Server.NETTY_NIO,
			Server.NETTY_IO_URING, Server.REACTOR_NETTY, Server.VIRTUAL_THREADS, Server.PYTHON);

	private static final int MOST_OTHER_ROUNDS = 3;

	static Plan ofOptions() {
		Preset preset = Options.preset();
		int rounds = (int) Options.number("rounds", (preset == Preset.QUICK) ? 2 : 5);
		double seconds = switch (preset) {
			case FULL -> 1.5;
			case CHANGE -> 0.8;
			case QUICK -> 0.5;
		};
		double firstWarmUp = switch (preset) {
			case FULL -> 4;
			case CHANGE -> 2.5;
			case QUICK -> 2;
		};
		return new Plan(chosen(preset), (int) Options.number("starts", 1), rounds, Math.min(rounds, MOST_OTHER_ROUNDS),
				Options.number("seconds", seconds), Options.number("warmup", firstWarmUp), 0.5);
	}

	/**
	 * Return for how long a server is under load before its first round, in seconds.
	 */
	double firstWarmUp(Scenario scenario) {
		return (scenario.kind() == Scenario.Kind.CONNECTIONS) ? CONNECTIONS_WARM_UP * this.firstWarmUp
				: this.firstWarmUp;
	}

	int rounds(Scenario scenario, Server server) {
		return switch (scenario.kind()) {
			// what a first round has made stays: the next would find it there
			case HEAP -> 1;
			case ALLOCATION -> this.otherRounds;
			case RATE, RATE_WITH_IDLE, LATENCY, STEADY, CONNECTIONS ->
				NAMED_BY_GOALS.contains(server.current()) ? this.rounds : this.otherRounds;
		};
	}

	/**
	 * Return how it is measured, as a sentence.
	 */
	String describe() {
		return String.format(Locale.ROOT,
				"Medians (smallest–largest) of %d rounds of %s s, %d for servers that no goal names, servers started %d "
						+ "time(s), under load for %s s first, %d times that for connections; one thread on a processor of its own serves; all JVMs with `%s`.",
				this.starts * this.rounds, this.seconds, this.starts * this.otherRounds, this.starts, this.firstWarmUp,
				CONNECTIONS_WARM_UP, String.join(" ", Tools.jvmArguments()));
	}

	private static Map<Scenario, Set<Server>> chosen(Preset preset) {
		List<String> scenarios = Options.list("scenarios");
		List<String> servers = Options.list("servers");
		// each is looked up, so that a wrong one is told
		Set<Scenario> onlyScenarios = EnumSet.noneOf(Scenario.class);
		scenarios.forEach((id) -> onlyScenarios.add(Scenario.of(id)));
		Set<Server> onlyServers = EnumSet.noneOf(Server.class);
		servers.forEach((id) -> onlyServers.add(Server.of(id)));
		if (Baseline.isGiven() || onlyServers.stream().anyMatch((server) -> server.current() != server)) {
			// found out now rather than after minutes
			Baseline.ofOptions();
		}
		Map<Scenario, Set<Server>> chosen = new EnumMap<>(Scenario.class);
		for (Scenario scenario : Scenario.values()) {
			if (onlyScenarios.isEmpty() ? !isPartOf(preset, scenario) : !onlyScenarios.contains(scenario)) {
				continue;
			}
			Set<Server> those = withBaselines(servers(scenario));
			those.removeIf((server) -> onlyServers.isEmpty() ? !isPartOf(preset, server)
					: !onlyServers.contains(server) && !onlyServers.contains(server.current()));
			if (!those.isEmpty()) {
				chosen.put(scenario, those);
			}
		}
		return chosen;
	}

	private static boolean isPartOf(Preset preset, Scenario scenario) {
		return switch (preset) {
			case FULL, QUICK -> true;
			case CHANGE -> CHANGE_SCENARIOS.contains(scenario);
		};
	}

	private static boolean isPartOf(Preset preset, Server server) {
		return switch (preset) {
			case FULL -> true;
			case CHANGE -> CHANGE.contains(server.current());
			case QUICK -> QUICK.contains(server.current());
		};
	}

	private static Set<Server> withBaselines(Set<Server> servers) {
		Set<Server> all = EnumSet.copyOf(servers);
		if (Baseline.isGiven()) {
			servers.stream().map(Server::baseline).forEach(all::add);
		}
		return all;
	}

	private static Set<Server> with(Set<Server> servers, Server... more) {
		Set<Server> all = EnumSet.copyOf(servers);
		all.addAll(List.of(more));
		return all;
	}

	private static Set<Server> without(Set<Server> servers, Server... some) {
		Set<Server> others = EnumSet.copyOf(servers);
		List.of(some).forEach(others::remove);
		return others;
	}

	private static Set<Server> servers(Scenario scenario) {
		return switch (scenario) {
			case SMALL -> with(ALL, Server.SPRING_INTEGRATION);
			// one message after the other is all that its threads are made for
			case PIPELINED, MEDIUM -> ALL;
			case BULK -> with(ALL, Server.C_256K, Server.NIO_256K);
			// virtual threads: 10,000 buffers of 64 KiB do not fit into the heap that the
			// others have
			case IDLE -> without(ALL, Server.VIRTUAL_THREADS, Server.STARTER_NO_METERS, Server.CHAT_NO_METERS);
			case ASKED -> EnumSet.of(Server.STARTER_ASKED, Server.PYTHON);
			case ONE -> with(MAIN, Server.PYTHON);
			case STEADY -> with(MAIN, Server.NETTY_NIO, Server.NETTY_IO_URING, Server.REACTOR_NETTY);
			case CONNECT -> with(MAIN, Server.REACTOR_NETTY);
			case ALLOCATION, HEAP -> without(with(MAIN, Server.NETTY_NIO, Server.REACTOR_NETTY), Server.C);
			case LINES_SMALL, LINES_PIPELINED, LINES_MEDIUM, LINES_BULK ->
				EnumSet.of(Server.LINES, Server.STARTER_LINES, Server.NETTY_LINES);
		};
	}

}
