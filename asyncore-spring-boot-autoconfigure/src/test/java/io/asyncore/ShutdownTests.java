package io.asyncore;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

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
		ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
		long length = 0;
		for (int count = 0; count >= 0; count = socket.read(buffer.clear())) {
			length += count;
		}
		return length;
	}

	private Loopback.Pair pair() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		this.pairs.add(pair);
		return pair;
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
