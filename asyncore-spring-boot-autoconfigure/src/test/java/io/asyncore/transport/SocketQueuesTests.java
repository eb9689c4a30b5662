package io.asyncore.transport;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SocketQueues}.
 */
@Timeout(60)
class SocketQueuesTests {

	private static final String HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr\n";

	private static final InetSocketAddress LOCAL = new InetSocketAddress(ip(127, 0, 0, 1), 0x1F90);

	private static final InetSocketAddress REMOTE = new InetSocketAddress(ip(10, 1, 2, 3), 0xC350);

	private static InetAddress ip(int... bytes) {
		byte[] address = new byte[4];
		for (int i = 0; i < 4; i++) {
			address[i] = (byte) bytes[i];
		}
		try {
			return InetAddress.getByAddress(address);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void tellsWhatThePeerHasNotTaken() throws IOException {
		try (Peer peer = Peer.withSmallBuffers()) {
			peer.near().configureBlocking(false);
			ByteBuffer data = ByteBuffer.allocateDirect(1024 * 1024);
			while (peer.near().write(data) > 0) {
				// until it is full
			}
			long[] answer = new long[1];
			SocketQueues queues = new SocketQueues(Runnable::run, Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
			queues.ask(peer.near().getLocalAddress(), peer.near().getRemoteAddress(), (count) -> answer[0] = count);
			assertThat(answer[0]).isBetween(1L, (long) data.position());
			assertThat(queues.lookUp(peer.socket().getLocalAddress(), peer.socket().getRemoteAddress()).received())
				.isBetween(1L, (long) data.position());
			peer.near().close();
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void tellsWhetherDatagramsWait() throws IOException {
		try (DatagramChannel receiver = DatagramChannel.open().bind(Loopback.anyPort());
				DatagramChannel sender = DatagramChannel.open()) {
			DatagramEndpoint endpoint = new DatagramEndpoint(receiver, null);
			assertThat(SocketQueues.received(endpoint)).isZero();
			sender.send(ByteBuffer.allocate(100), receiver.getLocalAddress());
			long one = SocketQueues.received(endpoint);
			sender.send(ByteBuffer.allocate(100), receiver.getLocalAddress());
			assertThat(one).isPositive();
			assertThat(SocketQueues.received(endpoint)).isGreaterThan(one);
		}
	}

	@Test
	void findsAnAddressOfEitherVersion(@TempDir Path dir) throws IOException {
		Path four = Files.writeString(dir.resolve("tcp"), HEADER + "   0: " + word(127, 0, 0, 1) + ":1F90 "
				+ word(10, 1, 2, 3) + ":C350 01 00000010:00000020 00:0\n");
		Path six = Files.writeString(dir.resolve("tcp6"), HEADER + "   0: " + mapped(127, 0, 0, 1) + ":1F90 "
				+ mapped(10, 1, 2, 4) + ":C350 01 00000030:00000040 00:0\n");
		SocketQueues queues = new SocketQueues(Runnable::run, four, six);
		assertThat(queues.lookUp(LOCAL, REMOTE)).isEqualTo(new SocketQueues.Sizes(0x10, 0x20));
		InetSocketAddress other = new InetSocketAddress(ip(10, 1, 2, 4), 0xC350);
		assertThat(queues.lookUp(LOCAL, other)).isEqualTo(new SocketQueues.Sizes(0x30, 0x40));
	}

	private static String word(int... bytes) {
		boolean big = java.nio.ByteOrder.nativeOrder() == java.nio.ByteOrder.BIG_ENDIAN;
		StringBuilder word = new StringBuilder();
		for (int i = 0; i < 4; i++) {
			word.append(String.format("%02X", bytes[big ? i : 3 - i]));
		}
		return word.toString();
	}

	private static String mapped(int... bytes) {
		return "0".repeat(16) + word(0, 0, 255, 255) + word(bytes);
	}

	@Test
	void answersManyQuestionsByGoingThroughTheFilesOnce(@TempDir Path dir) throws IOException {
		Path file = Files.writeString(dir.resolve("tcp"), HEADER + "   0: " + word(127, 0, 0, 1) + ":1F90 "
				+ word(10, 1, 2, 3) + ":C350 01 00000010:00000020 00:0\n");
		List<Runnable> runs = new ArrayList<>();
		SocketQueues queues = new SocketQueues(runs::add, file);
		List<Long> answers = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			queues.ask(LOCAL, REMOTE, answers::add);
		}
		assertThat(runs).hasSize(1);
		runs.get(0).run();
		assertThat(answers).hasSize(100).containsOnly(16L);
		queues.ask(LOCAL, REMOTE, answers::add);
		assertThat(runs).hasSize(2);
	}

	@Test
	void whenTheSystemDoesNotTellSaysSo(@TempDir Path dir) throws IOException {
		List<Long> answers = new ArrayList<>();
		new SocketQueues(Runnable::run, dir.resolve("none")).ask(LOCAL, REMOTE, answers::add);
		Path odd = Files.writeString(dir.resolve("odd"), "\n:\n1: 2\n" + word(127, 0, 0, 1) + "\n   0: "
				+ word(127, 0, 0, 1) + ":1F90 " + word(10, 1, 2, 3) + ":C350 01 none:here 00:0\n");
		new SocketQueues(Runnable::run, odd).ask(LOCAL, REMOTE, answers::add);
		new SocketQueues(Runnable::run, odd).ask(UnixDomainSocketAddress.of("a"), REMOTE, answers::add);
		new SocketQueues(Runnable::run, odd).ask(null, null, answers::add);
		assertThat(answers).containsExactly(-1L, -1L, -1L, -1L);
	}

	@Test
	void whenThereIsNoThreadSaysSoAndTriesAgain() {
		boolean[] refuses = { true };
		Executor executor = (task) -> {
			if (refuses[0]) {
				throw new RejectedExecutionException();
			}
			task.run();
		};
		SocketQueues queues = new SocketQueues(executor);
		List<Long> answers = new ArrayList<>();
		queues.ask(LOCAL, REMOTE, answers::add);
		assertThat(answers).containsExactly(-1L);
		refuses[0] = false;
		queues.ask(LOCAL, REMOTE, answers::add);
		assertThat(answers).hasSize(2);
	}

}
