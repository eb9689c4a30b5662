package io.asyncore;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.NotYetConnectedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for out-of-band data, with a receiver that can tell it from other data.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UrgentDataTests extends ConnectingFixture {

	// prints its port; for each urgent byte what came before it, whether that was all,
	// and
	// the byte; at the end what came last
	private static final String RECEIVER = """
			import array, fcntl, select, socket, sys
			family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
			listener = socket.socket(family)
			listener.settimeout(10)
			listener.bind((sys.argv[1], 0))
			listener.listen(1)
			print(listener.getsockname()[1], flush=True)
			peer = listener.accept()[0]
			peer.settimeout(10)
			for i in range(int(sys.argv[2])):
			    print(bool(select.select([], [], [peer], 10)[2]), end=' ')
			    print(peer.recv(100).decode(), end=' ')
			    mark = array.array('i', [0])
			    fcntl.ioctl(peer, 0x8905, mark)
			    print(bool(mark[0]), ord(peer.recv(1, socket.MSG_OOB)), flush=True)
			rest = b''
			data = peer.recv(100)
			while data:
			    rest += data
			    data = peer.recv(100)
			print(rest.decode(), flush=True)
			""";

	@TempDir
	private Path folder;

	@ParameterizedTest
	@CsvSource({ "127.0.0.1", "::1" })
	void urgentBytesArriveAtTheirPlaces(String address) throws Exception {
		Process python = receiver(address, 2);
		try (BufferedReader output = python.inputReader()) {
			Scripted client = new Scripted(this.map);
			client.createSocket(address.contains(":") ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
			client.connect(new InetSocketAddress(address, Integer.parseInt(output.readLine())));
			passUntilOver(client);
			client.send("abc".getBytes());
			client.sendUrgent('!');
			client.send("def".getBytes());
			assertThat(output.readLine()).isEqualTo("True abc True 33");
			client.sendUrgent(-1);
			client.send("ghi".getBytes());
			assertThat(output.readLine()).isEqualTo("True def True 255");
			client.close();
			assertThat(output.readLine()).isEqualTo("ghi");
			assertThat(python.waitFor(10, TimeUnit.SECONDS)).isTrue();
			assertThat(client.events).containsExactly("connect");
		}
		finally {
			python.destroyForcibly();
		}
	}

	private Process receiver(String address, int urgent) throws IOException {
		return Python.start("-c", RECEIVER, address, Integer.toString(urgent));
	}

	@Test
	void whenThereIsNoConnectionSaysSo() throws IOException {
		FullListener nobody = full("127.0.0.2");
		Scripted client = client(StandardProtocolFamily.INET);
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(() -> client.sendUrgent(1));
		client.connect(nobody.address());
		passes(2);
		assertThatExceptionOfType(NotYetConnectedException.class).isThrownBy(() -> client.sendUrgent(1));
		client.close();
		assertThatIllegalStateException().isThrownBy(() -> client.sendUrgent(1))
			.withMessageContaining("createSocket()");
	}

	@Test
	void whenThePeerHasGoneThatIsTheEndAsAfterAnySend() throws IOException {
		Peer peer = Peer.withNearEnd();
		Scripted channel = new Scripted(peer.near(), this.map);
		channel.readable = () -> false;
		channel.writable = () -> true;
		channel.on("write", (self) -> {
			self.sendUrgent(1);
			self.sendUrgent(2);
			self.sendUrgent(3);
			self.shutdownOutput();
		});
		peer.reset();
		try (CapturedLog log = new CapturedLog()) {
			Loopback.passUntil(this.map, channel::closed);
			assertThat(log.errors()).isEmpty();
			assertThat(log.warnings()).isEmpty();
		}
		assertThat(channel.events).endsWith("close").containsOnlyOnce("close").doesNotContain("error");
		ChannelStats group = this.map.eventLoop().monitor().group(channel.channelName());
		assertThat(group.closed(CloseReason.PEER)).isEqualTo(1);
	}

	@Test
	void whenThePeerHasGoneWhatItHasSentIsReadFirst() throws IOException {
		Peer peer = Peer.withNearEnd();
		Scripted channel = new Scripted(peer.near(), this.map);
		peer.send("last words");
		Sockets.awaitReadable(peer.near());
		peer.near().shutdownOutput();
		channel.sendUrgent(1);
		assertThat(channel.events).isEmpty();
		Loopback.passUntil(this.map, () -> channel.received.length() == 10);
		peer.close();
		Loopback.passUntil(this.map, channel::closed);
		assertThat(channel.events).endsWith("close").containsOnlyOnce("close");
	}

	@Test
	void whenThereIsNoRoomTellsTheCaller() throws IOException {
		Peer peer = keep(Peer.withSmallBuffers());
		Scripted channel = new Scripted(peer.near(), this.map);
		while (channel.send(new byte[1024]) > 0) {
			continue;
		}
		assertThatIOException().isThrownBy(() -> channel.sendUrgent(1)).withMessageContaining("room");
		assertThat(channel.closed()).isFalse();
	}

	@Test
	void whatIsNotTcpHasNoUrgentData() throws IOException {
		assertUnsupported(server("127.0.0.1"));
		Scripted datagrams = new Scripted(this.map);
		datagrams.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		datagrams.bind(Loopback.anyPort());
		assertUnsupported(datagrams);
		Scripted unix = client(StandardProtocolFamily.UNIX);
		assertUnsupported(unix);
		unix.bind(UnixDomainSocketAddress.of(this.folder.resolve("socket")));
		unix.listen(1);
		assertUnsupported(unix);
		Scripted connected = client(StandardProtocolFamily.UNIX);
		connected.connect(unix.localAddress());
		passUntilOver(connected);
		assertThat(connected.connected()).isTrue();
		assertUnsupported(connected);
		Path file = Files.createFile(this.folder.resolve("file"));
		try (FileDispatcher dispatcher = new FileDispatcher(file, this.map, StandardOpenOption.WRITE)) {
			assertUnsupported(dispatcher);
		}
	}

	private static void assertUnsupported(Dispatcher channel) {
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> channel.sendUrgent(1));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(channel::recvUrgent);
	}

	@Test
	void neverCanItBeReceived() throws IOException {
		Scripted channel = new Scripted(this.map);
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(channel::recvUrgent);
		channel.createSocket();
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(channel::recvUrgent);
		channel.close();
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(channel::recvUrgent);
	}

	@Test
	void whenAClassWaitsForItThatIsSaidOnceHoweverManyConnectionsItTries() throws IOException {
		server("127.0.0.1");
		try (CapturedLog log = new CapturedLog()) {
			for (int i = 0; i < 2; i++) {
				Waiting client = new Waiting(this.map);
				client.createSocket(StandardProtocolFamily.INET);
				this.resolver.knows(HOST, "127.0.0.3", "127.0.0.1");
				client.connect(HOST, this.port);
				passUntilOver(client);
				assertThat(client.connected()).isTrue();
				client.close();
				client.createSocket();
			}
			assertThat(log.warnings()).singleElement().asString().contains("handleExpt()", Waiting.class.getName());
		}
	}

	/**
	 * Waits for what does not come.
	 */
	private static final class Waiting extends Dispatcher {

		Waiting(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleExpt() {
		}

	}

}
