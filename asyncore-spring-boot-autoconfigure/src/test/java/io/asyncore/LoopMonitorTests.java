package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoopMonitor}: what is counted of the loop itself.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LoopMonitorTests extends MonitoringFixture {

	private static final int ECHOES = 20;

	private static final Duration SOME_TIME = Duration.ofSeconds(3);

	private final EventLoop loop = this.map.eventLoop();

	@Test
	void countsNothingBeforeTheLoopRuns() {
		assertThat(this.loop.monitor()).isSameAs(this.monitor);
		assertThat(this.monitor.passes()).isZero();
		assertThat(this.monitor.waitedNanos()).isZero();
		assertThat(this.monitor.workedNanos()).isZero();
		assertThat(this.monitor.groups()).isEmpty();
		assertThat(this.monitor.isTimed()).isFalse();
	}

	@Test
	void countsPassesThoseOfANestedLoopToo() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			passes(2);
		});
		passes(3);
		assertThat(this.monitor.passes()).isEqualTo(3);
		peer.send("x");
		Sockets.awaitReadable(peer.near());
		pass();
		assertThat(channel.events).containsExactly("read");
		assertThat(this.monitor.passes()).isEqualTo(6);
	}

	@Test
	void countsPassesThatAnExitLeaves() throws IOException {
		channel(peer());
		this.loop.execute(() -> {
			throw new ExitNow();
		});
		try {
			pass();
		}
		catch (ExitNow ex) {
			// as it is meant to be
		}
		assertThat(this.monitor.passes()).isEqualTo(1);
		assertThat(this.monitor.activity().hook()).isNull();
	}

	@Test
	void countsAnswersOfPredicates() throws IOException {
		Scripted channel = channel(peer());
		passes(2);
		channel.readable = () -> false;
		passes(3);
		assertThat(this.monitor.readable(true)).isEqualTo(2);
		assertThat(this.monitor.readable(false)).isEqualTo(3);
		assertThat(this.monitor.writable(true)).isZero();
		assertThat(this.monitor.writable(false)).isEqualTo(5);
	}

	@Test
	void countsTheAnswerOfAClassThatHasNothingToWrite() throws IOException {
		new Dispatcher(peer().near(), this.map);
		passes(3);
		// asked once, for nothing happens
		assertThat(this.monitor.writable(true)).isEqualTo(1);
		assertThat(this.monitor.readable(true)).isEqualTo(1);
	}

	@Test
	void countsWhatTheSystemReports() throws IOException {
		List<Scripted> accepted = new ArrayList<>();
		Scripted listener = listener().onAccepted((socket) -> accepted.add(new Scripted(socket, this.map)));
		Scripted client = connecting(listener.localAddress());
		until(() -> !accepted.isEmpty() && client.connected());
		for (int i = 0; i < 3; i++) {
			int expected = i + 1;
			client.send(new byte[1]);
			until(() -> accepted.get(0).received.length() == expected);
		}
		assertThat(this.monitor.readiness(Hook.ACCEPT)).isEqualTo(1);
		assertThat(this.monitor.readiness(Hook.READ)).isEqualTo(3);
		assertThat(this.monitor.readiness(Hook.WRITE)).isZero();
		assertThat(this.monitor.readiness(Hook.EXPT)).isZero();
	}

	@Test
	void countsConnectionsThatTheSystemReports() throws IOException {
		Scripted channel = connecting(Peer.nobody());
		until(channel::closed);
		// some systems refuse at once
		assertThat(this.monitor.readiness(Hook.CONNECT)).isLessThanOrEqualTo(1);
		assertThat(this.monitor.readiness(Hook.WRITE)).isZero();
	}

	@Test
	void countsRoomToWriteOnlyAfterTheSocketWasFull() throws IOException {
		Peer peer = keep(Peer.withSmallBuffers());
		DispatcherWithSend channel = named(new DispatcherWithSend(peer.near(), this.map));
		channel.send(new byte[10]);
		passes(3);
		assertThat(this.monitor.readiness(Hook.WRITE)).isZero();
		channel.send(new byte[8 * 1024 * 1024]);
		until(() -> {
			peer.poll();
			return channel.outBuffered() == 0;
		});
		assertThat(this.monitor.readiness(Hook.WRITE)).isPositive();
		assertThat(this.monitor.readiness(Hook.READ)).isZero();
	}

	// amounts of work

	@Test
	void echoesThroughADispatcherWithSendAreExact() throws IOException {
		Peer peer = peer();
		echo(peer, named(new DispatcherWithSend(peer.near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				send(recv(100));
			}

		}));
		assertThat(group().calls(Hook.READ)).isEqualTo(ECHOES);
		assertThat(group().calls(Hook.WRITE)).isZero();
		// after each read, and at first: nothing has happened since when the next pass
		// asks
		assertThat(this.monitor.readable(true)).isEqualTo(ECHOES + 1);
		assertThat(this.monitor.writable(false)).isEqualTo(ECHOES + 1);
		assertThat(this.monitor.writable(true)).isZero();
	}

	@Test
	void echoesThroughAChatAreExact() throws IOException {
		Peer peer = peer();
		echo(peer, named(new Chat(peer, this.map)));
		assertThat(group().calls(Hook.READ)).isEqualTo(ECHOES);
		assertThat(group().calls(Hook.TERMINATOR)).isEqualTo(ECHOES);
		assertThat(group().calls(Hook.WRITE)).isEqualTo(ECHOES);
		assertThat(this.monitor.readable(true)).isEqualTo(2 * ECHOES);
		assertThat(this.monitor.writable(false)).isEqualTo(ECHOES);
		assertThat(this.monitor.writable(true)).isEqualTo(ECHOES);
	}

	@Test
	void echoesByPlainDispatcherAreExact() throws IOException {
		Peer peer = peer();
		ByteBuffer data = ByteBuffer.allocate(100).limit(0);
		Scripted channel = channel(peer).on("read", (self) -> {
			self.recv(data.clear());
			data.flip();
		}).on("write", (self) -> self.send(data));
		channel.writable = data::hasRemaining;
		echo(peer, channel);
		assertThat(group().calls(Hook.READ)).isEqualTo(ECHOES);
		assertThat(group().calls(Hook.WRITE)).isEqualTo(ECHOES);
		assertThat(this.monitor.writable(true)).isEqualTo(ECHOES);
		assertThat(this.monitor.writable(false)).isEqualTo(ECHOES);
	}

	private void echo(Peer peer, Dispatcher channel) throws IOException {
		this.monitor.setTimed(true);
		for (int i = 1; i <= ECHOES; i++) {
			peer.send("ping\n");
			Sockets.awaitReadable(peer.near());
			Asyncore.poll(Duration.ZERO, this.map);
			assertThat(peer.poll().count()).isLessThanOrEqualTo(i * 5);
		}
		assertThat(this.monitor.passes()).isEqualTo(ECHOES);
		assertThat(this.monitor.readiness(Hook.READ)).isEqualTo(ECHOES);
		assertThat(this.monitor.readiness(Hook.WRITE)).isZero();
		assertThat(group().received()).isEqualTo(ECHOES * 5);
		assertThat(group().sent()).isEqualTo(ECHOES * 5);
		assertThat(ChannelSnapshot.of(channel).received()).isEqualTo(ECHOES * 5);
	}

	// times

	@Test
	void whatHandlersTakeIsWork() throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", (self) -> {
			self.receive(10);
			this.clock.advance(SOME_TIME);
		});
		List<Long> worked = new ArrayList<>();
		this.monitor.addObserver(new EventLoopObserver() {

			@Override
			public void found(long waited, long nanos) {
				worked.add(nanos);
			}

		});
		peer.send("x");
		Sockets.awaitReadable(peer.near());
		Asyncore.loop(Duration.ZERO, false, this.map, 2);
		assertThat(channel.events).containsExactly("read");
		assertThat(this.monitor.workedNanos()).isEqualTo(SOME_TIME.toNanos());
		assertThat(this.monitor.waitedNanos()).isZero();
		assertThat(worked).containsExactly(0L, SOME_TIME.toNanos(), 0L);
	}

	@Test
	void whatTasksAndPredicatesTakeIsWork() throws IOException {
		Scripted channel = channel(peer());
		channel.readable = () -> {
			this.clock.advance(SOME_TIME);
			return true;
		};
		this.loop.execute(() -> this.clock.advance(SOME_TIME));
		pass();
		assertThat(this.monitor.workedNanos()).isEqualTo(2 * SOME_TIME.toNanos());
	}

	@Test
	void waitsForAsLongAsItIsTold() throws IOException {
		ChannelMap real = new ChannelMap();
		LoopMonitor itsMonitor = real.eventLoop().monitor();
		List<Long> waited = new ArrayList<>();
		itsMonitor.addObserver(new EventLoopObserver() {

			@Override
			public void found(long nanos, long worked) {
				if (nanos > 0) {
					waited.add(nanos);
				}
			}

		});
		Scripted channel = new Scripted(peer().near(), real);
		Loopback.onePass(real, false, Duration.ZERO);
		assertThat(itsMonitor.waitedNanos()).isZero();
		Loopback.onePass(real, false, Duration.ofMillis(60));
		assertThat(itsMonitor.waitedNanos()).isGreaterThan(Duration.ofMillis(50).toNanos());
		assertThat(waited).containsExactly(itsMonitor.waitedNanos());
		channel.close();
	}

	@Test
	void tellsHowLateTimersRun() throws IOException {
		channel(peer());
		this.monitor.addObserver(this.news);
		this.loop.callLater(Duration.ofSeconds(1), () -> {
		});
		pass();
		assertThat(this.news.late).isEmpty();
		this.clock.advanceMillis(1500);
		pass();
		assertThat(this.monitor.lagNanos()).isEqualTo(Duration.ofMillis(500).toNanos());
		this.loop.callLater(Duration.ZERO, () -> {
		});
		pass();
		assertThat(this.monitor.lagNanos()).isZero();
		assertThat(this.monitor.longestLagNanos()).isEqualTo(Duration.ofMillis(500).toNanos());
		assertThat(this.news.late).containsExactly(Duration.ofMillis(500).toNanos(), 0L);
	}

	@Test
	void tellsHowLateATimerRunsFromItsResetOn() throws IOException {
		channel(peer());
		ScheduledTask timer = this.loop.callLater(Duration.ofSeconds(1), () -> {
		});
		this.clock.advanceMillis(900);
		timer.reset();
		this.clock.advanceMillis(1100);
		pass();
		assertThat(this.monitor.lagNanos()).isEqualTo(Duration.ofMillis(100).toNanos());
	}

	@Test
	void tellsHowLatePeriodicTimersRun() throws IOException {
		channel(peer());
		this.monitor.addObserver(this.news);
		this.loop.callEvery(Duration.ofSeconds(1), () -> {
		});
		for (int millis : new int[] { 1000, 1200, 900 }) {
			this.clock.advanceMillis(millis);
			pass();
		}
		// at 1,000, 2,200 and 3,100
		assertThat(this.news.late).containsExactly(0L, 200_000_000L, 100_000_000L);
	}

	@Test
	void whenTimedTellsHowLateTasksRun() throws IOException {
		channel(peer());
		this.loop.execute(() -> {
		});
		this.clock.advance(SOME_TIME);
		pass();
		assertThat(this.monitor.longestLagNanos()).isZero();
		this.monitor.setTimed(true);
		assertThat(this.monitor.isTimed()).isTrue();
		this.loop.execute(() -> {
		});
		this.clock.advance(SOME_TIME);
		pass();
		assertThat(this.monitor.lagNanos()).isEqualTo(SOME_TIME.toNanos());
	}

	@Test
	void tellsHowManyTasksAndTimersWait() throws IOException {
		channel(peer());
		this.loop.execute(() -> this.loop.execute(() -> {
		}));
		this.loop.execute(() -> {
		});
		this.loop.callLater(Duration.ofSeconds(1), () -> {
		});
		this.loop.callLater(Duration.ZERO, () -> {
		});
		assertThat(this.monitor.tasks()).isEqualTo(2);
		assertThat(this.monitor.timers()).isEqualTo(2);
		pass();
		assertThat(this.monitor.tasks()).isEqualTo(1);
		assertThat(this.monitor.timers()).isEqualTo(1);
		pass();
		assertThat(this.monitor.tasks()).isZero();
	}

	@Test
	void whenManyThreadsGiveTasksTheirNumberIsRightInTheEnd() throws Exception {
		List<Thread> threads = new ArrayList<>();
		try (LoopThread thread = LoopThread.run(this.map)) {
			for (int i = 0; i < 4; i++) {
				Thread giver = new Thread(() -> {
					for (int j = 0; j < 10_000; j++) {
						this.loop.execute(() -> {
						});
					}
				});
				threads.add(giver);
				giver.start();
			}
			for (Thread giver : threads) {
				giver.join(Loopback.BOUND.toMillis());
			}
			thread.awaitPass();
			thread.awaitPass();
		}
		assertThat(this.monitor.tasks()).isZero();
	}

	private static final class Chat extends io.asyncore.chat.AsyncChat {

		Chat(Peer peer, ChannelMap map) throws IOException {
			super(peer.near(), map);
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			push(takeIncoming(StandardCharsets.ISO_8859_1) + "\n");
		}

	}

}
