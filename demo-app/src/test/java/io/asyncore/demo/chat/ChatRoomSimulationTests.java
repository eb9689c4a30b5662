package io.asyncore.demo.chat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

import io.asyncore.ServerDispatcher;
import io.asyncore.test.ScriptedClient;
import io.asyncore.test.Simulation;
import io.asyncore.test.SimulationTest;

import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two hours in the chat room, while the network fails.
 */
class ChatRoomSimulationTests {

	private static final String WELCOME = "\\* You are agent \\d+, others here: ";

	private final ChatRoom room = new ChatRoom(DataSize.ofKilobytes(100));

	@SimulationTest(seeds = 50)
	void outlivesPartitionsAndResets(Simulation simulation) throws Exception {
		ServerDispatcher server = new ServerDispatcher(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
				(socket, peer) -> new ChatAgent(this.room), simulation.map());
		server.setChannelIdleTimeout(Duration.ofMinutes(90));
		server.open();
		ScriptedClient ann = simulation.connect(server).expectLine(WELCOME + "0");
		ScriptedClient bob = simulation.connect(server).expectLine(WELCOME + "1");
		ann.expectLine("\\* Agent \\d+ has come");
		// what is said while nothing arrives comes when the network is whole again
		simulation.network().partition();
		bob.send("is anybody there?\n");
		simulation.advance(Duration.ofMinutes(45));
		simulation.network().heal();
		ann.expectLine("Agent \\d+: is anybody there\\?");
		// in the middle of a line
		bob.send("I wanted to sa").reset();
		ann.expectLine("\\* Agent \\d+ has gone");
		assertThat(this.room.members()).hasSize(1);
		// who says nothing is asked to leave
		ScriptedClient eve = simulation.connect(server).expectLine(WELCOME + "1");
		ann.expectLine("\\* Agent \\d+ has come");
		simulation.advance(Duration.ofMinutes(60));
		eve.send("still here\n");
		ann.expectLine("Agent \\d+: still here");
		simulation.advance(Duration.ofMinutes(15));
		assertThat(simulation.elapsed()).isBetween(Duration.ofMinutes(120), Duration.ofMinutes(121));
		assertThat(this.room.members()).hasSize(2);
		simulation.advance(Duration.ofMinutes(80));
		eve.expectEnd();
		ann.expectLine("\\* Agent \\d+ has gone");
		// to whom that was something to read
		assertThat(this.room.members()).hasSize(1);
	}

}
