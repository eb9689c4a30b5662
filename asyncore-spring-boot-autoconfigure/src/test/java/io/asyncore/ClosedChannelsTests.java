package io.asyncore;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what a loop still refers to when a channel is closed: nothing, soon after the
 * close, although it waits for half a minute.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosedChannelsTests extends MapFixture {

	private static final Duration LONG = Duration.ofHours(1);

	private static final int OTHERS = 20;

	private final EventLoop loop = this.map.eventLoop();

	private final ChannelMap otherMap = new ChannelMap();

	private final List<Object> held = new ArrayList<>();

	private LoopThread thread;

	@BeforeEach
	void begin() throws Exception {
		this.thread = LoopThread.run(this.map);
		for (int i = 0; i < OTHERS; i++) {
			// so that what was cancelled is not half of all
			this.loop.callLater(LONG, () -> {
			});
		}
	}

	@AfterEach
	void end() throws Exception {
		this.thread.close();
		Asyncore.closeAll(this.otherMap, true);
	}

	@ParameterizedTest
	@EnumSource(Kind.class)
	void whenClosedByItsLoopIsNotKept(Kind kind) throws Exception {
		WeakReference<Dispatcher> reference = make(kind);
		this.thread.call(() -> {
			close(reference);
			return null;
		});
		assertGoes(reference);
	}

	@ParameterizedTest
	@EnumSource(Kind.class)
	void whenClosedByAnotherThreadIsNotKept(Kind kind) throws Exception {
		WeakReference<Dispatcher> reference = make(kind);
		close(reference);
		assertGoes(reference);
	}

	private WeakReference<Dispatcher> make(Kind kind) throws Exception {
		return this.thread.call(() -> new WeakReference<>(kind.make(this)));
	}

	private static void close(WeakReference<Dispatcher> reference) {
		Dispatcher channel = reference.get();
		assertThat(channel).isNotNull();
		channel.close();
	}

	private void assertGoes(WeakReference<Dispatcher> reference) throws Exception {
		int timers = this.loop.monitor().timers();
		Awaitility.await().atMost(Loopback.BOUND).until(() -> {
			System.gc();
			return reference.get() == null;
		});
		assertThat(timers).as("the others still wait").isGreaterThanOrEqualTo(OTHERS);
	}

	@ParameterizedTest
	@EnumSource(Kind.class)
	void whenNobodyRunsTheLoopIsNotKept(Kind kind) throws Exception {
		this.thread.close();
		WeakReference<Dispatcher> before = new WeakReference<>(kind.make(this));
		close(before);
		assertGoes(before);
		// and when somebody has run it
		WeakReference<Dispatcher> after = new WeakReference<>(kind.make(this));
		Dispatcher other = connected();
		for (int i = 0; i < 3; i++) {
			Loopback.onePass(this.map, false, Duration.ZERO);
		}
		close(after);
		assertGoes(after);
		assertThat(this.map.channels()).containsExactly(other);
		this.thread = LoopThread.run(this.map);
	}

	@Test
	void whenNobodyRunsTheLoopNeitherAreMany() throws Exception {
		this.thread.close();
		List<WeakReference<Dispatcher>> references = new ArrayList<>();
		for (int i = 0; i < 500; i++) {
			Dispatcher channel = new Dispatcher(this.map);
			channel.addChannel();
			references.add(new WeakReference<>(channel));
		}
		references.forEach(ClosedChannelsTests::close);
		Awaitility.await().atMost(Loopback.BOUND).until(() -> {
			System.gc();
			return references.stream().allMatch((reference) -> reference.get() == null);
		});
		this.thread = LoopThread.run(this.map);
	}

	@Test
	void whenNobodyRunsTheLoopThoseThatComeBackAreServed() throws Exception {
		this.thread.close();
		Peer peer = keep(Peer.withNearEnd());
		Scripted channel = new Scripted(peer.near(), this.map);
		channel.delChannel();
		new Dispatcher(this.map).addChannel();
		new Dispatcher(this.map).close();
		channel.addChannel();
		peer.send("x");
		Loopback.passUntil(this.map, () -> channel.received.length() == 1);
		channel.delChannel();
		connected().close();
		channel.addChannel();
		peer.send("y");
		Loopback.passUntil(this.map, () -> channel.received.length() == 2);
		this.thread = LoopThread.run(this.map);
	}

	@Test
	void whatWasCancelledRefersToNothing() throws Exception {
		List<ScheduledTask> tasks = new ArrayList<>();
		List<WeakReference<Object>> references = new ArrayList<>();
		for (boolean periodic : new boolean[] { true, false }) {
			Object large = new Object();
			references.add(new WeakReference<>(large));
			Runnable task = large::hashCode;
			tasks.add(periodic ? this.loop.callEvery(LONG, task) : this.loop.callLater(LONG, task));
		}
		this.thread.awaitPass();
		tasks.forEach(ScheduledTask::cancel);
		Awaitility.await().atMost(Loopback.BOUND).until(() -> {
			System.gc();
			return references.stream().allMatch((reference) -> reference.get() == null);
		});
		assertThat(tasks).allMatch(ScheduledTask::isCancelled);
		assertThat(this.loop.monitor().timers()).isBetween(OTHERS, OTHERS + 2);
	}

	@Test
	void whenOpenedAgainItsNewTimersWait() throws Exception {
		CountDownLatch ran = new CountDownLatch(1);
		Dispatcher channel = new Dispatcher(this.map);
		this.thread.call(() -> {
			channel.createSocket();
			ScheduledTask old = channel.callLater(Duration.ofMillis(1), () -> {
				throw new IllegalStateException("of an earlier life");
			});
			channel.close();
			assertThat(old.isCancelled()).isTrue();
			ScheduledTask between = channel.callLater(Duration.ofMillis(1), ran::countDown);
			channel.createSocket();
			assertThat(between.isCancelled()).isFalse();
			return null;
		});
		assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
	}

	private Dispatcher connected() throws IOException {
		Peer peer = keep(Peer.withNearEnd());
		return new Scripted(peer.near(), this.map);
	}

	/**
	 * What a loop may have of a channel.
	 */
	private enum Kind {

		NOTHING {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws IOException {
				return test.connected();
			}

		},

		TIMER {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws IOException {
				Dispatcher channel = test.connected();
				channel.callLater(LONG, channel::closed);
				return channel;
			}

		},

		MANY_TIMERS {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws IOException {
				Dispatcher channel = test.connected();
				for (int i = 0; i < 5; i++) {
					test.held.add(channel.callLater(LONG, channel::closed));
					test.held.add(channel.callEvery(LONG, channel::closed));
				}
				ScheduledTask first = (ScheduledTask) test.held.get(0);
				first.cancel();
				return channel;
			}

		},

		TIMER_THAT_IS_RESET {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws IOException {
				Dispatcher channel = test.connected();
				ScheduledTask[] task = new ScheduledTask[1];
				task[0] = channel.callLater(LONG, channel::closed);
				task[0].reset();
				test.held.add(task[0]);
				return channel;
			}

		},

		TIMER_OF_ANOTHER_THREAD {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws Exception {
				Dispatcher channel = test.connected();
				Peer.elsewhere(() -> channel.callLater(LONG, channel::closed));
				return channel;
			}

		},

		TIMER_THAT_HAS_MOVED {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws Exception {
				Peer peer = test.keep(Peer.withNearEnd());
				Dispatcher channel = new Scripted(peer.near(), test.otherMap);
				channel.callLater(LONG, channel::closed);
				channel.addChannel(test.map);
				return channel;
			}

		},

		IDLE_TIMEOUT {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws IOException {
				Dispatcher channel = test.connected();
				channel.setIdleTimeout(LONG);
				return channel;
			}

		},

		CONNECT_TIMEOUT {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws IOException {
				Dispatcher channel = new Scripted(test.map);
				channel.createSocket();
				channel.setConnectTimeout(LONG);
				channel.connect(test.keep(new FullListener("127.0.0.1", 0)).address());
				assertThat(channel.connecting()).isTrue();
				return channel;
			}

		},

		LISTENER {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws IOException {
				return Scripted.listening(test.map);
			}

		},

		OFFLOADED {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws IOException {
				Scripted channel = (Scripted) test.connected();
				channel.offload(() -> "", (result) -> channel.events.add(result));
				return channel;
			}

		},

		PROMISING {

			@Override
			Dispatcher make(ClosedChannelsTests test) throws IOException {
				Peer peer = test.keep(Peer.withNearEnd());
				return new DispatcherWithSend(peer.near(), test.map);
			}

		};

		abstract Dispatcher make(ClosedChannelsTests test) throws Exception;

	}

}
