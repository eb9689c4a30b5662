package io.asyncore;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Which channels a server takes from its factory, and on which loop.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ServerDispatcherChannelTests {

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = this.clock.map();

	private final List<AutoCloseable> opened = new ArrayList<>();

	@AfterEach
	void closeAll() throws Exception {
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void channelOfAnotherSocketIsAFailureOfTheFactory() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		this.opened.add(pair);
		List<Throwable> failures = new ArrayList<>();
		long before = Sockets.descriptors("socket:");
		ServerDispatcher server = recording((socket, address) -> new DispatcherWithSend(pair.near(), this.map),
				failures);
		Peer client = Peer.connectTo(server.localAddress());
		this.opened.add(client);
		passes(10);
		assertThat(failures).hasSize(1);
		assertThat(client.poll().isEnded()).isTrue();
		client.close();
		server.close();
		passes(2);
		assertThat(Sockets.descriptors("socket:")).isEqualTo(before);
	}

	@Test
	void sameChannelTwiceIsAFailureOfTheFactory() throws IOException {
		DispatcherWithSend only = new DispatcherWithSend(this.map);
		List<Throwable> failures = new ArrayList<>();
		ServerDispatcher server = recording((socket, address) -> only, failures);
		Peer first = Peer.connectTo(server.localAddress());
		this.opened.add(first);
		passes(5);
		Peer second = Peer.connectTo(server.localAddress());
		this.opened.add(second);
		passes(5);
		assertThat(server.connections()).isEqualTo(1);
		assertThat(failures).hasSize(1);
		only.close();
		assertThat(server.connections()).isZero();
	}

	private ServerDispatcher recording(ChannelFactory factory, List<Throwable> failures) throws IOException {
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), factory, this.map) {

			@Override
			protected void handleError(Throwable failure) {
				failures.add(failure);
			}

		};
		server.open();
		return server;
	}

	@Test
	void channelThatWantsNoIdleTimeoutGetsNone() throws IOException {
		ServerDispatcher server = recording((socket, address) -> {
			DispatcherWithSend channel = new DispatcherWithSend(this.map);
			channel.setIdleTimeout(Duration.ZERO);
			return channel;
		}, new ArrayList<>());
		server.setChannelIdleTimeout(Duration.ofSeconds(10));
		this.opened.add(Peer.connectTo(server.localAddress()));
		Loopback.passUntil(this.map, () -> server.connections() == 1);
		this.clock.advance(Duration.ofSeconds(10));
		passes(3);
		assertThat(server.connections()).isEqualTo(1);
	}

	@ParameterizedTest
	@ValueSource(ints = 500)
	void channelOfAnotherMapIsServedByTheLoopOfTheServerAlone(int rounds) throws Exception {
		ChannelMap busy = new ChannelMap();
		ChannelMap map = new ChannelMap();
		List<String> wrong = Collections.synchronizedList(new ArrayList<>());
		AtomicInteger read = new AtomicInteger();
		AtomicReference<Thread> loopThread = new AtomicReference<>();
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, address) -> new Dispatcher(busy) {

			private boolean open;

			@Override
			protected void handleOpen() {
				this.open = true;
			}

			@Override
			protected boolean writable() {
				return false;
			}

			@Override
			protected void handleRead() throws Exception {
				if (!this.open || Thread.currentThread() != loopThread.get()) {
					wrong.add("open " + this.open + " on " + Thread.currentThread().getName());
				}
				if (recv(10).length > 0) {
					read.incrementAndGet();
					close();
				}
			}

			@Override
			protected Set<String> ignoreLogTypes() {
				return Set.of("error", "warning");
			}

		}, map);
		server.open();
		try (LoopThread busyThread = LoopThread.run(busy); LoopThread thread = LoopThread.run(map)) {
			loopThread.set(thread.thread());
			for (int i = 0; i < rounds; i++) {
				try (SocketChannel client = SocketChannel.open(server.localAddress())) {
					client.write(ByteBuffer.wrap(new byte[1]));
					client.configureBlocking(true);
					assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
				}
			}
			assertThat(busyThread.isAlive()).isTrue();
		}
		assertThat(wrong).isEmpty();
		assertThat(read).hasValue(rounds);
	}

	@Test
	void wrongIdleTimeoutLeavesThePresentOneAlone() throws IOException {
		Peer peer = Peer.withNearEnd();
		this.opened.add(peer);
		Loopback.Recorder channel = new Loopback.Recorder(peer.near(), this.map);
		channel.setIdleTimeout(Duration.ofSeconds(10));
		assertThatIllegalArgumentException().isThrownBy(() -> channel.setIdleTimeout(Duration.ofSeconds(-1)));
		this.clock.advance(Duration.ofSeconds(10));
		passes(3);
		assertThat(channel.closed()).isTrue();
	}

	@Test
	void datagramThatIsReceivedPutsTheIdleTimeoutOff() throws IOException {
		AtomicInteger received = new AtomicInteger();
		Dispatcher channel = new Dispatcher(this.map) {

			@Override
			protected void handleRead() throws Exception {
				recvFrom(ByteBuffer.allocate(10));
				received.incrementAndGet();
			}

		};
		channel.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
		channel.bind(new InetSocketAddress("127.0.0.1", 0));
		channel.setIdleTimeout(Duration.ofSeconds(10));
		try (DatagramChannel sender = DatagramChannel.open(StandardProtocolFamily.INET)) {
			this.clock.advance(Duration.ofSeconds(9));
			sender.send(ByteBuffer.wrap(new byte[1]), channel.localAddress());
			Loopback.passUntil(this.map, () -> received.get() == 1);
			this.clock.advance(Duration.ofSeconds(9));
			passes(3);
			assertThat(channel.closed()).isFalse();
		}
	}

	@Test
	void receivingInNestedLoopsUsesTheSameBuffersAgain() throws Exception {
		BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)
			.stream()
			.filter((pool) -> pool.getName().equals("direct"))
			.findFirst()
			.orElseThrow();
		ChannelMap map = new ChannelMap();
		EventLoop loop = map.eventLoop();
		try (LoopThread thread = LoopThread.run(map)) {
			long made = thread.call(() -> {
				long before = direct.getCount();
				for (int i = 0; i < 100; i++) {
					ByteBuffer outer = loop.takeBuffer(1);
					ByteBuffer inner = loop.takeBuffer(1);
					loop.giveBack(inner);
					loop.giveBack(outer);
				}
				return direct.getCount() - before;
			});
			// each of them is 256 KiB of direct memory; others may be freed meanwhile
			assertThat(made).isLessThanOrEqualTo(2);
		}
	}

	private void passes(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			Loopback.onePass(this.map, false, Duration.ofMillis(2));
		}
	}

}
