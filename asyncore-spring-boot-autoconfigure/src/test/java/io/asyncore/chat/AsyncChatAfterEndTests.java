package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.MovableClock;
import io.asyncore.Peer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a channel does that its {@code handleClose()} has left open.
 */
class AsyncChatAfterEndTests {

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = this.clock.map();

	private final AtomicInteger closes = new AtomicInteger();

	private Peer peer;

	@AfterEach
	void close() throws IOException {
		this.peer.close();
		this.map.forEach((channel) -> channel.close());
		passes(2);
	}

	@Test
	void whatHandleCloseSaysArrivesBeforeTheEnd() throws IOException {
		chat((chat) -> {
			chat.push("bye");
			chat.closeWhenDone();
		});
		this.peer.endOutput();
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEqualTo("bye");
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(this.closes).hasValue(1);
	}

	@Test
	void closeWhenDoneClosesItLater() throws IOException {
		AsyncChat chat = goneSilent();
		chat.push("bye");
		chat.closeWhenDone();
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEqualTo("bye");
		assertThat(chat.closed()).isTrue();
		assertThat(this.closes).hasValue(1);
	}

	@Test
	void shutdownOutputEndsTheStream() throws IOException {
		AsyncChat chat = goneSilent();
		chat.push("bye");
		chat.shutdownOutput();
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEqualTo("bye");
		assertThat(chat.closed()).isFalse();
	}

	@Test
	void whatIsPushedToAPeerThatTakesNothingDoesNotPileUp() throws IOException {
		AsyncChat chat = goneSilent();
		for (int i = 0; i < 50; i++) {
			chat.push(new byte[1_000_000]);
			passes(1);
			assertThat(chat.outBuffered()).isZero();
		}
	}

	@Test
	void whatWasQueuedWhenThePeerBrokeTheConnectionDoesNotStay() throws IOException {
		AsyncChat chat = chat((self) -> {
		});
		chat.push(new byte[8_000_000]);
		passes(3);
		this.peer.reset();
		Loopback.passUntil(this.map, () -> this.closes.get() == 1);
		chat.push(new byte[1_000_000]);
		passes(3);
		assertThat(chat.outBuffered()).isZero();
		assertThat(chat.closed()).isTrue();
	}

	@Test
	void ownCloseTellsNobodyThatThePeerHasGone() throws IOException {
		AsyncChat chat = chat(AsyncChat::close);
		this.peer.reset();
		this.map.eventLoop().execute(() -> {
			// the first to notice
			chat.push("x");
			chat.close();
		});
		passes(3);
		assertThat(chat.closed()).isTrue();
		assertThat(this.closes).hasValue(0);
	}

	@Test
	void idleTimeoutDoesNotCallHandleCloseAgain() throws IOException {
		AsyncChat chat = chat((self) -> {
		});
		chat.setIdleTimeout(Duration.ofSeconds(1));
		this.peer.endOutput();
		Loopback.passUntil(this.map, () -> this.closes.get() == 1);
		for (int i = 0; i < 5; i++) {
			this.clock.advance(Duration.ofSeconds(1));
			passes(2);
		}
		assertThat(this.closes).hasValue(1);
	}

	private AsyncChat goneSilent() throws IOException {
		AsyncChat chat = chat((self) -> {
		});
		this.peer.endOutput();
		Loopback.passUntil(this.map, () -> this.closes.get() == 1);
		assertThat(chat.closed()).isFalse();
		return chat;
	}

	private AsyncChat chat(Consumer<AsyncChat> onClose) throws IOException {
		this.peer = Peer.withNearEnd();
		return new Chat(this.peer.near(), this.map, this.closes, onClose);
	}

	private void passes(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			Loopback.onePass(this.map, false, Duration.ofMillis(5));
		}
	}

	private static final class Chat extends AsyncChat {

		private final AtomicInteger closes;

		private final Consumer<AsyncChat> onClose;

		Chat(SocketChannel socket, ChannelMap map, AtomicInteger closes, Consumer<AsyncChat> onClose)
				throws IOException {
			super(socket, map);
			this.closes = closes;
			this.onClose = onClose;
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) {
		}

		@Override
		protected void foundTerminator() {
		}

		@Override
		protected void handleClose() {
			this.closes.incrementAndGet();
			this.onClose.accept(this);
		}

	}

}
