package io.asyncore;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The socket of a {@link ServerDispatcher}: its options and its family.
 */
@Timeout(60)
class ServerOptionsTests {

	private static final int BUFFER = 100_000;

	private final ChannelMap map = new ChannelMap();

	private final List<SocketChannel> accepted = new ArrayList<>();

	private final List<SocketChannel> clients = new ArrayList<>();

	@AfterEach
	void close() throws IOException {
		for (SocketChannel client : this.clients) {
			client.close();
		}
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void beforeItIsOpenTellsTheOptionsThatWereSet() throws IOException {
		ServerDispatcher server = server(Loopback.anyPort());
		server.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
		assertThat(server.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(BUFFER);
		assertThatIllegalStateException().isThrownBy(() -> server.getOption(StandardSocketOptions.SO_SNDBUF))
			.withMessageContaining("SO_SNDBUF")
			.withMessageContaining("open()");
		server.open();
		assertThat(server.getOption(StandardSocketOptions.SO_REUSEADDR)).isNotNull();
	}

	@Test
	void optionsAreThereBeforeItListensAndAtEachOpening() throws IOException {
		ServerDispatcher server = server(Loopback.anyPort());
		server.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
		server.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER);
		server.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
		server.setOption(StandardSocketOptions.TCP_NODELAY, false);
		server.setOption(StandardSocketOptions.IP_TOS, 184);
		server.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 77);
		for (int i = 0; i < 2; i++) {
			server.open();
			SocketChannel socket = accept(server);
			assertThat(socket.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(BUFFER);
			assertThat(socket.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(BUFFER);
			assertThat(socket.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
			assertThat(socket.getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
			assertThat(socket.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(184);
			assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(77);
			server.close();
		}
	}

	@Test
	void sharesAPortWithWhoeverSaysSo() throws IOException {
		assumeThat(supported(StandardSocketOptions.SO_REUSEPORT)).as("SO_REUSEPORT").isTrue();
		ServerDispatcher one = server(Loopback.anyPort());
		one.setOption(StandardSocketOptions.SO_REUSEPORT, true);
		one.open();
		ServerDispatcher other = server(one.localAddress());
		assertThatExceptionOfType(AddressUnavailableException.class).isThrownBy(other::open)
			.satisfies((failure) -> assertThat(failure.reason()).isEqualTo(AddressUnavailableException.Reason.UNKNOWN));
		other.setOption(StandardSocketOptions.SO_REUSEPORT, true);
		other.open();
		assertThat(other.localAddress()).isEqualTo(one.localAddress());
	}

	@Test
	void whenItIsOpenSetsAnOptionAtOnce() throws IOException {
		ServerDispatcher server = server(Loopback.anyPort());
		server.open();
		server.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
		assertThat(accept(server).getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
		server.close();
		server.open();
		assertThat(accept(server).getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
	}

	@Test
	void whenThereIsNoSuchOptionDoesNotOpen(@TempDir Path directory) throws IOException {
		ServerDispatcher server = server(Loopback.anyPort());
		server.setOption(StandardSocketOptions.SO_BROADCAST, true);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(server::open);
		assertThat(server.closed()).isTrue();
		Path file = directory.resolve("s");
		ServerDispatcher unix = server(UnixDomainSocketAddress.of(file));
		unix.setOption(StandardSocketOptions.TCP_NODELAY, true);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(unix::open);
		assertThat(file).doesNotExist();
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void whenItIsOpenAndThereIsNoSuchOptionForgetsIt() throws IOException {
		ServerDispatcher server = server(Loopback.anyPort());
		server.open();
		assertThatExceptionOfType(UnsupportedOperationException.class)
			.isThrownBy(() -> server.setOption(StandardSocketOptions.SO_BROADCAST, true));
		server.close();
		server.open();
		assertThat(server.accepting()).isTrue();
	}

	@Test
	void setsOptionsOfTheConnectionsOfAUnixSocket(@TempDir Path directory) throws IOException {
		ServerDispatcher server = server(UnixDomainSocketAddress.of(directory.resolve("s")));
		server.setOption(StandardSocketOptions.SO_SNDBUF, BUFFER);
		server.setOption(StandardSocketOptions.SO_RCVBUF, BUFFER);
		server.open();
		SocketChannel socket = accept(server);
		assertThat(socket.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(BUFFER);
		assertThat(socket.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(BUFFER);
	}

	@Test
	void aListenerMadeElsewhereHandsTheTrafficClassOn() throws IOException {
		Dispatcher listener = new Dispatcher(ServerSocketChannel.open().bind(Loopback.anyPort()), this.map);
		listener.setOption(StandardSocketOptions.IP_TOS, 184);
		this.clients.add(SocketChannel.open(listener.localAddress()));
		Sockets.awaitAcceptable(listener.socket());
		try (SocketChannel socket = listener.accept().socket()) {
			assertThat(socket.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(184);
		}
	}

	@Test
	void listensForTheFamilyItIsToldTo() throws IOException {
		assertThat(open(new InetSocketAddress(0), null).getAddress()).isInstanceOf(Inet6Address.class);
		assertThat(open(new InetSocketAddress("::", 0), null).getAddress()).isInstanceOf(Inet6Address.class);
		for (String wildcard : List.of("0.0.0.0", "::")) {
			InetSocketAddress four = open(new InetSocketAddress(wildcard, 0), StandardProtocolFamily.INET);
			assertThat(four.getAddress()).isInstanceOf(Inet4Address.class);
			// the port of IPv6 is free
			assertThat(open(new InetSocketAddress("::1", four.getPort()), null).getPort()).isEqualTo(four.getPort());
			assertThat(open(new InetSocketAddress(wildcard, 0), StandardProtocolFamily.INET6).getAddress())
				.isInstanceOf(Inet6Address.class);
		}
		assertThatExceptionOfType(UnsupportedAddressTypeException.class)
			.isThrownBy(() -> open(new InetSocketAddress("::1", 0), StandardProtocolFamily.INET));
	}

	@Test
	void whenThereIsNoIpv6ListensOnAllOfIpv4() throws Exception {
		try (ChildProcess process = new ChildProcess("true", "-Djava.net.preferIPv4Stack=true", WithoutIpv6.class)) {
			assertThat(process.readLine()).isEqualTo("0.0.0.0");
			assertThat(process.readLine()).isEqualTo("0.0.0.0");
			process.awaitEnd();
		}
	}

	@Test
	void listensOnAnAddressWithAScope() throws IOException {
		InetAddress local = NetworkInterface.networkInterfaces()
			.flatMap(NetworkInterface::inetAddresses)
			.filter((address) -> address instanceof Inet6Address && address.isLinkLocalAddress())
			.findFirst()
			.orElse(null);
		assumeThat(local).as("an IPv6 link-local address").isNotNull();
		assertThat(open(new InetSocketAddress(local, 0), null).getAddress()).isEqualTo(local);
	}

	private InetSocketAddress open(SocketAddress address, ProtocolFamily family) throws IOException {
		ServerDispatcher server = server(address);
		if (family != null) {
			server.setProtocolFamily(family);
		}
		server.open();
		return (InetSocketAddress) server.localAddress();
	}

	private SocketChannel accept(ServerDispatcher server) throws IOException {
		int before = this.accepted.size();
		this.clients.add(SocketChannel.open(server.localAddress()));
		Loopback.passUntil(this.map, () -> this.accepted.size() > before);
		return this.accepted.get(before);
	}

	private ServerDispatcher server(SocketAddress address) {
		return new ServerDispatcher(address, (socket, peer) -> {
			this.accepted.add(socket);
			return new Dispatcher(this.map);
		}, this.map);
	}

	private static boolean supported(SocketOption<?> option) throws IOException {
		try (ServerSocketChannel socket = ServerSocketChannel.open()) {
			return socket.supportedOptions().contains(option);
		}
	}

	/**
	 * Listens on all interfaces.
	 */
	public static final class WithoutIpv6 {

		private WithoutIpv6() {
		}

		public static void main(String[] arguments) throws IOException {
			for (byte[] wildcard : new byte[][] { new byte[16], new byte[4] }) {
				SocketAddress address = new InetSocketAddress(InetAddress.getByAddress(wildcard), 0);
				try (ServerDispatcher server = new ServerDispatcher(address, (socket, peer) -> new Dispatcher())) {
					server.open();
					System.out.println(((InetSocketAddress) server.localAddress()).getAddress().getHostAddress());
				}
			}
		}

	}

}
