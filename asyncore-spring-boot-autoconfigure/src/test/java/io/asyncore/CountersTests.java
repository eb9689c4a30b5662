package io.asyncore;

import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Counters}.
 */
class CountersTests {

	private final ChannelMap map = new ChannelMap();

	@Test
	void whatAnotherChannelSendsWhileOneIsMadeCountsOnce() throws Exception {
		try (DatagramChannel receiver = DatagramChannel.open(StandardProtocolFamily.INET).bind(Loopback.anyPort())) {
			SocketAddress target = receiver.getLocalAddress();
			Dispatcher audit = new Dispatcher(this.map);
			audit.setChannelName("audit");
			audit.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
			ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> {
				audit.sendTo(ByteBuffer.allocate(3), target);
				return new DispatcherWithSend();
			}, this.map);
			server.open();
			for (int i = 1; i <= 3; i++) {
				int count = i;
				try (Socket client = Loopback.peer(server)) {
					assertThat(client.isConnected()).isTrue();
					Loopback.passUntil(this.map, () -> audit.channel().counters().sent() == 10L * count - 7);
				}
				audit.sendTo(ByteBuffer.allocate(7), target);
			}
			ChannelStats group = this.map.eventLoop().monitor().group("audit");
			assertThat(audit.channel().counters().sent()).isEqualTo(30);
			assertThat(group.sent()).isEqualTo(30);
			Asyncore.closeAll(this.map, true);
		}
	}

}
