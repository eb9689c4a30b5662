package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what may be done by other threads while the loop runs.
 */
@Timeout(value = 90, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ThreadSafetyTests extends MapFixture {

	// close()

	@Test
	void whenClosedByManyThreadsWhileEventsFlowNoneFollows() throws Exception {
		try (LoopThread thread = LoopThread.run(this.map)) {
			for (int round = 0; round < 200; round++) {
				Loopback.Pair pair = pair();
				Chatting channel = thread.call(() -> new Chatting(pair.near(), this.map));
				Sockets.send(pair.far(), "x");
				closeByManyThreads(channel);
				assertThat(channel.closed()).isTrue();
				assertThat(this.map.contains(channel)).isFalse();
				// what was being delivered has ended when this pass has
				thread.awaitPass();
				int events = channel.events.get();
				thread.awaitPass();
				thread.awaitPass();
				assertThat(channel.events).as("round " + round).hasValue(events);
				assertThat(channel.failures).isEmpty();
				assertThat(channel.closes).as("an own close calls no hook").hasValue(0);
				pair.close();
			}
		}
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void whenClosedWhileAHandlerRunsThatHandlerGetsNoFailure() throws Exception {
		Loopback.Pair pair = pair();
		CountDownLatch inHandler = new CountDownLatch(1);
		CountDownLatch closed = new CountDownLatch(1);
		List<Object> results = new ArrayList<>();
		Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.map) {

			@Override
			protected void handleRead() throws Exception {
				inHandler.countDown();
				closed.await(10, TimeUnit.SECONDS);
				results.add(recv(10).length);
				results.add(recv(ByteBuffer.allocate(10)));
				results.add(send(new byte[10]));
				results.add(String.valueOf(socket()));
				results.add(String.valueOf(localAddress()));
				results.add(String.valueOf(remoteAddress()));
			}

		};
		try (LoopThread thread = LoopThread.run(this.map)) {
			Sockets.send(pair.far(), "x");
			assertThat(inHandler.await(10, TimeUnit.SECONDS)).isTrue();
			channel.close();
			closed.countDown();
			thread.awaitPass();
			thread.awaitPass();
		}
		assertThat(results).containsExactly(0, 0, 0, "null", "null", "null");
		assertThat(channel.events).isEmpty();
	}

	@Test
	void whenClosedByAnotherThreadALoopThatWaitsReturns() throws Exception {
		for (int round = 0; round < 300; round++) {
			Loopback.Pair pair = pair();
			Dispatcher channel = new Loopback.Recorder(pair.near(), this.map);
			LoopThread thread = LoopThread.run(this.map, () -> Asyncore.loop(this.map));
			channel.close();
			thread.join();
			assertThat(thread.failure()).isNull();
			pair.close();
		}
	}

	@Test
	void closeAllMayBeCalledByAnotherThread() throws Exception {
		for (int i = 0; i < 100; i++) {
			new Chatting(pair().near(), this.map);
		}
		try (LoopThread thread = LoopThread.run(this.map)) {
			Asyncore.closeAll(this.map, false);
			assertThat(this.map.isEmpty()).isTrue();
			thread.awaitPass();
		}
	}

	@Test
	void channelsMayBeMadeForAndClosedByManyThreads() throws Exception {
		AtomicInteger read = new AtomicInteger();
		List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
		try (LoopThread thread = LoopThread.run(this.map)) {
			List<Thread> threads = new ArrayList<>();
			for (int t = 0; t < 4; t++) {
				threads.add(start(() -> {
					for (int i = 0; i < 100; i++) {
						serveOne(thread, read);
					}
				}, failures));
			}
			joinAll(threads);
			thread.awaitPass();
		}
		assertThat(failures).isEmpty();
		assertThat(read).hasValue(400);
		assertThat(this.map.isEmpty()).isTrue();
	}

	private void serveOne(LoopThread thread, AtomicInteger read) throws Exception {
		CountDownLatch served = new CountDownLatch(1);
		try (Loopback.Pair pair = Loopback.pair()) {
			Dispatcher channel = thread.call(() -> new Loopback.Recorder(pair.near(), this.map) {

				@Override
				protected void handleRead() throws Exception {
					super.handleRead();
					if (this.received.length() > 0 && served.getCount() > 0) {
						read.incrementAndGet();
						served.countDown();
					}
				}

			});
			Sockets.send(pair.far(), "x");
			assertThat(served.await(10, TimeUnit.SECONDS)).isTrue();
			channel.close();
		}
	}

	@Test
	void theMapMayBeReadByAnyThread() throws Exception {
		List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
		CountDownLatch done = new CountDownLatch(1);
		try (LoopThread thread = LoopThread.run(this.map)) {
			Thread reader = start(() -> {
				while (done.getCount() > 0) {
					for (Dispatcher channel : this.map) {
						assertThat(channel.map()).isSameAs(this.map);
						assertThat(channel.toString()).isNotEmpty();
					}
					assertThat(this.map.channels()).hasSizeLessThanOrEqualTo(50);
					assertThat(this.map.toString()).isNotEmpty();
				}
			}, failures);
			for (int round = 0; round < 20; round++) {
				List<Dispatcher> channels = new ArrayList<>();
				for (int i = 0; i < 50; i++) {
					channels.add(thread.call(() -> new Loopback.Recorder(pair().near(), this.map)));
				}
				channels.forEach(Dispatcher::close);
				thread.awaitPass();
			}
			done.countDown();
			joinAll(List.of(reader));
		}
		assertThat(failures).isEmpty();
	}

	// sending

	@Test
	void keepsTheOrderOfWhatEachThreadSends() throws Exception {
		int threads = 8;
		int messages = 4000;
		Loopback.Pair pair = pair();
		DispatcherWithSend channel = new DispatcherWithSend(pair.near(), this.map);
		List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
		int[] next = new int[threads];
		try (LoopThread thread = LoopThread.run(this.map)) {
			List<Thread> senders = new ArrayList<>();
			for (int t = 0; t < threads; t++) {
				byte sender = (byte) t;
				senders.add(start(() -> {
					// the array is ours again when send() returns
					byte[] message = new byte[5];
					for (int i = 0; i < messages; i++) {
						ByteBuffer.wrap(message).put(sender).putInt(i);
						assertThat(channel.send(message)).isEqualTo(5);
					}
				}, failures));
			}
			ByteBuffer message = ByteBuffer.allocate(5);
			for (int i = 0; i < threads * messages; i++) {
				readFully(pair.far(), message.clear());
				int sender = message.flip().get();
				assertThat(message.getInt()).isEqualTo(next[sender]++);
			}
			joinAll(senders);
			assertThat(thread.isAlive()).isTrue();
		}
		assertThat(failures).isEmpty();
		assertThat(next).containsOnly(messages);
		assertThat(channel.outBuffered()).isZero();
	}

	@Test
	void whatAnotherThreadSendsLeavesAtOnce() throws Exception {
		Loopback.Pair pair = pair();
		DispatcherWithSend channel = new DispatcherWithSend(pair.near(), this.map);
		pair.far().socket().setSoTimeout((int) Loopback.BOUND.toMillis());
		try (LoopThread thread = LoopThread.run(this.map)) {
			for (int i = 0; i < 100; i++) {
				thread.awaitPass();
				channel.send(new byte[] { (byte) i });
				// the loop would wait for 30 s
				assertThat(pair.far().socket().getInputStream().read()).isEqualTo(i);
			}
		}
	}

	@Test
	void whenSentBeforeTheLoopRunsIsSentAsWell() throws Exception {
		Loopback.Pair pair = pair();
		DispatcherWithSend channel = new DispatcherWithSend(pair.near(), this.map);
		int length = 4 * 1024 * 1024;
		Thread sender = new Thread(() -> channel.send(new byte[length]));
		sender.start();
		sender.join(Loopback.BOUND.toMillis());
		assertThat(channel.outBuffered()).isPositive();
		try (LoopThread thread = LoopThread.run(this.map)) {
			readFully(pair.far(), ByteBuffer.allocate(length));
			thread.awaitPass();
			assertThat(channel.outBuffered()).isZero();
		}
	}

	@Test
	void whenClosedWhileManySendKeepsNothing() throws Exception {
		List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
		try (LoopThread thread = LoopThread.run(this.map)) {
			for (int round = 0; round < 50; round++) {
				DispatcherWithSend channel = thread.call(() -> new DispatcherWithSend(pair().near(), this.map));
				List<Thread> senders = new ArrayList<>();
				for (int t = 0; t < 4; t++) {
					senders.add(start(() -> {
						while (!channel.closed()) {
							channel.send(new byte[64 * 1024]);
						}
					}, failures));
				}
				thread.awaitPass();
				channel.close();
				joinAll(senders);
				thread.awaitPass();
				assertThat(channel.outBuffered()).isZero();
				assertThat(channel.send(new byte[10])).isZero();
			}
		}
		assertThat(failures).isEmpty();
	}

	// offload

	@Test
	void offloadBringsTheResultBackToTheLoop() throws Exception {
		Offloading channel = new Offloading(pair().near(), this.map);
		List<Object> seen = Collections.synchronizedList(new ArrayList<>());
		CountDownLatch done = new CountDownLatch(1);
		try (LoopThread thread = LoopThread.run(this.map)) {
			channel.work(() -> {
				seen.add(this.map.eventLoop().inLoop());
				return "result";
			}, (result) -> {
				seen.add(this.map.eventLoop().inLoop());
				seen.add(EventLoop.current());
				seen.add(result);
				done.countDown();
			});
			assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
			assertThat(thread.isAlive()).isTrue();
		}
		assertThat(seen).containsExactly(false, true, this.map.eventLoop(), "result");
	}

	@Test
	void offloadBringsBackNull() throws Exception {
		Offloading channel = new Offloading(pair().near(), this.map);
		List<String> seen = new ArrayList<>();
		channel.<String>work(() -> null, seen::add);
		Loopback.passUntil(this.map, () -> !seen.isEmpty());
		assertThat(seen).containsExactly((String) null);
	}

	@Test
	void whenWorkFailsHandleErrorIsToldOnTheLoop() throws Exception {
		for (Throwable failure : List.of(new IOException("as planned"), new AssertionError("as planned"))) {
			Offloading channel = new Offloading(pair().near(), this.map);
			channel.work(() -> {
				if (failure instanceof Error error) {
					throw error;
				}
				throw (Exception) failure;
			}, (result) -> channel.log.add("then"));
			Loopback.passUntil(this.map, () -> !channel.log.isEmpty());
			assertThat(channel.log).containsExactly(failure, true);
		}
	}

	@Test
	void whenThenFailsHandleErrorIsToldOnTheLoop() throws Exception {
		RuntimeException failure = new IllegalStateException("as planned");
		Offloading channel = new Offloading(pair().near(), this.map);
		channel.work(() -> "result", (result) -> {
			throw failure;
		});
		Loopback.passUntil(this.map, () -> !channel.log.isEmpty());
		assertThat(channel.log).containsExactly(failure, true);
	}

	@Test
	void whenClosedMeanwhileTheResultIsDropped() throws Exception {
		assertDropped((channel) -> channel.close());
	}

	@Test
	void whenClosedAndOpenAgainMeanwhileTheResultIsDropped() throws Exception {
		assertDropped((channel) -> {
			channel.close();
			channel.createSocket();
		});
	}

	@Test
	void whenGivenAnotherSocketMeanwhileTheResultIsDropped() throws Exception {
		assertDropped((channel) -> channel.setSocket(pair().near()));
	}

	private void assertDropped(Change change) throws Exception {
		Offloading channel = new Offloading(pair().near(), this.map);
		for (boolean fails : new boolean[] { false, true }) {
			CountDownLatch release = new CountDownLatch(1);
			CountDownLatch released = new CountDownLatch(1);
			channel.work(() -> {
				release.await(10, TimeUnit.SECONDS);
				released.countDown();
				if (fails) {
					throw new IOException("as planned");
				}
				return "result";
			}, channel.log::add);
			change.make(channel);
			release.countDown();
			assertThat(released.await(10, TimeUnit.SECONDS)).isTrue();
			// a result that comes after that is a delivered one
			Offloading later = new Offloading(pair().near(), this.map);
			CountDownLatch done = new CountDownLatch(1);
			later.work(() -> "later", (result) -> done.countDown());
			Loopback.passUntil(this.map, () -> done.getCount() == 0);
			for (int i = 0; i < 10; i++) {
				Loopback.onePass(this.map, false, Duration.ofMillis(1));
			}
			assertThat(channel.log).isEmpty();
		}
		channel.close();
	}

	@Test
	void whenChannelMovesMeanwhileTheResultGoesToTheNewLoop() throws Exception {
		ChannelMap other = new ChannelMap();
		Offloading channel = new Offloading(pair().near(), this.map);
		CountDownLatch release = new CountDownLatch(1);
		List<EventLoop> loops = new ArrayList<>();
		channel.work(() -> release.await(10, TimeUnit.SECONDS), (result) -> loops.add(EventLoop.current()));
		channel.addChannel(other);
		release.countDown();
		Loopback.passUntil(other, () -> !loops.isEmpty());
		assertThat(loops).containsExactly(other.eventLoop());
		channel.close();
	}

	private static void closeByManyThreads(Dispatcher channel) throws Exception {
		List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
		CyclicBarrier together = new CyclicBarrier(4);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < 4; i++) {
			threads.add(start(() -> {
				together.await(10, TimeUnit.SECONDS);
				channel.close();
			}, failures));
		}
		joinAll(threads);
		assertThat(failures).isEmpty();
	}

	private static Thread start(LoopThread.Body body, List<Throwable> failures) {
		Thread thread = new Thread(() -> {
			try {
				body.run();
			}
			catch (Throwable ex) {
				failures.add(ex);
			}
		});
		thread.setDaemon(true);
		thread.start();
		return thread;
	}

	private static void joinAll(List<Thread> threads) throws InterruptedException {
		for (Thread thread : threads) {
			thread.join(30_000);
			assertThat(thread.isAlive()).isFalse();
		}
	}

	private static void readFully(SocketChannel socket, ByteBuffer buffer) throws IOException {
		while (buffer.hasRemaining()) {
			assertThat(socket.read(buffer)).isPositive();
		}
	}

	/**
	 * What happens to a channel while its work is under way.
	 */
	@FunctionalInterface
	private interface Change {

		void make(Offloading channel) throws Exception;

	}

	/**
	 * Writes all the time and reads what comes.
	 */
	private static final class Chatting extends Dispatcher {

		final AtomicInteger events = new AtomicInteger();

		final AtomicInteger closes = new AtomicInteger();

		final List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());

		Chatting(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleRead() throws Exception {
			this.events.incrementAndGet();
			recv(10);
		}

		@Override
		protected void handleWrite() throws Exception {
			this.events.incrementAndGet();
			send(new byte[1]);
		}

		@Override
		protected void handleClose() {
			this.closes.incrementAndGet();
			close();
		}

		@Override
		protected void handleError(Throwable failure) {
			this.failures.add(failure);
		}

	}

	private static final class Offloading extends Dispatcher {

		private final List<Object> log = Collections.synchronizedList(new ArrayList<>());

		Offloading(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		<T> void work(Callable<T> work, Consumer<? super T> then) {
			offload(work, then);
		}

		@Override
		protected void handleError(Throwable failure) {
			this.log.add(failure);
			this.log.add(map().eventLoop().inLoop());
		}

	}

}
