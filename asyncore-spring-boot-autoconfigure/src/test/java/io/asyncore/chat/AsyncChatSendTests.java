package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code send} of an {@link AsyncChat}, which is {@code push} unless the library calls
 * it; and the warning for a class that has no terminator.
 */
@Timeout(60)
class AsyncChatSendTests extends ConversationFixture {

	@Test
	void takesItsPlaceInTheQueue() throws IOException {
		chatWithSmallBuffers();
		byte[] large = new byte[4 * 1024 * 1024];
		Arrays.fill(large, (byte) 'x');
		this.chat.push("<");
		assertThat(this.chat.send(large)).isEqualTo(large.length);
		ByteBuffer buffer = ByteBuffer.wrap(large).position(1);
		assertThat(this.chat.send(buffer)).isEqualTo(large.length - 1);
		assertThat(buffer.hasRemaining()).isFalse();
		this.chat.push(">");
		Arrays.fill(large, (byte) 'y');
		assertThat(this.chat.outBuffered()).isEqualTo(2 * large.length + 1);
		this.talk.untilPeer(() -> this.talk.peer.count() == 2 * large.length + 1);
		assertThat(this.talk.peer.text()).startsWith("<xx").endsWith("xx>").doesNotContain("y");
	}

	@Test
	void whatIsSentWhileItConnectsFollowsTheConnection() throws IOException {
		chat();
		try (ServerSocketChannel server = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			ScriptedChat client = ScriptedChat.connecting(this.talk.map, server.getLocalAddress());
			assertThat(client.send("hello".getBytes(StandardCharsets.UTF_8))).isEqualTo(5);
			this.talk.until(() -> client.outBuffered() == 0);
			try (Peer peer = Peer.of(server.accept())) {
				this.talk.until(() -> peer.poll().text().equals("hello"));
			}
			client.close();
		}
	}

	@Test
	void anyThreadMaySend() throws Exception {
		chat();
		int length = Peer.elsewhere(() -> this.chat.send("hello".getBytes(StandardCharsets.UTF_8)));
		assertThat(length).isEqualTo(5);
		this.talk.untilPeerHas("hello");
	}

	@Test
	void whenItIsClosedTakesNothing() throws IOException {
		chat().close();
		ByteBuffer data = ByteBuffer.wrap(new byte[3]);
		assertThat(this.chat.send(data)).isZero();
		assertThat(data.remaining()).isEqualTo(3);
		assertThat(this.chat.send(new byte[3])).isZero();
		assertThat(this.chat.outBuffered()).isZero();
	}

	@Test
	void anOverrideThatTheLibraryCallsGivesToTheSocket() throws IOException {
		try (Conversation<Shouting> shouting = Conversation.with(Shouting::new)) {
			shouting.chat.push("push ");
			shouting.chat.push("and ");
			// not by way of the override twice
			shouting.chat.send("send".getBytes(StandardCharsets.ISO_8859_1));
			assertThat(shouting.chat.writes).isEmpty();
			shouting.untilPeerHas("PUSH AND SEND");
			assertThat(shouting.chat.counts).containsExactly(13);
		}
	}

	@Test
	void whenTheSocketIsFullTheOverrideIsToldSo() throws IOException {
		chatWithSmallBuffers();
		this.chat.send(new byte[8 * 1024 * 1024]);
		this.talk.untilFull();
		assertThat(this.chat.outBuffered()).isPositive().isLessThan(8 * 1024 * 1024);
		this.talk.untilPeer(() -> this.talk.peer.count() == 8 * 1024 * 1024);
	}

	// without a terminator

	@Test
	void classThatNeverHadATerminatorIsWarnedAboutOnce() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			for (int i = 0; i < 2; i++) {
				try (Peer peer = Peer.withNearEnd()) {
					ChannelMap map = new ChannelMap();
					Endless chat = new Endless(peer.near(), map);
					peer.send("x");
					Loopback.passUntil(map, () -> chat.inputSeen);
					chat.close();
				}
			}
			assertThat(log.warnings()).singleElement()
				.asString()
				.startsWith(Endless.class.getName() + " receives input and has never had a terminator")
				.contains("1048576 bytes", "call setTerminator(...)", "override collectIncomingData(ByteBuffer)");
		}
	}

	@Test
	void whoSaysThatThereIsNoneIsNotWarnedAbout() throws IOException {
		try (CapturedLog log = new CapturedLog(); Peer peer = Peer.withNearEnd()) {
			ChannelMap map = new ChannelMap();
			Endless chat = new Endless(peer.near(), map) {
			};
			chat.setTerminator(Terminator.none());
			peer.send("x");
			Loopback.passUntil(map, () -> chat.inputSeen);
			chat.close();
			assertThat(log.warnings()).isEmpty();
		}
	}

	@Test
	void whoCollectsInItsOwnWayIsNotWarnedAbout() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			chat();
			this.talk.deliver("x");
			assertThat(this.chat.pieces).containsExactly("x");
			assertThat(log.warnings()).isEmpty();
		}
	}

	private static class Endless extends AsyncChat {

		private boolean inputSeen;

		Endless(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleRead() throws Exception {
			super.handleRead();
			this.inputSeen = true;
		}

		@Override
		protected void foundTerminator() {
		}

	}

	private static final class Shouting extends ScriptedChat {

		private final List<Integer> counts = new ArrayList<>();

		Shouting(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		public int send(ByteBuffer data) throws IOException {
			byte[] text = new byte[data.remaining()];
			data.duplicate().get(text);
			String loud = new String(text, StandardCharsets.ISO_8859_1).toUpperCase(Locale.ROOT);
			int count = super.send(loud.getBytes(StandardCharsets.ISO_8859_1));
			data.position(data.position() + count);
			this.counts.add(count);
			return count;
		}

	}

}
