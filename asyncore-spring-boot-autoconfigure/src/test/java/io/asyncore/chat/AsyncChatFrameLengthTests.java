package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
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
			assertThat(log.warnings()).singleElement()
				.asString()
				.contains("FrameTooLongException", "setMaxFrameLength");
			assertThat(log.traces()).isEmpty();
			assertThat(log.errors()).isEmpty();
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

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "aab" })
	void terminatorSetByHandleErrorAppliesBehindTheDroppedFrame(String delimiter) throws IOException {
		String input = "x".repeat(MAX + 1) + "a;b;" + delimiter + "abc;def;";
		for (int i = MAX + 1; i <= input.length(); i++) {
			chat().setTerminator(delimiter);
			this.chat.staysOpenOnError = true;
			this.chat.on("error", (self) -> {
				self.setTerminator(2);
				self.setTerminator(";");
				assertThat(self.terminator()).isEqualTo(Terminator.delimiter(new byte[] { ';' }));
			});
			deliverInTwo(input, i);
			assertThat(this.chat.events).as("split at %d", i).containsExactly("error", "frame abc", "frame def");
		}
	}

	@Test
	void terminatorSetByTaskMeanwhileAppliesBehindTheDroppedFrame() throws IOException {
		chat().setTerminator("\r\n");
		this.chat.staysOpenOnError = true;
		this.talk.deliver("x".repeat(MAX + 1) + "\r");
		this.chat.map().eventLoop().execute(() -> this.chat.setTerminator(";"));
		this.talk.passes(2);
		this.talk.deliver("x\r");
		this.talk.deliver("\nabc;");
		assertThat(this.chat.events).containsExactly("error", "frame abc");
	}

	@Test
	void lengthZeroSetByHandleErrorIsFoundBehindTheDroppedFrame() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("error", (self) -> self.setTerminator(0));
		this.chat.onFrame("", (self) -> self.setTerminator(";"));
		this.talk.deliver("x".repeat(MAX + 1));
		assertThat(this.chat.events).containsExactly("error");
		this.talk.deliver("x\nabc;");
		assertThat(this.chat.events).containsExactly("error", "frame ", "frame abc");
	}

	@Test
	void noneSetByHandleErrorCollectsWhatFollowsTheDroppedFrame() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("error", (self) -> self.setTerminator(Terminator.none()));
		this.talk.deliver("x".repeat(MAX + 1) + "x\nabc\n");
		assertThat(this.chat.tail()).isEqualTo("abc\n");
	}

	private void deliverInTwo(String input, int split) throws IOException {
		this.talk.deliver(input.substring(0, split));
		if (split < input.length()) {
			this.talk.deliver(input.substring(split));
		}
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
	void endOfFrameByLengthThatIsTooLongIsToldWithNothingCollected() throws IOException {
		String input = "x".repeat(3 * MAX) + "abc\n";
		for (int i = 1; i <= input.length(); i++) {
			chat().setTerminator(3 * MAX);
			this.chat.staysOpenOnError = true;
			this.chat.onFrame("", (self) -> self.setTerminator("\n"));
			deliverInTwo(input, i);
			assertThat(this.chat.events).as("split at %d", i).containsExactly("error", "frame ", "frame abc");
			assertThat(this.chat.failures).singleElement().isInstanceOf(FrameTooLongException.class);
		}
	}

	@Test
	void endOfFrameByLengthThatIsTooLongIsNotToldBeforeItIsThere() throws IOException {
		chat().setTerminator(3 * MAX);
		this.chat.staysOpenOnError = true;
		this.talk.deliver("x".repeat(MAX + 1));
		this.talk.deliver("x".repeat(2 * MAX - 2));
		this.talk.passes(3);
		assertThat(this.chat.events).containsExactly("error");
		assertThat(this.chat.terminator()).isEqualTo(Terminator.length(1));
		this.talk.deliver("x");
		assertThat(this.chat.events).containsExactly("error", "frame ");
		assertThat(this.chat.terminator()).isEqualTo(Terminator.none());
		assertThat(this.chat.pieces).hasSize(1);
	}

	@Test
	void terminatorSetByHandleErrorAppliesBehindTheDroppedFrameByLength() throws IOException {
		String input = "x".repeat(3 * MAX) + "abc\ndef\n";
		for (int i = 1; i <= input.length(); i++) {
			chat().setTerminator(3 * MAX);
			this.chat.staysOpenOnError = true;
			this.chat.on("error", (self) -> self.setTerminator("\n"));
			deliverInTwo(input, i);
			assertThat(this.chat.events).as("split at %d", i).containsExactly("error", "frame abc", "frame def");
		}
	}

	@Test
	void lengthSetByHandleErrorCountsFromTheEndOfTheDroppedFrame() throws IOException {
		for (int first = MAX + 1; first <= MAX + 3; first++) {
			chat().setTerminator(MAX + 1);
			this.chat.staysOpenOnError = true;
			this.chat.on("error", (self) -> self.setTerminator(3));
			this.talk.deliver("x".repeat(MAX + 1) + "abcd".substring(0, first - MAX - 1));
			this.talk.deliver("abcd".substring(first - MAX - 1));
			assertThat(this.chat.events).containsExactly("error", "frame abc");
			assertThat(this.chat.tail()).isEqualTo("d");
		}
	}

	@Test
	void framesBehindCountedBodiesThatAreTooLongAreFound() throws IOException {
		StringBuilder input = new StringBuilder();
		List<String> expected = new ArrayList<>();
		for (int length : new int[] { 3, 3 * MAX, MAX, MAX + 1, 0, 2 * MAX, 1 }) {
			input.append(length).append('\n').append("x".repeat(length));
			expected.addAll((length > MAX) ? List.of("frame " + length, "error", "frame ")
					: List.of("frame " + length, "frame " + "x".repeat(length)));
		}
		for (int inBufferSize : new int[] { 1, 2, 7, 65536 }) {
			chat(BodiesChat::new).setInBufferSize(inBufferSize);
			this.chat.setTerminator("\n");
			this.chat.staysOpenOnError = true;
			this.talk.deliver(input.toString());
			assertThat(this.chat.events).containsExactlyElementsOf(expected);
		}
	}

	@Test
	void byDefaultNothingFollowsFrameByLengthThatIsTooLong() throws IOException {
		chat().setTerminator(MAX + 1);
		this.talk.peer.send("x".repeat(MAX + 1) + "abc");
		this.talk.until(this.chat::closed);
		this.talk.passes(3);
		assertThat(this.chat.events).containsExactly("error", "close");
		assertThat(this.chat.tail()).isEmpty();
	}

	@Test
	void afterCloseWhenDoneInHandleErrorNothingFollows() throws IOException {
		chat().setTerminator(MAX + 1);
		this.chat.staysOpenOnError = true;
		this.chat.on("error", (self) -> {
			self.push("too long");
			self.closeWhenDone();
		});
		this.talk.peer.send("x".repeat(MAX + 1) + "abc").endOutput();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo("too long");
		assertThat(this.chat.frames).isEmpty();
		assertThat(this.chat.failures).hasSize(1);
	}

	@Test
	void ownCollectorThatFindsFrameByLengthTooLongIsToldItsEnd() throws IOException {
		chat().setTerminator(6);
		this.chat.setMaxFrameLength(100);
		this.chat.staysOpenOnError = true;
		this.chat.on("collect", (self) -> {
			if (self.pieces.size() == 2) {
				throw new FrameTooLongException(3);
			}
		});
		this.talk.deliver("ab");
		this.talk.deliver("cd");
		// what the default collector had kept of it is dropped, too
		assertThat(this.chat.tail()).isEmpty();
		this.talk.deliver("ef");
		this.talk.deliver("ghi");
		assertThat(this.chat.events).containsExactly("error", "frame ");
		assertThat(this.chat.tail()).isEqualTo("ghi");
	}

	@Test
	void whatTheDefaultCollectorHasKeptOfDroppedFrameIsNotPartOfTheNext() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("collect", (self) -> {
			if (self.pieces.contains("cd")) {
				self.pieces.clear();
				throw new FrameTooLongException(3);
			}
		});
		this.talk.deliver("ab");
		this.talk.deliver("cd");
		this.talk.deliver("ef\ngh\n");
		assertThat(this.chat.events).containsExactly("error", "frame gh");
	}

	@Test
	void terminatorThatItsCollectorSetsEndsTheDroppedFrame() throws IOException {
		chat().setTerminator("\n");
		this.chat.staysOpenOnError = true;
		this.chat.on("collect", (self) -> {
			self.on("collect", (again) -> {
			}).setTerminator(";");
			throw new FrameTooLongException(3);
		});
		this.talk.deliver("ab");
		this.talk.deliver("\ncd;ef;");
		assertThat(this.chat.events).containsExactly("error", "frame ef");
	}

	@Test
	void nestedLoopInHandleErrorFindsTheFramesBehindTheDroppedOne() throws IOException {
		chat().setTerminator(MAX + 2);
		this.chat.staysOpenOnError = true;
		this.chat.on("error", (self) -> {
			self.setTerminator("\n");
			this.talk.peer.send("\nabc\n");
			this.talk.until(() -> self.frames.contains("abc"));
			self.events.add("back");
		});
		this.talk.peer.send("x".repeat(MAX + 1) + "x");
		this.talk.until(() -> this.chat.events.contains("back"));
		assertThat(this.chat.events).containsExactly("error", "frame ", "frame abc", "back");
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
	void discardedBuffersLeaveTheTerminatorThatWasSetMeanwhile() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\n");
		chat.staysOpenOnError = true;
		this.talk.deliver("x".repeat(MAX + 1));
		chat.setTerminator(";");
		chat.discardBuffers();
		assertThat(chat.terminator()).isEqualTo(Terminator.delimiter(new byte[] { ';' }));
		this.talk.deliver("a\nb;c;");
		assertThat(chat.events).containsExactly("error", "frame a\nb", "frame c");
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

	/**
	 * Takes frames of two parts: the length, and so many bytes.
	 */
	private static final class BodiesChat extends ScriptedChat {

		private boolean body;

		BodiesChat(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void foundTerminator() throws Exception {
			super.foundTerminator();
			this.body = !this.body;
			if (this.body) {
				setTerminator(Long.parseLong(this.frames.get(this.frames.size() - 1)));
			}
			else {
				setTerminator("\n");
			}
		}

	}

}
