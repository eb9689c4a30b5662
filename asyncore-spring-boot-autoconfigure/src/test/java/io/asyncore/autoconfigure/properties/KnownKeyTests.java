package io.asyncore.autoconfigure.properties;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationUnit;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link KnownKey}.
 */
class KnownKeyTests {

	private final KnownKey known = KnownKey.of(Root.class);

	@ParameterizedTest
	@ValueSource(strings = { "someTime", "plainMap.a", "plainMap.a.b.c", "list", "list.[0]", "items.[1].name",
			"byName.any.name", "byName.[a.b].name" })
	void knowsWhatCanBeBound(String path) {
		KnownKey found = this.known.find(path(path), false);
		assertThat(found).isNotNull();
		assertThat(found.hasValue()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(strings = { "other", "sometime.x", "list.x", "items.[1].nam", "byName.any.nam", "byName.any.name.x" })
	void knowsNothingElse(String path) {
		assertThat(this.known.find(path(path), false)).isNull();
	}

	@ParameterizedTest
	@ValueSource(strings = { "some.time", "by.name.any.other.name", "by.name.any.name", "list.[0]" })
	void joinsElementsOfVariables(String path) {
		KnownKey found = this.known.find(path(path), true);
		assertThat(found).isNotNull();
		assertThat(found.hasValue()).isTrue();
	}

	@Test
	void hasThePathsOfValues() {
		assertThat(this.known.paths()).containsExactly("some-time", "short-time", "minutes", "plain-map", "list",
				"items", "section.name");
	}

	@Test
	void knowsTimesThatAreHardlyMeantToBeShort() {
		assertThat(this.known.keys().get("some-time").coarse()).isTrue();
		assertThat(this.known.keys().get("short-time").coarse()).isFalse();
		assertThat(this.known.keys().get("minutes").coarse()).isFalse();
		assertThat(this.known.keys().get("list").coarse()).isFalse();
	}

	private static List<String> path(String path) {
		// as names are compared; those in brackets are as they are
		return List.of(path.toLowerCase(Locale.ROOT).replace("[a.b]", "[ab]").split("\\."));
	}

	record Root(@Nullable Duration someTime, @DefaultValue("20ms") Duration shortTime,
			@DurationUnit(ChronoUnit.MINUTES) Duration minutes, Map<String, String> plainMap, List<String> list,
			List<Item> items, Map<String, Item> byName, Item section) {

	}

	record Item(String name) {

	}

}
