package io.asyncore.autoconfigure;

import io.asyncore.ChildProcess;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A handler that ends the whole process.
 */
class ExitInHandlerTests {

	@Test
	void whenAHandlerExitsWhatIsQueuedIsSentAndTheProcessEnds() throws Exception {
		try (ChildProcess process = ChildProcess.without(ExitingApplication.class)) {
			int port = Integer.parseInt(process.readLine());
			try (ScriptedClient first = served(port);
					ScriptedClient second = served(port);
					ScriptedClient third = served(port)) {
				// more than the system takes, on both loops, one of which will be exiting
				second.send("much\n").read(1);
				third.send("much\n").read(1);
				first.send("exit\n").expectLine("bye");
				assertThat(second.readAll()).hasSize(ExitingApplication.MUCH - 1);
				assertThat(third.readAll()).hasSize(ExitingApplication.MUCH - 1);
				first.expectEnd();
			}
			// the grace period is twice as long as this waits
			process.awaitEnd();
		}
	}

	private static ScriptedClient served(int port) {
		return ScriptedClient.connect(port).send("hello\n").expectLine("hello");
	}

}
