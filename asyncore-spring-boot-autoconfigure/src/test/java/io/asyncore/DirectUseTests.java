package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is done by {@link Dispatcher#socket()} itself is served: point 15 of the contract.
 * No time goes by in these tests, so a channel that is held back stays so.
 */
@Timeout(60)
class DirectUseTests extends MapFixture {

	private static final int MANY = 300;

	private CapturedLog log;

	@BeforeEach
	void captureLog() {
		this.log = new CapturedLog();
	}

	DirectUseTests() {
		super(new ChannelMap(new MovableClock(), new Selectors()));
	}

	@AfterEach
	void close() throws Exception {
		this.log.close();
	}

	@Test
	void datagramsThatComeOneByOneAreAllAnswered() throws IOException {
		DatagramEcho echo = new DatagramEcho(this.map);
		DatagramChannel client = client(echo);
		ByteBuffer answer = ByteBuffer.allocate(10);
		for (int i = 0; i < MANY; i++) {
			client.write(ByteBuffer.wrap(new byte[] { 1 }));
			answer.clear();
			Loopback.passUntil(this.map, () -> read(client, answer) > 0);
		}
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void datagramsThatComeTogetherAreAllAnswered() throws IOException {
		DatagramEcho echo = new DatagramEcho(this.map);
		DatagramChannel client = client(echo);
		// for as many the system has room
		for (int i = 0; i < 200; i++) {
			client.write(ByteBuffer.wrap(new byte[] { 1 }));
		}
		Loopback.passUntil(this.map, () -> echo.answered == 200);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void streamThatIsReadInPiecesIsReadToItsEnd() throws IOException {
		Peer peer = peer(Peer.withNearEnd());
		int[] received = new int[1];
		new Dispatcher(peer.near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				received[0] += Math.max(0, ((SocketChannel) socket()).read(ByteBuffer.allocate(10)));
			}

		};
		peer.send(new byte[10 * MANY]);
		Loopback.passUntil(this.map, () -> received[0] == 10 * MANY);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void streamOfUnixSocketIsReadToItsEnd(@TempDir Path dir) throws IOException {
		ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
		keep(listener);
		listener.bind(UnixDomainSocketAddress.of(dir.resolve("s")));
		SocketChannel far = SocketChannel.open(listener.getLocalAddress());
		keep(far);
		int[] received = new int[1];
		new Dispatcher(listener.accept(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				received[0] += Math.max(0, ((SocketChannel) socket()).read(ByteBuffer.allocate(10)));
			}

		};
		far.write(ByteBuffer.allocate(10 * MANY));
		Loopback.passUntil(this.map, () -> received[0] == 10 * MANY);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void smallWritesAreAllMade() throws IOException {
		Peer peer = peer(Peer.withNearEnd());
		int[] written = new int[1];
		new Dispatcher(peer.near(), this.map) {

			@Override
			protected boolean writable() {
				return written[0] < MANY;
			}

			@Override
			protected void handleWrite() throws IOException {
				written[0] += ((SocketChannel) socket()).write(ByteBuffer.allocate(1));
			}

		};
		Loopback.passUntil(this.map, () -> peer.poll().count() == MANY);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void writesThatFillTheSocketWaitForRoomAndDoNotSpin() throws IOException {
		Peer peer = peer(Peer.withSmallBuffers());
		ByteBuffer output = ByteBuffer.allocate(1024 * 1024);
		int[] calls = new int[1];
		new Dispatcher(peer.near(), this.map) {

			@Override
			protected boolean writable() {
				return output.hasRemaining();
			}

			@Override
			protected void handleWrite() throws IOException {
				calls[0]++;
				((SocketChannel) socket()).write(output);
			}

		};
		for (int i = 0; i < 50; i++) {
			Loopback.onePass(this.map, false, Duration.ZERO);
		}
		assertThat(calls[0]).isLessThan(20);
		Loopback.passUntil(this.map, () -> peer.poll().count() == output.capacity());
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void connectionsAreAllAccepted() throws IOException {
		List<SocketChannel> accepted = new ArrayList<>();
		Dispatcher listener = new Dispatcher(this.map) {

			@Override
			protected void handleAccept() throws IOException {
				accepted.add(((ServerSocketChannel) socket()).accept());
			}

		};
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(128);
		for (int i = 0; i < 100; i++) {
			keep(SocketChannel.open(listener.localAddress()));
		}
		Loopback.passUntil(this.map, () -> accepted.size() == 100);
		accepted.forEach(this::keep);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void whatIsOnlyLookedAtIsHeldBack() throws IOException {
		Peer peer = peer(Peer.withNearEnd());
		int[] calls = new int[1];
		new Dispatcher(peer.near(), this.map) {

			@Override
			protected void handleRead() {
				calls[0]++;
				assertThat(socket()).isNotNull();
			}

		};
		peer.send("x");
		for (int i = 0; i < 100; i++) {
			Loopback.onePass(this.map, false, Duration.ofMillis(1));
		}
		assertThat(calls[0]).isEqualTo(Brake.PATIENCE);
		assertThat(this.log.warnings()).hasSize(1);
	}

	private DatagramChannel client(Dispatcher server) throws IOException {
		DatagramChannel client = DatagramChannel.open();
		keep(client);
		client.connect(new InetSocketAddress("127.0.0.1", Loopback.port(server)));
		client.configureBlocking(false);
		return client;
	}

	private static int read(DatagramChannel channel, ByteBuffer buffer) {
		try {
			return channel.read(buffer);
		}
		catch (IOException ex) {
			throw new java.io.UncheckedIOException(ex);
		}
	}

	private Peer peer(Peer peer) {
		keep(peer);
		return peer;
	}

	private static final class DatagramEcho extends Dispatcher {

		private int answered;

		DatagramEcho(ChannelMap map) throws IOException {
			super(map);
			createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
			bind(Loopback.anyPort());
		}

		@Override
		protected void handleRead() throws IOException {
			DatagramChannel channel = (DatagramChannel) socket();
			ByteBuffer buffer = ByteBuffer.allocate(10);
			SocketAddress sender = channel.receive(buffer);
			if (sender != null) {
				channel.send(buffer.flip(), sender);
				this.answered++;
			}
		}

	}

}
