package io.asyncore.test;

import java.util.ArrayList;
import java.util.List;

import io.asyncore.CapturedLog;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What must be true of channels whichever call of the system fails: that of a socket, a
 * selector, an executor, once or from then on. With {@code simulation.runs} each call of
 * a run fails in its turn, else as many as there is time for.
 */
@Timeout(600)
class FailingCallsTests {

	private static final int MOST_RUNS = Integer.getInteger("simulation.runs", 100);

	private CapturedLog log;

	@BeforeEach
	void capture() {
		this.log = new CapturedLog();
	}

	@AfterEach
	void release() {
		this.log.close();
	}

	@ParameterizedTest
	@CsvSource({ "1, false", "1, true", "2, false", "2, true", "3, false", "3, true", "4, false", "4, true" })
	void nothingIsLostOrLeft(long seed, boolean lasting) throws Exception {
		List<String> mistakes = new ArrayList<>();
		int calls = calls(seed);
		int step = Math.max(1, calls / MOST_RUNS);
		for (int call = 1; call <= calls; call += step) {
			run(seed, call, lasting, mistakes);
		}
		assertThat(mistakes).isEmpty();
	}

	private static int calls(long seed) throws Exception {
		try (Simulation simulation = Simulation.seed(seed)) {
			new RandomProgram(simulation).open().talk().end();
			return simulation.world().faults().calls();
		}
	}

	private static void run(long seed, int call, boolean lasting, List<String> mistakes) throws Exception {
		try (Simulation simulation = Simulation.seed(seed)) {
			RandomProgram program = new RandomProgram(simulation).fail(call, lasting).open();
			if (program.isOpen()) {
				program.talk();
			}
			for (String mistake : program.end().mistakes()) {
				mistakes.add("call " + call + " (" + simulation.world().faults().failed() + "): " + mistake);
			}
		}
		catch (Exception | AssertionError ex) {
			throw new AssertionError("With seed " + seed + " and call " + call + ": " + ex.getMessage(), ex);
		}
	}

}
