package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

import io.asyncore.LoopThread;
import io.asyncore.Loopback;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What other threads may do while the loop is running.
 */
@Timeout(60)
class AsyncChatThreadsTests {

	private static final int THREADS = 8;

	private Conversation<ScriptedChat> talk;

	private ScriptedChat chat;

	private LoopThread loop;

	@BeforeEach
	void begin() throws Exception {
		this.talk = Conversation.withSmallBuffers();
		this.chat = this.talk.chat;
		this.loop = LoopThread.run(this.talk.map);
	}

	@AfterEach
	void close() throws IOException {
		this.loop.close();
		this.talk.close();
	}

	private void awaitPeer(Callable<Boolean> condition) {
		Awaitility.await().pollInterval(Duration.ofMillis(1)).atMost(Loopback.BOUND).until(() -> {
			this.talk.peer.poll();
			return condition.call();
		});
	}

	private static List<Thread> start(int count, IntConsumer work) {
		CountDownLatch ready = new CountDownLatch(count);
		List<Thread> threads = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			int number = i;
			Thread thread = new Thread(() -> {
				ready.countDown();
				try {
					ready.await();
				}
				catch (InterruptedException ex) {
					return;
				}
				work.accept(number);
			});
			thread.setDaemon(true);
			thread.start();
			threads.add(thread);
		}
		return threads;
	}

	private static void join(List<Thread> threads) throws InterruptedException {
		for (Thread thread : threads) {
			thread.join(Loopback.BOUND.toMillis());
			assertThat(thread.isAlive()).isFalse();
		}
	}

	@RepeatedTest(3)
	void whatManyThreadsPushArrivesInTheOrderOfEach() throws Exception {
		int each = 3000;
		List<Thread> threads = start(THREADS, (thread) -> {
			for (int i = 0; i < each; i++) {
				String line = thread + ":" + i + "\n";
				switch (i % 4) {
					case 0 -> this.chat.push(line);
					case 1 -> this.chat.push(Conversation.bytes(line));
					case 2 -> this.chat.push(ByteBuffer.wrap(Conversation.bytes(line)));
					default -> this.chat.pushWithProducer(new SimpleProducer(Conversation.bytes(line)));
				}
			}
		});
		int expected = 0;
		for (int i = 0; i < each; i++) {
			expected += THREADS * (Integer.toString(i).length() + 3);
		}
		int length = expected;
		awaitPeer(() -> this.talk.peer.count() >= length);
		join(threads);
		int[] next = new int[THREADS];
		for (String line : this.talk.peer.text().split("\n")) {
			int thread = line.charAt(0) - '0';
			assertThat(line).isEqualTo(thread + ":" + next[thread]);
			next[thread]++;
		}
		assertThat(next).containsOnly(each);
		assertThat(this.chat.failures).isEmpty();
		assertThat(this.chat.outBuffered()).isZero();
	}

	@Test
	void whatAnotherThreadPushesLeavesAtOnce() throws Exception {
		// the loop waits for up to 30 seconds
		for (int i = 1; i <= 100; i++) {
			int count = i;
			this.chat.push("x");
			awaitPeer(() -> this.talk.peer.count() == count);
		}
		this.chat.pushWithProducer(new SimpleProducer(new byte[1]));
		awaitPeer(() -> this.talk.peer.count() == 101);
	}

	@Test
	void closeWhenDoneSendsAllThatTheSameThreadHasPushed() {
		String all = Conversation.repeat("abcdefg", 500_000);
		this.chat.push(all);
		this.chat.closeWhenDone();
		this.chat.push("dropped");
		awaitPeer(this.talk.peer::isEnded);
		assertThat(this.talk.peer.text()).isEqualTo(all);
		// it has all, and says nothing for a second
		awaitPeer(this.chat::closed);
		assertThat(this.chat.events).containsExactly("close");
	}

	@Test
	void closeWhenDoneOfAnIdleChannelClosesAtOnce() {
		this.chat.closeWhenDone();
		awaitPeer(this.talk.peer::isEnded);
		assertThat(this.chat.events).containsExactly("close");
	}

	@Test
	void shutdownOutputEndsTheStreamAtOnce() {
		this.chat.push("hello");
		this.chat.shutdownOutput();
		awaitPeer(this.talk.peer::isEnded);
		assertThat(this.talk.peer.text()).isEqualTo("hello");
		assertThat(this.chat.connected()).isTrue();
	}

	@RepeatedTest(5)
	void closeLeavesNothingBehind() throws Exception {
		AtomicInteger closes = new AtomicInteger();
		AtomicInteger pushes = new AtomicInteger();
		List<Thread> threads = start(THREADS, (thread) -> {
			for (int i = 0; i < 1000; i++) {
				if (thread == 0 && i == 500) {
					this.chat.close();
				}
				this.chat.push("some text");
				pushes.incrementAndGet();
				this.chat.pushWithProducer(new Endless(closes));
			}
		});
		join(threads);
		this.loop.awaitPass();
		assertThat(this.chat.outBuffered()).isZero();
		assertThat(closes).as("each producer is closed once").hasValue(pushes.get());
		assertThat(this.chat.events).isEmpty();
		assertThat(this.talk.map.isEmpty()).isTrue();
	}

	@RepeatedTest(5)
	void closeWhenDoneIsTheEndOfWhatOthersPush() throws Exception {
		List<Thread> threads = start(THREADS, (thread) -> {
			for (int i = 0; i < 1000; i++) {
				if (thread == 0 && i == 500) {
					this.chat.push("the end");
					this.chat.closeWhenDone();
				}
				this.chat.push(thread + "\n");
			}
		});
		awaitPeer(this.talk.peer::isEnded);
		join(threads);
		assertThat(this.talk.peer.text()).contains("the end");
		String mine = this.talk.peer.text().replaceAll("[^0]", "");
		assertThat(mine).hasSize(500);
		awaitPeer(this.chat::closed);
		assertThat(this.chat.events).containsExactly("close");
		assertThat(this.chat.outBuffered()).isZero();
	}

	@Test
	void outBufferedMayBeAskedByAnyThread() throws Exception {
		List<Thread> threads = start(THREADS, (thread) -> {
			for (int i = 0; i < 2000; i++) {
				this.chat.push("12345");
				if (this.chat.outBuffered() < 0) {
					throw new IllegalStateException("negative");
				}
			}
		});
		awaitPeer(() -> this.talk.peer.count() == THREADS * 10_000);
		join(threads);
		Awaitility.await().atMost(Loopback.BOUND).until(() -> this.chat.outBuffered() == 0);
	}

	/**
	 * Is never exhausted.
	 */
	private record Endless(AtomicInteger closes) implements Producer, AutoCloseable {

		@Override
		public ByteBuffer more() {
			return ByteBuffer.allocate(1000);
		}

		@Override
		public void close() {
			this.closes.incrementAndGet();
		}

	}

}
