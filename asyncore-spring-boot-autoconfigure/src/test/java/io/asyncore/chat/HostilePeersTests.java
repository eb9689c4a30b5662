package io.asyncore.chat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.sun.management.UnixOperatingSystemMXBean;
import io.asyncore.ChannelFactory;
import io.asyncore.Dispatcher;
import io.asyncore.test.ScriptedClient;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What peers may do to a server that was written without a thought of them.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostilePeersTests {

	private static final int MIB = 1024 * 1024;

	private static final String LONG_DELIMITER = "-*--*-*---*--*-*-end of part -*--*-*---*--*-*!";

	@Test
	void lineWithoutEndIsCutOffAtTheLimit() throws Exception {
		AtomicLong received = new AtomicLong();
		try (LineServer server = new LineServer((socket, peer) -> new Counting(received));
				SocketChannel client = server.connect()) {
			assertThatIOException().isThrownBy(() -> {
				for (int i = 0; i < 256; i++) {
					write(client, new byte[MIB]);
				}
			});
			server.awaitConnections(0);
			assertThat(received.get()).isBetween((long) MIB, MIB + 64 * 1024L);
			server.assertServes();
		}
	}

	@Test
	void lineWithoutEndTakesNoMemoryEvenWhenTheChannelIsKept() throws Exception {
		AtomicInteger failures = new AtomicInteger();
		ChannelFactory factory = (socket, peer) -> new LineServer.Echo() {

			@Override
			protected void handleError(Throwable failure) {
				assertThat(failure).isInstanceOf(FrameTooLongException.class);
				failures.incrementAndGet();
			}

		};
		try (LineServer server = new LineServer(factory); ScriptedClient client = server.client()) {
			client.send("warm up\n").expectLine("warm up");
			long before = usedMemory();
			byte[] piece = new byte[MIB];
			Arrays.fill(piece, (byte) 'x');
			try (SocketChannel endless = server.connect()) {
				for (int i = 0; i < 200; i++) {
					write(endless, piece);
				}
				write(endless, "\nnext\n".getBytes(StandardCharsets.US_ASCII));
				ByteBuffer answer = ByteBuffer.allocate(5);
				readFully(endless, answer);
				assertThat(answer.array()).asString().isEqualTo("next\n");
				assertThat(usedMemory() - before).isLessThan(4 * MIB);
			}
			assertThat(failures).hasValue(1);
			client.send("served\n").expectLine("served");
		}
	}

	@Test
	void peersThatWriteByteByByteDoNotHoldUpAFastOne() throws Exception {
		int slow = 500;
		List<SocketChannel> clients = new ArrayList<>();
		try (LineServer server = new LineServer((socket, peer) -> new LineServer.Echo());
				ScriptedClient fast = server.client()) {
			for (int i = 0; i < slow; i++) {
				SocketChannel client = server.connect();
				client.setOption(StandardSocketOptions.TCP_NODELAY, true);
				clients.add(client);
			}
			int length = "slow line 000\n".length();
			long worst = 0;
			for (int k = 0; k < length; k++) {
				for (int i = 0; i < slow; i++) {
					String line = String.format("slow line %03d\n", i);
					write(clients.get(i), new byte[] { (byte) line.charAt(k) });
					if (i % 50 == 0) {
						long start = System.nanoTime();
						fast.send("fast\n").expectLine("fast");
						worst = Math.max(worst, System.nanoTime() - start);
					}
				}
			}
			for (int i = 0; i < slow; i++) {
				ByteBuffer answer = ByteBuffer.allocate(length);
				readFully(clients.get(i), answer);
				assertThat(answer.array()).asString().isEqualTo(String.format("slow line %03d\n", i));
			}
			assertThat(Duration.ofNanos(worst)).isLessThan(Duration.ofSeconds(1));
		}
		finally {
			close(clients);
		}
	}

	@Test
	void answersAMillionEmptyLines() throws Exception {
		byte[] lines = new byte[1_000_000];
		Arrays.fill(lines, (byte) '\n');
		try (LineServer server = new LineServer((socket, peer) -> new LineServer.Echo());
				ScriptedClient client = server.client()) {
			client.withTimeout(Duration.ofSeconds(50)).send(lines).expect(lines);
			server.assertServes();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\r\n", LONG_DELIMITER })
	void findsADelimiterThatIsSplitAnywhere(String delimiter) throws Exception {
		List<String> frames = List.of("", "one", "-*--*-*---*--*-*-end of part -*--*-*", "\r", "two\r", "", "\n-*-",
				"x");
		byte[] input = (String.join(delimiter, frames) + delimiter).getBytes(StandardCharsets.US_ASCII);
		byte[] answer = (String.join(";", frames) + ";").getBytes(StandardCharsets.US_ASCII);
		AtomicInteger first = new AtomicInteger();
		AtomicInteger others = new AtomicInteger();
		ChannelFactory factory = (socket, peer) -> new Splitting(delimiter, first.get(), others.get());
		try (LineServer server = new LineServer(factory)) {
			for (int cut = 1; cut < input.length; cut++) {
				first.set(cut);
				others.set(input.length);
				try (ScriptedClient client = server.client()) {
					client.send(input).expect(answer);
				}
			}
			for (int piece = 1; piece <= delimiter.length() + 1; piece++) {
				first.set(piece);
				others.set(piece);
				try (ScriptedClient client = server.client()) {
					client.send(input).expect(answer);
				}
			}
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void peerThatEndsItsStreamGetsTheWholeAnswer(boolean produced) throws Exception {
		byte[] answer = pattern(8 * MIB);
		try (LineServer server = new LineServer((socket, peer) -> new Answering(answer, produced))) {
			try (ScriptedClient client = server.client()) {
				client.send("go\n").shutdownOutput();
				assertThat(client.readAll()).isEqualTo(answer);
			}
			server.awaitConnections(0);
		}
	}

	@Test
	void survivesResetsAtAnyTime() throws Exception {
		byte[] answer = pattern(8 * MIB);
		try (LineServer server = new LineServer((socket, peer) -> new Answering(answer, false))) {
			for (int i = 0; i < 200; i++) {
				LineServer.reset(server.connect());
				SocketChannel inLine = server.connect();
				write(inLine, "half a li".getBytes(StandardCharsets.US_ASCII));
				LineServer.reset(inLine);
				SocketChannel inAnswer = server.connect();
				write(inAnswer, "go\n".getBytes(StandardCharsets.US_ASCII));
				if (i % 4 == 0) {
					readFully(inAnswer, ByteBuffer.allocate(1000));
				}
				LineServer.reset(inAnswer);
			}
			server.awaitConnections(0);
			try (ScriptedClient client = server.client()) {
				assertThat(client.send("go\n").read(answer.length)).isEqualTo(answer);
			}
		}
	}

	@Test
	void survivesResetsInTheBacklog() throws Exception {
		try (LineServer server = new LineServer((socket, peer) -> new LineServer.Echo())) {
			CountDownLatch busy = new CountDownLatch(1);
			server.map.eventLoop().execute(() -> await(busy));
			for (int i = 0; i < 1000; i++) {
				SocketChannel client = server.connect();
				write(client, "a line\n".getBytes(StandardCharsets.US_ASCII));
				LineServer.reset(client);
			}
			busy.countDown();
			server.assertServes();
			server.awaitConnections(0);
		}
	}

	@Test
	void thousandsOfSilentPeersCostNoTime() throws Exception {
		int count = Math.min(10_000, freeDescriptors() / 2);
		// both ends of each connection are in this process
		assumeThat(count).as("connections that the limit of descriptors allows").isGreaterThan(1000);
		List<SocketChannel> clients = new ArrayList<>();
		try (LineServer server = new LineServer((socket, peer) -> new LineServer.Echo())) {
			for (int i = 0; i < count; i++) {
				clients.add(server.connect());
			}
			server.awaitConnections(count);
			server.assertServes();
			server.awaitConnections(count);
			long before = cpuTime(server.thread());
			assertThat(new CountDownLatch(1).await(1, TimeUnit.SECONDS)).isFalse();
			assertThat(Duration.ofNanos(cpuTime(server.thread()) - before)).isLessThan(Duration.ofMillis(20));
			try (ScriptedClient client = server.client()) {
				before = cpuTime(server.thread());
				for (int i = 0; i < 1000; i++) {
					client.send("x\n").expectLine("x");
				}
				// a pass must not look at all of them
				assertThat(Duration.ofNanos(cpuTime(server.thread()) - before)).isLessThan(Duration.ofSeconds(1));
			}
			for (SocketChannel client : clients) {
				LineServer.reset(client);
			}
			server.awaitConnections(0);
		}
		finally {
			close(clients);
		}
	}

	@Test
	void memoryStaysBoundedByAHandlerThatHoldsBack() throws Exception {
		AtomicInteger most = new AtomicInteger();
		AtomicInteger answered = new AtomicInteger();
		try (LineServer server = new LineServer((socket, peer) -> new HoldingBack(most, answered))) {
			server.server.setOption(StandardSocketOptions.SO_RCVBUF, 64 * 1024);
			try (SocketChannel client = server.connectWithLittleRoom()) {
				int lines = writeUntilStuck(client);
				// of one received buffer alone the answers take 12 MiB
				assertThat(lines).isGreaterThan(64 * 1024);
				assertThat(answered.get()).isLessThan(lines);
				assertThat(server.call(() -> server.map.channels().size())).isEqualTo(2);
				client.configureBlocking(true);
				client.shutdownOutput();
				ByteBuffer answers = ByteBuffer.allocate(lines * HoldingBack.ANSWER.length);
				readFully(client, answers);
				assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
			}
			assertThat(most.get()).isLessThan(HoldingBack.LIMIT + HoldingBack.ANSWER.length + 1);
			server.awaitConnections(0);
		}
	}

	@Test
	void producerIsNotAskedForMoreThanThePeerTakes() throws Exception {
		AtomicInteger calls = new AtomicInteger();
		ChannelFactory factory = (socket, peer) -> {
			socket.setOption(StandardSocketOptions.SO_SNDBUF, 8192);
			return new LineServer.Echo() {

				@Override
				protected void foundTerminator() {
					pushWithProducer(() -> {
						calls.incrementAndGet();
						return ByteBuffer.allocate(64 * 1024);
					});
				}

			};
		};
		try (LineServer server = new LineServer(factory); SocketChannel client = server.connectWithLittleRoom()) {
			write(client, "go\n".getBytes(StandardCharsets.US_ASCII));
			Awaitility.await().during(Duration.ofMillis(300)).atMost(LineServer.BOUND).until(() -> calls.get() < 20);
			assertThat(calls.get()).isPositive();
			long before = cpuTime(server.thread());
			assertThat(new CountDownLatch(1).await(300, TimeUnit.MILLISECONDS)).isFalse();
			assertThat(Duration.ofNanos(cpuTime(server.thread()) - before)).isLessThan(Duration.ofMillis(20));
		}
	}

	@Test
	void uploadThatIsAnsweredEarlyGetsItsAnswer() throws Exception {
		try (LineServer server = new LineServer((socket, peer) -> new Refusing())) {
			try (ScriptedClient client = server.client()) {
				client.send(upload()).expectLine("refused").expectEnd();
				// still open at this end
				server.awaitConnections(0);
			}
		}
	}

	@Test
	void uploaderThatNeverReadsDoesNotKeepItsConnection() throws Exception {
		try (LineServer server = new LineServer((socket, peer) -> new Refusing());
				SocketChannel client = server.connect()) {
			write(client, upload());
			server.awaitConnections(0);
		}
	}

	@Test
	void stormOfConnectionsStaysWithinTheLimit() throws Exception {
		int limit = 10;
		int threads = 16;
		int each = 20_000 / threads;
		AtomicInteger most = new AtomicInteger();
		AtomicInteger least = new AtomicInteger();
		ExecutorService clients = Executors.newFixedThreadPool(threads);
		try (LineServer server = new LineServer((socket, peer) -> new LineServer.Echo(),
				(settings) -> settings.setMaxConnections(limit))) {
			server.assertServes();
			server.awaitConnections(0);
			int before = LineServer.sockets();
			List<Future<?>> ends = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				ends.add(clients.submit(() -> {
					ByteBuffer answer = ByteBuffer.allocate(2);
					for (int k = 0; k < each; k++) {
						SocketChannel client = server.connect();
						write(client, new byte[] { 'x', '\n' });
						readFully(client, answer.clear());
						int count = server.server.connections();
						most.accumulateAndGet(count, Math::max);
						least.accumulateAndGet(count, Math::min);
						LineServer.reset(client);
					}
					return null;
				}));
			}
			for (Future<?> end : ends) {
				end.get(30, TimeUnit.SECONDS);
			}
			server.awaitConnections(0);
			assertThat(most).hasValue(limit);
			assertThat(least).hasValue(0);
			Awaitility.await()
				.atMost(LineServer.BOUND)
				.untilAsserted(() -> assertThat(LineServer.sockets()).isLessThanOrEqualTo(before));
			server.assertServes();
		}
		finally {
			clients.shutdownNow();
		}
	}

	@Test
	void closesTheSilentButNotTheActive() throws Exception {
		try (LineServer server = new LineServer((socket, peer) -> new LineServer.Echo(),
				(settings) -> settings.setChannelIdleTimeout(Duration.ofMillis(500)));
				ScriptedClient active = server.client();
				ScriptedClient silent = server.client()) {
			long start = System.nanoTime();
			while (System.nanoTime() - start < Duration.ofMillis(1500).toNanos()) {
				active.send("x\n").expectLine("x");
				assertThat(new CountDownLatch(1).await(20, TimeUnit.MILLISECONDS)).isFalse();
			}
			silent.expectEnd();
			active.send("x\n").expectLine("x").expectEnd();
		}
	}

	@ParameterizedTest
	@EnumSource
	void brokenHandlerHurtsOnlyItsConnection(Broken broken) throws Exception {
		// it is much, and all as planned
		Logger logger = (Logger) LoggerFactory.getLogger("io.asyncore");
		logger.setLevel(Level.OFF);
		AtomicInteger made = new AtomicInteger();
		ChannelFactory factory = (socket, peer) -> (made.incrementAndGet() % 2 == 0) ? broken.make(socket)
				: new LineServer.Echo();
		try (LineServer server = new LineServer(factory); ScriptedClient bystander = server.client()) {
			bystander.send("x\n").expectLine("x");
			int before = LineServer.sockets();
			for (int i = 0; i < 20; i++) {
				try (ScriptedClient victim = server.client()) {
					victim.send("x\n");
					assertEnds(victim);
				}
				server.awaitConnections(1);
				server.assertServes();
			}
			bystander.send("x\n").expectLine("x");
			server.awaitConnections(1);
			Awaitility.await()
				.atMost(LineServer.BOUND)
				.untilAsserted(() -> assertThat(LineServer.sockets()).isEqualTo(before));
		}
		finally {
			logger.setLevel(null);
		}
	}

	private static void assertEnds(ScriptedClient client) {
		try {
			client.expectEnd();
		}
		catch (AssertionError ex) {
			// a connection with unread input is reset when it is closed
			assertThat(ex).hasMessageContaining("reset");
		}
	}

	private static void write(SocketChannel socket, byte[] data) throws IOException {
		ByteBuffer buffer = ByteBuffer.wrap(data);
		while (buffer.hasRemaining()) {
			socket.write(buffer);
		}
	}

	/**
	 * Send empty lines until the server takes no more of them for a while.
	 */
	private static int writeUntilStuck(SocketChannel socket) throws IOException {
		byte[] lines = new byte[8192];
		Arrays.fill(lines, (byte) '\n');
		socket.configureBlocking(false);
		AtomicInteger sent = new AtomicInteger();
		Awaitility.await()
			.pollInterval(Duration.ofMillis(20))
			.during(Duration.ofMillis(400))
			.atMost(LineServer.BOUND)
			.until(() -> {
				int before = sent.get();
				for (int count = 1; count > 0;) {
					count = socket.write(ByteBuffer.wrap(lines));
					sent.addAndGet(count);
				}
				return sent.get() == before;
			});
		return sent.get();
	}

	private static void readFully(SocketChannel socket, ByteBuffer buffer) throws IOException {
		while (buffer.hasRemaining()) {
			assertThat(socket.read(buffer)).isPositive();
		}
	}

	private static byte[] pattern(int length) {
		byte[] bytes = new byte[length];
		for (int i = 0; i < length; i++) {
			bytes[i] = (byte) (i * 31 + i / 251);
		}
		return bytes;
	}

	private static byte[] upload() {
		byte[] upload = new byte[50 * MIB];
		upload[6] = '\n';
		return upload;
	}

	private static void close(List<SocketChannel> sockets) throws IOException {
		for (SocketChannel socket : sockets) {
			socket.close();
		}
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static long usedMemory() {
		System.gc();
		return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
	}

	private static long cpuTime(Thread thread) {
		return ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.getId());
	}

	private static int freeDescriptors() {
		UnixOperatingSystemMXBean system = (UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
		return (int) Math.min(Integer.MAX_VALUE,
				system.getMaxFileDescriptorCount() - system.getOpenFileDescriptorCount() - 200);
	}

	/**
	 * What can be wrong with a channel.
	 */
	enum Broken {

		FOUND_TERMINATOR {

			@Override
			Dispatcher make(SocketChannel socket) {
				return new LineServer.Echo() {

					@Override
					protected void foundTerminator() {
						throw new IllegalStateException("as planned");
					}

				};
			}

		},

		ERROR_IN_FOUND_TERMINATOR {

			@Override
			Dispatcher make(SocketChannel socket) {
				return new LineServer.Echo() {

					@Override
					protected void foundTerminator() {
						foundTerminator();
					}

				};
			}

		},

		COLLECT_INCOMING_DATA {

			@Override
			Dispatcher make(SocketChannel socket) {
				return new LineServer.Echo() {

					@Override
					protected void collectIncomingData(ByteBuffer data) throws IOException {
						throw new IOException("as planned");
					}

				};
			}

		},

		HANDLE_OPEN {

			@Override
			Dispatcher make(SocketChannel socket) {
				return new LineServer.Echo() {

					@Override
					protected void handleOpen() {
						throw new AssertionError("as planned");
					}

				};
			}

		},

		HANDLE_ERROR {

			@Override
			Dispatcher make(SocketChannel socket) {
				return new LineServer.Echo() {

					@Override
					protected void foundTerminator() throws Exception {
						throw new IOException("as planned");
					}

					@Override
					protected void handleError(Throwable failure) {
						throw new IllegalStateException("as planned", failure);
					}

				};
			}

		},

		PRODUCER {

			@Override
			Dispatcher make(SocketChannel socket) {
				return new LineServer.Echo() {

					@Override
					protected void foundTerminator() {
						pushWithProducer(() -> {
							throw new IOException("as planned");
						});
					}

				};
			}

		},

		NULL_OF_PRODUCER {

			@Override
			Dispatcher make(SocketChannel socket) {
				return new LineServer.Echo() {

					@Override
					protected void foundTerminator() {
						pushWithProducer(() -> null);
					}

				};
			}

		},

		PREDICATE {

			@Override
			Dispatcher make(SocketChannel socket) {
				return new LineServer.Echo() {

					@Override
					protected boolean readable() {
						throw new IllegalStateException("as planned");
					}

				};
			}

		},

		CONSTRUCTOR {

			@Override
			Dispatcher make(SocketChannel socket) {
				return new LineServer.Echo() {

					{
						setTerminator(-1);
					}

				};
			}

		},

		CONSTRUCTOR_WITH_SOCKET {

			@Override
			Dispatcher make(SocketChannel socket) throws IOException {
				return new Failing(socket);
			}

		},

		FACTORY {

			@Override
			Dispatcher make(SocketChannel socket) throws IOException {
				throw new IOException("as planned");
			}

		},

		NULL {

			@Override
			Dispatcher make(SocketChannel socket) {
				return null;
			}

		},

		CLOSED {

			@Override
			Dispatcher make(SocketChannel socket) {
				LineServer.Echo echo = new LineServer.Echo();
				echo.close();
				return echo;
			}

		},

		CLOSED_WITH_SOCKET {

			@Override
			Dispatcher make(SocketChannel socket) throws IOException {
				LineServer.Echo echo = new LineServer.Echo();
				echo.setSocket(socket);
				echo.close();
				return echo;
			}

		},

		CLOSED_SOCKET {

			@Override
			Dispatcher make(SocketChannel socket) throws IOException {
				socket.close();
				return new LineServer.Echo();
			}

		};

		abstract Dispatcher make(SocketChannel socket) throws IOException;

	}

	private static final class Failing extends LineServer.Echo {

		Failing(SocketChannel socket) throws IOException {
			setSocket(socket);
			throw new IllegalStateException("as planned");
		}

	}

	private static final class Counting extends LineServer.Echo {

		private final AtomicLong received;

		Counting(AtomicLong received) {
			this.received = received;
		}

		@Override
		public int recv(ByteBuffer buffer) throws IOException {
			int count = super.recv(buffer);
			this.received.addAndGet(Math.max(0, count));
			return count;
		}

	}

	/**
	 * Receives its input in pieces of given length.
	 */
	private static final class Splitting extends LineServer.Echo {

		private final int others;

		private int most;

		Splitting(String delimiter, int first, int others) {
			setTerminator(delimiter);
			this.most = first;
			this.others = others;
		}

		@Override
		public int recv(ByteBuffer buffer) throws IOException {
			int limit = buffer.limit();
			buffer.limit(Math.min(limit, buffer.position() + this.most));
			int count = super.recv(buffer);
			buffer.limit(limit);
			this.most = (count == this.most) ? this.others : this.most - Math.max(0, count);
			return count;
		}

		@Override
		protected void foundTerminator() {
			push(takeIncoming());
			push(";");
		}

	}

	private static final class Answering extends LineServer.Echo {

		private final byte[] answer;

		private final boolean produced;

		Answering(byte[] answer, boolean produced) {
			this.answer = answer;
			this.produced = produced;
		}

		@Override
		protected void foundTerminator() {
			if (this.produced) {
				pushWithProducer(new SimpleProducer(this.answer, 100_000));
			}
			else {
				push(this.answer);
			}
		}

	}

	private static final class HoldingBack extends LineServer.Echo {

		static final int LIMIT = 32 * 1024;

		static final byte[] ANSWER = new byte[200];

		private final AtomicInteger most;

		private final AtomicInteger answered;

		HoldingBack(AtomicInteger most, AtomicInteger answered) {
			this.most = most;
			this.answered = answered;
		}

		@Override
		protected boolean readable() {
			return super.readable() && outBuffered() <= LIMIT;
		}

		@Override
		protected void foundTerminator() {
			this.answered.incrementAndGet();
			push(ANSWER);
			this.most.accumulateAndGet(outBuffered(), Math::max);
		}

	}

	private static final class Refusing extends LineServer.Echo {

		@Override
		protected void foundTerminator() {
			push("refused\n");
			closeWhenDone();
		}

	}

}
