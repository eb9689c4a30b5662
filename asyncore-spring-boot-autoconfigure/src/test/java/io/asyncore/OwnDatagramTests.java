package io.asyncore;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * Datagrams that a {@link DatagramDispatcher} seems to have sent to itself. Somebody may
 * have forged them.
 */
@Timeout(60)
class OwnDatagramTests {

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@ParameterizedTest
	@CsvSource({ "127.0.0.1, 127.0.0.1", "0.0.0.0, 127.0.0.1", "::1, ::1", "::, ::1", "::, 127.0.0.1" })
	void areDropped(String bound, String target) throws IOException {
		Echo server = bound(bound, 0);
		InetSocketAddress own = new InetSocketAddress(target, Loopback.port(server));
		send(server, 1, own);
		// whose answers are from there
		Echo client = bound((own.getAddress().getAddress().length == 4) ? "127.0.0.1" : "::1", 0);
		client.answers = false;
		send(client, 2, own);
		Loopback.passUntil(this.map, () -> server.lengths.contains(2));
		assertThat(server.lengths).containsExactly(2);
		assertThat(server.closed()).isFalse();
	}

	@Test
	void areDroppedIfTheyAreFromAnotherAddressOfTheMachine() throws IOException {
		List<InetAddress> addresses = NetworkInterface.networkInterfaces()
			.flatMap(NetworkInterface::inetAddresses)
			.filter((address) -> !address.isLoopbackAddress() && address.getAddress().length == 4)
			.toList();
		assumeThat(addresses).isNotEmpty();
		Echo server = bound("0.0.0.0", 0);
		send(server, 1, new InetSocketAddress(addresses.get(0), Loopback.port(server)));
		Echo client = bound("0.0.0.0", 0);
		send(client, 2, new InetSocketAddress(addresses.get(0), Loopback.port(server)));
		Loopback.passUntil(this.map, () -> server.lengths.contains(2));
		assertThat(server.lengths).containsExactly(2);
	}

	@Test
	void anEmptyOneIsDroppedToo() throws IOException {
		Echo server = bound("127.0.0.1", 0);
		send(server, 0, (InetSocketAddress) server.localAddress());
		Echo client = bound("127.0.0.1", 0);
		send(client, 2, (InetSocketAddress) server.localAddress());
		Loopback.passUntil(this.map, () -> !server.lengths.isEmpty());
		assertThat(server.lengths).containsExactly(2);
	}

	@Test
	void thoseOfAnotherAddressWithTheSamePortAreNot() throws IOException {
		Echo server = bound("127.0.0.1", 0);
		Echo other = bound("127.0.0.2", Loopback.port(server));
		other.answers = false;
		send(other, 3, (InetSocketAddress) server.localAddress());
		Loopback.passUntil(this.map, () -> !server.lengths.isEmpty());
		assertThat(server.lengths).containsExactly(3);
	}

	@Test
	void whoIsConnectedToItselfReceivesThem() throws IOException {
		Echo channel = bound("127.0.0.1", 0);
		channel.answers = false;
		channel.connect(channel.localAddress());
		Loopback.passUntil(this.map, channel::connected);
		channel.send(new byte[4]);
		Loopback.passUntil(this.map, () -> !channel.lengths.isEmpty());
		assertThat(channel.lengths).containsExactly(4);
	}

	@Test
	void aMemberOfAGroupReceivesThemForAsLongAsItIsOne() throws IOException {
		NetworkInterface loopback = NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
		InetAddress group = InetAddress.getByName("239.1.2.3");
		Echo channel = bound("0.0.0.0", 0);
		channel.answers = false;
		channel.joinGroup(group, loopback);
		send(channel, 5, new InetSocketAddress("127.0.0.1", Loopback.port(channel)));
		Loopback.passUntil(this.map, () -> !channel.lengths.isEmpty());
		assertThat(channel.lengths).containsExactly(5);
		channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		channel.bind(new InetSocketAddress("0.0.0.0", 0));
		send(channel, 6, new InetSocketAddress("127.0.0.1", Loopback.port(channel)));
		Echo client = bound("127.0.0.1", 0);
		send(client, 7, new InetSocketAddress("127.0.0.1", Loopback.port(channel)));
		Loopback.passUntil(this.map, () -> channel.lengths.size() == 2);
		assertThat(channel.lengths).containsExactly(5, 7);
	}

	private Echo bound(String address, int port) throws IOException {
		Echo channel = new Echo(this.map);
		boolean six = address.indexOf(':') >= 0;
		channel.createSocket(six ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET, SocketType.DATAGRAM);
		channel.bind(new InetSocketAddress(address, port));
		return channel;
	}

	private static void send(Dispatcher sender, int length, InetSocketAddress target) throws IOException {
		assertThat(sender.sendTo(ByteBuffer.allocate(length), target)).isEqualTo(length);
	}

	/**
	 * Sends back what it receives.
	 */
	private static final class Echo extends DatagramDispatcher {

		private final List<Integer> lengths = new ArrayList<>();

		private boolean answers = true;

		Echo(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleDatagram(ByteBuffer data, SocketAddress sender) throws IOException {
			this.lengths.add(data.remaining());
			if (this.answers && this.lengths.size() < 10) {
				sendTo(data, sender);
			}
		}

	}

}
