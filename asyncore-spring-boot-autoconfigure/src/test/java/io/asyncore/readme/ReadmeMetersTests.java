package io.asyncore.readme;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

import io.asyncore.metrics.AsyncoreMeters;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The table of meters in the reference.
 */
class ReadmeMetersTests {

	@ParameterizedTest
	@EnumSource
	void hasALineForEachMeterWithItsTags(AsyncoreMeters meter) throws IOException {
		assertThat(Files.readString(Path.of("REFERENCE.md")).lines())
			.filteredOn((line) -> line.startsWith("| `" + meter.getName() + "` |"))
			.singleElement()
			.asString()
			.contains(Arrays.stream(meter.getKeyNames()).map((key) -> "`" + key.asString() + "`").toList());
	}

}
