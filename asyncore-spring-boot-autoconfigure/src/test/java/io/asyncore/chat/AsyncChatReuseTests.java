package io.asyncore.chat;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;

import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A chat that is given another socket: nothing is left of the first connection.
 */
@Timeout(60)
class AsyncChatReuseTests {

	private Conversation<ScriptedChat> talk;

	private ScriptedChat chat;

	@BeforeEach
	void begin() throws IOException {
		this.talk = Conversation.begin();
		this.chat = this.talk.chat;
		this.chat.setTerminator("\r\n");
	}

	@AfterEach
	void close() throws IOException {
		this.talk.close();
	}

	private void converse(Peer peer) throws IOException {
		int frames = this.chat.frames.size();
		this.chat.push("hello");
		peer.send("next\r\n");
		Loopback.passUntil(this.talk.map, () -> this.chat.frames.size() > frames && peer.poll().count() >= 5);
		assertThat(this.chat.frames.subList(frames, frames + 1)).containsExactly("next");
		assertThat(peer.text()).isEqualTo("hello");
	}

	@Test
	void afterCloseTheInputOfTheFirstConnectionIsForgotten() throws IOException {
		this.talk.deliver("half a line\r");
		this.chat.close();
		try (Peer next = Peer.withNearEnd()) {
			this.chat.setSocket(next.near());
			converse(next);
		}
	}

	@Test
	void inTheMiddleOfTheFirstConnectionItIsForgottenAsWell() throws IOException {
		this.talk.deliver("half a line\r");
		this.chat.push("lost");
		try (Peer next = Peer.withNearEnd()) {
			this.chat.setSocket(next.near());
			converse(next);
			this.talk.untilPeerIsAtEnd();
			assertThat(this.talk.peer.count()).isZero();
		}
	}

	@Test
	void whenCloseWhenDoneHasClosedItServesAgain() throws IOException {
		this.chat.push("bye");
		this.chat.closeWhenDone();
		this.talk.untilClosed();
		for (int i = 0; i < 3; i++) {
			try (Peer next = Peer.withNearEnd()) {
				this.chat.setSocket(next.near());
				converse(next);
				this.chat.push("bye");
				this.chat.closeWhenDone();
				Loopback.passUntil(this.talk.map, () -> next.poll().isEnded());
				assertThat(next.text()).isEqualTo("hellobye");
				next.endOutput();
				Loopback.passUntil(this.talk.map, this.chat::closed);
			}
		}
		assertThat(this.chat.events).filteredOn("close"::equals).hasSize(4);
	}

	@Test
	void whenShutDownItServesAgain() throws IOException {
		this.chat.shutdownOutput();
		this.talk.untilPeerIsAtEnd();
		this.chat.close();
		try (Peer next = Peer.withNearEnd()) {
			this.chat.setSocket(next.near());
			converse(next);
		}
	}

	@Test
	void whenLingeringItServesAgain() throws IOException {
		this.chat.onFrame("quit", AsyncChat::closeWhenDone);
		this.chat.setInBufferSize(6);
		this.talk.peer.send("quit\r\nand more");
		this.talk.untilPeerIsAtEnd();
		try (Peer next = Peer.withNearEnd()) {
			this.chat.setSocket(next.near());
			converse(next);
			this.talk.passes(3);
			assertThat(this.chat.connected()).isTrue();
		}
	}

	@Test
	void whenPeerHasHalfClosedItServesAgain() throws IOException {
		this.chat.push(new byte[20_000_000]);
		this.talk.peer.endOutput();
		this.talk.until(() -> this.chat.events.contains("eof"));
		this.chat.close();
		try (Peer next = Peer.withNearEnd()) {
			this.chat.setSocket(next.near());
			converse(next);
			this.talk.passes(3);
			assertThat(this.chat.connected()).isTrue();
		}
	}

	@Test
	void newConnectionMayBeMadeInHandleClose() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			this.talk.close();
			Reconnecting chat = new Reconnecting(this.talk.map, server);
			chat.setTerminator("\n");
			chat.handleClose();
			for (int i = 0; i < 3; i++) {
				try (Peer peer = Peer.of(server.accept())) {
					String line = "line " + i;
					peer.send(line + "\nhalf a line");
					Loopback.passUntil(this.talk.map, () -> chat.frames.contains(line) && peer.poll().count() == 2);
					assertThat(peer.text()).isEqualTo("hi");
				}
				long received = chat.received;
				Loopback.passUntil(this.talk.map, () -> chat.received == received && chat.connecting());
			}
			assertThat(chat.frames).containsExactly("line 0", "line 1", "line 2");
		}
	}

	@Test
	void newSocketMayBeGivenWhenFrameIsFound() throws IOException {
		try (Peer next = Peer.withNearEnd()) {
			this.chat.onFrame("switch", (self) -> self.setSocket(next.near()));
			this.talk.peer.send("switch\r\nnot any more\r\n");
			this.talk.until(() -> !this.chat.frames.isEmpty());
			converse(next);
			assertThat(this.chat.frames).containsExactly("switch", "next");
		}
	}

	@Test
	void sameSocketAgainForgetsNothing() throws IOException {
		this.talk.deliver("half ");
		this.chat.push("kept");
		this.chat.setSocket(this.talk.peer.near());
		this.talk.deliver("a line\r\n");
		assertThat(this.chat.frames).containsExactly("half a line");
		this.talk.untilPeerHas("kept");
	}

	@Test
	void lengthThatWasNotCompleteBeginsAnew() throws IOException {
		this.chat.setTerminator(10);
		this.talk.deliver("1234");
		assertThat(this.chat.terminator()).isEqualTo(Terminator.length(6));
		this.chat.close();
		try (Peer next = Peer.withNearEnd()) {
			this.chat.setSocket(next.near());
			assertThat(this.chat.terminator()).isEqualTo(Terminator.length(10));
			next.send("abcdefghij");
			this.talk.until(() -> !this.chat.frames.isEmpty());
			assertThat(this.chat.frames).containsExactly("abcdefghij");
		}
	}

	/**
	 * Connects again whenever its peer goes.
	 */
	private static final class Reconnecting extends ScriptedChat {

		private final ServerSocketChannel server;

		Reconnecting(ChannelMap map, ServerSocketChannel server) {
			super(map);
			this.server = server;
		}

		@Override
		protected void handleClose() throws IOException {
			close();
			createSocket();
			connect(this.server.getLocalAddress());
			push("hi");
		}

	}

}
