package io.asyncore.benchmark.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

import io.asyncore.benchmark.Spread;
import org.jspecify.annotations.Nullable;

/**
 * What this library is meant to reach, and whether it does.
 */
final class Goals {

	private static final String RATIO = "%.2f";

	// what is at least reached when the ratio of two rates is a goal, and at most when it
	// is that of two costs
	private final List<Goal> goals = new ArrayList<>();

	private final Results results;

	Goals(Results results) {
		this.results = results;
		rate(Scenario.SMALL, 0.92, 1.00, 1.02);
		rate(Scenario.PIPELINED, 0.90, 1.00, 1.02);
		rate(Scenario.MEDIUM, 0.90, 1.00, 1.15);
		rate(Scenario.BULK, 1.60, 1.70, 1.50);
		this.goals.add(new Goal(Scenario.BULK, "99th percentile of the round trip, µs", Server.STARTER, "", 2000, false,
				"%.0f", this.results.figure(Scenario.BULK, Server.STARTER, Sample::p99)));
		atLeast(Scenario.IDLE, Server.STARTER, Server.NETTY_EPOLL, 1.00);
		withoutIdle(Scenario.IDLE, Server.STARTER, 0.95);
		withoutIdle(Scenario.ASKED, Server.STARTER_ASKED, 0.70);
		cost(Scenario.ONE, "round trip", Sample::p50, 1.10, 0, 1.00);
		cost(Scenario.SMALL, "processor time a message", Sample::serverMicros, 1.12, 1.03, 0.97);
		cost(Scenario.STEADY, "processor time a message", Sample::serverMicros, 1.12, 1.03, 0.97);
		cost(Scenario.CONNECT, "processor time a connection", Sample::serverMicros, 1.05, 0, 1.00);
		figure(Scenario.ALLOCATION, "bytes a message", Server.STARTER, 0, "%.2f");
		figure(Scenario.ALLOCATION, "bytes a message", Server.CHAT, 0, "%.2f");
		figure(Scenario.HEAP, "bytes a connection", Server.CHAT, 1000, "%.0f");
		for (Scenario scenario : List.of(Scenario.SMALL, Scenario.PIPELINED)) {
			atLeast(scenario, Server.STARTER, Server.STARTER_NO_METERS, 0.97);
			atLeast(scenario, Server.CHAT, Server.CHAT_NO_METERS, 0.97);
		}
		atLeast(Scenario.SMALL, Server.STARTER, Server.SPRING_INTEGRATION, 8);
		for (Scenario scenario : List.of(Scenario.SMALL, Scenario.PIPELINED, Scenario.MEDIUM, Scenario.BULK,
				Scenario.IDLE, Scenario.CONNECT)) {
			atLeast(scenario, Server.NATURAL, Server.DISPATCHER, 0.98);
		}
		atLeast(Scenario.BULK, Server.ARRAYS, Server.DISPATCHER, 0.70);
		atLeast(Scenario.LINES_SMALL, Server.LINES, Server.NETTY_LINES, 1.05);
		atLeast(Scenario.LINES_PIPELINED, Server.LINES, Server.NETTY_LINES, 1.8);
		atLeast(Scenario.LINES_MEDIUM, Server.LINES, Server.NETTY_LINES, 2);
		atLeast(Scenario.LINES_BULK, Server.LINES, Server.NETTY_LINES, 3);
	}

	private void rate(Scenario scenario, double ofC, double ofNio, double ofNetty) {
		atLeast(scenario, Server.STARTER, Server.C, ofC);
		atLeast(scenario, Server.STARTER, Server.NIO, ofNio);
		atLeast(scenario, Server.STARTER, Server.NETTY_EPOLL, ofNetty);
	}

	private void atLeast(Scenario scenario, Server server, Server reference, double bound) {
		this.goals.add(new Goal(scenario, "rate", server, reference.id(), bound, true, RATIO,
				this.results.ratio(scenario, server, reference, Sample::rate)));
	}

	private void withoutIdle(Scenario scenario, Server server, double bound) {
		this.goals.add(new Goal(scenario, "rate", server, "itself without idle ones", bound, true, RATIO,
				this.results.figure(scenario, server, (sample) -> sample.rate() / sample.rateWithout())));
	}

	private void cost(Scenario scenario, String what, ToDoubleFunction<Sample> figure, double ofC, double ofNio,
			double ofNetty) {
		atMost(scenario, what, figure, Server.C, ofC);
		if (ofNio != 0) {
			atMost(scenario, what, figure, Server.NIO, ofNio);
		}
		atMost(scenario, what, figure, Server.NETTY_EPOLL, ofNetty);
	}

	private void atMost(Scenario scenario, String what, ToDoubleFunction<Sample> figure, Server reference,
			double bound) {
		this.goals.add(new Goal(scenario, what, Server.STARTER, reference.id(), bound, false, RATIO,
				this.results.ratio(scenario, Server.STARTER, reference, figure)));
	}

	private void figure(Scenario scenario, String what, Server server, double bound, String format) {
		this.goals.add(new Goal(scenario, what, server, "", bound, false, format,
				this.results.figure(scenario, server, Sample::value)));
	}

	/**
	 * Return the goals of which anything was measured.
	 */
	List<Goal> measured() {
		return this.goals.stream().filter((goal) -> goal.measured() != null).toList();
	}

	/**
	 * Something to reach.
	 *
	 * @param scenario where
	 * @param what of what
	 * @param server by whom
	 * @param reference against whom, empty if the figure itself is meant
	 * @param bound the figure to reach
	 * @param atLeast whether more is better
	 * @param format how to write the figure
	 * @param measured what was measured
	 */
	record Goal(Scenario scenario, String what, Server server, String reference, double bound, boolean atLeast,
			String format, @Nullable Spread measured) {

		// what is written with so many digits is compared with so many
		private boolean isMet(double figure) {
			double rounded = Double.parseDouble(Spread.format(this.format, figure));
			return this.atLeast ? rounded >= this.bound : rounded <= this.bound;
		}

		String verdict() {
			Spread spread = this.measured;
			if (spread == null) {
				return "not measured";
			}
			if (isMet(spread.median())) {
				return "yes";
			}
			return (isMet(spread.min()) || isMet(spread.max())) ? "no, but within the spread" : "**no**";
		}

		String row() {
			Spread spread = this.measured;
			return "| " + String.join(" | ", this.scenario.title(), this.what, "`" + this.server.id() + "`",
					this.reference.isEmpty() ? "" : "`" + this.reference + "`",
					(this.atLeast ? "≥ " : "≤ ") + Spread.format(this.format, this.bound),
					(spread != null) ? spread.text(this.format) : "", verdict()) + " |";
		}

	}

}
