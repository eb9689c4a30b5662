package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.Asyncore;
import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * How {@link AsyncChat} cuts its input into frames.
 */
@Timeout(60)
class AsyncChatFramingTests extends ConversationFixture {

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "qqq", "aab", "abab" })
	void delimiterIsFoundAcrossEverySplit(String delimiter) throws IOException {
		String input = "first" + delimiter + delimiter + "aa" + delimiter + "b" + delimiter + "rest";
		for (int i = 1; i < input.length(); i++) {
			chat().setTerminator(delimiter);
			this.talk.deliver(input.substring(0, i));
			this.talk.deliver(input.substring(i));
			assertThat(this.chat.frames).as("split at %d", i).containsExactly("first", "", "aa", "b");
			assertThat(this.chat.tail()).isEqualTo("rest");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "\n", "\r\n", "qqq", "aab", "abab" })
	void delimiterIsFoundInSingleBytes(String delimiter) throws IOException {
		chat().setTerminator(delimiter);
		this.talk.deliverBytewise("first" + delimiter + delimiter + "aa" + delimiter + "rest");
		assertThat(this.chat.frames).containsExactly("first", "", "aa");
		assertThat(this.chat.tail()).isEqualTo("rest");
	}

	@Test
	void whenBeginningOfDelimiterIsNoneItIsCollected() throws IOException {
		chat().setTerminator("\r\n");
		this.talk.deliver("a\r");
		assertThat(this.chat.pieces).containsExactly("a");
		this.talk.deliver("\r");
		assertThat(this.chat.pieces).containsExactly("a", "\r");
		this.talk.deliver("b\r\n");
		assertThat(this.chat.frames).containsExactly("a\r\rb");
	}

	@Test
	void delimitersInRowGiveFramesWithNothingCollected() throws IOException {
		chat().setTerminator("\n");
		this.talk.deliver("\n\n\na\n\n");
		assertThat(this.chat.frames).containsExactly("", "", "", "a", "");
		assertThat(this.chat.pieces).containsExactly("a");
	}

	@Test
	void collectorIsNeverCalledWithNothing() throws IOException {
		chat().setTerminator("\r\n");
		this.talk.deliverBytewise("\r\n\r\na\r\n\r\r\n");
		assertThat(this.chat.pieces).doesNotContain("");
		assertThat(this.chat.frames).containsExactly("", "", "a", "\r");
	}

	@Test
	void withoutTerminatorCollectsAll() throws IOException {
		assertThat(chat().terminator()).isEqualTo(Terminator.none());
		this.talk.deliver("a\nb\r\n");
		assertThat(this.chat.frames).isEmpty();
		assertThat(this.chat.tail()).isEqualTo("a\nb\r\n");
	}

	@Test
	void lengthIsFoundOnceThenAllIsCollected() throws IOException {
		chat().setTerminator(3);
		this.talk.deliver("abcdefghi");
		assertThat(this.chat.frames).containsExactly("abc");
		assertThat(this.chat.tail()).isEqualTo("defghi");
		assertThat(this.chat.terminator()).isEqualTo(Terminator.none());
	}

	@Test
	void lengthIsFoundInSingleBytesAndTellsWhatIsToCome() throws IOException {
		chat().setTerminator(3);
		assertThat(this.chat.terminator()).isEqualTo(Terminator.length(3));
		this.talk.deliver("a");
		assertThat(this.chat.terminator()).isEqualTo(Terminator.length(2));
		this.talk.deliver("b");
		assertThat(this.chat.frames).isEmpty();
		this.talk.deliver("c");
		assertThat(this.chat.frames).containsExactly("abc");
		assertThat(this.chat.terminator()).isEqualTo(Terminator.none());
		this.talk.deliver("defg");
		assertThat(this.chat.frames).hasSize(1);
	}

	@Test
	void lengthMayBeLargerThanAnInt() throws IOException {
		long length = 5_000_000_000L;
		chat().setTerminator(length);
		this.talk.deliver("abc");
		assertThat(this.chat.terminator()).isEqualTo(Terminator.length(length - 3));
		assertThat(this.chat.tail()).isEqualTo("abc");
		assertThat(this.chat.frames).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "false, false", "false, true", "true, false", "true, true" })
	void terminatorSetWhenFrameIsFoundAppliesAtOnce(boolean usePoll, boolean bytewise) throws IOException {
		chat().setTerminator("\n");
		this.talk.usePoll(usePoll);
		this.chat.onFrame("5", (self) -> self.setTerminator(5));
		this.chat.onFrame("a\nb;c", (self) -> self.setTerminator(new byte[] { ';' }));
		this.chat.onFrame("\nd", (self) -> self.setTerminator(Terminator.delimiter(new byte[] { '\r', '\n' })));
		this.chat.onFrame("e\n;", (self) -> self.setTerminator(Terminator.length(2)));
		this.chat.onFrame("ff", (self) -> self.setTerminator(Terminator.none()));
		String input = "5\na\nb;c\nd;e\n;\r\nffg\n;\r\n";
		if (bytewise) {
			this.talk.deliverBytewise(input);
		}
		else {
			this.talk.deliver(input);
		}
		assertThat(this.chat.frames).containsExactly("5", "a\nb;c", "\nd", "e\n;", "ff");
		assertThat(this.chat.tail()).isEqualTo("g\n;\r\n");
	}

	@Test
	void terminatorSetFromOutsideAppliesToWhatFollows() throws IOException {
		chat().setTerminator("\n");
		this.talk.deliver("ab");
		this.chat.setTerminator(";");
		this.talk.deliver("c\n;d");
		assertThat(this.chat.frames).containsExactly("abc\n");
		assertThat(this.chat.tail()).isEqualTo("d");
	}

	@Test
	void terminatorSetByCollectorLosesNothing() throws IOException {
		chat().setTerminator("\r\n");
		this.chat.on("collect", (self) -> self.setTerminator(";"));
		this.talk.deliver("a\r\nb;c;");
		assertThat(this.chat.frames).containsExactly("a\r\nb", "c");
	}

	@Test
	void lengthSetByCollectorCountsWhatFollows() throws IOException {
		chat().setTerminator("\r\n");
		this.chat.on("collect", (self) -> self.on("collect", (again) -> {
		}).setTerminator(4));
		this.talk.deliver("a\r\nbcd");
		assertThat(this.chat.frames).containsExactly("a\r\nbc");
		assertThat(this.chat.tail()).isEqualTo("d");
	}

	@Test
	void lengthZeroSetBeforeTheConnectionIsFoundWithoutInput() throws Exception {
		ChannelMap map = new ChannelMap();
		try (Loopback.Pair pair = Loopback.pair()) {
			ScriptedChat chat = new ScriptedChat(map);
			chat.setTerminator(0);
			chat.setSocket(pair.near());
			Loopback.passUntil(map, () -> !chat.frames.isEmpty());
			Loopback.onePass(map, false, Duration.ZERO);
			assertThat(chat.events).containsExactly("frame ");
			assertThat(chat.terminator()).isEqualTo(Terminator.none());
		}
		finally {
			Asyncore.closeAll(map, true);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void lengthZeroSetInConstructorIsFoundAfterTheConnectionIsMade(boolean usePoll) throws Exception {
		ChannelMap map = new ChannelMap();
		try (var server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			ScriptedChat chat = ScriptedChat.connecting(map, server.getLocalAddress());
			chat.setTerminator(0);
			Loopback.passUntil(map, usePoll, () -> !chat.frames.isEmpty());
			assertThat(chat.events).containsExactly("connect", "frame ");
		}
		finally {
			Asyncore.closeAll(map, true);
		}
	}

	@Test
	void lengthZeroSetWhenFrameIsFoundIsFoundAtOnce() throws IOException {
		chat().setTerminator("\n");
		this.chat.onFrame("0", (self) -> self.setTerminator(0));
		this.chat.onFrame("", (self) -> self.setTerminator("\n"));
		this.talk.peer.send("0\nnext\n");
		this.talk.until(() -> this.chat.received > 0);
		assertThat(this.chat.frames).as("in the same pass").containsExactly("0", "", "next");
	}

	@Test
	void lengthZeroSetWhenFrameIsFoundAtTheEndOfInputIsFoundAtOnce() throws IOException {
		chat().setTerminator("\n");
		this.chat.onFrame("0", (self) -> self.setTerminator(0));
		this.talk.peer.send("0\n");
		this.talk.until(() -> this.chat.received > 0);
		assertThat(this.chat.frames).as("in the same pass").containsExactly("0", "");
	}

	@Test
	void lengthZeroSetByTaskIsFoundInTheNextPass() throws Exception {
		chat().setTerminator("\n");
		this.talk.deliver("abc");
		this.chat.callLater(Duration.ZERO, () -> this.chat.setTerminator(0));
		Peer.elsewhere(() -> {
			Loopback.onePass(this.talk.map, false, Duration.ofSeconds(30));
			Loopback.onePass(this.talk.map, false, Duration.ZERO);
			return null;
		});
		assertThat(this.chat.frames).containsExactly("abc");
		this.talk.deliver("\n");
		assertThat(this.chat.tail()).isEqualTo("\n");
	}

	@Test
	void lengthZeroSetByTaskDoesNotWaitForTheTimeout() throws Exception {
		chat();
		this.chat.map().eventLoop().execute(() -> this.chat.setTerminator(0));
		Peer.elsewhere(() -> {
			for (int i = 0; i < 2; i++) {
				Loopback.onePass(this.talk.map, false,
						this.chat.frames.isEmpty() ? Duration.ofSeconds(30) : Duration.ZERO);
			}
			return null;
		});
		assertThat(this.chat.frames).containsExactly("");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void lengthZeroSetAgainAndAgainLeavesOthersTheirTurn(boolean usePoll) throws IOException {
		chat().setTerminator(0);
		this.talk.usePoll(usePoll);
		this.chat.on("frame", (self) -> self.setTerminator(0));
		try (Peer other = Peer.withNearEnd()) {
			ScriptedChat neighbour = new ScriptedChat(other.near(), this.talk.map);
			neighbour.setTerminator("\n");
			for (int i = 1; i <= 3; i++) {
				int count = i;
				other.send("x\n");
				this.talk.until(() -> neighbour.frames.size() == count);
			}
			assertThat(this.chat.frames).hasSizeGreaterThanOrEqualTo(3).containsOnly("");
		}
		// and what comes meanwhile is not lost
		this.talk.peer.send("abc\n");
		this.talk.until(() -> this.chat.received == 4);
		this.talk.passes(5);
		this.chat.on("frame", (self) -> self.setTerminator("\n"));
		this.talk.until(() -> this.chat.frames.contains("abc"));
		assertThat(this.chat.reads).as("reads while it has enough").hasSizeLessThan(10);
	}

	@Test
	void collectorMayDoWithTheBufferAsItLikes() throws IOException {
		List<String> seen = new ArrayList<>();
		this.talk = Conversation.with((socket, map) -> new ScriptedChat(socket, map) {
			@Override
			protected void collectIncomingData(ByteBuffer data) {
				assertThat(data.hasRemaining()).isTrue();
				assertThat(data.order()).isEqualTo(ByteOrder.BIG_ENDIAN);
				seen.add(StandardCharsets.ISO_8859_1.decode(data.duplicate()).toString());
				switch (seen.size() % 4) {
					case 0 -> data.clear();
					case 1 -> data.order(ByteOrder.LITTLE_ENDIAN);
					case 2 -> data.position(data.limit());
					default -> data.limit(data.position());
				}
			}
		});
		this.talk.chat.setTerminator("\r\n");
		this.talk.deliver("aaaaaaaaaaaaaaaaaa\r\nbbbbbbbb\r\nc\r\nd\r\ne\r\n\r\nfffffffffffffffff\r\ng\r");
		this.talk.deliver("\n");
		assertThat(seen).containsExactly("aaaaaaaaaaaaaaaaaa", "bbbbbbbb", "c", "d", "e", "fffffffffffffffff", "g");
		assertThat(this.talk.chat.frames).hasSize(8);
	}

	@Test
	void readsNoMoreThanInBufferSizeAtOnce() throws IOException {
		chat().setTerminator("\r\n");
		assertThat(this.chat.inBufferSize()).isEqualTo(65536);
		this.chat.setInBufferSize(1);
		this.talk.deliver("ab\r\ncd\r\n\r\n");
		assertThat(this.chat.frames).containsExactly("ab", "cd", "");
		assertThat(this.chat.pieces).allSatisfy((piece) -> assertThat(piece).hasSize(1));
	}

	@Test
	void inBufferSizeMayBeLargerThanTheBufferOfTheLoop() throws IOException {
		chat().setTerminator("\r\n");
		this.chat.setInBufferSize(1_000_000);
		String line = Conversation.repeat("0123456789", 500_000);
		this.talk.peer.send(line + "\r\n" + line + "\r\n");
		this.talk.untilPeer(() -> this.chat.frames.size() == 2);
		assertThat(this.chat.frames).containsExactly(line, line);
		assertThat(this.chat.reads).contains(256 * 1024);
	}

	@Test
	void takeIncomingGivesEachByteOnce() throws IOException {
		chat();
		assertThat(this.chat.takeIncoming()).isEmpty();
		assertThat(this.chat.takeIncoming(StandardCharsets.UTF_8)).isEmpty();
		this.talk.deliver("ab\u00e4");
		assertThat(this.chat.takeIncoming()).containsExactly('a', 'b', 0xe4);
		assertThat(this.chat.takeIncoming()).isEmpty();
		this.talk.deliver("c\u00c3\u00a4d");
		assertThat(this.chat.takeIncoming(StandardCharsets.UTF_8)).isEqualTo("c\u00e4d");
		assertThat(this.chat.takeIncoming(StandardCharsets.UTF_8)).isEmpty();
		this.talk.deliver("e\u00fff");
		assertThat(this.chat.takeIncoming(StandardCharsets.UTF_8)).isEqualTo("e\ufffdf");
	}

	@Test
	void delimiterIsCopied() throws IOException {
		byte[] delimiter = { '\n' };
		chat().setTerminator(delimiter);
		delimiter[0] = 'x';
		this.talk.deliver("axb\n");
		assertThat(this.chat.frames).containsExactly("axb");
	}

	@Test
	void delimiterIsOfLatin1() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			chat().setTerminator("\u00e4");
			this.talk.deliver("a\u00e4b");
			assertThat(this.chat.frames).containsExactly("a");
			assertThat(this.chat.terminator()).isEqualTo(Terminator.delimiter(new byte[] { (byte) 0xe4 }));
			assertThatIllegalArgumentException().isThrownBy(() -> this.chat.setTerminator("\u20ac"))
				.withMessageContaining("ISO-8859-1");
			assertThat(log.errors()).isEmpty();
		}
	}

	@Test
	void delimiterMayBeACharacter() throws IOException {
		chat().setTerminator('\n');
		assertThat(this.chat.terminator()).isEqualTo(Terminator.delimiter(new byte[] { '\n' }));
		this.chat.onFrame("a", (self) -> self.setTerminator(';'));
		this.talk.deliver("a\nb\n;");
		assertThat(this.chat.frames).containsExactly("a", "b\n");
		assertThatIllegalArgumentException().isThrownBy(() -> this.chat.setTerminator('\u20ac'))
			.withMessageContaining("ISO-8859-1");
	}

	@Test
	void classIsWarnedOnceOfDelimitersThatUtf8HasOtherBytesFor() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			for (int i = 0; i < 3; i++) {
				this.talk = Conversation.with(WarnedChat::new);
				this.talk.chat.setTerminator("\r\n");
				this.talk.chat.setTerminator(new byte[] { (byte) 0xe4 });
				assertThat(log.warnings()).hasSize((i == 0) ? 0 : 1);
				this.talk.chat.setTerminator('\u00e4');
				this.talk.chat.setTerminator("\u00f6");
				assertThat(this.talk.chat.terminator()).isEqualTo(Terminator.delimiter(new byte[] { (byte) 0xf6 }));
				this.talk.close();
			}
			assertThat(log.warnings()).singleElement()
				.asString()
				.contains(WarnedChat.class.getName(), "\\xE4", "UTF-8", "setTerminator(byte[])");
		}
	}

	@Test
	void terminatorThatIsNoneIsRefused() throws IOException {
		chat().setTerminator("\n");
		assertThatIllegalArgumentException().isThrownBy(() -> this.chat.setTerminator(""))
			.withMessageContaining("Terminator.none()");
		assertThatIllegalArgumentException().isThrownBy(() -> this.chat.setTerminator(new byte[0]))
			.withMessageContaining("Terminator.none()");
		assertThatIllegalArgumentException().isThrownBy(() -> this.chat.setTerminator(-1)).withMessageContaining("-1");
		assertThatNullPointerException().isThrownBy(() -> this.chat.setTerminator((Terminator) null))
			.withMessageContaining("Terminator.none()");
		this.talk.deliver("still\n");
		assertThat(this.chat.frames).containsExactly("still");
	}

	@Test
	void constructorsChooseTheMap() throws IOException {
		ChannelMap map = new ChannelMap();
		assertThat(new ScriptedChat(map).map()).isSameAs(map);
		try (Loopback.Pair pair = Loopback.pair()) {
			SelectableChannel socket = pair.near();
			ScriptedChat chat = new ScriptedChat(socket, map);
			assertThat(map.channels()).containsExactly(chat);
			assertThat(chat.connected()).isTrue();
			AsyncChat inDefaultMap = new AsyncChat() {
				@Override
				protected void foundTerminator() {
				}
			};
			assertThat(inDefaultMap.map()).isSameAs(Asyncore.socketMap());
			AsyncChat withSocketInDefaultMap = new AsyncChat(pair.far()) {
				@Override
				protected void foundTerminator() {
				}
			};
			assertThat(Asyncore.socketMap().channels()).containsExactly(withSocketInDefaultMap);
			withSocketInDefaultMap.close();
			chat.close();
		}
	}

	private static final class WarnedChat extends ScriptedChat {

		WarnedChat(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

	}

}
