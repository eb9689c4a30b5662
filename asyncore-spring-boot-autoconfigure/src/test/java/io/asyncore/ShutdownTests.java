package io.asyncore;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link EventLoop#shutdown}, the graceful end of {@link EventLoop#run()}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ShutdownTests {

	private static final Duration LONG = Duration.ofHours(1);

	private static final int LENGTH = 8 * 1024 * 1024;

	private final ChannelMap map = new ChannelMap();

	private final EventLoop loop = this.map.eventLoop();

	private final List<Loopback.Pair> pairs = new ArrayList<>();

	@AfterEach
	void closeAll() throws IOException {
		for (Loopback.Pair pair : this.pairs) {
			pair.close();
		}
	}

	@Test
	void whenNothingIsToBeDoneEndsAtOnce() throws Exception {
		LoopThread thread = LoopThread.run(this.map);
		this.loop.shutdown(LONG);
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	void isNotDelayedByIdleConnectionsAndWaitingTimers() throws Exception {
		Loopback.Recorder idle = new Loopback.Recorder(pair().near(), this.map);
		DispatcherWithSend idleToo = new DispatcherWithSend(pair().near(), this.map);
		List<String> ran = new ArrayList<>();
		this.loop.callLater(LONG, () -> ran.add("timer"));
		idle.callEvery(Duration.ofMinutes(1), () -> ran.add("timer"));
		LoopThread thread = LoopThread.run(this.map);
		this.loop.shutdown(LONG);
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(ran).isEmpty();
		assertThat(idle.closed()).isTrue();
		assertThat(idleToo.closed()).isTrue();
		assertThat(idle.events).as("a close of one's own calls no hook").isEmpty();
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(this.pairs).allSatisfy((pair) -> assertThat(pair.far().read(ByteBuffer.allocate(1))).isEqualTo(-1));
	}

	@Test
	void closesListenersAtOnceAndFinishesQueuedOutput() throws Exception {
		Dispatcher server = listener();
		SocketAddress address = server.localAddress();
		Loopback.Pair pair = pair();
		DispatcherWithSend slow = new DispatcherWithSend(pair.near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		slow.send(new byte[LENGTH]);
		this.loop.shutdown(LONG);
		Awaitility.await().atMost(Loopback.BOUND).until(server::closed);
		assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> connect(address));
		assertThat(slow.closed()).isFalse();
		assertThat(thread.isAlive()).isTrue();
		assertThat(readToEnd(pair.far())).isEqualTo(LENGTH);
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(slow.closed()).isTrue();
	}

	@Test
	void finishesOutputOfAPlainDispatcher() throws Exception {
		Loopback.Pair pair = pair();
		ByteBuffer output = ByteBuffer.allocate(LENGTH);
		new Dispatcher(pair.near(), this.map) {

			@Override
			protected boolean writable() {
				return output.hasRemaining();
			}

			@Override
			protected void handleWrite() throws IOException {
				send(output);
			}

		};
		LoopThread thread = LoopThread.run(this.map);
		this.loop.shutdown(LONG);
		assertThat(readToEnd(pair.far())).isEqualTo(LENGTH);
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	void finishesOffloadedWorkAndWhatItsResultSends() throws Exception {
		Loopback.Pair pair = pair();
		Offloading channel = new Offloading(pair.near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch permitted = new CountDownLatch(1);
		channel.work(() -> {
			begun.countDown();
			return permitted.await(10, TimeUnit.SECONDS);
		}, (result) -> channel.send(new byte[LENGTH]));
		assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
		this.loop.shutdown(LONG);
		thread.awaitPass();
		thread.awaitPass();
		assertThat(thread.isAlive()).isTrue();
		permitted.countDown();
		assertThat(readToEnd(pair.far())).isEqualTo(LENGTH);
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	void whenGracePeriodIsOverClosesWhatIsLeft() throws Exception {
		MovableClock clock = new MovableClock();
		ChannelMap timed = new ChannelMap(clock, new Selectors());
		DispatcherWithSend stuck = new DispatcherWithSend(pair().near(), timed);
		LoopThread thread = LoopThread.run(timed);
		stuck.send(new byte[LENGTH]);
		timed.eventLoop().shutdown(Duration.ofSeconds(20));
		thread.awaitPass();
		clock.advance(Duration.ofSeconds(20).minusNanos(1));
		thread.awaitPass();
		thread.awaitPass();
		assertThat(stuck.closed()).isFalse();
		clock.advance(Duration.ofNanos(1));
		timed.eventLoop().execute(() -> {
		});
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(stuck.closed()).isTrue();
	}

	@Test
	void whenGracePeriodIsOverWakesUp() throws Exception {
		DispatcherWithSend stuck = new DispatcherWithSend(pair().near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		stuck.send(new byte[LENGTH]);
		this.loop.shutdown(Duration.ofMillis(200));
		// a pass would wait for 30 s
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(stuck.closed()).isTrue();
	}

	@Test
	void whenGracePeriodIsZeroClosesEverything() throws Exception {
		DispatcherWithSend stuck = new DispatcherWithSend(pair().near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		stuck.send(new byte[LENGTH]);
		this.loop.shutdown(Duration.ZERO);
		thread.join();
		assertThat(thread.failure()).isNull();
		assertThat(stuck.closed()).isTrue();
	}

	@Test
	void whenGracePeriodIsVeryLongDoesNotOverflow() throws Exception {
		Loopback.Pair pair = pair();
		DispatcherWithSend slow = new DispatcherWithSend(pair.near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		slow.send(new byte[LENGTH]);
		this.loop.shutdown(Duration.ofSeconds(Long.MAX_VALUE));
		thread.awaitPass();
		assertThat(readToEnd(pair.far())).isEqualTo(LENGTH);
		thread.join();
	}

	@Test
	void whenPeerGoesDoesNotWaitForItsOutput() throws Exception {
		Loopback.Pair pair = pair();
		DispatcherWithSend slow = new DispatcherWithSend(pair.near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		slow.send(new byte[LENGTH]);
		this.loop.shutdown(LONG);
		thread.awaitPass();
		pair.far().close();
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	void whenCloseOfAChannelFailsClosesTheOthers() throws Exception {
		Dispatcher failing = new Loopback.Recorder(pair().near(), this.map) {

			@Override
			public void close() {
				throw new IllegalStateException("as planned");
			}

		};
		Dispatcher server = new Dispatcher(this.map) {

			@Override
			public void close() {
				throw new IllegalStateException("as planned");
			}

		};
		server.createSocket();
		server.listen(1);
		Dispatcher other = new Loopback.Recorder(pair().near(), this.map);
		try (CapturedLog log = new CapturedLog()) {
			LoopThread thread = LoopThread.run(this.map);
			this.loop.shutdown(LONG);
			thread.join();
			assertThat(thread.failure()).isNull();
			assertThat(log.errors()).hasSize(2);
		}
		assertThat(failing.closed()).isTrue();
		assertThat(server.closed()).isTrue();
		assertThat(other.closed()).isTrue();
	}

	@Test
	void waitsWhileItDrains() throws Exception {
		CountingPasses counting = new CountingPasses(pair().near(), this.map);
		DispatcherWithSend stuck = new DispatcherWithSend(pair().near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		stuck.send(new byte[LENGTH]);
		this.loop.shutdown(LONG);
		thread.awaitPass();
		counting.assertLoopRests(Duration.ofMillis(300));
		stuck.close();
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	void doesNotAskAllChannelsInEachPass() throws Exception {
		List<Promising> idle = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			idle.add(new Promising(pair().near(), this.map));
		}
		DispatcherWithSend stuck = new DispatcherWithSend(pair().near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		stuck.send(new byte[LENGTH]);
		thread.awaitPass();
		List<Integer> before = idle.stream().map((channel) -> channel.asked.get()).toList();
		this.loop.shutdown(LONG);
		for (int i = 0; i < 200; i++) {
			thread.awaitPass();
		}
		for (int i = 0; i < 50; i++) {
			assertThat(idle.get(i).asked.get() - before.get(i)).isLessThanOrEqualTo(2);
		}
		stuck.close();
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	void finishesOutputThatComesWhileItDrains() throws Exception {
		Loopback.Pair first = pair();
		Loopback.Pair second = pair();
		Loopback.Pair third = pair();
		DispatcherWithSend stuck = new DispatcherWithSend(first.near(), this.map);
		DispatcherWithSend later = new DispatcherWithSend(second.near(), this.map);
		Promising last = new Promising(third.near(), this.map);
		LoopThread thread = LoopThread.run(this.map);
		stuck.send(new byte[LENGTH]);
		thread.awaitPass();
		this.loop.shutdown(LONG);
		thread.awaitPass();
		// by another thread, and then by a handler of another channel
		later.send(new byte[LENGTH]);
		thread.awaitPass();
		thread.call(() -> {
			last.push(LENGTH);
			return null;
		});
		assertThat(readToEnd(first.far(), LENGTH)).isEqualTo(LENGTH);
		thread.awaitPass();
		thread.awaitPass();
		assertThat(thread.isAlive()).isTrue();
		assertThat(readToEnd(second.far(), LENGTH)).isEqualTo(LENGTH);
		thread.awaitPass();
		assertThat(thread.isAlive()).isTrue();
		assertThat(readToEnd(third.far())).isEqualTo(LENGTH);
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	void finishesWhatItsHandlersAnswerWhileItDrains() throws Exception {
		Loopback.Pair busy = pair();
		DispatcherWithSend stuck = new DispatcherWithSend(busy.near(), this.map);
		List<Loopback.Pair> asking = new ArrayList<>();
		for (int i = 0; i < 3; i++) {
			asking.add(pair());
		}
		new Promising(asking.get(0).near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				recv(100);
				push(LENGTH);
			}

		};
		new DispatcherWithSend(asking.get(1).near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				recv(100);
				send(new byte[LENGTH]);
			}

		};
		ByteBuffer output = ByteBuffer.allocate(LENGTH).limit(0);
		new Dispatcher(asking.get(2).near(), this.map) {

			@Override
			protected boolean writable() {
				return output.hasRemaining();
			}

			@Override
			protected void handleRead() throws IOException {
				recv(100);
				output.limit(LENGTH);
			}

			@Override
			protected void handleWrite() throws IOException {
				send(output);
			}

		};
		LoopThread thread = LoopThread.run(this.map);
		stuck.send(new byte[LENGTH]);
		thread.awaitPass();
		this.loop.shutdown(LONG);
		thread.awaitPass();
		for (Loopback.Pair pair : asking) {
			Sockets.send(pair.far(), "x");
		}
		for (Loopback.Pair pair : asking) {
			pair.far().configureBlocking(true);
			ByteBuffer begin = ByteBuffer.allocate(1);
			assertThat(pair.far().read(begin)).isEqualTo(1);
		}
		assertThat(readToEnd(busy.far(), LENGTH)).isEqualTo(LENGTH);
		for (Loopback.Pair pair : asking) {
			// which end together
			assertThat(readToEnd(pair.far(), LENGTH - 1)).isEqualTo(LENGTH - 1);
		}
		thread.join();
		assertThat(thread.failure()).isNull();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void finishesWhatAFileHasTakenWhileItDrains(@TempDir Path folder) throws Exception {
		Path fifo = folder.resolve("fifo");
		assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor()).isZero();
		DispatcherWithSend stuck = new DispatcherWithSend(pair().near(), this.map);
		try (FileChannel reader = FileChannel.open(fifo, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
			FileDispatcher file = new FileDispatcher(fifo, this.map, StandardOpenOption.WRITE);
			LoopThread thread = LoopThread.run(this.map);
			stuck.send(new byte[LENGTH]);
			thread.awaitPass();
			this.loop.shutdown(LONG);
			thread.awaitPass();
			int length = 0;
			while (length < 100_000) {
				// which is more than a pipe takes
				length += thread.call(() -> file.send(new byte[50_000]));
			}
			stuck.close();
			thread.awaitPass();
			thread.awaitPass();
			assertThat(file.closed()).isFalse();
			ByteBuffer buffer = ByteBuffer.allocate(length);
			while (buffer.hasRemaining()) {
				reader.read(buffer);
			}
			thread.join();
			assertThat(thread.failure()).isNull();
		}
	}

	@Test
	void leavesNoTimerBehind() throws Exception {
		LoopThread thread = LoopThread.run(this.map);
		this.loop.shutdown(LONG);
		thread.join();
		assertThat(this.loop.monitor().timers()).isZero();
	}

	@Test
	void runCanBeStartedAgainAfterwards() throws Exception {
		LoopThread first = LoopThread.run(this.map);
		this.loop.shutdown(LONG);
		first.join();
		Loopback.Pair pair = pair();
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map);
		try (LoopThread second = LoopThread.run(this.map)) {
			Sockets.send(pair.far(), "x");
			Awaitility.await().atMost(Loopback.BOUND).until(() -> channel.events.contains("read"));
			second.awaitPass();
			assertThat(second.isAlive()).isTrue();
			assertThat(channel.closed()).isFalse();
		}
		channel.close();
	}

	private Dispatcher listener() throws IOException {
		Dispatcher server = new Dispatcher(this.map);
		server.createSocket();
		server.bind(Loopback.anyPort());
		server.listen(1);
		return server;
	}

	private static void connect(SocketAddress address) throws IOException {
		try (Socket socket = new Socket()) {
			socket.connect(address, (int) Loopback.BOUND.toMillis());
		}
	}

	private static long readToEnd(SocketChannel socket) throws IOException {
		return readToEnd(socket, Long.MAX_VALUE);
	}

	private static long readToEnd(SocketChannel socket, long most) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
		long length = 0;
		int count = 0;
		while (count >= 0 && length < most) {
			length += count;
			count = (length < most) ? socket.read(buffer.clear()) : -1;
		}
		return length;
	}

	private Loopback.Pair pair() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		this.pairs.add(pair);
		return pair;
	}

	/**
	 * Has a queue of its own, and says when that changes.
	 */
	private static class Promising extends Dispatcher {

		private final ByteBuffer output = ByteBuffer.allocate(LENGTH).limit(0);

		private final AtomicInteger asked = new AtomicInteger();

		Promising(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		void push(int length) {
			this.output.limit(length);
			interestChanged();
		}

		@Override
		protected boolean writable() {
			this.asked.incrementAndGet();
			return this.output.hasRemaining();
		}

		@Override
		protected void handleWrite() throws IOException {
			send(this.output);
		}

		@Override
		protected boolean predicatesDependOnOwnEventsOnly() {
			return true;
		}

	}

	private static final class Offloading extends DispatcherWithSend {

		Offloading(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		<T> void work(Callable<T> work, Consumer<? super T> then) {
			offload(work, then);
		}

	}

}
