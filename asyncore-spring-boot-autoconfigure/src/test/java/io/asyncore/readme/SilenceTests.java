package io.asyncore.readme;

import java.net.InetSocketAddress;
import java.time.Duration;

import io.asyncore.ServerDispatcher;
import io.asyncore.test.ScriptedClient;
import io.asyncore.test.Simulation;
import io.asyncore.test.SimulationTest;

import static org.assertj.core.api.Assertions.assertThat;

class SilenceTests {

	@SimulationTest(seeds = 200)
	void resetInTheMiddleOfALine(Simulation simulation) throws Exception {
		ServerDispatcher server = new ServerDispatcher(new InetSocketAddress(7000), (socket, peer) -> new Greeter(),
				simulation.map());
		server.setChannelIdleTimeout(Duration.ofMinutes(90));
		server.open();
		ScriptedClient ada = simulation.connect(server);
		ScriptedClient bob = simulation.connect(server);
		ada.send("Ad").reset();
		bob.send("Bob\n").expectLine("Hello, Bob!");
		simulation.advance(Duration.ofHours(2));
		bob.expectEnd();
		assertThat(simulation.map().channels()).containsExactly(server);
	}

}
