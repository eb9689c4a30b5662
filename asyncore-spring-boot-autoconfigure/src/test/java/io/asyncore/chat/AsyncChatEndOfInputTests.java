package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of input that looks like the beginning of the delimiter when nothing
 * follows: it is collected before anybody hears of the end.
 */
@Timeout(60)
class AsyncChatEndOfInputTests extends ConversationFixture {

	private final List<String> tails = new ArrayList<>();

	private ScriptedChat chatThatTakesItsTail(String delimiter) throws IOException {
		chat().setTerminator(delimiter);
		this.tails.clear();
		this.chat.on("eof", (self) -> this.tails.add(self.tail()));
		return this.chat;
	}

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "--end--", "aab", "abab", "\r\n\r\n" })
	void anyBeginningOfTheDelimiterIsCollected(String delimiter) throws IOException {
		for (int i = 0; i < delimiter.length(); i++) {
			for (String before : List.of("", "x", "one" + delimiter, "one" + delimiter + "x")) {
				String input = before + delimiter.substring(0, i);
				chatThatTakesItsTail(delimiter);
				this.talk.peer.send(input).endOutput();
				this.talk.until(this.chat::closed);
				assertThat(this.tails).as(input).containsExactly(tail(input, delimiter));
				assertThat(this.chat.pieces).as(input).doesNotContain("");
			}
		}
	}

	private static String tail(String input, String delimiter) {
		int end = input.indexOf(delimiter);
		return (end >= 0) ? input.substring(end + delimiter.length()) : input;
	}

	@Test
	void itIsCollectedHoweverItComesIn() throws IOException {
		chatThatTakesItsTail("--end--");
		this.talk.deliverBytewise("one--end--last--end");
		this.talk.peer.endOutput();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("frame one", "eof", "close");
		assertThat(this.tails).containsExactly("last--end");
	}

	@Test
	void anOwnCollectorIsGivenItBeforeHandleEof() throws IOException {
		List<String> seen = new ArrayList<>();
		this.talk = Conversation.with((socket, map) -> new ScriptedChat(socket, map) {
			@Override
			protected void collectIncomingData(ByteBuffer data) {
				seen.add(new String(new char[] { (char) data.get(data.position()) }) + data.remaining());
			}

			@Override
			protected void handleEof() throws Exception {
				seen.add("eof");
				super.handleEof();
			}
		});
		this.talk.chat.setTerminator("\r\n\r\n");
		this.talk.peer.send("ab\r\n\r").endOutput();
		this.talk.until(this.talk.chat::closed);
		assertThat(this.talk.chat.failures).isEmpty();
		assertThat(seen).containsExactly("a2", "\r3", "eof");
	}

	@Test
	void whenThePeerBreaksOffItIsCollectedBeforeTheClose() throws IOException {
		chat().setTerminator("\r\n");
		this.chat.on("close", (self) -> this.tails.add(self.tail()));
		this.talk.deliver("last\r");
		this.talk.peer.reset();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("close");
		assertThat(this.tails).containsExactly("last\r");
	}

	@Test
	void whatLastsAfterAFrameByLengthIsCollectedAsBefore() throws IOException {
		chatThatTakesItsTail("\n");
		this.chat.setTerminator(10);
		this.talk.peer.send("short").endOutput();
		this.talk.until(this.chat::closed);
		assertThat(this.tails).containsExactly("short");
		assertThat(this.chat.pieces).containsExactly("short");
	}

	@Test
	void ofAFrameThatIsTooLongItIsDropped() throws IOException {
		chatThatTakesItsTail("\r\n").setMaxFrameLength(3);
		this.chat.staysOpenOnError = true;
		this.talk.peer.send("12345\r").endOutput();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("error", "eof", "close");
		assertThat(this.tails).containsExactly("");
	}

	@Test
	void itMayMakeAFrameTooLong() throws IOException {
		chatThatTakesItsTail("\r\n").setMaxFrameLength(3);
		this.chat.staysOpenOnError = true;
		this.talk.peer.send("123\r").endOutput();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("error", "eof", "close");
		assertThat(this.chat.failures).singleElement().isInstanceOf(FrameTooLongException.class);
		assertThat(this.tails).containsExactly("");
	}

	@Test
	void whenTheCollectorFailsThenTheEndIsToldAllTheSame() throws IOException {
		chatThatTakesItsTail("\r\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("collect", (self) -> {
			if (self.pieces.contains("\r")) {
				throw new IllegalStateException("as planned");
			}
		});
		this.talk.peer.send("last\r").endOutput();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("error", "eof", "close");
		assertThat(this.tails).containsExactly("last");
	}

	@Test
	void whenItsFailureClosesTheChannelNothingFollows() throws IOException {
		chatThatTakesItsTail("\r\n");
		this.chat.on("collect", (self) -> {
			throw new IllegalStateException("as planned");
		});
		this.talk.peer.send("\r").endOutput();
		this.talk.until(this.chat::closed);
		this.talk.passes(3);
		assertThat(this.chat.events).containsExactly("error", "close");
	}

	@Test
	void whenTheCollectorClosesTheChannelNothingFollows() throws IOException {
		chatThatTakesItsTail("\r\n");
		this.chat.on("collect", AsyncChat::close);
		this.talk.peer.send("\r").endOutput();
		this.talk.until(this.chat::closed);
		this.talk.passes(3);
		assertThat(this.chat.events).isEmpty();
		assertThat(this.chat.pieces).containsExactly("\r");
	}

	@Test
	void whenTheCollectorOpensItAgainTheNewConnectionHearsOfNoEnd() throws IOException {
		try (Peer next = Peer.withNearEnd()) {
			chatThatTakesItsTail("\r\n");
			this.chat.on("collect", (self) -> self.on("collect", (again) -> {
			}).setSocket(next.near()));
			this.talk.peer.send("\r").endOutput();
			this.talk.until(() -> !this.chat.pieces.isEmpty());
			next.send("first\r\n");
			this.talk.until(() -> !this.chat.frames.isEmpty());
			assertThat(this.chat.events).containsExactly("frame first");
		}
	}

	@Test
	void afterCloseWhenDoneItIsNotDealtWith() throws IOException {
		chat().setTerminator("\r\n");
		this.talk.deliver("last\r");
		assertThat(this.chat.tail()).isEqualTo("last");
		this.chat.push("bye");
		this.chat.closeWhenDone();
		this.talk.peer.endOutput();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.chat.pieces).containsExactly("last");
	}

	@Test
	void aHookThatRunsTheLoopMeetsTheSameEnd() throws IOException {
		chatThatTakesItsTail("\r\n");
		this.chat.onFrame("a", (self) -> {
			this.talk.peer.send("c\r").endOutput();
			this.talk.until(self::closed);
		});
		this.talk.peer.send("a\r\nb\r\n\r");
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("frame a", "frame b", "eof", "close");
		assertThat(this.tails).containsExactly("\rc\r");
	}

	@Test
	void theCollectorMayRunTheLoop() throws IOException {
		chatThatTakesItsTail("\r\n");
		this.chat.on("collect", (self) -> this.talk.passes(5));
		this.talk.peer.send("a\r").endOutput();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("eof", "close");
		assertThat(this.tails).containsExactly("a\r");
		assertThat(this.chat.pieces).containsExactly("a", "\r");
	}

	@Test
	void whatWaitsBecauseNoInputIsWantedComesBeforeTheEnd() throws IOException {
		try (Conversation<PausingChat> pausing = Conversation.withPauses()) {
			PausingChat chat = pausing.chat;
			chat.setTerminator("\r\n");
			chat.onFrame("a", (self) -> chat.paused = true);
			chat.on("eof", (self) -> this.tails.add(self.tail()));
			pausing.peer.send("a\r\nb\r\nc\r").endOutput();
			pausing.until(() -> chat.paused);
			pausing.passes(5);
			assertThat(chat.events).containsExactly("frame a");
			chat.goOn();
			pausing.until(chat::closed);
			assertThat(chat.events).containsExactly("frame a", "frame b", "eof", "close");
			assertThat(this.tails).containsExactly("c\r");
		}
	}

}
