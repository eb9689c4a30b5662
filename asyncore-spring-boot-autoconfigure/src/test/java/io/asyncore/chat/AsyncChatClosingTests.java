package io.asyncore.chat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import io.asyncore.Asyncore;
import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.CloseReason;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How an {@link AsyncChat} comes to its end: by {@code closeWhenDone()}, by
 * {@code shutdownOutput()}, by its peer, by {@code close()}.
 */
@Timeout(60)
class AsyncChatClosingTests extends ConversationFixture {

	private static final String ANSWER = Conversation.repeat("0123456789", 50_000);

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void sendsWhatWasPushedBeforeAndDropsWhatIsPushedLater(boolean usePoll) throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		this.talk.usePoll(usePoll);
		String all = Conversation.repeat("abcdefg", 1_000_000);
		chat.push(all);
		chat.pushWithProducer(new SimpleProducer(Conversation.bytes("end"), 1));
		chat.closeWhenDone();
		chat.push("dropped");
		chat.pushWithProducer(new SimpleProducer(Conversation.bytes("dropped as well")));
		this.talk.untilFull();
		assertThat(chat.closed()).isFalse();
		this.talk.untilClosed();
		assertThat(this.talk.peer.text()).isEqualTo(all + "end");
		assertThat(chat.events).containsExactly("eof", "close");
		assertThat(this.talk.map.isEmpty()).isTrue();
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void withNothingToSendClosesAtOnce(boolean usePoll) throws IOException {
		ScriptedChat chat = chat();
		this.talk.usePoll(usePoll);
		chat.closeWhenDone();
		assertThat(chat.closed()).isFalse();
		this.talk.until(chat::closed);
		assertThat(chat.events).containsExactly("close");
		this.talk.untilPeerIsAtEnd();
	}

	@Test
	void whatWasReceivedAlreadyIsNotFramedAnyMore() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\n");
		chat.onFrame("quit", (self) -> {
			self.push("bye\n");
			self.closeWhenDone();
		});
		this.talk.peer.send("hello\nquit\nmore\nand more\n");
		this.talk.untilClosed();
		assertThat(this.talk.peer.text()).isEqualTo("bye\n");
		assertThat(chat.events).containsExactly("frame hello", "frame quit", "eof", "close");
		assertThat(chat.pieces).containsExactly("hello", "quit");
	}

	@Test
	void whenCalledByTheCollectorNothingIsFound() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\n");
		chat.on("collect", AsyncChat::closeWhenDone);
		this.talk.peer.send("hello\nmore\n");
		this.talk.untilPeerIsAtEnd();
		// the line that has begun might have gone on
		assertThat(chat.events).isEmpty();
		this.talk.peer.close();
		this.talk.until(chat::closed);
		assertThat(chat.events).containsExactly("eof", "close");
	}

	@Test
	void whatWaitsWhilePausedIsNotFramedAnyMore() throws IOException {
		try (Conversation<PausingChat> pausing = Conversation.withPauses()) {
			pausing.chat.setTerminator("\n");
			pausing.chat.onFrame("a", (self) -> pausing.chat.paused = true);
			pausing.peer.send("a\nb\n");
			pausing.until(() -> pausing.chat.received == 4);
			pausing.chat.closeWhenDone();
			pausing.chat.paused = false;
			pausing.untilPeerIsAtEnd();
			assertThat(pausing.chat.events).containsExactly("frame a", "close");
		}
	}

	@Test
	void nothingIsReadWhileThereIsSomethingToSend() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.setTerminator("\n");
		chat.push(new byte[1_000_000]);
		chat.closeWhenDone();
		this.talk.peer.send("not\nread\n");
		this.talk.untilFull();
		this.talk.passes(10);
		assertThat(chat.reads).isEmpty();
		assertThat(chat.readable()).isFalse();
		assertThat(chat.frames).isEmpty();
	}

	@Test
	void mayBeCalledBeforeTheConnection() throws IOException {
		ChannelMap map = new ChannelMap();
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			ScriptedChat chat = ScriptedChat.connecting(map, server.getLocalAddress());
			chat.push("hello");
			chat.closeWhenDone();
			chat.push("dropped");
			try (Peer peer = Peer.of(server.accept())) {
				Loopback.passUntil(map, () -> peer.poll().isEnded());
				assertThat(peer.text()).isEqualTo("hello");
				peer.endOutput();
				Loopback.passUntil(map, chat::closed);
				assertThat(chat.events).containsExactly("connect", "eof", "close");
			}
		}
		finally {
			Asyncore.closeAll(map, true);
		}
	}

	@Test
	void whenConnectionFailsHandleCloseIsCalledOnce() throws IOException {
		ChannelMap map = new ChannelMap();
		ScriptedChat chat = ScriptedChat.connecting(map, Peer.nobody());
		chat.push("hello");
		chat.closeWhenDone();
		Loopback.passUntil(map, chat::closed);
		assertThat(chat.events).containsExactly("error", "close");
		assertThat(chat.outBuffered()).isZero();
		assertThat(map.isEmpty()).isTrue();
	}

	@Test
	void mayBeCalledAgainAndAgain() throws IOException {
		ScriptedChat chat = chat();
		chat.push("hello");
		for (int i = 0; i < 3; i++) {
			chat.closeWhenDone();
		}
		this.talk.untilPeerIsAtEnd();
		chat.closeWhenDone();
		this.talk.passes(3);
		this.talk.untilClosed();
		chat.closeWhenDone();
		this.talk.passes(3);
		assertThat(this.talk.peer.text()).isEqualTo("hello");
		assertThat(chat.events).containsExactly("eof", "close");
	}

	@Test
	void whenHandleCloseLeavesItOpenItIsNotCalledAgain() throws IOException {
		this.talk = Conversation.with((socket, map) -> new ScriptedChat(socket, map) {
			@Override
			protected void handleClose() {
				this.events.add("close");
			}
		});
		this.talk.chat.closeWhenDone();
		this.talk.until(() -> !this.talk.chat.events.isEmpty());
		this.talk.passes(5);
		this.talk.peer.close();
		this.talk.passes(5);
		assertThat(this.talk.chat.events).containsExactly("close");
	}

	@Test
	void afterDiscardingThereIsNothingToWaitFor() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.push(new byte[1_000_000]);
		chat.closeWhenDone();
		this.talk.untilFull();
		chat.discardBuffers();
		this.talk.untilClosed();
		assertThat(chat.events).containsExactly("eof", "close");
	}

	@Test
	void peerThatKeepsUploadingGetsTheWholeAnswer() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\n");
		chat.onFrame("upload", (self) -> {
			self.push(ANSWER);
			self.closeWhenDone();
		});
		// reads nothing before it has sent everything
		this.talk.peer.send("upload\n" + Conversation.repeat("x", 10_000_000));
		untilUploaded();
		assertThat(chat.closed()).isFalse();
		// it has been silent for long enough
		this.talk.until(() -> {
			this.clock.advanceMillis(500);
			return chat.closed();
		});
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo(ANSWER);
		assertThat(chat.events).containsExactly("frame upload", "close");
		assertThat(chat.failures).isEmpty();
	}

	private void untilUploaded() throws IOException {
		this.talk.until(() -> {
			try {
				return this.talk.peer.send(new byte[0]).isSent();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
	}

	private ScriptedChat lingering() throws IOException {
		ScriptedChat chat = chat();
		chat.setTerminator("\n");
		chat.onFrame("upload", (self) -> {
			self.push("answer");
			self.closeWhenDone();
		});
		chat.setInBufferSize(10);
		this.talk.peer.send("upload\n" + "x".repeat(100));
		this.talk.untilPeerIsAtEnd();
		this.talk.passes(20);
		assertThat(chat.closed()).isFalse();
		assertThat(this.talk.peer.text()).isEqualTo("answer");
		return chat;
	}

	@Test
	void peerThatKeepsUploadingIsNotWaitedForForEver() throws IOException {
		ScriptedChat chat = lingering();
		int seconds = 0;
		while (!chat.closed() && seconds < 100) {
			long before = chat.received;
			this.talk.peer.socket().write(ByteBuffer.wrap(new byte[1]));
			// what the system says comes when it comes, so the end may be now
			this.talk.until(() -> chat.received > before || chat.closed());
			advanceSecond();
			seconds++;
		}
		assertThat(seconds).isBetween(30, 60);
		assertThat(chat.events).containsExactly("frame upload", "close");
	}

	@Test
	void peerThatIsSilentIsNotWaitedForAnyLonger() throws IOException {
		ScriptedChat chat = lingering();
		this.clock.advance(Duration.ofMillis(900));
		this.talk.passes(3);
		assertThat(chat.closed()).isFalse();
		for (int seconds = 0; !chat.closed(); seconds++) {
			// a line of it is not complete
			assertThat(seconds).isLessThan(15);
			advanceSecond();
		}
		assertThat(chat.events).containsExactly("frame upload", "close");
	}

	// and let the system answer, which it is asked elsewhere
	private void advanceSecond() throws IOException {
		this.clock.advance(Duration.ofSeconds(1));
		Loopback.passUntilSystemHasAnswered(this.talk.map);
	}

	@Test
	void peerThatHasAllAndIsSilentIsNotWaitedForLongerThanMoment() throws IOException {
		ScriptedChat chat = chat();
		chat.push("answer");
		chat.closeWhenDone();
		this.talk.untilPeerIsAtEnd();
		assertThat(chat.closed()).isFalse();
		for (int seconds = 0; !chat.closed(); seconds++) {
			assertThat(seconds).isLessThan(5);
			advanceSecond();
		}
		assertThat(chat.events).containsExactly("close");
		assertThat(chat.reason).isEqualTo(CloseReason.LOCAL);
	}

	@Test
	void whatIsStillOnItsWayIsNotTakenBackByByteThatComesLate() throws IOException {
		this.talk = Conversation.withSmallBuffers();
		ScriptedChat chat = this.talk.chat;
		// the system takes all of it, the peer only the beginning
		String answer = Conversation.repeat("0123456789", 2_400);
		chat.push(answer);
		chat.closeWhenDone();
		this.talk.until(() -> chat.outBuffered() == 0);
		for (int i = 0; i < 10; i++) {
			Loopback.onePass(this.talk.map, false, Duration.ofMillis(10));
		}
		assertThat(chat.closed()).isFalse();
		this.talk.peer.send("\n");
		Loopback.onePass(this.talk.map, false, Duration.ofMillis(50));
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo(answer);
		Asyncore.closeAll(this.talk.map, true);
	}

	@Test
	void peerThatHasNotTakenAllIsWaitedForWhileItTakesSomething() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		// the system takes all of it, the peer only the beginning
		chat.push(new byte[24_000]);
		chat.closeWhenDone();
		this.talk.until(() -> chat.outBuffered() == 0);
		for (int i = 0; i < 40; i++) {
			advanceSecond();
			assertThat(chat.closed()).isFalse();
		}
		ByteBuffer part = ByteBuffer.allocate(8_000);
		this.talk.until(() -> {
			read(this.talk.peer.socket(), part);
			return !part.hasRemaining();
		});
		for (int i = 0; i < 40; i++) {
			advanceSecond();
		}
		assertThat(chat.closed()).isFalse();
		for (int i = 0; i < 40 && !chat.closed(); i++) {
			advanceSecond();
		}
		assertThat(chat.closed()).isTrue();
		assertThat(chat.reason).isEqualTo(CloseReason.TIMEOUT);
	}

	@Test
	void peerThatHasNoticedIsNotWaitedFor() throws IOException {
		ScriptedChat chat = lingering();
		this.talk.peer.close();
		this.talk.until(chat::closed);
		assertThat(chat.events).containsExactly("frame upload", "eof", "close");
	}

	@Test
	void closedWhileLingeringThereAreNoHooks() throws IOException {
		ScriptedChat chat = lingering();
		chat.close();
		this.clock.advance(Duration.ofMinutes(2));
		this.talk.passes(3);
		assertThat(chat.events).containsExactly("frame upload");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void peerThatTakesNothingForMinuteIsNotWaitedForAnyLonger(boolean halfClosed) throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			ScriptedChat chat = chatWithSmallBuffers();
			chat.push(new byte[3_000_000]);
			if (halfClosed) {
				this.talk.peer.endOutput();
			}
			else {
				chat.closeWhenDone();
			}
			this.talk.untilFull();
			for (int i = 0; i < 3; i++) {
				for (int j = 0; j < 3; j++) {
					advanceLook();
				}
				assertThat(chat.closed()).isFalse();
				int left = chat.outBuffered();
				this.talk.untilPeer(() -> chat.outBuffered() < left);
				advanceLook();
				this.talk.untilFull();
			}
			assertThat(chat.closed()).isFalse();
			assertThat(log.infos()).isEmpty();
			Duration waited = Duration.ZERO;
			while (!chat.closed() && waited.compareTo(Duration.ofMinutes(5)) < 0) {
				advanceLook();
				waited = waited.plusSeconds(15);
			}
			// a minute from the look that has last seen it take something
			assertThat(waited).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(180));
			assertThat(chat.closed()).isTrue();
			assertThat(chat.events).endsWith("close").filteredOn("close"::equals).hasSize(1);
			assertThat(log.infos()).singleElement().asString().contains("for a minute");
		}
	}

	private static void read(SocketChannel socket, ByteBuffer buffer) {
		try {
			socket.read(buffer);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void advanceLook() throws IOException {
		this.clock.advance(Duration.ofSeconds(14));
		advanceSecond();
	}

	@Test
	void peerThatPausesWhileItUploadsGetsTheWholeAnswer() throws IOException {
		this.talk = Conversation.withSmallBuffers();
		ScriptedChat chat = this.talk.chat;
		chat.setTerminator("\n");
		// the system takes all of it, the peer only the beginning
		String answer = Conversation.repeat("0123456789", 15_000);
		chat.onFrame("upload", (self) -> {
			self.push(answer);
			// says that there is more to come
			self.setTerminator(1000);
			self.closeWhenDone();
		});
		this.talk.peer.send("upload\n");
		this.talk.until(() -> !chat.frames.isEmpty() && chat.outBuffered() == 0);
		this.talk.passes(3);
		this.talk.peer.send("the rest of the upload");
		Loopback.onePass(this.talk.map, false, Duration.ofMillis(50));
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo(answer);
		Asyncore.closeAll(this.talk.map, true);
	}

}
