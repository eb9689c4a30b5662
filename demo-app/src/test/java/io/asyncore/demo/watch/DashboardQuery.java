package io.asyncore.demo.watch;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import tools.jackson.databind.JsonNode;

/**
 * A query of the Grafana dashboard.
 *
 * @param where who asks
 * @param text the query
 * @param legend what is written beside the answer
 */
record DashboardQuery(String where, String text, String legend) {

	private static final Pattern LEGEND_LABEL = Pattern.compile("\\{\\{\\s*(\\w+)\\s*}}");

	/**
	 * Return the queries of panels, also of those inside rows.
	 */
	static List<DashboardQuery> ofPanels(JsonNode dashboard) {
		List<DashboardQuery> queries = new ArrayList<>();
		for (JsonNode panel : panels(dashboard)) {
			for (JsonNode target : panel.path("targets")) {
				queries.add(new DashboardQuery("panel '" + panel.path("title").asString() + "'",
						target.path("expr").asString(), target.path("legendFormat").asString()));
			}
		}
		return queries;
	}

	/**
	 * Return the queries that fill variables and make annotations.
	 */
	static List<DashboardQuery> ofOthers(JsonNode dashboard) {
		List<DashboardQuery> queries = new ArrayList<>();
		for (JsonNode variable : dashboard.at("/templating/list")) {
			if (variable.path("type").asString().equals("query")) {
				String where = "variable '" + variable.path("name").asString() + "'";
				queries.add(new DashboardQuery(where, variable.path("definition").asString(), ""));
				queries.add(new DashboardQuery(where, variable.at("/query/query").asString(), ""));
			}
		}
		for (JsonNode annotation : dashboard.at("/annotations/list")) {
			if (annotation.has("expr")) {
				queries.add(new DashboardQuery("annotation '" + annotation.path("name").asString() + "'",
						annotation.path("expr").asString(), annotation.path("textFormat").asString()));
			}
		}
		return queries;
	}

	/**
	 * Return all panels but rows, which only hold some.
	 */
	static List<JsonNode> panels(JsonNode parent) {
		List<JsonNode> panels = new ArrayList<>();
		for (JsonNode panel : parent.path("panels")) {
			if (panel.path("type").asString().equals("row")) {
				panels.addAll(panels(panel));
			}
			else {
				panels.add(panel);
			}
		}
		return panels;
	}

	Set<String> legendLabels() {
		return LEGEND_LABEL.matcher(this.legend).results().map((label) -> label.group(1)).collect(Collectors.toSet());
	}

}
