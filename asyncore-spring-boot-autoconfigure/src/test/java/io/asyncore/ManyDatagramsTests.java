package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many datagrams, sent no faster than a loop can take them.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ManyDatagramsTests {

	private static final int COUNT = 100_000;

	private static final int LENGTH = 100;

	// what the buffer of a socket has room for, even with what the system adds to each
	private static final int WINDOW = 100;

	@Test
	void noneIsLostByTheLoop() throws Exception {
		ChannelMap map = new ChannelMap();
		Counter server = new Counter(map);
		server.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		server.bind(Loopback.anyPort());
		long dropped;
		try (LoopThread thread = LoopThread.run(map);
				DatagramChannel client = DatagramChannel.open(StandardProtocolFamily.INET)) {
			assertThat(thread.isAlive()).isTrue();
			ByteBuffer datagram = ByteBuffer.allocateDirect(LENGTH);
			for (int i = 0; i < COUNT; i++) {
				datagram.clear().putInt(0, i);
				assertThat(client.send(datagram, server.localAddress())).isEqualTo(LENGTH);
				if ((i + 1) % WINDOW == 0) {
					await(server, i + 1);
				}
			}
			dropped = drops(server);
			server.close();
		}
		assertThat(server.received.get() + dropped).isEqualTo(COUNT);
		if (dropped == 0) {
			assertThat(server.sum.get()).isEqualTo(COUNT * (COUNT - 1L) / 2);
		}
		assertThat(server.others).hasValue(0);
	}

	// what the system itself has dropped will not come
	private static void await(Counter server, int sent) throws Exception {
		if (!server.arrived.tryAcquire(WINDOW, Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)) {
			server.arrived.drainPermits();
			assertThat(server.received.get() + drops(server)).isGreaterThanOrEqualTo(sent);
		}
	}

	/**
	 * Return how many datagrams the system has dropped because a socket was full.
	 */
	private static long drops(Dispatcher channel) throws IOException {
		String port = String.format(":%04X", Loopback.port(channel));
		for (String line : Files.readAllLines(Path.of("/proc/net/udp"))) {
			List<String> columns = List.of(line.trim().split("\\s+"));
			if (columns.get(1).endsWith(port) && Sockets.descriptors("socket:[" + columns.get(9) + "]") == 1) {
				return Long.parseLong(columns.get(columns.size() - 1));
			}
		}
		throw new IllegalStateException("The system does not know the socket");
	}

	/**
	 * Counts what it receives.
	 */
	private static final class Counter extends Dispatcher {

		private final AtomicInteger received = new AtomicInteger();

		private final Semaphore arrived = new Semaphore(0);

		private final AtomicInteger others = new AtomicInteger();

		private final AtomicLong sum = new AtomicLong();

		private final ByteBuffer buffer = ByteBuffer.allocateDirect(2 * LENGTH);

		Counter(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleRead() throws IOException {
			SocketAddress sender = recvFrom(this.buffer.clear());
			if (sender != null && this.buffer.position() == LENGTH) {
				this.sum.addAndGet(this.buffer.getInt(0));
				this.received.incrementAndGet();
				this.arrived.release();
			}
			else {
				this.others.incrementAndGet();
			}
		}

	}

}
