package io.asyncore.chat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.asyncore.Gate;
import io.asyncore.LoopThread;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A class that overrides {@code readable()}: received frames wait as well.
 */
@Timeout(60)
class AsyncChatPauseTests {

	private Conversation<PausingChat> talk;

	private PausingChat chat;

	@BeforeEach
	void begin() throws IOException {
		this.talk = Conversation.withPauses();
		this.chat = this.talk.chat;
		this.chat.setTerminator("\r\n");
	}

	@AfterEach
	void close() throws IOException {
		this.talk.close();
	}

	private void pauseAt(String frame) {
		this.chat.onFrame(frame, (self) -> this.chat.paused = true);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void framesThatWereReceivedWaitAndGoOnWithoutNewInput(boolean usePoll) throws IOException {
		this.talk.usePoll(usePoll);
		pauseAt("b");
		this.talk.peer.send("a\r\nb\r\nc\r\nd\r\nrest\r");
		this.talk.until(() -> this.chat.paused);
		this.talk.passes(10);
		assertThat(this.chat.frames).containsExactly("a", "b");
		this.chat.paused = false;
		this.talk.until(() -> this.chat.frames.size() == 4);
		assertThat(this.chat.frames).containsExactly("a", "b", "c", "d");
		this.talk.deliver("\n");
		assertThat(this.chat.frames).endsWith("d", "rest");
	}

	@Test
	void mayPauseAfterEachFrame() throws IOException {
		this.chat.on("frame", (self) -> this.chat.paused = true);
		this.talk.peer.send("a\r\nb\r\nc\r\nd\r");
		this.talk.peer.send("\ne\r\n");
		for (int i = 1; i <= 5; i++) {
			int count = i;
			this.talk.until(() -> this.chat.frames.size() == count);
			this.talk.passes(2);
			assertThat(this.chat.frames).hasSize(count);
			this.chat.paused = false;
		}
		assertThat(this.chat.frames).containsExactly("a", "b", "c", "d", "e");
	}

	@Test
	void framesWaitWhileAsMuchOffloadedWorkWaitsAsMay() throws Exception {
		this.talk.map.eventLoop().setMaxQueuedOffloads(2);
		List<String> done = Collections.synchronizedList(new ArrayList<>());
		try (Gate gate = new Gate()) {
			this.chat.on("frame", (self) -> {
				String frame = this.chat.frames.get(this.chat.frames.size() - 1);
				self.work(gate::pass);
				self.work(() -> done.add(frame));
			});
			this.talk.peer.send("a\r\nb\r\nc\r\nd\r\ne\r\n");
			this.talk.until(() -> this.chat.frames.size() == 2);
			gate.awaitArrival();
			this.talk.passes(10);
			// one piece of work is under way, and three wait
			assertThat(this.chat.frames).containsExactly("a", "b");
			gate.stayOpen();
			this.talk.until(() -> done.size() == 5);
		}
		assertThat(done).containsExactly("a", "b", "c", "d", "e");
	}

	@Test
	void collectorMayPause() throws IOException {
		this.chat.on("collect", (self) -> this.chat.paused = true);
		this.talk.peer.send("a\r\nb\r\n");
		this.talk.until(() -> this.chat.paused);
		this.talk.passes(2);
		// the frame that has begun is ended first
		assertThat(this.chat.frames).containsExactly("a");
		assertThat(this.chat.pieces).containsExactly("a");
		this.chat.paused = false;
		this.talk.until(() -> this.chat.pieces.size() == 2);
		this.chat.paused = false;
		this.talk.until(() -> this.chat.frames.size() == 2);
		assertThat(this.chat.frames).containsExactly("a", "b");
	}

	@Test
	void nothingIsReadWhilePaused() throws IOException {
		this.chat.paused = true;
		this.talk.peer.send("a\r\n");
		this.talk.passes(10);
		assertThat(this.chat.reads).isEmpty();
		this.chat.paused = false;
		this.talk.until(() -> this.chat.frames.contains("a"));
	}

	@Test
	void newTerminatorAppliesToWhatWaits() throws IOException {
		pauseAt("a");
		this.talk.peer.send("a\r\n12345b\r\n");
		this.talk.until(() -> this.chat.paused);
		this.chat.setTerminator(5);
		this.chat.onFrame("12345", (self) -> self.setTerminator("\r\n"));
		this.talk.passes(2);
		assertThat(this.chat.frames).containsExactly("a");
		this.chat.paused = false;
		this.talk.until(() -> this.chat.frames.size() == 3);
		assertThat(this.chat.frames).containsExactly("a", "12345", "b");
	}

	@Test
	void lengthZeroWaitsAsWell() throws IOException {
		this.chat.paused = true;
		this.chat.setTerminator(0);
		this.talk.passes(5);
		assertThat(this.chat.frames).isEmpty();
		this.chat.paused = false;
		this.talk.until(() -> this.chat.frames.size() == 1);
	}

	@Test
	void whatWaitsIsDealtWithBeforeTheClose() throws IOException {
		pauseAt("a");
		this.talk.peer.send("a\r\nb\r\n").endOutput();
		this.talk.until(() -> this.chat.paused);
		this.talk.passes(5);
		assertThat(this.chat.events).containsExactly("frame a");
		this.chat.paused = false;
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("frame a", "frame b", "eof", "close");
	}

	@Test
	void outputIsSentWhilePaused() throws IOException {
		pauseAt("a");
		this.talk.peer.send("a\r\nb\r\n");
		this.talk.until(() -> this.chat.paused);
		this.chat.push("answer");
		this.talk.untilPeerHas("answer");
		assertThat(this.chat.frames).containsExactly("a");
	}

	@Test
	void loopThatWaitsGoesOnWhenItIsTold() throws Exception {
		pauseAt("a");
		try (LoopThread thread = LoopThread.run(this.talk.map)) {
			this.talk.peer.send("a\r\nb\r\n");
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> this.chat.frames.contains("a"));
			thread.awaitPass();
			this.chat.goOn();
			Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> this.chat.frames.contains("b"));
		}
	}

}
