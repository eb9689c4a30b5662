package io.asyncore.chat;

import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.Asyncore;
import io.asyncore.test.ScriptedClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several threads at one channel, loops in loops, channels that are used again, and stops
 * in the middle of it all. {@code -Dtest.rounds} makes it last longer.
 */
@Timeout(value = 600, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChatRacesTests {

	private static final int ROUNDS = Integer.getInteger("test.rounds", 2000);

	private static final int MIB = 1024 * 1024;

	private final ExecutorService threads = Executors.newCachedThreadPool();

	@AfterEach
	void stopThreads() {
		this.threads.shutdownNow();
	}

	@Test
	void pushesAndClosesOfSeveralThreadsEndTheConnectionAndLeaveNothing() throws Exception {
		BlockingQueue<LineServer.Echo> opened = new ArrayBlockingQueue<>(1);
		AtomicInteger producers = new AtomicInteger();
		try (LineServer server = new LineServer((socket, peer) -> new Opened(opened))) {
			int before = LineServer.sockets();
			for (int i = 0; i < ROUNDS; i++) {
				try (SocketChannel client = server.connect()) {
					LineServer.Echo chat = opened.poll(10, TimeUnit.SECONDS);
					assertThat(chat).isNotNull();
					List<Future<?>> ends = new ArrayList<>();
					ends.add(this.threads.submit(() -> {
						for (int k = 0; k < 20; k++) {
							chat.push("0123456789\n");
						}
					}));
					ends.add(this.threads.submit(() -> {
						chat.pushWithProducer(new Counted(producers));
						chat.pushWithProducer(new Counted(producers));
						chat.closeWhenDone();
					}));
					int end = i % 4;
					ends.add(this.threads.submit(() -> {
						if (end == 1) {
							chat.close();
						}
						else if (end == 2) {
							chat.map().eventLoop().execute(chat::discardBuffers);
						}
						else if (end == 3) {
							chat.shutdownOutput();
						}
					}));
					String received = readAll(client);
					assertThat(received.replace("0123456789\n", "").replace("produced\n", "")).isEmpty();
					for (Future<?> future : ends) {
						future.get(10, TimeUnit.SECONDS);
					}
					client.shutdownOutput();
					Awaitility.await().pollInterval(Duration.ofMillis(1)).until(chat::closed);
					// the loop drops what is left after that
					Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> producers.get() == 0);
					assertThat(chat.outBuffered()).isZero();
				}
			}
			server.awaitConnections(0);
			Awaitility.await().untilAsserted(() -> assertThat(LineServer.sockets()).isEqualTo(before));
		}
	}

	@Test
	void linesOfSeveralThreadsStayWholeAndInTheOrderOfEach() throws Exception {
		BlockingQueue<LineServer.Echo> opened = new ArrayBlockingQueue<>(1);
		int senders = 4;
		int each = 10 * ROUNDS;
		try (LineServer server = new LineServer((socket, peer) -> new Opened(opened));
				ScriptedClient client = server.client()) {
			LineServer.Echo chat = opened.poll(10, TimeUnit.SECONDS);
			for (int s = 0; s < senders; s++) {
				int sender = s;
				this.threads.submit(() -> {
					for (int i = 0; i < each; i++) {
						chat.push(sender + " " + i + "\n");
					}
				});
			}
			int[] next = new int[senders];
			for (int i = 0; i < senders * each; i++) {
				String[] line = client.readLine().split(" ");
				int sender = Integer.parseInt(line[0]);
				assertThat(Integer.parseInt(line[1])).isEqualTo(next[sender]++);
			}
		}
	}

	@Test
	void loopsInsideHandlersKeepTheOrderOfTheLines() throws Exception {
		AtomicInteger depth = new AtomicInteger();
		int lines = 5000;
		try (LineServer server = new LineServer((socket, peer) -> new LineServer.Echo() {

			@Override
			protected void foundTerminator() throws Exception {
				super.foundTerminator();
				if (depth.incrementAndGet() < 5 && ThreadLocalRandom.current().nextInt(3) == 0) {
					Asyncore.loop(Duration.ZERO, false, map(), 1);
				}
				depth.decrementAndGet();
			}

		}); ScriptedClient client = server.client(); ScriptedClient other = server.client()) {
			StringBuilder text = new StringBuilder();
			for (int i = 0; i < lines; i++) {
				text.append("line ").append(i).append('\n');
			}
			client.send(text.toString());
			other.send(text.toString());
			client.expect(text.toString());
			other.expect(text.toString());
		}
	}

	@Test
	void nestedLoopsLeaveNoDirectMemoryBehind() throws Exception {
		long before = directMemory();
		try (LineServer server = new LineServer((socket, peer) -> new LineServer.Echo() {

			@Override
			protected void foundTerminator() throws Exception {
				super.foundTerminator();
				Asyncore.loop(Duration.ZERO, false, map(), 1);
			}

		}); ScriptedClient client = server.client(); ScriptedClient other = server.client()) {
			for (int i = 0; i < ROUNDS; i++) {
				client.send("x\n");
				other.send("y\n").expectLine("y");
				client.expectLine("x");
			}
			Awaitility.await().atMost(LineServer.BOUND).untilAsserted(() -> {
				System.gc();
				assertThat(directMemory()).isLessThan(before + 16 * MIB);
			});
		}
	}

	@Test
	void channelThatIsUsedAgainHasNothingOfItsFormerConnection() throws Exception {
		try (LineServer server = new LineServer((socket, peer) -> new LineServer.Echo())) {
			LineServer.Echo only = new LineServer.Echo();
			only.addChannel(server.map);
			for (int i = 0; i < ROUNDS; i++) {
				SocketChannel far = server.call(() -> {
					try (ServerSocketChannel listener = ServerSocketChannel.open()
						.bind(new InetSocketAddress("127.0.0.1", 0))) {
						SocketChannel near = SocketChannel.open(listener.getLocalAddress());
						only.setSocket(near);
						return listener.accept();
					}
				});
				write(far, "a" + i + "\n");
				assertThat(read(far, ("a" + i + "\n").length())).isEqualTo("a" + i + "\n");
				switch (i % 4) {
					case 0 -> write(far, "half a line");
					case 1 -> only.closeWhenDone();
					case 2 -> only.push(new byte[100_000]);
					default -> only.close();
				}
				LineServer.reset(far);
			}
			only.close();
			server.assertServes();
		}
	}

	@Test
	void stopFinishesWhatIsQueuedAndNothingElse() throws Exception {
		int queued = 8 * MIB;
		BlockingQueue<LineServer.Echo> opened = new ArrayBlockingQueue<>(10);
		try (LineServer server = new LineServer((socket, peer) -> new Opened(opened));
				SocketChannel reading = server.connect();
				SocketChannel closing = server.connect();
				SocketChannel producing = server.connect();
				SocketChannel idle = server.connect();
				SocketChannel lingering = server.connect()) {
			write(idle, "half a li");
			List<LineServer.Echo> chats = new ArrayList<>();
			for (int i = 0; i < 5; i++) {
				chats.add(opened.poll(10, TimeUnit.SECONDS));
			}
			assertThat(chats).doesNotContainNull();
			chats.get(0).push(new byte[queued]);
			chats.get(1).push(new byte[queued]);
			chats.get(1).closeWhenDone();
			chats.get(2).pushWithProducer(new SimpleProducer(new byte[queued], 10_000));
			write(lingering, "x\n");
			chats.get(4).closeWhenDone();
			server.map.eventLoop().shutdown(Duration.ofSeconds(60));
			List<Future<String>> answers = new ArrayList<>();
			for (SocketChannel client : List.of(reading, closing, producing, idle)) {
				answers.add(this.threads.submit(() -> readAll(client)));
			}
			for (Future<String> answer : answers.subList(0, 3)) {
				assertThat(answer.get(30, TimeUnit.SECONDS).length()).isEqualTo(queued);
			}
			assertThat(answers.get(3).get(30, TimeUnit.SECONDS)).isEmpty();
			server.thread().join(LineServer.BOUND.toMillis());
			assertThat(server.thread().isAlive()).isFalse();
			assertThat(server.map.isEmpty()).isTrue();
		}
	}

	@Test
	void stopDoesNotWaitForAPeerThatTakesNothingLongerThanItMay() throws Exception {
		BlockingQueue<LineServer.Echo> opened = new ArrayBlockingQueue<>(10);
		try (LineServer server = new LineServer((socket, peer) -> new Opened(opened));
				SocketChannel client = server.connectWithLittleRoom()) {
			LineServer.Echo chat = opened.poll(10, TimeUnit.SECONDS);
			assertThat(chat).isNotNull();
			chat.push(new byte[8 * MIB]);
			long start = System.nanoTime();
			server.map.eventLoop().shutdown(Duration.ofMillis(500));
			server.thread().join(LineServer.BOUND.toMillis());
			assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(490),
					Duration.ofSeconds(5));
			assertThat(client.isConnected()).isTrue();
			assertThat(chat.closed()).isTrue();
		}
	}

	private static long directMemory() {
		return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)
			.stream()
			.filter((pool) -> pool.getName().equals("direct"))
			.mapToLong(BufferPoolMXBean::getMemoryUsed)
			.sum();
	}

	private static void write(SocketChannel socket, String text) throws IOException {
		ByteBuffer data = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
		while (data.hasRemaining()) {
			socket.write(data);
		}
	}

	private static String read(SocketChannel socket, int length) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(length);
		while (buffer.hasRemaining()) {
			assertThat(socket.read(buffer)).isPositive();
		}
		return new String(buffer.array(), StandardCharsets.US_ASCII);
	}

	private static String readAll(SocketChannel socket) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(65536);
		StringBuilder text = new StringBuilder();
		while (socket.read(buffer) >= 0) {
			text.append(new String(buffer.array(), 0, buffer.position(), StandardCharsets.ISO_8859_1));
			buffer.clear();
		}
		return text.toString();
	}

	private static final class Opened extends LineServer.Echo {

		private final BlockingQueue<LineServer.Echo> opened;

		Opened(BlockingQueue<LineServer.Echo> opened) {
			this.opened = opened;
		}

		@Override
		protected void handleOpen() {
			this.opened.add(this);
		}

	}

	/**
	 * Knows how many of its kind are in use.
	 */
	private static final class Counted implements Producer, AutoCloseable {

		private final AtomicInteger inUse;

		private int pieces = 5;

		Counted(AtomicInteger inUse) {
			this.inUse = inUse;
			inUse.incrementAndGet();
		}

		@Override
		public ByteBuffer more() {
			boolean more = this.pieces-- > 0;
			return ByteBuffer.wrap((more ? "produced\n" : "").getBytes(StandardCharsets.US_ASCII));
		}

		@Override
		public void close() {
			this.inUse.decrementAndGet();
		}

	}

}
