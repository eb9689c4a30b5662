package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.util.Arrays;
import java.util.Random;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

/**
 * What becomes of what is pushed.
 */
@Timeout(60)
class AsyncChatOutputTests extends ConversationFixture {

	private static byte[] random(int length) {
		byte[] data = new byte[length];
		new Random(length).nextBytes(data);
		return data;
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void isSentInTheOrderItWasPushed(boolean usePoll) throws IOException {
		ScriptedChat chat = chat();
		this.talk.usePoll(usePoll);
		chat.push("a");
		chat.push(Conversation.bytes("b"));
		chat.push(ByteBuffer.wrap(Conversation.bytes("c")));
		chat.pushWithProducer(new SimpleProducer(Conversation.bytes("dddd"), 3));
		chat.push("e");
		chat.pushWithProducer(new SimpleProducer(Conversation.bytes("ffff"), 1));
		chat.pushWithProducer(new SimpleProducer(new byte[0]));
		chat.pushWithProducer(new SimpleProducer(Conversation.bytes("g")));
		chat.push("h");
		this.talk.untilPeerHas("abcddddeffffgh");
		assertThat(chat.outBuffered()).isZero();
		assertThat(chat.writable()).isFalse();
	}

	@Test
	void answerLeavesInTheSamePass() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\n");
		chat.onFrame("ping", (self) -> self.push("pong\n"));
		this.talk.peer.send("ping\n");
		this.talk.until(() -> !chat.frames.isEmpty());
		assertThat(chat.outBuffered()).isZero();
		this.talk.untilPeerHas("pong\n");
	}

	@Test
	void textIsSentAsUtf8() throws IOException {
		chat().push("\u00e4\u20ac\ud83d\ude00");
		this.talk.untilPeer(() -> this.talk.peer.count() == 9);
		assertThat(this.talk.peer.bytes()).isEqualTo("\u00e4\u20ac\ud83d\ude00".getBytes("UTF-8"));
	}

	@Test
	void whatIsPushedIsCopied() throws IOException {
		ScriptedChat chat = chat();
		byte[] data = Conversation.bytes("array ");
		chat.push(data);
		Arrays.fill(data, (byte) 'x');
		ByteBuffer direct = ByteBuffer.allocateDirect(7).put(Conversation.bytes("direct ")).flip();
		chat.push(direct);
		direct.clear().put(new byte[7]);
		byte[] large = Conversation.bytes("x".repeat(200_000));
		chat.push(large);
		Arrays.fill(large, (byte) 'y');
		this.talk.untilPeerHas("array direct " + "x".repeat(200_000));
	}

	@Test
	void bufferIsTakenBetweenPositionAndLimit() throws IOException {
		ScriptedChat chat = chat();
		ByteBuffer data = ByteBuffer.wrap(Conversation.bytes("xxabcxx")).position(2).limit(5);
		chat.push(data);
		assertThat(data.position()).isEqualTo(5);
		assertThat(data.limit()).isEqualTo(5);
		ByteBuffer readOnly = ByteBuffer.wrap(Conversation.bytes("xxdefxx"), 2, 3).asReadOnlyBuffer();
		chat.push(readOnly);
		assertThat(readOnly.hasRemaining()).isFalse();
		chat.push(ByteBuffer.wrap(Conversation.bytes("..ghi..")).position(1).limit(6).slice().position(1).limit(4));
		this.talk.untilPeerHas("abcdefghi");
	}

	@Test
	void bufferIsConsumedAlsoWhenItIsDropped() throws IOException {
		ScriptedChat chat = chat();
		chat.close();
		ByteBuffer data = ByteBuffer.allocate(3);
		chat.push(data);
		assertThat(data.hasRemaining()).isFalse();
		assertThat(chat.outBuffered()).isZero();
	}

	@Test
	void emptyPushIsNothing() throws IOException {
		ScriptedChat chat = chat();
		chat.push("");
		chat.push(new byte[0]);
		chat.push(ByteBuffer.allocate(0));
		assertThat(chat.writable()).isFalse();
		this.talk.passes(3);
		assertThat(chat.writes).isEmpty();
		assertThat(chat.outBuffered()).isZero();
		chat.push("a");
		chat.push("");
		chat.push("b");
		this.talk.untilPeerHas("ab");
	}

	@Test
	void whatIsPushedBeforeTheConnectionIsSentWhenItIsThere() throws IOException {
		ChannelMap map = new ChannelMap();
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			ScriptedChat chat = new ScriptedChat(map);
			chat.push("without a socket, ");
			chat.createSocket();
			chat.push("with one, ");
			chat.connect(server.getLocalAddress());
			chat.pushWithProducer(new SimpleProducer(Conversation.bytes("connecting, ")));
			chat.on("connect", (self) -> self.push("connected"));
			try (Peer peer = Peer.of(server.accept())) {
				Loopback.passUntil(map, () -> peer.poll().count() == 49);
				assertThat(peer.text()).isEqualTo("without a socket, with one, connecting, connected");
				assertThat(chat.events).containsExactly("connect");
			}
		}
		finally {
			Asyncore.closeAll(map, true);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void muchOutputToSlowPeerArrivesComplete(boolean usePoll) throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		this.talk.usePoll(usePoll);
		byte[] data = random(3_000_000);
		for (int i = 0, length = 1; i < data.length; i += length, length = (length * 7) % 100_003 + 1) {
			chat.push(ByteBuffer.wrap(data, i, Math.min(length, data.length - i)));
		}
		assertThat(chat.outBuffered()).isEqualTo(data.length);
		this.talk.untilPeer(() -> this.talk.peer.count() == data.length);
		assertThat(this.talk.peer.bytes()).isEqualTo(data);
		assertThat(chat.outBuffered()).isZero();
	}

	@Test
	void outBufferedTellsWhatTheSocketHasNotTaken() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.push(new byte[1_000_000]);
		this.talk.untilFull();
		int left = chat.outBuffered();
		assertThat(left).isBetween(1, 999_999);
		chat.pushWithProducer(new SimpleProducer(new byte[1000]));
		assertThat(chat.outBuffered()).isEqualTo(left);
		this.talk.untilPeer(() -> this.talk.peer.count() == 1_001_000);
		assertThat(chat.outBuffered()).isZero();
	}

	@Test
	void socketIsGivenNoMoreThanOutBufferSizeAtOnce() throws IOException {
		ScriptedChat chat = chat();
		assertThat(chat.outBufferSize()).isEqualTo(65536);
		chat.setOutBufferSize(10);
		chat.push("x".repeat(95));
		chat.pushWithProducer(new SimpleProducer(Conversation.bytes("y".repeat(25)), 25));
		this.talk.untilPeerHas("x".repeat(95) + "y".repeat(25));
		assertThat(chat.writes).allSatisfy((count) -> assertThat(count).isBetween(1, 10));
		chat.setOutBufferSize(1);
		chat.push("abc");
		this.talk.untilPeerHas("x".repeat(95) + "y".repeat(25) + "abc");
	}

	@Test
	void smallPiecesAreSentTogether() throws IOException {
		ScriptedChat chat = chat();
		for (int i = 0; i < 10_000; i++) {
			chat.push("x");
		}
		this.talk.untilPeerHas("x".repeat(10_000));
		assertThat(chat.writes).hasSizeLessThan(200);
	}

	@Test
	void channelLeavesOthersTheirTurn() throws IOException {
		ScriptedChat chat = chat();
		// endless
		chat.pushWithProducer(() -> ByteBuffer.allocate(65536));
		try (Peer other = Peer.withNearEnd()) {
			ScriptedChat neighbour = new ScriptedChat(other.near(), this.talk.map);
			neighbour.setTerminator("\n");
			other.send("x\n");
			this.talk.untilPeer(() -> neighbour.frames.size() == 1);
		}
	}

	@Test
	void discardedOutputIsNotSent() throws IOException {
		ScriptedChat chat = chat();
		chat.push("lost");
		chat.pushWithProducer(new SimpleProducer(Conversation.bytes("lost too")));
		chat.discardBuffers();
		assertThat(chat.outBuffered()).isZero();
		assertThat(chat.writable()).isFalse();
		chat.push("sent");
		this.talk.untilPeerHas("sent");
	}

	@Test
	void discardedOutputEndsWhereTheSocketHasTakenIt() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.push("x".repeat(1_000_000));
		this.talk.untilFull();
		int taken = 1_000_000 - chat.outBuffered();
		chat.discardBuffers();
		chat.push("end");
		this.talk.untilPeerHas("x".repeat(taken) + "end");
	}

	@Test
	void discardedInputIsNotFramed() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\r\n");
		this.talk.deliver("lost\r");
		chat.discardBuffers();
		assertThat(chat.tail()).isEmpty();
		this.talk.deliver("\nkept\r\n");
		assertThat(chat.frames).containsExactly("\nkept");
		assertThat(chat.terminator()).as("stays").isEqualTo(Terminator.delimiter(Conversation.bytes("\r\n")));
	}

	@Test
	void inputMayBeDiscardedWhenFrameIsFound() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\r\n");
		chat.onFrame("b", AsyncChat::discardBuffers);
		this.talk.deliver("a\r\nb\r\nlost\r\nlost\r");
		this.talk.deliver("\nd\r\n");
		assertThat(chat.frames).containsExactly("a", "b", "\nd");
	}

	@Test
	void inputMayBeDiscardedByTheCollector() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\r\n");
		chat.on("collect", (self) -> {
			if (self.pieces.size() == 2) {
				self.discardBuffers();
			}
		});
		this.talk.deliver("a\r\nb\r\nlost\r\nlost\r");
		this.talk.deliver("c\r\n");
		assertThat(chat.frames).containsExactly("a", "c");
	}

	@Test
	void inputThatWaitsMayBeDiscarded() throws IOException {
		this.talk = null;
		try (Conversation<PausingChat> pausing = Conversation.withPauses()) {
			pausing.chat.setTerminator("\n");
			pausing.chat.onFrame("a", (self) -> pausing.chat.paused = true);
			pausing.peer.send("a\nlost\n");
			pausing.until(() -> pausing.chat.received == 7);
			assertThat(pausing.chat.inputPending()).isTrue();
			pausing.chat.discardBuffers();
			assertThat(pausing.chat.inputPending()).isFalse();
			pausing.chat.paused = false;
			pausing.deliver("b\n");
			assertThat(pausing.chat.frames).containsExactly("a", "b");
		}
	}

	@Test
	void mayBeDiscardedInAnyState() throws IOException {
		ScriptedChat chat = new ScriptedChat(new ChannelMap());
		chat.discardBuffers();
		chat.push("x");
		chat.discardBuffers();
		assertThat(chat.outBuffered()).isZero();
		ScriptedChat closed = chat();
		closed.close();
		closed.discardBuffers();
		assertThat(closed.outBuffered()).isZero();
	}

	@Test
	void nullIsRefused() throws IOException {
		ScriptedChat chat = chat();
		assertThatNullPointerException().isThrownBy(() -> chat.push((String) null));
		assertThatNullPointerException().isThrownBy(() -> chat.push((byte[]) null));
		assertThatNullPointerException().isThrownBy(() -> chat.push((ByteBuffer) null));
		assertThatNullPointerException().isThrownBy(() -> chat.pushWithProducer(null))
			.withMessage("'producer' must not be null");
		chat.push("a");
		this.talk.untilPeerHas("a");
	}

	@Test
	void whatIsPushedAfterTheCloseIsDropped() throws IOException {
		ScriptedChat chat = chat();
		chat.push("never sent");
		chat.close();
		assertThat(chat.outBuffered()).isZero();
		chat.push("x");
		assertThat(chat.outBuffered()).isZero();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.count()).isZero();
	}

}
