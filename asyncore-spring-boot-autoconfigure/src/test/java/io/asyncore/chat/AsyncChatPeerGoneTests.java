package io.asyncore.chat;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

import io.asyncore.Asyncore;
import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How an {@link AsyncChat} comes to its end by its peer, by {@code shutdownOutput()} and
 * by {@code close()}.
 */
@Timeout(60)
class AsyncChatPeerGoneTests extends ConversationFixture {

	private static final String ANSWER = Conversation.repeat("0123456789", 50_000);

	@Test
	void peerThatHasHalfClosedGetsAllThatIsQueued() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.setTerminator("\n");
		String answer = Conversation.repeat("abcdefg", 5_000_000);
		chat.onFrame("get", (self) -> self.push(answer));
		this.talk.peer.send("get\n").endOutput();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo(answer);
		assertThat(chat.events).containsExactly("frame get", "eof", "close");
	}

	@Test
	void peerThatHasHalfClosedGetsTheAnswerThatIsWorkedOn() throws IOException {
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch go = new CountDownLatch(1);
		this.talk = Conversation.with((socket, map) -> new ScriptedChat(socket, map) {

			@Override
			protected void foundTerminator() throws Exception {
				super.foundTerminator();
				offload(() -> {
					begun.countDown();
					go.await();
					return "answer";
				}, this::push);
			}

		});
		this.talk.chat.setTerminator("\n");
		this.talk.peer.send("get\n").endOutput();
		this.talk.until(() -> begun.getCount() == 0 && this.talk.chat.events.contains("eof"));
		this.talk.passes(5);
		assertThat(this.talk.chat.closed()).isFalse();
		go.countDown();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo("answer");
		assertThat(this.talk.chat.events).containsExactly("frame get", "eof", "close");
	}

	@Test
	void peerThatHasHalfClosedGetsWhatProducersProduce() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.pushWithProducer(new SimpleProducer(Conversation.bytes(ANSWER)));
		this.talk.peer.endOutput();
		this.talk.until(() -> chat.events.contains("eof"));
		chat.push("pushed at the end");
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo(ANSWER + "pushed at the end");
		assertThat(chat.events).containsExactly("eof", "close");
	}

	@Test
	void whenNothingIsQueuedTheEndOfThePeerIsTheClose() throws IOException {
		ScriptedChat chat = chat();
		this.talk.peer.endOutput();
		this.talk.untilPeerIsAtEnd();
		assertThat(chat.events).containsExactly("eof", "close");
	}

	@Test
	void whenPeerEndsWhileClosingHandleCloseIsCalledOnce() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.push(ANSWER);
		chat.closeWhenDone();
		this.talk.peer.endOutput();
		this.talk.untilPeerIsAtEnd();
		this.talk.until(chat::closed);
		assertThat(this.talk.peer.text()).isEqualTo(ANSWER);
		assertThat(chat.events).filteredOn("close"::equals).hasSize(1);
	}

	@Test
	void closeWhenDoneAfterThePeerHasEndedSendsTheRest() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.push(ANSWER.repeat(20));
		this.talk.peer.endOutput();
		this.talk.until(() -> chat.events.contains("eof"));
		chat.closeWhenDone();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo(ANSWER.repeat(20));
		assertThat(chat.events).containsExactly("eof", "close");
	}

	@Test
	void classWhoseAnswersTakeLongerMayDelayTheClose() throws IOException {
		this.talk = Conversation.with((socket, map) -> new ScriptedChat(socket, map) {
			@Override
			protected void handleEof() {
				this.events.add("later");
				callLater(Duration.ZERO, () -> {
					push("late answer");
					try {
						super.handleEof();
					}
					catch (Exception ex) {
						throw new IllegalStateException(ex);
					}
				});
			}
		});
		this.talk.peer.endOutput();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo("late answer");
		assertThat(this.talk.chat.events).containsExactly("later", "eof", "close");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenPeerBreaksOffHandleCloseIsCalledOnce(boolean sending) throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		if (sending) {
			chat.push(new byte[1_000_000]);
			this.talk.untilFull();
		}
		this.talk.peer.reset();
		this.talk.until(chat::closed);
		this.talk.passes(3);
		assertThat(chat.events).containsExactly("close");
		assertThat(chat.outBuffered()).isZero();
	}

	@Test
	void whenPeerBreaksOffWhileClosingHandleCloseIsCalledOnce() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.push(new byte[1_000_000]);
		chat.closeWhenDone();
		this.talk.untilFull();
		this.talk.peer.reset();
		this.talk.until(chat::closed);
		this.talk.passes(3);
		assertThat(chat.events).containsExactly("close");
	}

	@Test
	void ownCloseCallsNoHook() throws IOException {
		ScriptedChat chat = chat();
		chat.push("dropped");
		chat.close();
		chat.close();
		this.talk.passes(3);
		assertThat(chat.events).isEmpty();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.count()).isZero();
	}

	@Test
	void handleCloseClosesWithoutWarning() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			this.talk = Conversation.with((socket, map) -> new ScriptedChat(socket, map) {
				@Override
				protected Set<String> ignoreLogTypes() {
					return Set.of();
				}
			});
			this.talk.peer.close();
			this.talk.until(this.talk.chat::closed);
			assertThat(log.warnings()).isEmpty();
			assertThat(log.errors()).isEmpty();
			assertThat(log.infos()).isEmpty();
		}
	}

	@Test
	void shutdownOutputSendsWhatWasPushedBefore() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.setTerminator("\n");
		chat.push(ANSWER);
		chat.shutdownOutput();
		chat.push("dropped");
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo(ANSWER);
		assertThat(chat.connected()).isTrue();
		assertThat(chat.writable()).isFalse();
		// the other direction is still there
		this.talk.deliver("still\nhere\n");
		assertThat(chat.frames).containsExactly("still", "here");
		this.talk.peer.close();
		this.talk.until(chat::closed);
		assertThat(chat.events).containsExactly("frame still", "frame here", "eof", "close");
	}

	@Test
	void shutdownOutputMayBeCalledBeforeTheConnection() throws IOException {
		ChannelMap map = new ChannelMap();
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			ScriptedChat chat = new ScriptedChat(map);
			chat.push("hello");
			chat.shutdownOutput();
			chat.shutdownOutput();
			chat.createSocket();
			chat.connect(server.getLocalAddress());
			try (Peer peer = Peer.of(server.accept())) {
				Loopback.passUntil(map, () -> peer.poll().isEnded());
				assertThat(peer.text()).isEqualTo("hello");
				assertThat(chat.connected()).isTrue();
			}
		}
		finally {
			Asyncore.closeAll(map, true);
		}
	}

	@Test
	void closeWhenDoneMayFollowShutdownOutput() throws IOException {
		ScriptedChat chat = chat();
		chat.push("hello");
		chat.shutdownOutput();
		this.talk.untilPeerIsAtEnd();
		assertThat(chat.closed()).isFalse();
		chat.closeWhenDone();
		chat.shutdownOutput();
		this.talk.untilClosed();
		assertThat(chat.events).containsExactly("eof", "close");
	}

	@Test
	void whenPeerEndsAfterShutdownOutputTheRestIsSent() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.push(ANSWER.repeat(20));
		chat.shutdownOutput();
		this.talk.peer.endOutput();
		this.talk.until(() -> chat.events.contains("eof"));
		this.talk.untilPeerIsAtEnd();
		assertThat(this.talk.peer.text()).isEqualTo(ANSWER.repeat(20));
		this.talk.until(chat::closed);
		assertThat(chat.events).containsExactly("eof", "close");
	}

}
