package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.transport.UnixFailures;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * A {@link Dispatcher} with a Unix domain socket.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UnixDispatcherTests extends ConnectingFixture {

	@TempDir
	private Path folder;

	private UnixDomainSocketAddress address;

	@BeforeEach
	void chooseAddress() {
		this.address = UnixDomainSocketAddress.of(this.folder.resolve("socket"));
	}

	// a server

	@Test
	void bothEndsKnowWhoTheOtherIs() throws IOException {
		Scripted server = listener();
		List<Scripted> accepted = new ArrayList<>();
		server.onAccepted((socket) -> accepted.add(new Scripted(socket, this.map)));
		assertThat(server.peerUser()).isNull();
		assertThat(server.peerGroup()).isNull();
		Scripted client = unix();
		assertThat(client.peerUser()).isNull();
		client.connect(this.address);
		Loopback.passUntil(this.map, () -> client.connected() && !accepted.isEmpty());
		assertThat(client.events).containsExactly("connect");
		Path own = Files.createFile(this.folder.resolve("own"));
		for (Scripted end : List.of(client, accepted.get(0))) {
			assertThat(end.peerUser()).isEqualTo(Files.getOwner(own)).hasToString(System.getProperty("user.name"));
			assertThat(end.peerGroup()).isNotNull();
			assertThat(end.peerGroup().getName()).isNotEmpty();
		}
		assertThat(client.toString()).contains(" connected " + this.address + " at 0x");
		assertThat(accepted.get(0).toString()).matches("<io.asyncore.Scripted connected at 0x[0-9a-f]+>");
		assertThat(accepted.get(0).addr()).hasToString("");
		assertThat(server.toString()).contains(" listening " + this.address);
		ChannelSnapshot snapshot = ChannelSnapshot.of(accepted.get(0));
		assertThat(snapshot.peer()).hasToString("");
		assertThat(snapshot.local()).isEqualTo(this.address);
		assertThat(ChannelSnapshot.of(client).peer()).isEqualTo(this.address);
		client.close();
		assertThat(client.peerUser()).isNull();
		assertThat(client.peerGroup()).isNull();
	}

	@Test
	void overTcpNobodyKnows() throws IOException {
		server("127.0.0.1");
		Scripted client = client();
		client.connect("127.0.0.1", this.port);
		passUntilOver(client);
		assertThat(client.connected()).isTrue();
		assertThat(client.peerUser()).isNull();
		assertThat(client.peerGroup()).isNull();
	}

	@Test
	void sendsAndReceives() throws IOException {
		Scripted server = listener();
		server.onAccepted((socket) -> new Scripted(socket, this.map).on("read", (end) -> end.send(end.recv(100))));
		Scripted client = unix();
		client.connect(this.address);
		passUntilOver(client);
		assertThat(client.send("hello".getBytes())).isEqualTo(5);
		Loopback.passUntil(this.map, () -> client.received.length() == 5);
		assertThat(client.received).hasToString("hello");
		client.shutdownOutput();
		Loopback.passUntil(this.map, client::closed);
		assertThat(client.failures).isEmpty();
	}

	// a full backlog

	@Test
	void whenTheBacklogIsFullTriesAgainUntilTheServerAccepts() throws IOException {
		try (ServerSocketChannel full = full()) {
			Scripted client = unix();
			client.setOption(StandardSocketOptions.SO_SNDBUF, 30_000);
			int sendBuffer = client.getOption(StandardSocketOptions.SO_SNDBUF);
			client.connect(this.address);
			passes(3);
			for (int i = 0; i < 20; i++) {
				after(200);
				assertThat(client.connecting()).isTrue();
			}
			assertThat(client.events).isEmpty();
			assertRests(this.map);
			keep(full.accept());
			after(199);
			after(1);
			assertThat(client.events).containsExactly("connect");
			assertThat(client.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(sendBuffer);
			keep(full.accept());
			SocketChannel far = keep(full.accept());
			client.send("x".getBytes());
			assertThat(far.read(ByteBuffer.allocate(10))).isEqualTo(1);
			assertThat(client.channel().connector()).isNull();
		}
	}

	@Test
	void triesAgainSoonAtFirstAndThenLessOften() throws IOException {
		try (ServerSocketChannel full = full()) {
			Scripted client = unix();
			client.connect(this.address);
			passes(2);
			keep(full.accept());
			after(2);
			assertThat(client.connecting()).isTrue();
			after(3);
			assertThat(client.connected()).isTrue();
		}
	}

	@Test
	void whenBoundItTriesAgainFromItsAddress() throws IOException {
		try (ServerSocketChannel full = full()) {
			UnixDomainSocketAddress own = UnixDomainSocketAddress.of(this.folder.resolve("own"));
			Scripted client = unix();
			client.bind(own);
			client.connect(this.address);
			passes(2);
			after(5);
			after(10);
			assertThat(client.failures).isEmpty();
			keep(full.accept());
			keep(full.accept());
			after(200);
			assertThat(client.connected()).isTrue();
			assertThat(keep(full.accept()).getRemoteAddress()).isEqualTo(own);
			assertThat(client.localAddress()).isEqualTo(own);
		}
	}

	@Test
	void whenTheBacklogStaysFullForTooLongTells() throws IOException {
		try (ServerSocketChannel full = full()) {
			Scripted client = unix();
			client.setConnectTimeout(Duration.ofSeconds(2));
			client.connect(this.address);
			passes(2);
			for (int i = 0; i < 19; i++) {
				after(100);
			}
			assertThat(client.events).isEmpty();
			after(100);
			assertThat(client.events).containsExactly("error", "close");
			assertThat(client.failures).singleElement().isInstanceOf(SocketTimeoutException.class);
			assertThat(client.failures.get(0)).hasMessageContaining(this.address.toString());
			after(1000);
			assertThat(client.events).hasSize(2);
			keep(full.accept());
			keep(full.accept());
			full.configureBlocking(false);
			assertThat(full.accept()).isNull();
		}
	}

	@Test
	void whenClosedWhileTheBacklogIsFullHearsNothing() throws IOException {
		try (ServerSocketChannel full = full()) {
			long sockets = Sockets.descriptors("socket:");
			Scripted client = unix();
			client.connect(this.address);
			after(5);
			client.close();
			keep(full.accept());
			keep(full.accept());
			after(1000);
			assertThat(client.events).isEmpty();
			full.configureBlocking(false);
			assertThat(full.accept()).isNull();
			assertThat(Sockets.descriptors("socket:")).isLessThanOrEqualTo(sockets + 2);
		}
	}

	@Test
	void whenTheServerGoesWhileTheBacklogIsFullTells() throws IOException {
		Scripted client = unix();
		try (ServerSocketChannel full = full()) {
			client.connect(this.address);
			after(5);
			assertThat(full.isOpen()).isTrue();
		}
		after(200);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
	}

	@Test
	void manyClientsGetThroughASmallBacklog() throws Exception {
		ChannelMap real = new ChannelMap();
		Scripted server = new Scripted(real);
		server.createSocket(StandardProtocolFamily.UNIX);
		server.bind(this.address);
		server.listen(1);
		server.onAccepted(this::keep);
		List<Scripted> clients = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			Scripted client = new Scripted(real);
			client.createSocket(StandardProtocolFamily.UNIX);
			client.connect(this.address);
			clients.add(client);
		}
		Loopback.passUntil(real, () -> clients.stream().noneMatch(Dispatcher::connecting));
		assertThat(clients).allSatisfy((client) -> assertThat(client.events).containsExactly("connect"));
		Asyncore.closeAll(real, false);
	}

	// failures

	@Test
	void whenTheServerIsNotThereTellsAtOnce() throws IOException {
		assertFailsAtOnce(this.address);
	}

	@Test
	void whenTheServerHasGoneTellsAtOnce() throws IOException {
		ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(this.address).close();
		assertThat(this.address.getPath()).exists();
		IOException failure = assertFailsAtOnce(this.address);
		assertThat(UnixFailures.isRefused(failure)).isTrue();
		assertThat(UnixFailures.isBacklogFull(failure)).isFalse();
	}

	@Test
	void whenTheFileIsNoSocketTellsAtOnce() throws IOException {
		Files.writeString(this.address.getPath(), "no socket");
		assertFailsAtOnce(this.address);
		assertFailsAtOnce(UnixDomainSocketAddress.of(this.folder));
	}

	@Test
	void whenThePathIsTooLongTellsAtOnce() throws IOException {
		assertFailsAtOnce(UnixDomainSocketAddress.of(this.folder.resolve("x".repeat(200))));
	}

	@Test
	void whenNotPermittedTellsAtOnce() throws IOException {
		assumeThat(System.getProperty("user.name")).isNotEqualTo("root");
		listener();
		Files.setPosixFilePermissions(this.address.getPath(), PosixFilePermissions.fromString("---------"));
		assertFailsAtOnce(this.address);
	}

	@Test
	void whenTheAddressIsOfAnotherFamilyTellsAtOnce() throws IOException {
		Scripted unix = unix();
		unix.connect(new InetSocketAddress("127.0.0.1", this.port));
		Scripted tcp = client();
		tcp.connect(this.address);
		this.resolver.knows(HOST, "127.0.0.1", "::1");
		Scripted named = unix();
		named.connect(HOST, this.port);
		passes(3);
		for (Scripted client : List.of(unix, tcp, named)) {
			assertThat(client.events).containsExactly("error", "close");
			assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
		}
	}

	private IOException assertFailsAtOnce(UnixDomainSocketAddress target) throws IOException {
		Scripted client = unix();
		client.connect(target);
		assertThat(client.events).as("not from within connect()").isEmpty();
		passes(2);
		assertThat(client.events).containsExactly("error", "close");
		assertThat(client.failures).singleElement().isInstanceOf(IOException.class);
		return (IOException) client.failures.get(0);
	}

	// much data

	@Test
	void oneGibibyteGoesThroughInLittleMemory() throws Exception {
		try (ChildProcess process = new ChildProcess(":", "-Xmx48m -XX:MaxDirectMemorySize=16m", UnixBulk.class)) {
			assertThat(process.readLine()).isEqualTo("1073741824 bytes, equal: true");
			process.awaitEnd();
		}
	}

	private ServerSocketChannel full() throws IOException {
		ServerSocketChannel full = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(this.address, 1);
		boolean room = true;
		while (room) {
			SocketChannel socket = keep(SocketChannel.open(StandardProtocolFamily.UNIX));
			socket.configureBlocking(false);
			try {
				socket.connect(this.address);
			}
			catch (IOException ex) {
				assertThat(UnixFailures.isBacklogFull(ex)).isTrue();
				assertThat(UnixFailures.isRefused(ex)).isFalse();
				room = false;
			}
		}
		return full;
	}

	private Scripted listener() throws IOException {
		Scripted server = unix();
		server.bind(this.address);
		server.listen(10);
		return server;
	}

	private Scripted unix() throws IOException {
		return client(StandardProtocolFamily.UNIX);
	}

}
