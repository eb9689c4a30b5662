package io.asyncore.demo.tail;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Lines}.
 */
class LinesTests {

	private final List<String> received = new ArrayList<>();

	private final Lines lines = new Lines((line) -> this.received.add(new String(line, StandardCharsets.US_ASCII)));

	@Test
	void passesOnWhatIsComplete() {
		add("one\ntwo\nth");
		assertThat(this.received).containsExactly("one\n", "two\n");
		add("ree");
		add("\n\n");
		assertThat(this.received).containsExactly("one\n", "two\n", "three\n", "\n");
	}

	@Test
	void whenLineIsTooLongCutsIt() {
		add("x".repeat(Lines.LONGEST + 1) + "y\n");
		assertThat(this.received).containsExactly("x".repeat(Lines.LONGEST) + "\n", "xy\n");
	}

	@Test
	void whenLineIsAsLongAsItMayBeDoesNotCutIt() {
		add("x".repeat(Lines.LONGEST - 1) + "\ny\n");
		assertThat(this.received).containsExactly("x".repeat(Lines.LONGEST - 1) + "\n", "y\n");
	}

	private void add(String data) {
		this.lines.add(data.getBytes(StandardCharsets.US_ASCII));
	}

}
