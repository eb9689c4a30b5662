package io.asyncore;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A {@link Dispatcher} and IPv6.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class Ipv6Tests extends ConnectingFixture {

	@Test
	void listenerForBothFamiliesSeesPeersAsTheyAre() throws IOException {
		Listener server = listener(new InetSocketAddress("::", 0));
		Scripted four = client(StandardProtocolFamily.INET);
		four.connect("127.0.0.1", Loopback.port(server));
		Loopback.passUntil(this.map, () -> server.peers.size() == 1);
		Scripted six = client();
		six.connect("::1", Loopback.port(server));
		Loopback.passUntil(this.map, () -> server.peers.size() == 2);
		assertThat(server.peers).containsExactly(four.localAddress(), six.localAddress());
		assertThat(((InetSocketAddress) server.peers.get(0)).getAddress()).isInstanceOf(Inet4Address.class);
		assertThat(server.accepted.get(0).toString()).contains(" connected 127.0.0.1:");
		assertThat(server.accepted.get(1).toString()).contains(" connected [0:0:0:0:0:0:0:1]:");
		assertThat(server.toString()).contains(" listening [0:0:0:0:0:0:0:0]:" + Loopback.port(server));
	}

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "::1", "[::1]", "::ffff:127.0.0.1" })
	void socketForIpv6ConnectsToBothFamilies(String host) throws IOException {
		Listener server = listener(new InetSocketAddress("::", 0));
		Scripted client = client();
		client.connect(host, Loopback.port(server));
		passUntilOver(client);
		assertThat(client.events).containsExactly("connect");
		assertThat(((InetSocketAddress) client.remoteAddress()).getAddress()).isEqualTo(InetAddress.getByName(host));
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void socketForIpv4DoesNotConnectToIpv6AndTells(boolean literal) throws IOException {
		Listener server = listener(new InetSocketAddress("::1", 0));
		Scripted client = client(StandardProtocolFamily.INET);
		if (literal) {
			client.connect("::1", Loopback.port(server));
		}
		else {
			client.connect(server.localAddress());
		}
		assertThat(client.events).as("not from within connect()").isEmpty();
		Loopback.passUntil(this.map, client::closed);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
		assertThat(client.failures.get(0)).hasMessageContaining("family");
	}

	@Test
	void scopeOfALinkLocalAddressIsUsed() throws IOException {
		Inet6Address own = linkLocal().orElse(null);
		assumeThat(own).as("an address of this machine that has a scope").isNotNull();
		Listener server = listener(new InetSocketAddress(own, 0));
		String address = own.getHostAddress();
		assertThat(address).contains("%");
		String plain = address.substring(0, address.indexOf('%'));
		for (String host : List.of(address, "[" + address + "]", plain + "%" + own.getScopeId())) {
			Scripted client = client();
			client.connect(host, Loopback.port(server));
			passUntilOver(client);
			assertThat(client.failures).as(host).isEmpty();
			assertThat(client.connected()).isTrue();
			assertThat(((InetSocketAddress) client.remoteAddress()).getAddress()).isEqualTo(own);
			client.close();
		}
		this.resolver.answer(HOST).complete(List.of(own));
		Scripted client = client();
		client.connect(HOST, Loopback.port(server));
		passUntilOver(client);
		assertThat(client.connected()).isTrue();
	}

	private static Optional<Inet6Address> linkLocal() throws IOException {
		return NetworkInterface.networkInterfaces()
			.flatMap(NetworkInterface::inetAddresses)
			.filter((address) -> address instanceof Inet6Address && address.isLinkLocalAddress())
			.map(Inet6Address.class::cast)
			.findFirst();
	}

	private Listener listener(InetSocketAddress address) throws IOException {
		Listener server = new Listener(this.map);
		server.createSocket(StandardProtocolFamily.INET6);
		server.bind(address);
		server.listen(5);
		return server;
	}

	/**
	 * Notes who its peers are.
	 */
	private static final class Listener extends Dispatcher {

		private final List<SocketAddress> peers = new ArrayList<>();

		private final List<Dispatcher> accepted = new ArrayList<>();

		Listener(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
			this.peers.add(address);
			this.accepted.add(new Scripted(socket, map()));
		}

	}

}
