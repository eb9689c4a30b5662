package io.asyncore.chat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What {@link AsyncChat} does with input when a hook fails or closes the channel, or when
 * the terminator is set from outside: nothing is lost.
 */
@Timeout(60)
class AsyncChatLeftoverTests extends ConversationFixture {

	@Test
	void whenFoundTerminatorFailsWhatFollowsIsNotLost() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.chat.onFrame("b", (self) -> {
			throw new IllegalStateException("as planned");
		});
		this.talk.deliver("a\nb\nc\nd\nrest");
		assertThat(this.chat.events).containsExactly("frame a", "frame b", "error", "frame c", "frame d");
		assertThat(this.chat.tail()).isEqualTo("rest");
		assertThat(this.chat.failures).singleElement().hasFieldOrPropertyWithValue("message", "as planned");
	}

	@Test
	void whenFoundTerminatorFailsInEachFrameNoneIsLost() throws IOException {
		chat().setTerminator("\r\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("frame", (self) -> {
			throw new IllegalStateException("as planned");
		});
		this.talk.deliver("a\r\nb\r\nc\r\nd\r");
		this.talk.deliver("\ne\r\n");
		assertThat(this.chat.frames).containsExactly("a", "b", "c", "d", "e");
		assertThat(this.chat.failures).hasSize(5);
	}

	@Test
	void whenCollectorFailsItsInputCountsAsCollected() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("collect", (self) -> {
			if (self.pieces.size() == 2) {
				throw new IOException("as planned");
			}
		});
		this.talk.deliver("a\nb\nc\n");
		assertThat(this.chat.events).containsExactly("frame a", "error", "frame ", "frame c");
	}

	@Test
	void whenHookFailsAndChannelClosesNothingFollows() throws IOException {
		chat().setTerminator("\n");
		this.chat.onFrame("b", (self) -> {
			throw new IllegalStateException("as planned");
		});
		this.talk.peer.send("a\nb\nc\n");
		this.talk.until(this.chat::closed);
		this.talk.passes(3);
		assertThat(this.chat.events).containsExactly("frame a", "frame b", "error", "close");
	}

	@Test
	void whenChannelIsClosedInHookNothingFollows() throws IOException {
		chat().setTerminator("\n");
		this.chat.onFrame("b", AsyncChat::close);
		this.talk.peer.send("a\nb\nc\n");
		this.talk.until(this.chat::closed);
		this.talk.passes(3);
		assertThat(this.chat.events).containsExactly("frame a", "frame b");
	}

	@Test
	void whenChannelIsClosedByCollectorNothingFollows() throws IOException {
		chat().setTerminator("\n");
		this.chat.on("collect", AsyncChat::close);
		this.talk.peer.send("a\nb\nc\n");
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "'\r', 'abc', ''", "'\rX', 'abc', 'X'", "'\r\n', 'abc', '\n'", "'\n', 'abc\r', '\n'",
			"'c\r', '', 'c\r'" })
	void delimiterSetByTimerSeesWhatIsPendingOfTheOldOne(String delimiter, String frame, String more)
			throws IOException {
		chat().setTerminator("\r\n");
		this.talk.deliver("abc\r");
		this.chat.callLater(Duration.ZERO, () -> this.chat.setTerminator(delimiter));
		this.talk.passes(3);
		if (delimiter.startsWith("c")) {
			// what has been collected is not searched once more
			this.talk.deliver(more);
			assertThat(this.chat.frames).containsExactly("abc\r");
			return;
		}
		if (!more.isEmpty()) {
			assertThat(this.chat.frames).isEmpty();
			this.talk.deliver(more);
		}
		assertThat(this.chat.frames).containsExactly(frame);
		assertThat(this.chat.tail()).isEmpty();
	}

	@Test
	void lengthSetByTaskCountsWhatIsPendingOfTheDelimiter() throws IOException {
		chat().setTerminator("\r\n\r\n");
		this.talk.deliver("abc\r\n\r");
		assertThat(this.chat.tail()).isEqualTo("abc");
		this.chat.map().eventLoop().execute(() -> this.chat.setTerminator(2));
		this.talk.until(() -> !this.chat.frames.isEmpty());
		assertThat(this.chat.frames).containsExactly("\r\n");
		this.talk.passes(2);
		assertThat(this.chat.tail()).isEqualTo("\r");
	}

	@Test
	void terminatorSetTwiceKeepsWhatIsPending() throws IOException {
		chat().setTerminator("\r\n");
		this.talk.deliver("abc\r");
		this.chat.setTerminator(";");
		this.chat.setTerminator("\r\n");
		this.chat.setTerminator(Terminator.none());
		this.talk.passes(2);
		assertThat(this.chat.tail()).isEqualTo("abc\r");
	}

	@Test
	void whenTerminatorIsSetWithoutLoopWhatIsPendingWaits() throws IOException {
		chat().setTerminator("\r\n");
		this.talk.deliver("abc\r");
		this.chat.setTerminator("\n");
		this.talk.deliver("\ndef\n");
		assertThat(this.chat.frames).containsExactly("abc\r", "def");
	}

	@Test
	void whenPeerEndsAfterPartOfDelimiterNothingIsFound() throws IOException {
		chat().setTerminator("\r\n");
		this.talk.peer.send("a\r\nb\r").endOutput();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("frame a", "eof", "close");
	}

	@Test
	void allThatWasReceivedIsFramedBeforeTheClose() throws IOException {
		chat().setTerminator("\n");
		this.chat.setInBufferSize(3);
		this.talk.peer.send("aa\nbb\ncc\ndd\n").endOutput();
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("frame aa", "frame bb", "frame cc", "frame dd", "eof", "close");
	}

	@Test
	void whatIsNotTakenStaysForTheNextFrame() throws IOException {
		List<String> taken = new ArrayList<>();
		this.talk = Conversation.with((socket, map) -> new ScriptedChat(socket, map) {
			@Override
			protected void foundTerminator() {
				if (++this.received > 0 && taken.isEmpty()) {
					taken.add("not yet");
				}
				else {
					taken.add(takeIncoming(StandardCharsets.US_ASCII));
				}
			}
		});
		this.talk.chat.setTerminator("\n");
		this.talk.peer.send("ab\ncd\n");
		this.talk.until(() -> taken.size() == 2);
		assertThat(taken).containsExactly("not yet", "abcd");
	}

	@Test
	void takenBytesAreTheTakersOwn() throws IOException {
		chat();
		this.talk.deliver("abc");
		byte[] taken = this.chat.takeIncoming();
		this.talk.deliver("def");
		assertThat(taken).containsExactly('a', 'b', 'c');
		taken[0] = 'x';
		assertThat(this.chat.tail()).isEqualTo("def");
	}

}
