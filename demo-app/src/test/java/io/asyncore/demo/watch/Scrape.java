package io.asyncore.demo.watch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What Prometheus gets of the application when it asks.
 *
 * @param families the types of metrics by their names
 * @param samples the lines
 */
record Scrape(Map<String, String> families, List<Sample> samples) {

	private static final Pattern TYPE = Pattern.compile("# TYPE (\\S+) (\\S+)");

	private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\",?");

	private static final Pattern SAMPLE = Pattern.compile("([\\w:]+)(?:\\{((?:" + LABEL.pattern() + ")*)})? \\S+");

	// Prometheus adds these by itself
	private static final Set<String> TARGET_LABELS = Set.of("instance", "job");

	static Scrape parse(String text) {
		Map<String, String> families = new LinkedHashMap<>();
		List<Sample> samples = new ArrayList<>();
		text.lines().forEach((line) -> {
			Matcher type = TYPE.matcher(line);
			Matcher sample = SAMPLE.matcher(line);
			if (type.matches()) {
				families.put(type.group(1), type.group(2));
			}
			else if (sample.matches()) {
				samples.add(new Sample(sample.group(1), labels(sample.group(2))));
			}
			else if (!line.startsWith("# HELP") && !line.isBlank()) {
				throw new IllegalArgumentException("Not understood: '" + line + "'");
			}
		});
		return new Scrape(families, samples);
	}

	private static Map<String, String> labels(String text) {
		return (text != null) ? LABEL.matcher(text)
			.results()
			.collect(Collectors.toMap((label) -> label.group(1), (label) -> label.group(2))) : Map.of();
	}

	/**
	 * Return the families of the library's meters.
	 */
	Set<String> asyncoreFamilies() {
		return this.families.keySet()
			.stream()
			.filter((name) -> name.startsWith("asyncore_"))
			.collect(Collectors.toSet());
	}

	/**
	 * Return the family that a metric belongs to.
	 */
	String family(String metric) {
		String family = metric.replaceFirst("_(bucket|count|sum)$", "");
		return "histogram|summary".contains(this.families.getOrDefault(family, "none")) ? family : metric;
	}

	/**
	 * Return what a query asks for that is not there.
	 */
	List<String> missing(DashboardQuery query) {
		PromQuery parsed = PromQuery.parse(query.text());
		List<String> missing = new ArrayList<>();
		Set<String> labels = parsed.groupings();
		if (labels.isEmpty()) {
			// then an answer has all that its metric has
			labels = query.legendLabels();
		}
		else {
			query.legendLabels()
				.stream()
				.filter((label) -> !parsed.groupings().contains(label))
				.forEach((label) -> missing.add("grouping by '" + label + "' of the legend"));
		}
		for (PromQuery.Selector selector : parsed.selectors()) {
			missing.addAll(missing(selector, labels));
		}
		if (parsed.selectors().isEmpty()) {
			missing.add("any metric");
		}
		return missing.stream().map((name) -> query.where() + ": " + name).toList();
	}

	private List<String> missing(PromQuery.Selector selector, Set<String> labels) {
		List<Sample> samples = this.samples.stream()
			.filter((sample) -> sample.name().equals(selector.metric()))
			.toList();
		if (samples.isEmpty()) {
			return List.of("metric '" + selector.metric() + "'");
		}
		List<String> missing = new ArrayList<>();
		Stream.concat(selector.matchers().stream().map(PromQuery.LabelMatcher::label), labels.stream())
			.filter((label) -> !TARGET_LABELS.contains(label))
			.filter((label) -> samples.stream().anyMatch((sample) -> !sample.labels().containsKey(label)))
			.forEach((label) -> missing.add("label '" + label + "' of '" + selector.metric() + "'"));
		if (missing.isEmpty() && samples.stream().noneMatch((sample) -> sample.fits(selector))) {
			missing.add("sample that fits " + selector);
		}
		return missing;
	}

	/**
	 * One line.
	 */
	record Sample(String name, Map<String, String> labels) {

		private boolean fits(PromQuery.Selector selector) {
			return selector.matchers()
				.stream()
				.filter((matcher) -> !matcher.isVariable() && !TARGET_LABELS.contains(matcher.label()))
				.allMatch((matcher) -> matcher.test(this.labels.getOrDefault(matcher.label(), "")));
		}

	}

}
