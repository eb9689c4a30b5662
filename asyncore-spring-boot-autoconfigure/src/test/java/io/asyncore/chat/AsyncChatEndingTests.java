package io.asyncore.chat;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.LoopThread;
import io.asyncore.Loopback;
import io.asyncore.MovableClock;
import io.asyncore.Peer;
import io.asyncore.ServerDispatcher;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How a connection ends with a peer that takes its time, and with other threads.
 */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AsyncChatEndingTests {

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = this.clock.map();

	private final List<AutoCloseable> opened = new ArrayList<>();

	@AfterEach
	void closeAll() throws Exception {
		for (AutoCloseable closeable : this.opened) {
			closeable.close();
		}
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void peerThatTakesNothingIsNotWaitedForEvenIfItWasStalledBefore() throws IOException {
		Chat chat = stalled();
		chat.closeWhenDone();
		assertGivenUp(chat);
	}

	@Test
	void peerThatEndsItsStreamAndTakesNothingIsNotWaitedFor() throws IOException {
		Chat chat = stalled();
		((Peer) this.opened.get(0)).endOutput();
		passes(5);
		assertGivenUp(chat);
	}

	// with a peer that is stalled afterwards it works
	@Test
	void peerThatTakesNothingIsNotWaitedFor() throws IOException {
		Peer peer = Peer.withSmallBuffers();
		this.opened.add(peer);
		Chat chat = new Chat(peer.near(), this.map);
		chat.push(new byte[8 * 1024 * 1024]);
		chat.closeWhenDone();
		passes(5);
		assertGivenUp(chat);
	}

	private Chat stalled() throws IOException {
		Peer peer = Peer.withSmallBuffers();
		this.opened.add(peer);
		Chat chat = new Chat(peer.near(), this.map);
		chat.push(new byte[8 * 1024 * 1024]);
		int before;
		do {
			before = chat.outBuffered();
			// the system takes its time to move what is sent to the other end
			passes(200);
		}
		while (chat.outBuffered() < before);
		return chat;
	}

	private void assertGivenUp(Chat chat) throws IOException {
		// the system is asked elsewhere what the peer has taken
		Loopback.passUntil(this.map, () -> {
			this.clock.advance(Duration.ofSeconds(1));
			return chat.closed();
		});
	}

	@Test
	void whatThePeerSendsAMomentLaterDoesNotTakeTheAnswerBack() throws IOException {
		int length = 200_000;
		List<SocketChannel> near = new ArrayList<>();
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, address) -> {
			near.add(socket);
			return new Chat(socket, this.map) {

				@Override
				protected void foundTerminator() {
					push(new byte[length]);
					// says that there is more to come
					setTerminator(100);
					closeWhenDone();
				}

			};
		}, this.map);
		server.open();
		server.setOption(StandardSocketOptions.SO_SNDBUF, 1024 * 1024);
		SocketChannel client = SocketChannel.open();
		this.opened.add(client);
		client.setOption(StandardSocketOptions.SO_RCVBUF, 8192);
		client.connect(server.localAddress());
		client.write(ByteBuffer.wrap("request\n".getBytes(StandardCharsets.US_ASCII)));
		Loopback.passUntil(this.map, () -> near.size() == 1 && server.connections() == 1);
		passes(10);
		client.write(ByteBuffer.wrap("next request\n".getBytes(StandardCharsets.US_ASCII)));
		passes(10);
		int received = 0;
		ByteBuffer buffer = ByteBuffer.allocate(65536);
		client.configureBlocking(false);
		for (int count = 0; count >= 0 && received < length;) {
			count = client.read(buffer.clear());
			received += Math.max(0, count);
			passes(1);
		}
		assertThat(received).isEqualTo(length);
	}

	@Test
	void whatAnotherThreadPushesBeforeClosingIsSent() throws Exception {
		int rounds = 2000;
		ChannelMap map = new ChannelMap();
		BlockingQueue<Chat> chats = new ArrayBlockingQueue<>(1);
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, address) -> {
			Chat chat = new Chat(socket, map) {

				@Override
				protected void handleOpen() {
					chats.add(this);
				}

			};
			return chat;
		}, map);
		server.open();
		AtomicInteger lost = new AtomicInteger();
		try (LoopThread thread = LoopThread.run(map)) {
			ByteBuffer buffer = ByteBuffer.allocate(100);
			for (int i = 0; i < rounds; i++) {
				try (SocketChannel client = SocketChannel.open(server.localAddress())) {
					Chat chat = chats.poll(10, TimeUnit.SECONDS);
					assertThat(chat).isNotNull();
					chat.push("a");
					long until = System.nanoTime() + (i % 400) * 100;
					while (System.nanoTime() < until) {
						Thread.onSpinWait();
					}
					chat.push("b");
					chat.closeWhenDone();
					buffer.clear();
					while (client.read(buffer) >= 0) {
						assertThat(buffer.position()).isLessThan(3);
					}
					if (buffer.position() != 2) {
						lost.incrementAndGet();
					}
					client.setOption(StandardSocketOptions.SO_LINGER, 0);
				}
			}
			assertThat(lost).as("of " + rounds + " answers cut short").hasValue(0);
			assertThat(thread.isAlive()).isTrue();
		}
	}

	@Test
	void chatThatMovesToAnotherRunningLoopLosesNothing() throws Exception {
		int lines = 20_000;
		ChannelMap one = new ChannelMap();
		ChannelMap other = new ChannelMap();
		ServerDispatcher server = new ServerDispatcher(Loopback.anyPort(), (socket, address) -> new Chat(socket, one) {

			private int count;

			@Override
			protected void foundTerminator() {
				push(takeIncoming());
				push("\n");
				if (++this.count % 7 == 0) {
					addChannel((map() == one) ? other : one);
				}
			}

			@Override
			protected boolean predicatesDependOnOwnEventsOnly() {
				return true;
			}

		}, one);
		server.open();
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < lines; i++) {
			text.append("line ").append(i).append('\n');
		}
		try (LoopThread first = LoopThread.run(one);
				LoopThread second = LoopThread.run(other);
				ScriptedClient client = ScriptedClient.connect(server.localAddress())) {
			client.send(text.toString()).expect(text.toString());
			assertThat(first.isAlive() && second.isAlive()).isTrue();
		}
	}

	private void passes(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			Loopback.onePass(this.map, false, Duration.ofMillis(2));
		}
	}

	private static class Chat extends AsyncChat {

		Chat(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
		}

	}

}
