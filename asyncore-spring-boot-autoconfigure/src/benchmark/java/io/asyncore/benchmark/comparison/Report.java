package io.asyncore.benchmark.comparison;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

import io.asyncore.benchmark.Spread;
import org.jspecify.annotations.Nullable;

/**
 * What was measured, in Markdown.
 */
final class Report {

	private static final List<Scenario> RATES = List.of(Scenario.SMALL, Scenario.PIPELINED, Scenario.MEDIUM,
			Scenario.BULK, Scenario.IDLE);

	private static final List<Scenario> LINES = List.of(Scenario.LINES_SMALL, Scenario.LINES_PIPELINED,
			Scenario.LINES_MEDIUM, Scenario.LINES_BULK);

	private static final List<Scenario> WITH_CONNECTIONS = Stream.concat(RATES.stream(), Stream.of(Scenario.CONNECT))
		.toList();

	private static final List<Scenario> WITH_PROCESSOR_TIME = Stream.of(Scenario.values())
		.filter((scenario) -> scenario.kind().isSaturating() || scenario == Scenario.STEADY)
		.toList();

	private static final List<Scenario> WITH_COSTS = List.of(Scenario.SMALL, Scenario.STEADY, Scenario.CONNECT,
			Scenario.ONE);

	private static final List<Server> REFERENCES = List.of(Server.C, Server.NIO, Server.NETTY_EPOLL);

	private static final List<Server> OURS = List.of(Server.DISPATCHER, Server.NATURAL, Server.ARRAYS, Server.STARTER,
			Server.STARTER_NO_METERS, Server.CHAT, Server.CHAT_NO_METERS);

	private static final List<Server> WAYS = List.of(Server.NATURAL, Server.ARRAYS);

	private static final double UNDISTURBED = 0.9;

	private static final String RATIO = "%.2f";

	private static final String LIMITED_BY_LOAD = " †";

	private final StringBuilder text = new StringBuilder();

	private final Plan plan;

	private final Results results;

	Report(Plan plan, Results results) {
		this.plan = plan;
		this.results = results;
	}

	String text() throws IOException {
		line(Machine.describe() + ".");
		line(this.plan.describe());
		rates();
		ours();
		ways();
		costs();
		lines();
		baselines();
		busy();
		goals();
		absolute();
		notes();
		return this.text.toString();
	}

	private void rates() {
		List<Scenario> scenarios = this.results.scenarios(RATES);
		Server reference = reference(scenarios);
		table("Messages a second, as a ratio to `" + reference.id() + "` in the same round", scenarios,
				rates(scenarios, (server) -> reference));
	}

	// the first that there is
	private Server reference(List<Scenario> scenarios) {
		Set<Server> servers = this.results.servers(scenarios);
		return REFERENCES.stream().filter(servers::contains).findFirst().orElse(Server.C);
	}

	private List<Column> rates(List<Scenario> scenarios, Function<Server, Server> references) {
		return scenarios.stream()
			.filter((scenario) -> scenario.kind().isSaturating())
			.map((scenario) -> new Column(scenario.title(),
					(server) -> flagged(scenario, server,
							ratio(scenario, server, references.apply(server), Sample::rate))))
			.toList();
	}

	private List<Column> processorTimes(List<Scenario> scenarios, Function<Server, Server> references) {
		return scenarios.stream()
			.map((scenario) -> new Column(scenario.title(),
					(server) -> ratio(scenario, server, references.apply(server), Sample::serverMicros)))
			.toList();
	}

	private void ours() {
		List<Scenario> scenarios = this.results.scenarios(RATES);
		Set<Server> servers = this.results.servers(scenarios);
		List<Server> references = REFERENCES.stream().filter(servers::contains).toList();
		List<Server> ours = OURS.stream().filter(servers::contains).toList();
		if (ours.isEmpty() || references.isEmpty()) {
			return;
		}
		heading("This library against the three references");
		List<String> titles = new ArrayList<>(List.of("rate of", "against"));
		scenarios.forEach((scenario) -> titles.add(scenario.title()));
		head(titles);
		for (Server server : ours) {
			for (Server reference : references) {
				List<String> cells = new ArrayList<>(List.of("`" + server.id() + "`", "`" + reference.id() + "`"));
				scenarios.forEach((scenario) -> cells.add(ratio(scenario, server, reference, Sample::rate)));
				row(cells);
			}
		}
	}

	// what is written in an obvious way against what is tuned
	private void ways() {
		List<Scenario> scenarios = this.results.scenarios(WITH_CONNECTIONS);
		Set<Server> servers = this.results.servers(scenarios);
		List<Server> ways = WAYS.stream().filter(servers::contains).toList();
		table("Other ways to write it: rates, as a ratio to `dispatcher` in the same round", ways,
				rates(scenarios, (server) -> Server.DISPATCHER));
		table("Other ways to write it: processor time, as a ratio to `dispatcher` in the same round", ways,
				processorTimes(scenarios, (server) -> Server.DISPATCHER));
	}

	private void lines() {
		List<Scenario> scenarios = this.results.scenarios(LINES);
		table("Lines a second, as a ratio to `netty-lines` in the same round", scenarios,
				rates(scenarios, (server) -> Server.NETTY_LINES));
		table("Processor time of a line, as a ratio to `netty-lines` in the same round", scenarios,
				processorTimes(scenarios, (server) -> Server.NETTY_LINES));
	}

	private void baselines() {
		List<Scenario> scenarios = this.results.scenarios(WITH_PROCESSOR_TIME);
		Set<Server> measured = this.results.servers(scenarios);
		List<Server> servers = measured.stream()
			.filter((server) -> server.baseline() != server && measured.contains(server.baseline()))
			.toList();
		table("This build against the earlier one: rates, as a ratio in the same round", servers,
				rates(scenarios, Server::baseline));
		table("This build against the earlier one: processor time, as a ratio in the same round", servers,
				processorTimes(scenarios, Server::baseline));
	}

	private void costs() {
		List<Column> columns = new ArrayList<>();
		List<Scenario> scenarios = new ArrayList<>();
		Server reference = reference(WITH_COSTS);
		String of = ", of `" + reference.id() + "`";
		cost(scenarios, columns, Scenario.SMALL, "processor time a message" + of, reference, Sample::serverMicros);
		cost(scenarios, columns, Scenario.STEADY, "the same at 20,000/s", reference, Sample::serverMicros);
		cost(scenarios, columns, Scenario.CONNECT, "processor time a connection" + of, reference, Sample::serverMicros);
		cost(scenarios, columns, Scenario.ONE, "round trip of one among 10,000" + of, reference, Sample::p50);
		figure(scenarios, columns, Scenario.IDLE, "rate with 10,000 idle, of that without", RATIO,
				(sample) -> sample.rate() / sample.rateWithout());
		figure(scenarios, columns, Scenario.ASKED, "the same, asked in every pass", RATIO,
				(sample) -> sample.rate() / sample.rateWithout());
		figure(scenarios, columns, Scenario.ALLOCATION, "bytes allocated a message", "%.2f", Sample::value);
		figure(scenarios, columns, Scenario.HEAP, "heap of an idle connection, bytes", "%.0f", Sample::value);
		table("What it costs", scenarios, columns);
	}

	private void cost(List<Scenario> scenarios, List<Column> columns, Scenario scenario, String title, Server reference,
			ToDoubleFunction<Sample> figure) {
		add(scenarios, columns, scenario, title, (server) -> ratio(scenario, server, reference, figure));
	}

	private void figure(List<Scenario> scenarios, List<Column> columns, Scenario scenario, String title, String format,
			ToDoubleFunction<Sample> figure) {
		add(scenarios, columns, scenario, title,
				(server) -> text(format, this.results.figure(scenario, server, figure)));
	}

	private void add(List<Scenario> scenarios, List<Column> columns, Scenario scenario, String title,
			Function<Server, String> cell) {
		if (!this.results.scenarios(List.of(scenario)).isEmpty()) {
			scenarios.add(scenario);
			columns.add(new Column(title, cell));
		}
	}

	private void busy() {
		List<Scenario> scenarios = this.results.scenarios(List.of(Scenario.values()))
			.stream()
			.filter((scenario) -> scenario.kind().isSaturating())
			.toList();
		List<Column> columns = new ArrayList<>();
		for (Scenario scenario : scenarios) {
			columns.add(new Column(scenario.title(), (server) -> flagged(scenario, server, shares(scenario, server))));
		}
		table("How busy both were: shares of a processor, of the server / of the load", scenarios, columns);
		if (!scenarios.isEmpty()) {
			line("");
			line("A load with less than 1 has waited for the server. † marks where the load was busier than the server: "
					+ "there the rate is less than the server can do, and the processor time tells more.");
		}
	}

	// whether neither was at work all the time: then something else was
	private boolean isDisturbed(Scenario scenario, Server server) {
		Spread serverShare = this.results.figure(scenario, server, Sample::serverShare);
		Spread loadShare = this.results.figure(scenario, server, Sample::loadShare);
		return scenario.kind().isSaturating() && serverShare != null && loadShare != null
				&& Math.max(serverShare.median(), loadShare.median()) < UNDISTURBED;
	}

	private String shares(Scenario scenario, Server server) {
		Spread serverShare = this.results.figure(scenario, server, Sample::serverShare);
		Spread loadShare = this.results.figure(scenario, server, Sample::loadShare);
		return (serverShare != null && loadShare != null)
				? Spread.format(RATIO, serverShare.median()) + " / " + Spread.format(RATIO, loadShare.median()) : "";
	}

	private void goals() {
		List<Goals.Goal> goals = new Goals(this.results).measured();
		if (!goals.isEmpty()) {
			heading("Goals");
			head(List.of("scenario", "of", "by", "against", "goal", "measured", "met"));
			goals.forEach((goal) -> line(goal.row()));
		}
	}

	private void absolute() {
		List<String> figures = new ArrayList<>();
		for (Scenario scenario : this.results.scenarios(RATES)) {
			Spread rate = this.results.figure(scenario, Server.C, Sample::rate);
			if (rate != null) {
				figures.add(scenario.title() + " " + Spread.format("%,.0f", rate.median()) + "/s");
			}
		}
		if (!figures.isEmpty()) {
			line("");
			line("As a side note, for they are of this machine only: C has echoed " + String.join(", ", figures) + ".");
		}
	}

	private void notes() {
		List<String> notes = new ArrayList<>();
		for (Scenario scenario : this.results.scenarios(List.of(Scenario.values()))) {
			List<String> disturbed = this.results.servers(List.of(scenario))
				.stream()
				.filter((server) -> isDisturbed(scenario, server))
				.map((server) -> "`" + server.id() + "`")
				.toList();
			if (!disturbed.isEmpty()) {
				notes.add("**Not to be trusted**: in `" + scenario.id()
						+ "` neither the server nor the load was busy with " + String.join(", ", disturbed)
						+ "; something else ran on their processors");
			}
		}
		this.results.leftOut().forEach((reason) -> notes.add("Left out: " + reason));
		this.results.failures().forEach((failure) -> notes.add("**Failed**: " + failure));
		if (!notes.isEmpty()) {
			line("");
			notes.forEach((note) -> line("- " + note));
		}
	}

	private void table(String title, List<Scenario> scenarios, List<Column> columns) {
		if (!scenarios.isEmpty()) {
			table(title, this.results.servers(scenarios), columns);
		}
	}

	// left out if it would be empty, because those to compare with have not taken part
	private void table(String title, Collection<Server> servers, List<Column> columns) {
		List<List<String>> rows = servers.stream().map((server) -> cells(server, columns)).toList();
		if (rows.stream().flatMap(List::stream).allMatch(String::isEmpty)) {
			return;
		}
		heading(title);
		head(Stream.concat(Stream.of("", "server"), columns.stream().map(Column::title)).toList());
		Iterator<List<String>> cells = rows.iterator();
		for (Server server : servers) {
			row(Stream.concat(Stream.of("`" + server.id() + "`", server.title()), cells.next().stream()).toList());
		}
	}

	private static List<String> cells(Server server, List<Column> columns) {
		return columns.stream().map((column) -> column.cell().apply(server)).toList();
	}

	private String ratio(Scenario scenario, Server server, Server reference, ToDoubleFunction<Sample> figure) {
		return text(RATIO, this.results.ratio(scenario, server, reference, figure));
	}

	private static String text(String format, @Nullable Spread spread) {
		return (spread != null) ? spread.text(format) : "";
	}

	private String flagged(Scenario scenario, Server server, String cell) {
		return (!cell.isEmpty() && this.results.isLimitedByLoad(scenario, server)) ? cell + LIMITED_BY_LOAD : cell;
	}

	private void heading(String title) {
		line("");
		line("#### " + title);
		line("");
	}

	private void head(List<String> titles) {
		row(titles);
		row(titles.stream().map((title) -> "---").toList());
	}

	private void row(List<String> cells) {
		line("| " + String.join(" | ", cells) + " |");
	}

	private void line(String line) {
		this.text.append(line).append('\n');
	}

	private record Column(String title, Function<Server, String> cell) {

	}

}
