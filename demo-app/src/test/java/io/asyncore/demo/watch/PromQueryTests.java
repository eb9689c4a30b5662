package io.asyncore.demo.watch;

import java.util.List;

import io.asyncore.demo.watch.PromQuery.LabelMatcher;
import io.asyncore.demo.watch.PromQuery.Selector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link PromQuery}.
 */
class PromQueryTests {

	@Test
	void findsMetricsMatchersAndGroupings() {
		PromQuery query = PromQuery
			.parse("sum by (a, b) (rate(one_total{c=~\"$d\", e!=\"x }\"}[$__rate_interval])) / max(two) > bool 0.5");
		assertThat(query.selectors()).containsExactly(
				new Selector("one_total",
						List.of(new LabelMatcher("c", "=~", "$d"), new LabelMatcher("e", "!=", "x }"))),
				new Selector("two", List.of()));
		assertThat(query.groupings()).containsExactly("a", "b");
	}

	@Test
	void whenVariableIsFilledTheLabelCountsAsGrouping() {
		PromQuery query = PromQuery.parse("label_values(one{a=\"x\"}, b)");
		assertThat(query.selectors()).containsExactly(new Selector("one", List.of(new LabelMatcher("a", "=", "x"))));
		assertThat(query.groupings()).containsExactly("b");
	}

	@Test
	void whenGroupingStandsBehindFindsIt() {
		assertThat(PromQuery.parse("sum(one) by (a) or vector(0)").groupings()).containsExactly("a");
	}

	@Test
	void matchersDoWhatTheirOperatorsSay() {
		assertThat(new LabelMatcher("a", "=", "x")).accepts("x").rejects("xy", "");
		assertThat(new LabelMatcher("a", "!=", "x")).accepts("xy", "").rejects("x");
		assertThat(new LabelMatcher("a", "=~", "x|y")).accepts("x", "y").rejects("xy");
		assertThat(new LabelMatcher("a", "!~", "x|y")).accepts("xy").rejects("x");
	}

	@ParameterizedTest
	@ValueSource(strings = { "ratee(one[1m])", "rate(one[$__rate])", "{a=\"x\"}", "one{a~\"x\"}", "one{a=x}",
			"one{\"a\"=\"x\"}", "sum by (a b) (one)", "sum by (\"a\") (one)", "one @ 5", "one{a=\"x\"", "one{a=\"x}" })
	void whenQueryIsNotUnderstoodSaysSo(String text) {
		assertThatIllegalArgumentException().isThrownBy(() -> PromQuery.parse(text));
	}

}
