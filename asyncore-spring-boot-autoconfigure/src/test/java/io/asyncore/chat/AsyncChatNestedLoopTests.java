package io.asyncore.chat;

import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;

import io.asyncore.CapturedLog;
import io.asyncore.LoopMonitor;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import io.asyncore.chat.FramingCase.Interruption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Hooks that run the loop, which may find more input for their own channel.
 */
@Timeout(60)
class AsyncChatNestedLoopTests {

	private Conversation<ScriptedChat> talk;

	@AfterEach
	void close() throws IOException {
		if (this.talk != null) {
			this.talk.close();
		}
	}

	private ScriptedChat chat() throws IOException {
		this.talk = Conversation.begin();
		this.talk.chat.setTerminator("\r\n");
		return this.talk.chat;
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void framesOfTheSameReadComeFirst(boolean usePoll) throws IOException {
		ScriptedChat chat = chat();
		this.talk.usePoll(usePoll);
		chat.onFrame("a", (self) -> {
			this.talk.peer.send("d\r\ne\r\n");
			this.talk.until(() -> self.frames.contains("e"));
			self.events.add("back");
		});
		this.talk.peer.send("a\r\nb\r\nc\r\n");
		this.talk.until(() -> chat.events.contains("back"));
		assertThat(chat.events).containsExactly("frame a", "frame b", "frame c", "frame d", "frame e", "back");
		this.talk.deliver("f\r\n");
		assertThat(chat.frames).endsWith("e", "f");
	}

	@Test
	void partOfDelimiterStaysInItsPlace() throws IOException {
		ScriptedChat chat = chat();
		chat.onFrame("a", (self) -> {
			this.talk.peer.send("\nc\r");
			this.talk.until(() -> self.received == 8);
		});
		this.talk.peer.send("a\r\nb\r");
		this.talk.until(() -> chat.received == 8 && !chat.inputPending());
		this.talk.deliver("\rd\r");
		this.talk.deliver("\n");
		assertThat(chat.frames).containsExactly("a", "b", "c\r\rd");
	}

	@Test
	void whatTheHookSetsAfterwardsAppliesToWhatFollows() throws IOException {
		ScriptedChat chat = chat();
		chat.onFrame("a", (self) -> {
			this.talk.peer.send("b\r\nc");
			this.talk.until(() -> self.received == 7);
			self.setTerminator(2);
		});
		this.talk.peer.send("a\r\n");
		this.talk.until(() -> chat.received == 7);
		this.talk.deliver("defg");
		assertThat(chat.frames).containsExactly("a", "b", "cde");
		assertThat(chat.tail()).isEqualTo("fg");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whileInputIsCollectedNothingElseIsRead(boolean usePoll) throws IOException {
		ScriptedChat chat = chat();
		this.talk.usePoll(usePoll);
		chat.on("collect", (self) -> {
			if (self.pieces.size() == 1) {
				this.talk.peer.send("c\r\nd\r\n");
				this.talk.passes(10);
				assertThat(self.pieces).hasSize(1);
			}
		});
		this.talk.peer.send("a\r\nb\r\n");
		this.talk.until(() -> chat.frames.size() == 4);
		assertThat(chat.frames).containsExactly("a", "b", "c", "d");
		assertThat(chat.failures).isEmpty();
	}

	@Test
	void whileInputIsCollectedTheLoopDoesNotSpinForEver() throws IOException {
		ScriptedChat chat = chat();
		chat.on("collect", (self) -> {
			if (self.pieces.size() == 1) {
				this.talk.peer.send("b\r\n");
				this.talk.passes(100);
			}
		});
		this.talk.peer.send("a\r\n");
		// what was refused meanwhile is asked for again
		this.talk.until(() -> chat.frames.size() == 2);
		assertThat(chat.frames).containsExactly("a", "b");
	}

	@ParameterizedTest
	@CsvSource({ "false, false", "false, true", "true, false", "true, true" })
	void whileInputIsCollectedTheLoopRests(boolean usePoll, boolean ownPredicate) throws IOException {
		this.talk = Conversation.with((socket, map) -> ownPredicate ? new ScriptedChat(socket, map) {
			@Override
			protected boolean readable() {
				// says nothing of what its superclass would say
				return true;
			}
		} : new ScriptedChat(socket, map));
		this.talk.usePoll(usePoll);
		ScriptedChat chat = this.talk.chat;
		chat.setTerminator("\r\n");
		assertRestsInCollector(usePoll, () -> this.talk.peer.send("d\r\ne\r\n"));
		this.talk.peer.send("abc");
		this.talk.until(() -> chat.pieces.size() == 1);
		this.talk.peer.send("\r\n");
		this.talk.until(() -> chat.frames.size() == 3);
		assertThat(chat.frames).containsExactly("abcd", "e", "");
		assertThat(chat.failures).isEmpty();
	}

	@Test
	void whileTheLastInputOfALengthIsCollectedTheLoopRests() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator(3);
		chat.onFrame("abc", (self) -> self.setTerminator("\n"));
		assertRestsInCollector(false, () -> this.talk.peer.send("d\n"));
		this.talk.peer.send("abc");
		this.talk.until(() -> chat.frames.size() == 2);
		assertThat(chat.frames).containsExactly("abc", "d");
	}

	@Test
	void whileInputIsCollectedTheEndOfTheStreamWaits() throws IOException {
		ScriptedChat chat = chat();
		assertRestsInCollector(false, () -> this.talk.peer.send("d\r\n").endOutput());
		this.talk.peer.send("abc");
		this.talk.until(chat::closed);
		assertThat(chat.events).containsExactly("frame abcd", "eof", "close");
	}

	@Test
	void collectorThatRunsTheLoopAgainAndAgainIsNotWarnedOf() throws IOException {
		ScriptedChat chat = chat();
		chat.setInBufferSize(1);
		chat.on("collect", (self) -> this.talk.passes(3));
		try (CapturedLog log = new CapturedLog()) {
			this.talk.peer.send("x".repeat(50) + "\r\n");
			this.talk.until(() -> chat.frames.size() == 1);
			assertThat(log.warnings()).isEmpty();
		}
		assertThat(chat.frames).containsExactly("x".repeat(50));
	}

	@Test
	void collectorMayCloseTheChannelInInnerLoopAndOpenItAgain() throws IOException {
		ScriptedChat chat = chat();
		try (Peer next = Peer.withNearEnd()) {
			chat.on("collect", (self) -> {
				self.on("collect", (again) -> {
				});
				this.talk.peer.send("lost\r\n");
				this.talk.passes(5);
				self.setSocket(next.near());
			});
			this.talk.peer.send("abc");
			this.talk.until(() -> chat.pieces.size() == 1);
			next.send("first\r\n");
			this.talk.until(() -> !chat.frames.isEmpty());
			assertThat(chat.frames).containsExactly("first");
		}
	}

	/**
	 * Have the first collector send more to the channel, run the loop for a while, and
	 * find that it waits.
	 */
	private void assertRestsInCollector(boolean usePoll, Send send) {
		this.talk.chat.on("collect", (self) -> {
			self.on("collect", (again) -> {
			});
			send.run();
			boolean[] over = { false };
			self.callLater(Duration.ofMillis(300), () -> over[0] = true);
			LoopMonitor monitor = self.map().eventLoop().monitor();
			long before = monitor.passes();
			while (!over[0]) {
				Loopback.onePass(self.map(), usePoll, Duration.ofSeconds(5));
			}
			assertThat(monitor.passes() - before).as("passes of the inner loop").isLessThan(20);
			assertThat(self.pieces).hasSize(1);
		});
	}

	@Test
	void outputIsSent() throws IOException {
		ScriptedChat chat = chat();
		chat.onFrame("a", (self) -> {
			self.push("answer");
			this.talk.untilPeerHas("answer");
			self.events.add("back");
		});
		this.talk.peer.send("a\r\n");
		this.talk.until(() -> chat.events.contains("back"));
		assertThat(chat.outBuffered()).isZero();
	}

	@Test
	void peerThatEndsMeanwhileIsNoticedOnce() throws IOException {
		ScriptedChat chat = chat();
		chat.onFrame("a", (self) -> {
			this.talk.peer.send("c\r\n").close();
			this.talk.until(self::closed);
		});
		this.talk.peer.send("a\r\nb\r\n");
		this.talk.until(chat::closed);
		this.talk.passes(3);
		assertThat(chat.events).containsExactly("frame a", "frame b", "frame c", "eof", "close");
	}

	@Test
	void closeMeanwhileDropsTheRest() throws IOException {
		ScriptedChat chat = chat();
		chat.onFrame("a", (self) -> {
			self.map().eventLoop().execute(self::close);
			this.talk.until(self::closed);
		});
		this.talk.peer.send("a\r\n");
		this.talk.until(chat::closed);
		assertThat(chat.events).containsExactly("frame a");
	}

	@Test
	void nestedDeeplyKeepsTheOrder() throws IOException {
		ScriptedChat chat = chat();
		StringBuilder expected = new StringBuilder();
		chat.on("frame", (self) -> {
			int number = self.frames.size();
			if (number < 50) {
				this.talk.peer.send(number + "\r\n");
				this.talk.until(() -> self.frames.size() > number);
			}
		});
		this.talk.peer.send("0\r\n");
		this.talk.until(() -> chat.frames.size() == 50);
		for (int i = 0; i < 50; i++) {
			expected.append(i).append(' ');
		}
		assertThat(String.join(" ", chat.frames) + " ").isEqualTo(expected.toString());
		this.talk.deliver("end\r\n");
		assertThat(chat.frames).endsWith("end");
	}

	@Test
	void failureOfNestedReadIsToldAndTheOuterHookGoesOn() throws IOException {
		ScriptedChat chat = chat();
		chat.staysOpenOnError = true;
		chat.onFrame("a", (self) -> {
			this.talk.peer.send("bad\r\n");
			this.talk.until(() -> self.frames.contains("bad"));
			self.events.add("back");
		});
		chat.onFrame("bad", (self) -> {
			throw new IllegalStateException("as planned");
		});
		this.talk.peer.send("a\r\n");
		this.talk.until(() -> chat.events.contains("back"));
		assertThat(chat.events).containsExactly("frame a", "frame bad", "error", "back");
	}

	@Test
	void whatNestedLoopLeavesForLaterComesBeforeWhatItReadsNext() throws IOException {
		ScriptedChat chat = chat();
		chat.staysOpenOnError = true;
		chat.setTerminator("\n");
		chat.onFrame("a", (self) -> {
			this.talk.peer.send("b\nc\n");
			this.talk.until(() -> self.failures.size() == 1);
			// 'c' waits, because the hook has failed
			this.talk.peer.send("d\n");
			this.talk.until(() -> self.received == 8);
		});
		chat.onFrame("b", (self) -> {
			throw new IllegalStateException("as planned");
		});
		this.talk.peer.send("a\n");
		this.talk.until(() -> chat.frames.size() == 4);
		assertThat(chat.frames).containsExactly("a", "b", "c", "d");
	}

	@Test
	void whatNestedLoopLeavesForLaterIsNotOverwritten() throws IOException {
		ScriptedChat chat = chat();
		chat.staysOpenOnError = true;
		chat.setTerminator("\n");
		chat.onFrame("a", (self) -> {
			for (String lines : List.of("b\nc\n", "d\ne\n")) {
				long received = self.received + lines.length();
				this.talk.peer.send(lines);
				this.talk.until(() -> self.received == received);
			}
		});
		chat.on("frame", (self) -> {
			if (!self.frames.get(self.frames.size() - 1).equals("a")) {
				throw new IllegalStateException("as planned");
			}
		});
		this.talk.peer.send("a\n");
		this.talk.until(() -> chat.received == 10 && !chat.inputPending());
		assertThat(chat.frames).containsExactly("a", "b", "c", "d", "e");
	}

	@Test
	void partOfDelimiterThatNestedLoopHasReadIsNotLostWhenTerminatorIsSet() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\r\n");
		chat.onFrame("a", (self) -> {
			this.talk.peer.send("b\r");
			this.talk.until(() -> self.received == 5);
			self.setTerminator(Terminator.none());
		});
		this.talk.peer.send("a\r\n");
		this.talk.until(() -> !chat.frames.isEmpty());
		this.talk.deliver("c");
		assertThat(chat.tail()).isEqualTo("b\rc");
	}

	@Test
	void inputReadByNestedLoopIsNotLostWhenLengthIsZeroAgainAndAgain() {
		// found by fuzzing
		List<Terminator> zeros = Collections.nCopies(11, Terminator.length(0));
		new FramingCase(zeros, 2, true, false, List.of(11), List.of(Interruption.READ), "bbbbbbbbbcccbbab")
			.verifyFrames();
	}

	@FunctionalInterface
	private interface Send {

		void run() throws IOException;

	}

}
