package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

import io.asyncore.CapturedLog;
import io.asyncore.Peer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * What {@link AsyncChat#maxFrameLength()} is for.
 */
@Timeout(60)
class AsyncChatFrameLengthTests {

	private static final int MAX = 8;

	private Conversation<ScriptedChat> talk;

	private ScriptedChat chat;

	@AfterEach
	void close() throws IOException {
		if (this.talk != null) {
			this.talk.close();
		}
	}

	private ScriptedChat chat(Conversation.Maker<ScriptedChat> maker) throws IOException {
		if (this.talk != null) {
			this.talk.close();
		}
		this.talk = Conversation.with(maker);
		this.chat = this.talk.chat;
		this.chat.setMaxFrameLength(MAX);
		return this.chat;
	}

	private ScriptedChat chat() throws IOException {
		return chat(ScriptedChat::new);
	}

	// one that keeps nothing, and tells frames by their number
	private ScriptedChat ownCollector() throws IOException {
		return chat((socket, map) -> new ScriptedChat(socket, map) {
			@Override
			protected void collectIncomingData(ByteBuffer data) {
			}
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "aab" })
	void frameOfExactlyTheMaximumIsFoundInAnySplit(String delimiter) throws IOException {
		String input = "x".repeat(MAX) + delimiter + "aaaaaaaa" + delimiter + delimiter;
		for (int i = 1; i <= input.length(); i++) {
			chat().setTerminator(delimiter);
			this.talk.deliver(input.substring(0, i));
			if (i < input.length()) {
				this.talk.deliver(input.substring(i));
			}
			assertThat(this.chat.frames).as("split at %d", i).containsExactly("x".repeat(MAX), "aaaaaaaa", "");
			assertThat(this.chat.failures).isEmpty();
		}
		chat().setTerminator(delimiter);
		this.talk.deliverBytewise(input);
		assertThat(this.chat.frames).hasSize(3);
		assertThat(this.chat.failures).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "aab" })
	void frameOfOneMoreIsTooLongInAnySplit(String delimiter) throws IOException {
		String input = "ok" + delimiter + "x".repeat(MAX + 1) + delimiter + "next" + delimiter;
		for (int i = 1; i <= input.length(); i++) {
			chat().setTerminator(delimiter);
			this.chat.staysOpenOnError = true;
			this.talk.deliver(input.substring(0, i));
			if (i < input.length()) {
				this.talk.deliver(input.substring(i));
			}
			assertThat(this.chat.events).as("split at %d", i).containsExactly("frame ok", "error", "frame next");
		}
		chat().setTerminator(delimiter);
		this.chat.staysOpenOnError = true;
		this.talk.deliverBytewise(input);
		assertThat(this.chat.events).containsExactly("frame ok", "error", "frame next");
	}

	@Test
	void ownCollectorIsBoundInTheSameWay() throws IOException {
		ownCollector().setTerminator("\r\n");
		this.chat.staysOpenOnError = true;
		this.talk.deliver("x".repeat(MAX) + "\r\n");
		this.talk.deliver("x".repeat(MAX + 1) + "\r\n\r\n");
		assertThat(this.chat.events).containsExactly("frame ", "error", "frame ");
		this.talk.deliverBytewise("x".repeat(MAX) + "\r\n");
		this.talk.deliverBytewise("x".repeat(3 * MAX) + "\r\n\r\n");
		assertThat(this.chat.events).containsExactly("frame ", "error", "frame ", "frame ", "error", "frame ");
	}

	@Test
	void byDefaultClosesTheChannel() throws IOException {
		chat().setTerminator("\n");
		this.talk.peer.send("ok\n" + "x".repeat(MAX + 1) + "\nnext\n");
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("frame ok", "error", "close");
		assertThat(this.chat.failures).singleElement()
			.isInstanceOfSatisfying(FrameTooLongException.class,
					(failure) -> assertThat(failure.maxFrameLength()).isEqualTo(MAX))
			.satisfies((failure) -> assertThat(failure).hasMessageContaining("setMaxFrameLength")
				.hasMessageContaining("8"));
		this.talk.untilPeerIsAtEnd();
	}

	@Test
	void byDefaultSaysSoInTheLog() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			chat((socket, map) -> new ScriptedChat(socket, map) {
				@Override
				protected Set<String> ignoreLogTypes() {
					return Set.of();
				}
			}).setTerminator("\n");
			this.talk.peer.send("x".repeat(MAX + 1));
			this.talk.until(this.chat::closed);
			assertThat(log.errors()).singleElement().asString().contains("FrameTooLongException", "setMaxFrameLength");
			assertThat(log.warnings()).isEmpty();
		}
	}

	@Test
	void isToldAsSoonAsTheMaximumIsExceeded() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.talk.deliverBytewise("x".repeat(MAX));
		assertThat(this.chat.failures).isEmpty();
		this.talk.deliver("x");
		assertThat(this.chat.failures).hasSize(1);
		this.talk.deliver("x".repeat(10 * MAX));
		assertThat(this.chat.failures).as("once for each frame").hasSize(1);
		assertThat(this.chat.tail()).isEmpty();
	}

	@Test
	void whatMayBeDelimiterDoesNotCountYet() throws IOException {
		chat().setTerminator("\r\n");
		this.chat.staysOpenOnError = true;
		this.talk.deliver("x".repeat(MAX) + "\r");
		assertThat(this.chat.failures).isEmpty();
		this.talk.deliver("\n");
		assertThat(this.chat.frames).hasSize(1);
		this.talk.deliver("x".repeat(MAX) + "\r");
		this.talk.deliver("x");
		assertThat(this.chat.failures).hasSize(1);
		this.talk.deliver("\r");
		this.talk.deliver("\nnext\r\n");
		assertThat(this.chat.frames).containsExactly("x".repeat(MAX), "next");
	}

	@Test
	void afterFrameThatWasTooLongTheNextOneCountsAnew() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		for (int i = 0; i < 5; i++) {
			this.talk.deliver("x".repeat(MAX + 1) + "\n" + "y".repeat(MAX) + "\n");
		}
		assertThat(this.chat.failures).hasSize(5);
		assertThat(this.chat.frames).hasSize(5).containsOnly("y".repeat(MAX));
	}

	@Test
	void terminatorSetByHandleErrorAppliesToWhatFollowsTheDroppedInput() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("error", (self) -> self.setTerminator(";"));
		this.talk.deliver("x".repeat(MAX + 1));
		this.talk.deliver("abc;def;");
		assertThat(this.chat.frames).containsExactly("abc", "def");
	}

	@Test
	void handleErrorMayDiscardBuffers() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("error", AsyncChat::discardBuffers);
		this.talk.deliver("x".repeat(MAX + 1) + "\nlost\n");
		assertThat(this.chat.frames).isEmpty();
		assertThat(this.chat.failures).hasSize(1);
	}

	@Test
	void frameByLengthMayBeAsLongAsTheDefaultCollectorKeeps() throws IOException {
		chat().setTerminator(MAX);
		this.chat.onFrame("x".repeat(MAX), (self) -> self.setTerminator("\n"));
		this.talk.deliver("x".repeat(MAX) + "abc\n");
		assertThat(this.chat.events).containsExactly("frame " + "x".repeat(MAX), "frame abc");
	}

	@Test
	void longerFrameByLengthIsTooLongForTheDefaultCollector() throws IOException {
		for (int first = 1; first <= MAX + 1; first++) {
			chat().setTerminator(MAX + 1);
			this.chat.staysOpenOnError = true;
			this.talk.deliver("x".repeat(first));
			if (first <= MAX) {
				this.talk.deliver("x".repeat(MAX + 1 - first));
			}
			assertThat(this.chat.events).as("first %d", first).containsExactly("error");
			assertThat(this.chat.terminator()).isEqualTo(Terminator.none());
			this.chat.setTerminator("\n");
			this.talk.deliver("abc\n");
			assertThat(this.chat.frames).containsExactly("abc");
		}
	}

	@Test
	void restOfFrameByLengthThatIsTooLongIsDropped() throws IOException {
		chat().setTerminator(3 * MAX);
		this.chat.staysOpenOnError = true;
		this.talk.deliver("x".repeat(MAX));
		this.talk.deliver("x");
		assertThat(this.chat.failures).singleElement().isInstanceOf(FrameTooLongException.class);
		this.talk.deliver("x".repeat(MAX));
		assertThat(this.chat.tail()).isEmpty();
		this.talk.deliver("x".repeat(MAX - 1) + "abc");
		assertThat(this.chat.events).containsExactly("error");
		assertThat(this.chat.tail()).isEqualTo("abc");
	}

	@Test
	void frameByLengthMayBeAsLongAsItLikesForAnOwnCollector() throws IOException {
		ownCollector().setTerminator(100 * MAX);
		this.chat.onFrame("", (self) -> self.setTerminator(Terminator.none()));
		this.talk.deliver("x".repeat(200 * MAX));
		assertThat(this.chat.events).containsExactly("frame ");
	}

	@Test
	void withoutTerminatorTheDefaultCollectorKeepsNoMore() throws IOException {
		chat();
		this.chat.staysOpenOnError = true;
		this.talk.deliverBytewise("x".repeat(MAX));
		assertThat(this.chat.failures).isEmpty();
		this.talk.deliver("x");
		assertThat(this.chat.failures).singleElement().isInstanceOf(FrameTooLongException.class);
		assertThat(this.chat.tail()).isEmpty();
		// and goes on: what follows is no more or less wanted than that was
		this.talk.deliver("abc");
		assertThat(this.chat.tail()).isEqualTo("abc");
	}

	@Test
	void withoutTerminatorClosesByDefault() throws IOException {
		chat();
		this.talk.peer.send("x".repeat(MAX + 1));
		this.talk.until(this.chat::closed);
		assertThat(this.chat.events).containsExactly("error", "close");
	}

	@Test
	void byDefaultIsOneMegabyte() throws IOException {
		this.talk = Conversation.begin();
		this.chat = this.talk.chat;
		int max = 1024 * 1024;
		assertThat(this.chat.maxFrameLength()).isEqualTo(max);
		this.chat.setTerminator("\n");
		this.talk.peer.send("x".repeat(max) + "\n" + "x".repeat(max) + "y\n");
		this.talk.untilPeer(this.chat::closed);
		assertThat(this.chat.events).hasSize(3).endsWith("error", "close");
		assertThat(this.chat.frames).singleElement().asString().hasSize(max);
	}

	@Test
	void collectorMayFailWithTheSameException() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("collect", (self) -> {
			if (self.pieces.size() == 1) {
				throw new FrameTooLongException(3);
			}
		});
		this.talk.deliver("ab");
		this.talk.deliver("cd\nef\n");
		assertThat(this.chat.events).containsExactly("error", "frame ef");
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, -1 })
	void sizesMustBePositive(int size) throws IOException {
		chat();
		assertThatIllegalArgumentException().isThrownBy(() -> this.chat.setMaxFrameLength(size))
			.withMessageContaining("'maxFrameLength'");
		assertThatIllegalArgumentException().isThrownBy(() -> this.chat.setInBufferSize(size))
			.withMessageContaining("'inBufferSize'");
		assertThatIllegalArgumentException().isThrownBy(() -> this.chat.setOutBufferSize(size))
			.withMessageContaining("'outBufferSize'");
		assertThat(List.of(this.chat.maxFrameLength(), this.chat.inBufferSize(), this.chat.outBufferSize()))
			.containsExactly(MAX, 65536, 65536);
	}

	@Test
	void whenObjectIsUsedAgainNothingIsLeftOfFrameThatWasTooLong() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\n");
		this.talk.peer.send("x".repeat(MAX + 1));
		this.talk.until(chat::closed);
		chat.events.clear();
		try (Peer next = Peer.withNearEnd()) {
			chat.setSocket(next.near());
			next.send("first\nsecond\n");
			this.talk.until(() -> chat.frames.contains("second"));
			assertThat(chat.events).containsExactly("frame first", "frame second");
		}
	}

	@Test
	void discardedBuffersLeaveNothingOfFrameThatWasTooLong() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\n");
		chat.staysOpenOnError = true;
		this.talk.deliver("x".repeat(MAX + 1));
		chat.discardBuffers();
		this.talk.deliver("first\nsecond\n");
		assertThat(chat.events).containsExactly("error", "frame first", "frame second");
	}

}
