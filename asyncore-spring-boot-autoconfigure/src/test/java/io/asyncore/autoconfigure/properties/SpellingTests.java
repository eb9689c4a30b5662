package io.asyncore.autoconfigure.properties;

import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Spelling}.
 */
class SpellingTests {

	private static final List<String> KNOWN = List.of("port", "protocol", "backlog", "max-connections",
			"max-frame-length", "idle-timeout", "first-read-timeout");

	@ParameterizedTest
	@CsvSource({ "prot, port", "ports, port", "por, port", "pord, port", "PORT, port", "protocoll, protocol",
			"maxFrameLenght, max-frame-length", "max_conections, max-connections", "timeout, idle-timeout",
			"connections, max-connections", "colour,", "x,", "''," })
	void findsTheNearest(String name, String nearest) {
		assertThat(Spelling.nearest(name, KNOWN)).isEqualTo(nearest);
	}

	@ParameterizedTest
	@CsvSource({ "prot, port", "maxFrameLenght, max-frame-length", "timeout,", "colour," })
	void findsTheOneThatIsMisspelt(String name, String closest) {
		assertThat(Spelling.closest(name, KNOWN)).isEqualTo(closest);
	}

	@Test
	void knowsWhatIsAlmostTheSame() {
		assertThat(Spelling.isAlmost("server", "servers")).isTrue();
		assertThat(Spelling.isAlmost("sevrers", "servers")).isTrue();
		assertThat(Spelling.isAlmost("service", "servers")).isFalse();
	}

}
