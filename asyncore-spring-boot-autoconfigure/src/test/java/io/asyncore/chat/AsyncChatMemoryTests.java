package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.LoopThread;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What an {@link AsyncChat} keeps of its input, and when it lets go of it.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AsyncChatMemoryTests {

	private static final int COUNT = 30;

	private static final int SIZE = 1_000_000;

	private static final long MEGABYTE = 1024 * 1024;

	private final ChannelMap map = new ChannelMap();

	private final List<Peer> peers = new ArrayList<>();

	// these stay, closed as they are
	private final List<ScriptedChat> chats = new ArrayList<>();

	private final ByteBuffer partial = ByteBuffer.allocateDirect(SIZE);

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
		for (Peer peer : this.peers) {
			peer.close();
		}
	}

	private ScriptedChat chat(Conversation.Maker<ScriptedChat> maker) throws IOException {
		Peer peer = Peer.withNearEnd();
		this.peers.add(peer);
		ScriptedChat chat = maker.make(peer.near(), this.map);
		chat.setTerminator("\n");
		this.chats.add(chat);
		return chat;
	}

	// records nothing of what it is given
	private ScriptedChat chat() throws IOException {
		return chat((socket, map) -> new ScriptedChat(socket, map) {
			@Override
			protected void collectIncomingData(ByteBuffer data) throws Exception {
				super.collectIncomingData(data);
				this.pieces.clear();
			}
		});
	}

	private void fill() throws IOException {
		for (int i = 0; i < COUNT; i++) {
			ScriptedChat chat = chat();
			Peer peer = this.peers.get(this.peers.size() - 1);
			ByteBuffer rest = this.partial.duplicate();
			Loopback.passUntil(this.map, () -> {
				write(peer, rest);
				return chat.received == SIZE;
			});
		}
		// the frames are kept
		assertThat(used()).isGreaterThan(COUNT * MEGABYTE * 8 / 10);
	}

	private static void write(Peer peer, ByteBuffer data) {
		try {
			peer.socket().write(data);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static long used() {
		System.gc();
		return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
	}

	private void assertFreed(long before) {
		Awaitility.await()
			.atMost(Loopback.BOUND)
			.untilAsserted(() -> assertThat(used() - before).isLessThan(COUNT * MEGABYTE / 4));
		assertThat(this.chats).hasSizeGreaterThanOrEqualTo(COUNT).allMatch(AsyncChat::closed);
	}

	@Test
	void channelThatIsClosedKeepsNoInput() throws IOException {
		long before = used();
		fill();
		this.chats.forEach(AsyncChat::close);
		assertFreed(before);
	}

	@Test
	void channelThatIsClosedByItsLoopKeepsNoInput() throws Exception {
		long before = used();
		fill();
		try (LoopThread thread = LoopThread.run(this.map)) {
			thread.call(() -> {
				this.chats.forEach(AsyncChat::close);
				return true;
			});
			assertFreed(before);
		}
	}

	@Test
	void channelThatIsClosedByAnotherThreadKeepsNoInput() throws Exception {
		long before = used();
		fill();
		try (LoopThread thread = LoopThread.run(this.map)) {
			this.chats.forEach(AsyncChat::close);
			thread.awaitPass();
			assertFreed(before);
		}
	}

	@Test
	void channelWhosePeerHasGoneKeepsNoInput() throws IOException {
		long before = used();
		fill();
		for (Peer peer : this.peers) {
			peer.close();
		}
		Loopback.passUntil(this.map, this.map::isEmpty);
		assertFreed(before);
	}

	@Test
	void channelThatIsClosedKeepsNoFramesThatWaited() throws IOException {
		long before = used();
		this.partial.clear();
		for (int i = 0; i < SIZE; i++) {
			this.partial.put(i, (byte) '\n');
		}
		for (int i = 0; i < COUNT; i++) {
			Peer peer = Peer.withNearEnd();
			this.peers.add(peer);
			PausingChat chat = new PausingChat(peer.near(), this.map);
			this.chats.add(chat);
			chat.setTerminator("\n");
			chat.setInBufferSize(256 * 1024);
			chat.on("frame", (self) -> chat.paused = true);
			peer.socket().write(this.partial.duplicate());
			Loopback.passUntil(this.map, () -> !chat.frames.isEmpty());
			assertThat(chat.received).isGreaterThan(10_000);
		}
		this.chats.forEach(AsyncChat::close);
		assertThat(this.chats).noneMatch(AsyncChat::inputPending);
		assertFreed(before);
	}

	@Test
	void handleCloseStillHasWhatWasCollected() throws IOException {
		ScriptedChat chat = chat(ScriptedChat::new);
		List<String> tails = new ArrayList<>();
		chat.on("close", (self) -> tails.add(self.tail()));
		this.peers.get(0).send("last").close();
		Loopback.passUntil(this.map, chat::closed);
		assertThat(tails).containsExactly("last");
		assertThat(chat.tail()).isEmpty();
	}

	@Test
	void whatCollectorKeepsAfterItHasClosedTheChannelIsDropped() throws IOException {
		ScriptedChat chat = chat(ScriptedChat::new);
		chat.on("collect", AsyncChat::close);
		this.peers.get(0).send("abc");
		Loopback.passUntil(this.map, chat::closed);
		assertThat(chat.pieces).containsExactly("abc");
		assertThat(chat.tail()).isEmpty();
	}

	@Test
	void whatCollectorKeepsAtTheEndAfterItHasClosedTheChannelIsDropped() throws IOException {
		ScriptedChat chat = chat(ScriptedChat::new);
		chat.setTerminator("\r\n");
		chat.on("collect", AsyncChat::close);
		this.peers.get(0).send("\r").endOutput();
		Loopback.passUntil(this.map, chat::closed);
		assertThat(chat.pieces).containsExactly("\r");
		assertThat(chat.tail()).isEmpty();
	}

	@Test
	void whatIsCollectedWhileAnotherThreadClosesTheChannelIsDropped() throws Exception {
		ScriptedChat chat = chat(ScriptedChat::new);
		CountDownLatch collecting = new CountDownLatch(1);
		CountDownLatch closed = new CountDownLatch(1);
		chat.on("collect", (self) -> {
			collecting.countDown();
			assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
		});
		try (LoopThread thread = LoopThread.run(this.map)) {
			this.peers.get(0).send("abc\ndef\n");
			assertThat(collecting.await(10, TimeUnit.SECONDS)).isTrue();
			chat.close();
			closed.countDown();
			assertThat(thread.call(chat::tail)).isEmpty();
			assertThat(chat.frames).isEmpty();
		}
	}

	@Test
	void whatWasCollectedIsGoneAtOnceWhenAnotherThreadCloses() throws Exception {
		ScriptedChat chat = chat(ScriptedChat::new);
		try (LoopThread thread = LoopThread.run(this.map)) {
			this.peers.get(0).send("abc");
			Awaitility.await().atMost(Loopback.BOUND).until(() -> chat.received == 3);
			CountDownLatch closed = new CountDownLatch(1);
			List<String> tails = new ArrayList<>();
			CountDownLatch busy = new CountDownLatch(1);
			this.map.eventLoop().execute(() -> {
				busy.countDown();
				try {
					assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
				}
				catch (InterruptedException ex) {
					throw new IllegalStateException(ex);
				}
				tails.add(chat.tail());
				tails.add(new String(chat.takeIncoming(), StandardCharsets.US_ASCII));
			});
			assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
			chat.close();
			closed.countDown();
			thread.awaitPass();
			assertThat(tails).containsExactly("", "");
		}
	}

	@Test
	void closeByAnotherThreadDropsNothingOfTheNextConnection() throws Exception {
		ScriptedChat chat = chat(ScriptedChat::new);
		try (Peer next = Peer.withNearEnd(); LoopThread thread = LoopThread.run(this.map)) {
			CountDownLatch busy = new CountDownLatch(1);
			CountDownLatch closed = new CountDownLatch(1);
			this.map.eventLoop().execute(() -> {
				busy.countDown();
				try {
					assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
					chat.setSocket(next.near());
					next.send("first");
					chat.handleRead();
				}
				catch (Exception ex) {
					throw new IllegalStateException(ex);
				}
			});
			assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
			chat.close();
			closed.countDown();
			thread.awaitPass();
			next.send(" line\n");
			Awaitility.await().atMost(Loopback.BOUND).until(() -> !chat.frames.isEmpty());
			assertThat(chat.frames).containsExactly("first line");
		}
	}

	@Test
	void frameThatThereIsNoMemoryForIsDroppedAsAWhole() throws Exception {
		for (boolean byLength : new boolean[] { false, true }) {
			Scarce chat = new Scarce(this.map, "one;", "two", " too", " large;three;");
			chat.setTerminator(byLength ? Terminator.length(4) : Terminator.delimiter(new byte[] { ';' }));
			chat.scarce = " too";
			chat.next.addAll(byLength ? List.of(14, 6) : List.of());
			chat.handleRead();
			chat.handleRead();
			assertThatExceptionOfType(OutOfMemoryError.class).isThrownBy(chat::handleRead);
			assertThat(chat.takeIncoming()).isEmpty();
			chat.handleRead();
			assertThat(chat.frames)
				.containsExactlyElementsOf(byLength ? List.of("one;", "", "three;") : List.of("one", "three"));
			chat.close();
			assertThat(chat.takeIncoming()).isEmpty();
		}
	}

	/**
	 * Receives without a socket, and has no memory for one of the pieces.
	 */
	private static final class Scarce extends AsyncChat {

		final List<String> frames = new ArrayList<>();

		final List<Integer> next = new ArrayList<>();

		String scarce = "";

		private final List<String> reads;

		Scarce(ChannelMap map, String... reads) {
			super(map);
			this.reads = new ArrayList<>(List.of(reads));
		}

		@Override
		public int recv(ByteBuffer buffer) {
			byte[] bytes = Conversation.bytes(this.reads.remove(0));
			buffer.put(bytes);
			return bytes.length;
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) throws Exception {
			if (StandardCharsets.US_ASCII.decode(data.duplicate()).toString().equals(this.scarce)) {
				throw new OutOfMemoryError("as planned");
			}
			super.collectIncomingData(data);
		}

		@Override
		protected void foundTerminator() {
			this.frames.add(takeIncoming(StandardCharsets.US_ASCII));
			if (!this.next.isEmpty()) {
				setTerminator(this.next.remove(0).longValue());
			}
		}

	}

}
