package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelSnapshot;
import io.asyncore.ChannelStats;
import io.asyncore.CloseReason;
import io.asyncore.Hook;
import io.asyncore.LoopActivity;
import io.asyncore.LoopMonitor;
import io.asyncore.Loopback;
import io.asyncore.MovableClock;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for what is told of an {@link AsyncChat}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AsyncChatMonitoringTests extends ConversationFixture {

	private static final int MUCH = 8 * 1024 * 1024;

	@Test
	void terminatorsAreCountedWithinTheRead() throws IOException {
		chat().setTerminator("\n");
		monitor().setTimed(true);
		// all of it within the time that there is for frames in a pass
		this.chat.on("frame", (self) -> this.clock.advance(Duration.ofNanos(2_000)));
		this.chat.on("collect", (self) -> this.clock.advance(Duration.ofNanos(1_000)));
		this.talk.deliver("one\ntwo\nthree\n");
		assertThat(group().calls(Hook.TERMINATOR)).isEqualTo(3);
		assertThat(group().calls(Hook.READ)).isEqualTo(1);
		assertThat(group().totalNanos(Hook.TERMINATOR)).isEqualTo(6_000);
		assertThat(group().totalNanos(Hook.READ)).isEqualTo(9_000);
	}

	@Test
	void terminatorsOfOneReadFollowEachOtherWithoutAnotherLookAtTheClock() throws IOException {
		int few = readingsOf(new FrameTimes(), "x\n".repeat(10));
		int many = readingsOf(new FrameTimes(), "x\n".repeat(110));
		// and one for every eight frames, of the budget of a pass
		assertThat(many - few).isBetween(100, 115);
	}

	@Test
	void classesThatHaveASayBetweenTerminatorsAreMeasuredOneByOne() throws IOException {
		FrameTimes collecting = new FrameTimes() {

			@Override
			protected void collectIncomingData(ByteBuffer data) throws Exception {
				super.collectIncomingData(data);
				advance(1);
			}

		};
		FrameTimes asked = new FrameTimes() {

			@Override
			protected boolean readable() {
				advance(1);
				return super.readable();
			}

		};
		for (FrameTimes chat : List.of(new FrameTimes(), collecting, asked)) {
			readingsOf(chat, "one\ntwo\nthree\n");
			ChannelStats group = chat.group();
			assertThat(group.calls(Hook.TERMINATOR)).isEqualTo(3);
			assertThat(group.totalNanos(Hook.TERMINATOR)).isEqualTo(6_000);
			assertThat(group.longestNanos(Hook.TERMINATOR)).isEqualTo(2_000);
		}
	}

	// how often the clock is read while something is dealt with that comes in one read
	private static int readingsOf(FrameTimes chat, String text) throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			chat.setSocket(peer.near());
			chat.addChannel();
			chat.map().eventLoop().monitor().setTimed(true);
			peer.send(text);
			int before = chat.clock.readings.get();
			Loopback.passUntil(chat.map(), false, () -> chat.group().calls(Hook.READ) == 1);
			int readings = chat.clock.readings.get() - before;
			assertThat(chat.group().received()).isEqualTo(text.length());
			chat.close();
			return readings;
		}
	}

	@Test
	void terminatorsOfOneReadAreOneActivity() throws IOException {
		List<LoopActivity> activities = new ArrayList<>();
		chat().setTerminator("\n");
		this.chat.on("frame", (self) -> activities.add(monitor().activity()));
		this.chat.on("collect", (self) -> activities.add(monitor().activity()));
		this.talk.deliver("one\ntwo\n");
		assertThat(activities).extracting(LoopActivity::hook)
			.containsExactly(Hook.READ, Hook.TERMINATOR, Hook.READ, Hook.TERMINATOR);
		assertThat(activities).extracting(LoopActivity::channel).containsOnly(this.chat);
		assertThat(activities).extracting(LoopActivity::sequence).containsOnly(activities.get(0).sequence());
		this.talk.deliver("three\n");
		assertThat(activities.get(4).sequence()).isNotEqualTo(activities.get(0).sequence());
	}

	@Test
	void terminatorThatFailsIsAFailureOfTheReadToo() throws IOException {
		chat().setTerminator("\n");
		monitor().setTimed(true);
		this.chat.onFrame("bad", (self) -> {
			throw new IllegalStateException("as planned");
		});
		this.talk.peer.send("good\nbad\n");
		this.talk.until(this.chat::closed);
		assertThat(group().calls(Hook.TERMINATOR)).isEqualTo(2);
		assertThat(group().failures(Hook.TERMINATOR)).isEqualTo(1);
		assertThat(group().failures(Hook.READ)).isEqualTo(1);
		assertThat(group().calls(Hook.ERROR)).isEqualTo(1);
		assertThat(closed()).containsExactly(CloseReason.ERROR);
	}

	@Test
	void terminatorsAreInterceptedWithinTheRead() throws IOException {
		List<String> events = new ArrayList<>();
		chat().setTerminator("\n");
		monitor().addInterceptor((channel, hook, invocation) -> {
			events.add(hook.label());
			invocation.proceed();
			events.add("end");
		});
		this.talk.deliver("one\ntwo\n");
		assertThat(events).containsExactly("read", "terminator", "end", "terminator", "end", "end");
		assertThat(this.chat.frames).containsExactly("one", "two");
	}

	@Test
	void whenItClosesWhenDoneThatIsThisSide() throws IOException {
		chat().setTerminator("\n");
		this.chat.onFrame("bye", (self) -> {
			self.push("bye");
			self.closeWhenDone();
		});
		this.talk.deliver("bye\n");
		this.talk.untilClosed();
		assertThat(this.talk.peer.text()).isEqualTo("bye");
		assertThat(closed()).containsExactly(CloseReason.LOCAL);
	}

	@Test
	void whenPeerEndsAndIsAnsweredThatIsThePeer() throws IOException {
		chat().push("bye");
		this.talk.peer.endOutput();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo("bye");
		assertThat(closed()).containsExactly(CloseReason.PEER);
	}

	@Test
	void whenFrameIsTooLongThatIsTheLimit() throws IOException {
		chat().setTerminator("\n");
		this.chat.setMaxFrameLength(3);
		this.talk.peer.send("12345");
		this.talk.until(this.chat::closed);
		assertThat(this.chat.failures).singleElement().isInstanceOf(FrameTooLongException.class);
		assertThat(closed()).containsExactly(CloseReason.LIMIT);
	}

	@Test
	void whenPeerTakesNothingThatIsATimeout() throws IOException {
		chatWithSmallBuffers().push(new byte[MUCH]);
		this.chat.closeWhenDone();
		this.talk.untilFull();
		assertThat(group().sent()).isEqualTo(MUCH - this.chat.outBuffered());
		try (CapturedLog log = new CapturedLog()) {
			// the system is asked elsewhere what the peer has taken
			this.talk.until(() -> {
				this.clock.advance(Duration.ofSeconds(1));
				return this.chat.closed();
			});
			assertThat(log.infos()).hasSize(1);
		}
		assertThat(closed()).containsExactly(CloseReason.TIMEOUT);
	}

	@Test
	void whatIsPushedIsQueuedUntilTheSocketTakesIt() throws IOException {
		chatWithSmallBuffers().push(new byte[MUCH]);
		assertThat(ChannelSnapshot.of(this.chat).queued()).isEqualTo(MUCH);
		this.talk.pass();
		ChannelSnapshot snapshot = ChannelSnapshot.of(this.chat);
		assertThat(snapshot.queued()).isPositive().isEqualTo(this.chat.outBuffered());
		assertThat(snapshot.queued() + snapshot.sent()).isEqualTo(MUCH);
		this.talk.untilPeer(() -> this.talk.peer.count() == MUCH);
		assertThat(group().sent()).isEqualTo(MUCH);
	}

	private LoopMonitor monitor() {
		return this.talk.map.eventLoop().monitor();
	}

	private ChannelStats group() {
		return monitor().group(this.chat.channelName());
	}

	private List<CloseReason> closed() {
		List<CloseReason> closed = new ArrayList<>();
		for (CloseReason reason : CloseReason.values()) {
			for (long i = 0; i < group().closed(reason); i++) {
				closed.add(reason);
			}
		}
		return closed;
	}

	/**
	 * Takes two microseconds for each frame.
	 */
	private static class FrameTimes extends AsyncChat {

		final MovableClock clock;

		FrameTimes() {
			this(new MovableClock());
		}

		private FrameTimes(MovableClock clock) {
			super(clock.map());
			this.clock = clock;
			setChannelName("FrameTimes");
			setTerminator("\n");
		}

		ChannelStats group() {
			return map().eventLoop().monitor().group(channelName());
		}

		void advance(long micros) {
			this.clock.advance(Duration.ofNanos(1_000 * micros));
		}

		@Override
		protected void foundTerminator() {
			takeIncoming();
			advance(2);
		}

	}

}
