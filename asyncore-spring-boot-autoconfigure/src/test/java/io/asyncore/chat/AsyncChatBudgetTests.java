package io.asyncore.chat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import io.asyncore.LoopThread;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How much of a pass the frames of one channel may take: 256 of them, or 5 milliseconds.
 */
@Timeout(60)
class AsyncChatBudgetTests {

	private static final int MOST = 256;

	private static final int COUNT = 1000;

	private Conversation<ScriptedChat> talk;

	private ScriptedChat chat;

	@AfterEach
	void close() throws IOException {
		if (this.talk != null) {
			this.talk.close();
		}
	}

	private void begin(Conversation.Maker<ScriptedChat> maker) throws IOException {
		this.talk = Conversation.with(maker);
		this.chat = this.talk.chat;
		this.chat.setTerminator("\n");
	}

	private void begin() throws IOException {
		begin(ScriptedChat::new);
	}

	private static List<String> lines(int count) {
		List<String> lines = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			lines.add("x".repeat(i % 7) + i);
		}
		return lines;
	}

	private static String text(List<String> lines) {
		return String.join("\n", lines) + "\n";
	}

	private void firstPass() throws IOException {
		this.talk.until(() -> !this.chat.frames.isEmpty());
	}

	@ParameterizedTest
	@CsvSource({ "false, false", "false, true", "true, false", "true, true" })
	void theRestOfAReadWaitsForTheNextPasses(boolean usePoll, boolean ownPredicate) throws IOException {
		begin((socket, map) -> ownPredicate ? new PausingChat(socket, map) : new ScriptedChat(socket, map));
		this.talk.usePoll(usePoll);
		List<String> lines = lines(COUNT);
		this.talk.peer.send(text(lines));
		firstPass();
		for (int passes = 1; this.chat.frames.size() < COUNT; passes++) {
			// a slow machine may have less time than that takes
			assertThat(this.chat.frames).hasSizeBetween(passes, passes * MOST);
			this.talk.pass();
		}
		assertThat(this.chat.frames).containsExactlyElementsOf(lines);
		assertThat(this.chat.reads).as("reads while something waited").hasSizeLessThanOrEqualTo(2);
		this.talk.deliver("next\n");
		assertThat(this.chat.frames).hasSize(COUNT + 1).endsWith("next");
	}

	@ParameterizedTest
	@ValueSource(ints = { 100, 1000, 65536 })
	void itDoesNotMatterHowMuchEachReadTakes(int inBufferSize) throws IOException {
		begin();
		this.chat.setInBufferSize(inBufferSize);
		this.chat.setTerminator("\r\n");
		List<String> lines = lines(5 * COUNT);
		this.talk.peer.send(String.join("\r\n", lines) + "\r\nrest\r");
		this.talk.untilPeer(() -> this.chat.frames.size() == lines.size());
		this.talk.deliver("\n");
		lines.add("rest");
		assertThat(this.chat.frames).containsExactlyElementsOf(lines);
	}

	@Test
	void whatTheFramesPushIsSentInTheSamePass() throws IOException {
		begin();
		this.chat.on("frame", (self) -> self.push("."));
		this.talk.peer.send(text(lines(COUNT)));
		firstPass();
		assertThat(this.chat.frames).hasSizeLessThanOrEqualTo(MOST);
		assertThat(this.chat.outBuffered()).isZero();
		this.talk.untilPeerHas(".".repeat(COUNT));
	}

	@Test
	void otherChannelsHaveTheirTurnInBetween() throws IOException {
		begin();
		try (Peer other = Peer.withNearEnd()) {
			ScriptedChat neighbour = new ScriptedChat(other.near(), this.talk.map);
			neighbour.setTerminator("\n");
			neighbour.on("frame", (self) -> this.chat.events.add("neighbour"));
			this.chat.on("frame", (self) -> {
				if (self.frames.size() == 1) {
					other.send("hello\n");
				}
			});
			this.talk.peer.send(text(lines(COUNT)));
			this.talk.until(() -> this.chat.frames.size() == COUNT);
			assertThat(this.chat.events.indexOf("neighbour")).isBetween(1, 2 * MOST);
		}
	}

	@Test
	void aLoopThatMayWaitDoesNot() throws Exception {
		begin();
		try (LoopThread thread = LoopThread.run(this.talk.map)) {
			this.talk.peer.send(text(lines(COUNT)));
			Awaitility.await().atMost(Loopback.BOUND).until(() -> this.chat.frames.size() == COUNT);
			assertThat(thread.isAlive()).isTrue();
		}
	}

	@Test
	void framesThatTakeTheirTimeComeOneByOne() throws IOException {
		begin();
		this.chat.on("frame", (self) -> take(6));
		assertEachPassGives(1);
	}

	@Test
	void collectingThatTakesItsTimeCountsAsWell() throws IOException {
		begin();
		this.chat.on("collect", (self) -> take(6));
		assertEachPassGives(1);
	}

	@Test
	void framesByLengthThatTakeTheirTimeComeOneByOne() throws IOException {
		begin();
		this.chat.setTerminator(2);
		this.chat.on("frame", (self) -> {
			self.setTerminator(2);
			take(6);
		});
		assertEachPassGives(1);
	}

	@Test
	void aFewFramesMayTakeTheTimeTogether() throws IOException {
		begin();
		this.chat.on("frame", (self) -> take(1));
		assertEachPassGives(5);
	}

	@Test
	void slowFrameBehindQuickOnesIsNoticedSoon() throws IOException {
		begin();
		this.chat.on("frame", (self) -> {
			if (self.frames.size() > 20) {
				take(6);
			}
		});
		this.talk.peer.send("a\n".repeat(40));
		firstPass();
		assertThat(this.chat.frames).hasSizeLessThan(20 + 10);
		this.talk.until(() -> this.chat.frames.size() == 40);
	}

	private void assertEachPassGives(int most) throws IOException {
		this.talk.peer.send("a\n".repeat(8));
		for (int before = 0; before < 8; before = this.chat.frames.size()) {
			this.talk.pass();
			assertThat(this.chat.frames.size() - before).isLessThanOrEqualTo(most);
		}
	}

	// keeps the thread busy
	private static void take(int millis) {
		long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
		while (System.nanoTime() - end < 0) {
			Thread.onSpinWait();
		}
	}

	@Test
	void theEndOfTheStreamIsToldAfterAllFrames() throws IOException {
		begin();
		List<String> lines = lines(COUNT);
		this.talk.peer.send(text(lines) + "rest").endOutput();
		List<String> tails = new ArrayList<>();
		this.chat.on("eof", (self) -> tails.add(self.tail()));
		this.talk.until(this.chat::closed);
		assertThat(this.chat.frames).containsExactlyElementsOf(lines);
		assertThat(this.chat.events).hasSize(COUNT + 2).endsWith("eof", "close");
		assertThat(tails).containsExactly("rest");
	}

	@Test
	void whatWasReceivedBeforeThePeerBrokeOffIsDealtWith() throws IOException {
		begin();
		List<String> lines = lines(COUNT);
		this.talk.peer.send(text(lines));
		// all of it is here
		this.talk.until(() -> this.chat.received > 0);
		assertThat(this.chat.frames).hasSizeLessThanOrEqualTo(MOST);
		this.talk.peer.reset();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.received).isEqualTo(text(lines).length());
		assertThat(this.chat.frames).containsExactlyElementsOf(lines);
		assertThat(this.chat.events).hasSize(COUNT + 1).endsWith("close");
	}

	@Test
	void whatFailsLosesNothing() throws IOException {
		begin();
		this.chat.staysOpenOnError = true;
		this.chat.on("frame", (self) -> {
			if (self.frames.size() % MOST == 0) {
				throw new IllegalStateException("as planned");
			}
		});
		List<String> lines = lines(COUNT);
		this.talk.peer.send(text(lines));
		this.talk.until(() -> this.chat.frames.size() == COUNT);
		assertThat(this.chat.frames).containsExactlyElementsOf(lines);
		assertThat(this.chat.failures).hasSize(COUNT / MOST);
	}

	@Test
	void terminatorSetBetweenThePassesAppliesToWhatWaits() throws IOException {
		begin();
		this.talk.peer.send("a\n".repeat(300) + "b;");
		firstPass();
		int found = this.chat.frames.size();
		assertThat(found).isLessThanOrEqualTo(MOST);
		this.chat.setTerminator(";");
		this.talk.until(() -> this.chat.frames.size() == found + 1);
		assertThat(this.chat.frames.get(found)).isEqualTo("a\n".repeat(300 - found) + "b");
	}

	@Test
	void whatWaitsIsDroppedWhenItIsClosing() throws IOException {
		begin();
		this.talk.peer.send(text(lines(COUNT)));
		firstPass();
		int found = this.chat.frames.size();
		this.chat.push("bye");
		this.chat.closeWhenDone();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo("bye");
		assertThat(this.chat.frames).hasSize(found);
	}

	@Test
	void passesOfAnInnerLoopKeepTheOrder() throws IOException {
		begin();
		List<String> lines = lines(COUNT);
		String more = text(lines.subList(900, COUNT));
		this.chat.on("frame", (self) -> {
			int size = self.frames.size();
			if (size == 1) {
				this.talk.peer.send(more);
				this.talk.pass();
				assertThat(self.frames).hasSizeLessThanOrEqualTo(size + MOST);
				this.talk.until(() -> self.frames.size() == COUNT);
			}
		});
		this.talk.peer.send(text(lines.subList(0, 900)));
		this.talk.until(() -> this.chat.frames.size() == COUNT);
		assertThat(this.chat.frames).containsExactlyElementsOf(lines);
		this.talk.deliver("next\n");
		assertThat(this.chat.frames).endsWith("next");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void anInnerLoopOfAnotherChannelGoesOnWithWhatWaits(boolean usePoll) throws IOException {
		begin();
		this.talk.usePoll(usePoll);
		try (Peer other = Peer.withNearEnd()) {
			ScriptedChat neighbour = new ScriptedChat(other.near(), this.talk.map);
			neighbour.setTerminator("\n");
			neighbour.on("frame", (self) -> this.talk.until(() -> this.chat.frames.size() == COUNT));
			this.chat.on("frame", (self) -> {
				if (self.frames.size() == 1) {
					// in the second pass both have something to do, this one or that one
					// first
					other.send("wait\n");
				}
			});
			this.talk.peer.send(text(lines(COUNT)));
			this.talk.until(() -> neighbour.frames.size() == 1);
			assertThat(this.chat.frames).containsExactlyElementsOf(lines(COUNT));
		}
	}

	@Test
	void lengthZeroAmongFramesIsAFrame() throws IOException {
		begin();
		this.chat.on("frame", (self) -> {
			boolean zero = self.frames.size() % 2 == 1;
			self.setTerminator(zero ? Terminator.length(0) : Terminator.delimiter(new byte[] { '\n' }));
		});
		this.talk.peer.send("a\n".repeat(COUNT));
		firstPass();
		assertThat(this.chat.frames).hasSizeLessThanOrEqualTo(MOST);
		this.talk.until(() -> this.chat.frames.size() == 2 * COUNT);
		this.talk.passes(2);
		assertThat(this.chat.frames).hasSize(2 * COUNT);
	}

	@Test
	void whatWaitsMayWaitLongerBecauseNoInputIsWanted() throws Exception {
		PausingChat[] pausing = new PausingChat[1];
		begin((socket, map) -> {
			pausing[0] = new PausingChat(socket, map);
			return pausing[0];
		});
		List<String> lines = lines(COUNT);
		this.talk.peer.send(text(lines)).endOutput();
		firstPass();
		int found = this.chat.frames.size();
		pausing[0].paused = true;
		Loopback.onePass(this.talk.map, false, Duration.ofMillis(50));
		assertThat(this.chat.frames).hasSize(found);
		pausing[0].goOn();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.frames).containsExactlyElementsOf(lines);
		assertThat(this.chat.events).endsWith("eof", "close");
	}

}
