package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopMonitor#activity()}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopActivityTests extends MonitoringFixture {

	private static final Duration SOME_TIME = Duration.ofSeconds(5);

	private final List<LoopActivity> activities = new ArrayList<>();

	private final CountDownLatch begun = new CountDownLatch(1);

	private final CountDownLatch goOn = new CountDownLatch(1);

	@Test
	void whenLoopDoesNotRunThereIsNone() throws IOException {
		channel(peer());
		pass();
		this.clock.advance(SOME_TIME);
		assertRests(this.monitor.activity());
	}

	@Test
	void whileLoopWaitsThereIsNone() throws Exception {
		try (LoopThread thread = LoopThread.run(this.map)) {
			thread.awaitPass();
			awaitWait();
			LoopActivity activity = this.monitor.activity();
			this.clock.advance(SOME_TIME);
			assertRests(this.monitor.activity());
			assertThat(this.monitor.activity()).isEqualTo(activity);
			thread.awaitPass();
			awaitWait();
			assertThat(this.monitor.activity().sequence()).isNotEqualTo(activity.sequence());
		}
	}

	@Test
	void handlerThatHasRunTheLoopIsToldOfAgainWhateverFailedInIt() throws Exception {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			Dispatcher failing = new Dispatcher(this.map) {

				private boolean failed;

				@Override
				protected boolean readable() {
					if (!this.failed) {
						this.failed = true;
						throw new IllegalStateException("as planned");
					}
					return true;
				}

				@Override
				protected void handleError(Throwable failure) {
					close();
				}

			};
			failing.setSocket(peer().near());
			Asyncore.poll(Duration.ZERO, this.map);
			assertThat(failing.closed()).isTrue();
			this.activities.add(this.monitor.activity());
		});
		peer.send("x");
		Loopback.passUntil(this.map, () -> !this.activities.isEmpty());
		assertThat(this.activities.get(0).hook()).isEqualTo(Hook.READ);
		assertThat(this.activities.get(0).channel()).isSameAs(channel);
	}

	@Test
	void whileHandlerIsBusyTellsWhichAndForHowLong() throws Exception {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			block();
		});
		try (LoopThread thread = LoopThread.run(this.map)) {
			peer.send("x");
			awaitBlocked();
			this.clock.advance(SOME_TIME);
			LoopActivity activity = this.monitor.activity();
			assertThat(activity.hook()).isEqualTo(Hook.READ);
			assertThat(activity.channel()).isSameAs(channel);
			assertThat(activity.busyNanos()).isEqualTo(SOME_TIME.toNanos());
			assertThat(this.monitor.activity()).isEqualTo(activity);
			this.goOn.countDown();
			thread.awaitPass();
			awaitWait();
			assertRests(this.monitor.activity());
			assertThat(this.monitor.activity().sequence()).isNotEqualTo(activity.sequence());
		}
	}

	@Test
	void whileNestedLoopWaitsTheLoopIsNotBusy() throws Exception {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			this.begun.countDown();
			Asyncore.loop(Loopback.BOUND, false, this.map, 1);
		});
		try (LoopThread thread = LoopThread.run(this.map)) {
			peer.send("x");
			awaitBlocked();
			awaitWait();
			LoopActivity activity = this.monitor.activity();
			assertThat(activity.busyNanos()).isZero();
			assertThat(activity.hook()).isEqualTo(Hook.READ);
			assertThat(activity.channel()).isSameAs(channel);
			thread.awaitPass();
		}
	}

	@Test
	void insideANestedLoopTheInnermostHandlerIsTold() throws IOException {
		Peer outerPeer = peer();
		Peer innerPeer = peer();
		Scripted inner = channel(innerPeer).on("read", (self) -> {
			self.receive(10);
			note();
		});
		Scripted outer = channel(outerPeer).on("read", (self) -> {
			self.receive(10);
			note();
			innerPeer.send("y");
			until(() -> inner.received.length() == 1);
			note();
		});
		outerPeer.send("x");
		until(() -> this.activities.size() == 3);
		assertThat(this.activities).extracting(LoopActivity::channel).containsExactly(outer, inner, outer);
		assertThat(this.activities).extracting(LoopActivity::hook).containsOnly(Hook.READ);
		assertRests(this.monitor.activity());
	}

	@Test
	void predicatesAreTold() throws IOException {
		Scripted channel = channel(peer());
		channel.readable = () -> {
			note();
			return true;
		};
		pass();
		assertThat(this.activities).singleElement().satisfies((activity) -> {
			assertThat(activity.hook()).isEqualTo(Hook.PREDICATE);
			assertThat(activity.channel()).isSameAs(channel);
		});
	}

	@Test
	void tasksOfTheLoopAndOfChannelsAreTold() throws IOException {
		Scripted channel = channel(peer());
		this.map.eventLoop().execute(this::note);
		this.map.eventLoop().callLater(Duration.ZERO, this::note);
		channel.callLater(Duration.ZERO, this::note);
		pass();
		assertThat(this.activities).extracting(LoopActivity::hook).containsExactly(Hook.TASK, Hook.TASK, Hook.TASK);
		assertThat(this.activities).extracting(LoopActivity::channel).containsExactly(null, null, channel);
		assertThat(this.activities).extracting(LoopActivity::sequence).doesNotHaveDuplicates();
	}

	@Test
	void eachHandlerHasItsOwnSequence() throws IOException {
		for (int i = 0; i < 3; i++) {
			Peer peer = peer();
			channel(peer).on("read", (self) -> {
				note();
				self.receive(1);
			});
			peer.send("x");
			Sockets.awaitReadable(peer.near());
		}
		pass();
		assertThat(this.activities).hasSize(3);
		assertThat(this.activities).extracting(LoopActivity::sequence).doesNotHaveDuplicates().isSorted();
	}

	@Test
	void whatIsCalledWithinAHandlerHasItsSequence() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			note();
			self.receive(1);
			note();
		}).on("close", (self) -> {
			note();
			throw new IllegalStateException("as planned");
		}).on("error", (self) -> note());
		peer.close();
		until(channel::closed);
		assertThat(this.activities).extracting(LoopActivity::hook)
			.containsExactly(Hook.READ, Hook.CLOSE, Hook.ERROR, Hook.READ);
		assertThat(this.activities).extracting(LoopActivity::channel).containsOnly(channel);
		assertThat(this.activities).extracting(LoopActivity::sequence).containsOnly(this.activities.get(0).sequence());
	}

	@Test
	void whenHandlerFailsNothingIsLeftOfIt() throws IOException {
		Scripted channel = receiving((self) -> {
			throw new IllegalStateException("as planned");
		});
		until(channel::closed);
		assertRests(this.monitor.activity());
	}

	@Test
	void aLoopInsideAnotherOneHasItsOwnActivity() throws IOException {
		ChannelMap other = this.clock.map();
		LoopMonitor itsMonitor = other.eventLoop().monitor();
		Peer peer = peer();
		Peer itsPeer = peer();
		Scripted itsChannel = new Scripted(itsPeer.near(), other).on("read", (self) -> {
			self.receive(10);
			this.clock.advance(SOME_TIME);
			note();
			this.activities.add(itsMonitor.activity());
		});
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			Loopback.passUntil(other, () -> itsChannel.received.length() == 1);
		});
		itsPeer.send("y");
		peer.send("x");
		until(() -> this.activities.size() == 2);
		assertThat(this.activities).extracting(LoopActivity::channel).containsExactly(channel, itsChannel);
		assertThat(this.activities).extracting(LoopActivity::busyNanos).containsOnly(SOME_TIME.toNanos());
		Asyncore.closeAll(other, true);
	}

	private void note() {
		this.activities.add(this.monitor.activity());
	}

	private void block() throws InterruptedException {
		this.begun.countDown();
		assertThat(this.goOn.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	private void awaitBlocked() throws InterruptedException {
		assertThat(this.begun.await(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS)).isTrue();
	}

	// a loop that works is seen to do so when the time goes on
	private void awaitWait() {
		Awaitility.await().atMost(Loopback.BOUND).until(() -> {
			this.clock.advanceMillis(1);
			return this.monitor.activity().busyNanos() == 0;
		});
	}

	private static void assertRests(LoopActivity activity) {
		assertThat(activity.busyNanos()).isZero();
		assertThat(activity.hook()).isNull();
		assertThat(activity.channel()).isNull();
	}

}
