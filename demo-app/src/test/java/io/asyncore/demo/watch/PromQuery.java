package io.asyncore.demo.watch;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that a query in PromQL has in it. Knows as much of the language as the
 * dashboard uses and refuses everything else, so that nothing is passed over.
 *
 * @param selectors the metrics that it asks for
 * @param groupings the labels that its results are grouped by
 */
record PromQuery(List<Selector> selectors, Set<String> groupings) {

	private static final Pattern TOKEN = Pattern
		.compile(String.join("|", "\\s+", "\"(?:[^\"\\\\]|\\\\.)*\"", "\\[(?:\\d+[smh]|\\$__rate_interval|\\$__range)]",
				"[a-zA-Z_:][\\w:]*", "\\d[\\w.]*", "=~|!~|[!=<>]=", "[-+*/%^<>=(){},]"));

	private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+),\\s*(\\w+)\\)");

	private static final Set<String> FUNCTIONS = Set.of("sum", "min", "max", "avg", "count", "rate", "increase",
			"histogram_quantile", "vector");

	private static final Set<String> CLAUSES = Set.of("by", "without", "on", "ignoring", "group_left", "group_right");

	private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "bool");

	/**
	 * Take a query apart, or what fills a variable of the dashboard.
	 */
	static PromQuery parse(String text) {
		Matcher values = LABEL_VALUES.matcher(text);
		if (!values.matches()) {
			return new Parser(tokens(text)).parse();
		}
		PromQuery series = parse(values.group(1));
		series.groupings().add(values.group(2));
		return series;
	}

	private static List<String> tokens(String text) {
		List<String> tokens = new ArrayList<>();
		Matcher matcher = TOKEN.matcher(text);
		int end = 0;
		for (; matcher.find() && matcher.start() == end; end = matcher.end()) {
			if (!matcher.group().isBlank()) {
				tokens.add(matcher.group());
			}
		}
		if (end != text.length()) {
			throw new IllegalArgumentException("Not understood: '" + text.substring(end) + "' of '" + text + "'");
		}
		return tokens;
	}

	/**
	 * A metric and what its labels must be.
	 */
	record Selector(String metric, List<LabelMatcher> matchers) {

	}

	/**
	 * What a label must be.
	 */
	record LabelMatcher(String label, String operator, String value) implements Predicate<String> {

		/**
		 * Say whether somebody chooses the value on the dashboard.
		 */
		boolean isVariable() {
			return this.value.startsWith("$");
		}

		@Override
		public boolean test(String actual) {
			boolean found = this.operator.endsWith("~") ? actual.matches(this.value) : actual.equals(this.value);
			return found != this.operator.startsWith("!");
		}

	}

	private static final class Parser {

		private static final String END = "";

		private final List<String> tokens;

		private final List<Selector> selectors = new ArrayList<>();

		private final Set<String> groupings = new LinkedHashSet<>();

		private int position;

		Parser(List<String> tokens) {
			this.tokens = tokens;
		}

		PromQuery parse() {
			while (this.position < this.tokens.size()) {
				String token = next();
				if (CLAUSES.contains(token)) {
					this.groupings.addAll(labels());
				}
				else if (isName(token) && !OPERATORS.contains(token) && !isFunction(token)) {
					this.selectors.add(new Selector(token, peek().equals("{") ? matchers() : List.of()));
				}
				else if (token.equals("{")) {
					throw new IllegalArgumentException("A selector needs a name: " + this.tokens);
				}
			}
			return new PromQuery(this.selectors, this.groupings);
		}

		private boolean isFunction(String name) {
			boolean called = peek().equals("(") || CLAUSES.contains(peek());
			if (called && !FUNCTIONS.contains(name)) {
				throw new IllegalArgumentException("Unknown function '" + name + "'");
			}
			return called;
		}

		private List<String> labels() {
			List<String> labels = new ArrayList<>();
			expect("(");
			while (!peek().equals(")")) {
				labels.add(name());
				if (!peek().equals(")")) {
					expect(",");
				}
			}
			expect(")");
			return labels;
		}

		private List<LabelMatcher> matchers() {
			List<LabelMatcher> matchers = new ArrayList<>();
			expect("{");
			while (!peek().equals("}")) {
				String label = name();
				String operator = next();
				String value = next();
				if (!Set.of("=", "!=", "=~", "!~").contains(operator) || !value.startsWith("\"")) {
					throw new IllegalArgumentException("No matcher: " + label + operator + value);
				}
				matchers.add(new LabelMatcher(label, operator, value.substring(1, value.length() - 1)));
				if (!peek().equals("}")) {
					expect(",");
				}
			}
			expect("}");
			return matchers;
		}

		private String name() {
			String name = next();
			if (!isName(name)) {
				throw new IllegalArgumentException("No name: '" + name + "'");
			}
			return name;
		}

		private static boolean isName(String token) {
			return !token.isEmpty() && (Character.isLetter(token.charAt(0)) || token.charAt(0) == '_');
		}

		private String peek() {
			return (this.position < this.tokens.size()) ? this.tokens.get(this.position) : END;
		}

		private String next() {
			String token = peek();
			this.position++;
			return token;
		}

		private void expect(String token) {
			String actual = next();
			if (!actual.equals(token)) {
				throw new IllegalArgumentException("'" + token + "' expected, not '" + actual + "'");
			}
		}

	}

}
