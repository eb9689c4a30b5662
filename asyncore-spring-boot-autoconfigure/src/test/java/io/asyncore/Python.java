package io.asyncore;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Starts Python, for the other end of what Java cannot do.
 */
final class Python {

	private Python() {
	}

	/**
	 * Start Python 3. A test is skipped where there is none, but not in CI.
	 */
	static Process start(String... arguments) throws IOException {
		List<String> command = new ArrayList<>(List.of("python3"));
		command.addAll(List.of(arguments));
		try {
			return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
		}
		catch (IOException ex) {
			if (!"true".equals(System.getenv("CI"))) {
				assumeThat(ex).as("there is no Python").isNull();
			}
			throw ex;
		}
	}

}
