package io.asyncore;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What a {@link DatagramDispatcher} receives of multicast groups.
 */
@Timeout(60)
class DatagramDispatcherGroupTests {

	private static final String GROUP = "239.255.71.13";

	private static final String GROUP_6 = "ff12::4713";

	private final ChannelMap map = new ChannelMap();

	private NetworkInterface interf;

	@BeforeEach
	void findInterface() throws IOException {
		this.interf = MulticastInterface.loopback();
	}

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void receivesWhatIsSentToAGroupUntilItLeaves() throws IOException {
		Datagrams channel = open(StandardProtocolFamily.INET);
		InetAddress group = InetAddress.getByName(GROUP);
		send(channel, GROUP, "early");
		channel.joinGroup(group, this.interf);
		send(channel, GROUP, "one");
		Loopback.passUntil(this.map, () -> !channel.received.isEmpty());
		channel.leaveGroup(group, this.interf);
		send(channel, GROUP, "late");
		assertReceivesOnlyMore(channel, "one");
	}

	@Test
	void receivesOverIpv6() throws IOException {
		this.interf = MulticastInterface.find();
		assumeThat(this.interf).as("a network interface that is up and supports multicast").isNotNull();
		assumeThat(address(Inet6Address.class)).as("an IPv6 address of " + this.interf).isNotNull();
		Datagrams channel = open(StandardProtocolFamily.INET6);
		channel.joinGroup(InetAddress.getByName(GROUP_6), this.interf);
		send(channel, GROUP_6, "six");
		Loopback.passUntil(this.map, () -> !channel.received.isEmpty());
		assertThat(channel.received).containsExactly("six");
		channel.leaveGroup(InetAddress.getByName(GROUP_6), this.interf);
	}

	@Test
	void receivesFromTheSourcesThatItHasJoined() throws IOException {
		InetAddress own = address(Inet4Address.class);
		InetAddress group = InetAddress.getByName(GROUP);
		InetAddress other = InetAddress.getByName("192.0.2.77");
		Datagrams channel = open(StandardProtocolFamily.INET);
		channel.joinGroup(group, this.interf, other);
		send(channel, GROUP, "of nobody");
		channel.joinGroup(group, this.interf, own);
		send(channel, GROUP, "one");
		Loopback.passUntil(this.map, () -> !channel.received.isEmpty());
		channel.leaveGroup(group, this.interf, own);
		send(channel, GROUP, "late");
		assertReceivesOnlyMore(channel, "one");
		assertThatIllegalStateException().isThrownBy(() -> channel.leaveGroup(group, this.interf, own))
			.withMessageContaining("for source " + own.getHostAddress());
		channel.leaveGroup(group, this.interf, other);
	}

	@Test
	void whenItIsNoMemberCannotLeave() throws IOException {
		InetAddress group = InetAddress.getByName(GROUP);
		Datagrams channel = open(StandardProtocolFamily.INET);
		assertThatIllegalStateException().isThrownBy(() -> channel.leaveGroup(group, this.interf))
			.withMessage("The socket is no member of group " + GROUP + " on " + this.interf.getName());
		channel.joinGroup(group, this.interf);
		channel.joinGroup(group, this.interf);
		channel.leaveGroup(group, this.interf);
		assertThatIllegalStateException().isThrownBy(() -> channel.leaveGroup(group, this.interf));
	}

	@Test
	void aNewSocketIsNoMember() throws IOException {
		InetAddress group = InetAddress.getByName(GROUP);
		Datagrams channel = open(StandardProtocolFamily.INET);
		channel.joinGroup(group, this.interf);
		channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		assertThatIllegalStateException().isThrownBy(() -> channel.leaveGroup(group, this.interf));
	}

	@Test
	void whenThereIsNoSocketForItSaysSo() throws IOException {
		InetAddress group = InetAddress.getByName(GROUP);
		DatagramDispatcher channel = new DatagramDispatcher(this.map);
		assertThatIllegalStateException().isThrownBy(() -> channel.joinGroup(group, this.interf))
			.withMessage("There is no socket: call createSocket() before joinGroup()");
		assertThatIllegalStateException().isThrownBy(() -> channel.leaveGroup(group, this.interf))
			.withMessageContaining("leaveGroup()");
		channel.createSocket();
		assertThatIllegalStateException().isThrownBy(() -> channel.joinGroup(group, this.interf, group))
			.withMessageContaining("The socket is none for datagrams");
	}

	@Test
	void whenTheAddressIsThatOfNoGroupRefuses() throws IOException {
		Datagrams channel = open(StandardProtocolFamily.INET);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> channel.joinGroup(InetAddress.getByName("192.0.2.1"), this.interf));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> channel.joinGroup(InetAddress.getByName(GROUP_6), this.interf));
	}

	// what came before it came first
	private void assertReceivesOnlyMore(Datagrams channel, String before) throws IOException {
		try (DatagramChannel client = DatagramChannel.open(StandardProtocolFamily.INET)) {
			client.send(ByteBuffer.wrap("end".getBytes()),
					new InetSocketAddress(address(Inet4Address.class), Loopback.port(channel)));
		}
		Loopback.passUntil(this.map, () -> channel.received.contains("end"));
		Loopback.onePass(this.map, false, Duration.ZERO);
		assertThat(channel.received).containsExactly(before, "end");
	}

	private void send(Dispatcher channel, String group, String text) throws IOException {
		InetAddress address = InetAddress.getByName(group);
		ProtocolFamily family = (address instanceof Inet4Address) ? StandardProtocolFamily.INET
				: StandardProtocolFamily.INET6;
		try (DatagramChannel client = DatagramChannel.open(family)) {
			client.setOption(StandardSocketOptions.IP_MULTICAST_IF, this.interf);
			client.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
			// nothing leaves this machine
			client.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 0);
			client.send(ByteBuffer.wrap(text.getBytes()), new InetSocketAddress(address, Loopback.port(channel)));
		}
	}

	private InetAddress address(Class<? extends InetAddress> type) {
		return this.interf.inetAddresses().filter(type::isInstance).findFirst().orElse(null);
	}

	private Datagrams open(ProtocolFamily family) throws IOException {
		Datagrams channel = new Datagrams(this.map);
		channel.createSocket(family, SocketType.DATAGRAM);
		channel.bind(new InetSocketAddress(0));
		return channel;
	}

	private static final class Datagrams extends DatagramDispatcher {

		private final List<String> received = new ArrayList<>();

		Datagrams(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleDatagram(ByteBuffer data, SocketAddress sender) {
			byte[] bytes = new byte[data.remaining()];
			data.get(bytes);
			this.received.add(new String(bytes));
		}

	}

}
