package io.asyncore;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * Tests for the work that channels offload: its order, who does it, and what becomes of
 * it when the channel has gone.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OffloadQueueTests extends MapFixture {

	private final Gate gate = new Gate();

	private final List<String> log = Collections.synchronizedList(new ArrayList<>());

	@AfterEach
	void close() throws Exception {
		this.gate.stayOpen();
	}

	@Test
	void workOfAChannelIsDoneOnePieceAfterTheOther() throws Exception {
		Scripted channel = channel();
		AtomicInteger together = new AtomicInteger();
		AtomicInteger most = new AtomicInteger();
		List<Integer> done = Collections.synchronizedList(new ArrayList<>());
		List<Integer> told = new ArrayList<>();
		int count = 200;
		for (int i = 0; i < count; i++) {
			int number = i;
			channel.offload(() -> {
				most.accumulateAndGet(together.incrementAndGet(), Math::max);
				done.add(number);
				Thread.yield();
				together.decrementAndGet();
				return number;
			}, told::add);
		}
		assertThat(channel.offloading()).isTrue();
		until(() -> told.size() == count);
		List<Integer> inOrder = IntStream.range(0, count).boxed().toList();
		assertThat(done).isEqualTo(inOrder);
		assertThat(told).isEqualTo(inOrder);
		assertThat(most).hasValue(1);
		assertThat(channel.offloading()).isFalse();
	}

	@Test
	void workOfSeveralChannelsIsDoneAtTheSameTime() throws Exception {
		Scripted first = channel();
		Scripted second = channel();
		first.offload(this.gate::pass);
		this.gate.awaitArrival();
		second.offload(() -> this.log.add("second"));
		until(() -> this.log.contains("second"));
		assertThat(first.offloading()).isTrue();
	}

	@Test
	void resultsAndFailuresComeBackInOrder() throws Exception {
		Scripted channel = channel().on("error", (self) -> this.log.add("failure"));
		channel.offload(this.gate::pass);
		this.gate.awaitArrival();
		channel.offload(() -> "first", this.log::add);
		channel.offload(() -> {
			throw new IllegalStateException("as planned");
		});
		channel.offload(() -> "last", this.log::add);
		assertThat(this.log).isEmpty();
		this.gate.open();
		until(() -> this.log.size() == 3);
		assertThat(this.log).containsExactly("first", "failure", "last");
	}

	@Test
	void whileMuchWaitsTheChannelIsNotRead() throws Exception {
		this.map.eventLoop().setMaxQueuedOffloads(2);
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		channel.on("read", (self) -> {
			byte[] data = self.recv(1);
			if (data.length > 0) {
				self.offload(() -> {
					this.gate.pass();
					this.log.add("" + (char) data[0]);
				});
			}
		});
		peer.send("abcdefgh");
		// one is under way and two wait
		until(channel::offloadFull);
		this.gate.awaitArrival();
		passes(20);
		assertThat(channel.events).hasSize(3);
		assertThat(channel.offloadFull()).isTrue();
		this.gate.open();
		until(() -> channel.events.size() == 4);
		this.gate.stayOpen();
		until(() -> this.log.size() == 8);
		assertThat(String.join("", this.log)).isEqualTo("abcdefgh");
		until(() -> !channel.offloading());
		assertThat(channel.offloadFull()).isFalse();
		peer.close();
		until(channel::closed);
	}

	@Test
	void resumingNeedsNoOtherEvent() throws Exception {
		this.map.eventLoop().setMaxQueuedOffloads(1);
		Peer peer = peer();
		Scripted channel = new Scripted(peer.near(), this.map);
		channel.on("read", (self) -> {
			byte[] data = self.recv(1);
			if (data.length > 0) {
				self.offload(() -> this.log.add("" + (char) data[0]));
			}
		});
		try (LoopThread loop = LoopThread.run(this.map)) {
			for (int i = 0; i < 500; i++) {
				int count = i + 1;
				peer.send("x");
				if (i % 50 == 49) {
					await(() -> this.log.size() == count);
				}
			}
			assertThat(loop.isAlive()).isTrue();
		}
	}

	@Test
	void whatWasGivenAwayIsDoneAlthoughTheChannelHasGone() throws Exception {
		Scripted channel = channel();
		channel.offload(this.gate::pass);
		this.gate.awaitArrival();
		channel.offload(() -> this.log.add("second"), (result) -> this.log.add("told"));
		channel.close();
		this.gate.open();
		await(() -> this.log.contains("second"));
		passes(5);
		assertThat(this.log).containsExactly("second");
	}

	@Test
	void failureOfAChannelThatHasGoneIsLogged() throws Exception {
		Scripted channel = channel();
		channel.offload(() -> {
			this.gate.pass();
			throw new IllegalStateException("was not stored");
		});
		this.gate.awaitArrival();
		try (CapturedLog captured = new CapturedLog()) {
			channel.close();
			this.gate.open();
			await(() -> !captured.errors().isEmpty());
			assertThat(captured.errors()).singleElement().asString().contains("offloaded failed", "Scripted");
			assertThat(captured.traces()).singleElement().asString().contains("was not stored");
		}
		assertThat(channel.failures).isEmpty();
	}

	@Test
	void failureThatWasNotToldBeforeTheCloseIsLogged() throws Exception {
		Scripted channel = channel();
		Scripted witness = channel();
		channel.offload(() -> {
			throw new IllegalStateException("was not stored");
		});
		// its result is there, but no pass has told it
		await(() -> group(channel).offloadsActive() == 0 && group(channel).offloadsQueued() == 0);
		try (CapturedLog captured = new CapturedLog()) {
			channel.close();
			await(() -> !captured.errors().isEmpty());
			assertThat(captured.errors()).hasSize(1);
		}
		witness.offload(() -> "", (result) -> this.log.add("witness"));
		until(() -> this.log.contains("witness"));
		assertThat(channel.failures).isEmpty();
	}

	@Test
	void nextLifeOfTheChannelHearsNothingOfTheOneBefore() throws Exception {
		Scripted channel = channel();
		channel.offload(() -> {
			this.gate.pass();
			return "old";
		}, this.log::add);
		this.gate.awaitArrival();
		channel.close();
		channel.setSocket(peer().near());
		channel.addChannel();
		assertThat(channel.offloading()).isFalse();
		channel.offload(() -> "new", this.log::add);
		assertThat(channel.offloading()).isTrue();
		this.gate.open();
		until(() -> !this.log.isEmpty());
		passes(5);
		assertThat(this.log).containsExactly("new");
		assertThat(channel.offloading()).isFalse();
	}

	@Test
	void executorThatTakesNothingIsAFailureOfTheChannel() throws Exception {
		this.map.eventLoop().setOffloadExecutor((work) -> {
			throw new RejectedExecutionException("full");
		});
		Scripted channel = channel();
		assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> channel.offload(() -> {
		})).withMessage("full");
		assertThat(channel.offloading()).isFalse();
		assertThat(group(channel).offloadsQueued()).isZero();
		assertThat(group(channel).offloadsRejected()).isEqualTo(1);
		this.map.eventLoop().setOffloadExecutor(executor());
		channel.offload(() -> "taken", this.log::add);
		until(() -> this.log.contains("taken"));
	}

	@Test
	void executorThatTakesNoMoreLosesNothing() throws Exception {
		ExecutorService executor = executor();
		AtomicInteger taken = new AtomicInteger();
		this.map.eventLoop().setOffloadExecutor((work) -> {
			if (taken.incrementAndGet() > 1) {
				throw new RejectedExecutionException("full");
			}
			executor.execute(work);
		});
		Scripted channel = channel();
		channel.offload(this.gate::pass);
		this.gate.awaitArrival();
		for (int i = 0; i < 10; i++) {
			int number = i;
			channel.offload(() -> number, (result) -> this.log.add("" + result));
		}
		this.gate.open();
		until(() -> this.log.size() == 10);
		assertThat(String.join("", this.log)).isEqualTo("0123456789");
	}

	@Test
	void channelsHaveTheirTurnOfAnExecutorWithOneThread() throws Exception {
		this.map.eventLoop().setOffloadExecutor(executor());
		Scripted busy = channel();
		Scripted other = channel();
		busy.offload(this.gate::pass);
		this.gate.awaitArrival();
		for (int i = 0; i < 10; i++) {
			busy.offload(() -> this.log.add("busy"));
		}
		other.offload(() -> this.log.add("other"));
		this.gate.open();
		until(() -> this.log.size() == 11);
		assertThat(this.log.indexOf("other")).isLessThan(2);
	}

	@Test
	void stopThatWaitsNoLongerDropsWhatHasNotBegunAndSaysSo() throws Exception {
		Scripted channel = channel();
		channel.offload(this.gate::pass);
		channel.offload(() -> this.log.add("second"));
		this.gate.awaitArrival();
		try (CapturedLog captured = new CapturedLog()) {
			LoopThread loop = LoopThread.run(this.map);
			this.map.eventLoop().shutdown(Duration.ofMillis(50));
			loop.join();
			assertThat(channel.closed()).isTrue();
			this.gate.open();
			await(() -> !captured.warnings().isEmpty());
			assertThat(captured.warnings()).singleElement().asString().contains("was not begun", "grace period");
		}
		assertThat(this.log).isEmpty();
		assertThat(group(channel).offloadsQueued()).isZero();
	}

	@Test
	void stopThatWaitsNoLongerDropsWhatTheExecutorHasNotBegunEither() throws Exception {
		this.map.eventLoop().setOffloadExecutor(executor());
		Scripted channel = channel();
		Scripted other = channel();
		channel.offload(this.gate::pass);
		this.gate.awaitArrival();
		other.offload(() -> this.log.add("other"));
		try (CapturedLog captured = new CapturedLog()) {
			LoopThread loop = LoopThread.run(this.map);
			this.map.eventLoop().shutdown(Duration.ofMillis(50));
			loop.join();
			this.gate.open();
			await(() -> !captured.warnings().isEmpty());
		}
		assertThat(this.log).isEmpty();
		await(() -> group(other).offloadsQueued() == 0);
	}

	@Test
	void stopWaitsForAllThatWasGivenAway() throws Exception {
		Scripted channel = channel();
		channel.offload(this.gate::pass);
		channel.offload(() -> this.log.add("second"));
		channel.offload(() -> this.log.add("third"));
		this.gate.awaitArrival();
		LoopThread loop = LoopThread.run(this.map);
		this.map.eventLoop().shutdown(Duration.ofSeconds(30));
		loop.awaitPass();
		assertThat(loop.isAlive()).isTrue();
		this.gate.open();
		loop.join();
		assertThat(this.log).containsExactly("second", "third");
	}

	@Test
	void resultsFollowTheChannelToAnotherLoop() throws Exception {
		ChannelMap other = new ChannelMap();
		Scripted channel = channel();
		channel.offload(() -> {
			this.gate.pass();
			return "first";
		}, this.log::add);
		channel.offload(() -> "second", this.log::add);
		this.gate.awaitArrival();
		channel.addChannel(other);
		this.gate.open();
		Loopback.passUntil(other, () -> this.log.size() == 2);
		assertThat(this.log).containsExactly("first", "second");
		Asyncore.closeAll(other, true);
	}

	@Test
	void whatWaitsAndRunsIsCountedAndTold() throws Exception {
		Scripted channel = channel();
		Queue<String> told = new ConcurrentLinkedQueue<>();
		AtomicReference<@Nullable ChannelStats> group = new AtomicReference<>();
		this.map.eventLoop().monitor().addObserver(new EventLoopObserver() {

			@Override
			public void offloaded(ChannelStats of, long nanos, @Nullable Throwable failure) {
				group.set(of);
				told.add((nanos >= 0) + " " + ((failure != null) ? failure.getMessage() : "success"));
			}

		});
		channel.on("error", (self) -> {
		});
		channel.offload(this.gate::pass);
		channel.offload(() -> {
			throw new IllegalStateException("as planned");
		});
		this.gate.awaitArrival();
		assertThat(group(channel).offloadsActive()).isEqualTo(1);
		assertThat(group(channel).offloadsQueued()).isEqualTo(1);
		this.gate.open();
		until(() -> !channel.offloading());
		assertThat(group(channel).offloadsActive()).isZero();
		assertThat(group(channel).offloadsQueued()).isZero();
		assertThat(told).containsExactly("true success", "true as planned");
		assertThat(group(channel).offloadsSucceeded()).isEqualTo(1);
		assertThat(group(channel).offloadsFailed()).isEqualTo(1);
		assertThat(group(channel).offloadsRejected()).isZero();
		assertThat(group.get()).isSameAs(group(channel));
	}

	@Test
	void executorIsTheOneThatWasSet() throws Exception {
		List<Thread> threads = Collections.synchronizedList(new ArrayList<>());
		Executor executor = executor();
		this.map.eventLoop().setOffloadExecutor((work) -> executor.execute(() -> {
			threads.add(Thread.currentThread());
			work.run();
		}));
		Scripted channel = channel();
		channel.offload(Thread::currentThread, (thread) -> this.log.add("" + threads.contains(thread)));
		until(() -> !this.log.isEmpty());
		assertThat(this.log).containsExactly("true");
	}

	@Test
	void nonsenseIsRefused() throws Exception {
		EventLoop loop = this.map.eventLoop();
		assertThatIllegalArgumentException().isThrownBy(() -> loop.setMaxQueuedOffloads(0));
		assertThatNullPointerException().isThrownBy(() -> loop.setOffloadExecutor(null));
		assertThat(loop.maxQueuedOffloads()).isEqualTo(16);
		Scripted channel = channel();
		assertThatNullPointerException().isThrownBy(() -> channel.offload((Runnable) null));
		assertThatNullPointerException().isThrownBy(() -> channel.offload(() -> "", null));
		assertThat(channel.offloading()).isFalse();
	}

	private Scripted channel() throws IOException {
		SocketChannel socket = peer().near();
		return new Scripted(socket, this.map);
	}

	private ExecutorService executor() {
		ExecutorService executor = Executors.newSingleThreadExecutor();
		keep(executor::shutdownNow);
		return executor;
	}

	private static ChannelStats group(Dispatcher channel) {
		return channel.channel().loop().monitor().group(channel.channelName());
	}

	private void until(BooleanSupplier condition) throws IOException {
		Loopback.passUntil(this.map, condition);
	}

	private void passes(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			Loopback.onePass(this.map, false, Duration.ofMillis(1));
		}
	}

	private static void await(Callable<Boolean> condition) {
		Awaitility.await().atMost(Loopback.BOUND).until(condition);
	}

}
