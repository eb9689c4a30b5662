package io.asyncore.test;

import java.util.concurrent.TimeUnit;

import io.asyncore.CapturedLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What must be true of channels, whatever they do and whatever is done to them.
 */
@Timeout(60)
class RandomProgramTests {

	private CapturedLog log;

	@BeforeEach
	void capture() {
		this.log = new CapturedLog();
	}

	@AfterEach
	void release() {
		this.log.close();
	}

	@SimulationTest(seeds = 200)
	void holdsWhateverHappens(Simulation simulation) throws Exception {
		assertThat(new RandomProgram(simulation).open().talk().end().mistakes()).isEmpty();
	}

	@Test
	@EnabledIfSystemProperty(named = "simulation.seconds", matches = "\\d+")
	@Timeout(value = 24, unit = TimeUnit.HOURS)
	void holdsForAsLongAsThereIsTime() throws Exception {
		long start = System.nanoTime();
		long end = start + TimeUnit.SECONDS.toNanos(Long.getLong("simulation.seconds"));
		long first = Long.getLong("simulation.first", 1_000_000);
		long seed = first;
		for (; System.nanoTime() < end; seed++) {
			try (Simulation simulation = Simulation.seed(seed)) {
				assertThat(new RandomProgram(simulation).open().talk().end().mistakes()).as("seed " + seed).isEmpty();
			}
		}
		long seeds = seed - first;
		System.out.printf("%,d seeds from %,d on hold, %,d a minute%n", seeds, first,
				seeds * TimeUnit.MINUTES.toNanos(1) / (System.nanoTime() - start));
	}

}
