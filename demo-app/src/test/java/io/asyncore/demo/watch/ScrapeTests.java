package io.asyncore.demo.watch;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Scrape}.
 */
class ScrapeTests {

	private static final Scrape SCRAPE = Scrape.parse("""
			# HELP asyncore_calls_seconds How long
			# TYPE asyncore_calls_seconds histogram
			asyncore_calls_seconds_bucket{handler="read",outcome="error",le="+Inf"} 1
			asyncore_calls_seconds_count{handler="read",outcome="error"} 1
			asyncore_calls_seconds_sum{handler="read",outcome="error"} 1.0E-5
			# HELP asyncore_calls_seconds_max How long
			# TYPE asyncore_calls_seconds_max gauge
			asyncore_calls_seconds_max{handler="a, \\"b\\"}",outcome="error"} 0.1
			# TYPE up gauge
			up 1.0
			""");

	@Test
	void findsFamiliesAndSamples() {
		assertThat(SCRAPE.asyncoreFamilies()).containsExactlyInAnyOrder("asyncore_calls_seconds",
				"asyncore_calls_seconds_max");
		assertThat(SCRAPE.samples()).hasSize(5)
			.contains(new Scrape.Sample("up", Map.of()), new Scrape.Sample("asyncore_calls_seconds_max",
					Map.of("handler", "a, \\\"b\\\"}", "outcome", "error")));
	}

	@Test
	void whenLineIsNotUnderstoodSaysSo() {
		assertThatIllegalArgumentException().isThrownBy(() -> Scrape.parse("asyncore calls 1"));
	}

	@Test
	void knowsTheFamilyOfAMetric() {
		assertThat(SCRAPE.family("asyncore_calls_seconds_bucket")).isEqualTo("asyncore_calls_seconds");
		assertThat(SCRAPE.family("asyncore_calls_seconds_max")).isEqualTo("asyncore_calls_seconds_max");
		assertThat(SCRAPE.family("up_count")).isEqualTo("up_count");
	}

	@Test
	void whenAllIsThereNothingIsMissing() {
		assertThat(missing("sum by (handler, instance) (rate(asyncore_calls_seconds_count{outcome=\"error\", "
				+ "handler=~\"$handler\", instance=~\"$instance\"}[1m]))", "{{handler}} {{instance}}"))
			.isEmpty();
		assertThat(missing("asyncore_calls_seconds_max{job=\"x\"} > 0", "{{handler}}")).isEmpty();
		assertThat(missing("label_values(asyncore_calls_seconds_max, handler)", "")).isEmpty();
	}

	@Test
	void whenNameIsMisspelledItIsMissing() {
		String metric = "asyncore_calls_seconds_max";
		assertThat(missing("rate(asyncore_call_seconds_count[1m])", ""))
			.containsExactly("metric 'asyncore_call_seconds_count'");
		assertThat(missing(metric + "{handlr=~\"$handler\"}", "")).containsExactly(label("handlr"));
		assertThat(missing("sum by (le) (" + metric + ")", "")).containsExactly(label("le"));
		assertThat(missing("label_values(" + metric + ", handlr)", "")).containsExactly(label("handlr"));
		assertThat(missing(metric, "{{handlr}}")).containsExactly(label("handlr"));
		assertThat(missing("vector(0)", "")).containsExactly("any metric");
	}

	private static String label(String name) {
		return "label '" + name + "' of 'asyncore_calls_seconds_max'";
	}

	@Test
	void whenLabelHasNoSuchValueItIsMissing() {
		assertThat(missing("asyncore_calls_seconds_count{outcome=\"eror\"}", "")).singleElement()
			.asString()
			.startsWith("sample that fits");
	}

	@Test
	void whenLegendShowsWhatIsNotGroupedByItIsMissing() {
		assertThat(missing("sum by (outcome) (asyncore_calls_seconds_count)", "{{outcome}} {{handler}}"))
			.containsExactly("grouping by 'handler' of the legend");
	}

	private static List<String> missing(String query, String legend) {
		return SCRAPE.missing(new DashboardQuery("test", query, legend))
			.stream()
			.map((name) -> name.replaceFirst("^test: ", ""))
			.toList();
	}

}
