package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.CloseReason;
import io.asyncore.Loopback;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The life of an {@link AsyncChat} as its documentation draws it.
 */
@Timeout(60)
class ChatLifeCycleTests {

	private final ChannelMap map = new ChannelMap();

	private final List<String> calls = new ArrayList<>();

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void whenTheStreamEnds() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			new Recorded(pair.near());
			send(pair, "one\r\ntwo\r");
			pair.far().shutdownOutput();
			awaitEnd();
		}
		assertThat(this.calls).containsExactly("collect one", "found", "collect two", "collect \r", "handleEof",
				"handleClose", "handleClosed peer");
	}

	@Test
	void whenItIsClosedWhenAllIsSent() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			new Recorded(pair.near());
			send(pair, "bye\r\n");
			awaitFarewell(pair);
		}
		assertThat(this.calls).startsWith("collect bye", "found").endsWith("handleClose", "handleClosed local");
	}

	@Test
	void whenTheFrameIsTooLong() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			new Recorded(pair.near()).setMaxFrameLength(4);
			send(pair, "too long\r\n");
			awaitEnd();
		}
		assertThat(this.calls.stream().filter((call) -> !call.startsWith("collect"))).containsExactly("handleError",
				"handleClose", "handleClosed limit");
	}

	@Test
	void whenItClosesItself() throws IOException {
		try (Loopback.Pair pair = Loopback.pair()) {
			Recorded channel = new Recorded(pair.near());
			Loopback.onePass(this.map, false, Duration.ZERO);
			channel.close();
			awaitEnd();
		}
		assertThat(this.calls).containsExactly("handleClosed local");
	}

	private static void send(Loopback.Pair pair, String text) throws IOException {
		pair.far().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
	}

	private void awaitFarewell(Loopback.Pair pair) throws IOException {
		ByteBuffer answer = ByteBuffer.allocate(16);
		pair.far().configureBlocking(false);
		Loopback.passUntil(this.map, () -> {
			try {
				return pair.far().read(answer) < 0;
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		assertThat(answer.position()).isEqualTo("so long\n".length());
		pair.far().close();
		awaitEnd();
	}

	private void awaitEnd() throws IOException {
		Loopback.passUntil(this.map, () -> this.calls.stream().anyMatch((call) -> call.startsWith("handleClosed")));
	}

	/**
	 * Records what is called.
	 */
	private final class Recorded extends AsyncChat {

		Recorded(SocketChannel socket) throws IOException {
			super(socket, ChatLifeCycleTests.this.map);
			setTerminator("\r\n");
		}

		private void called(String call) {
			ChatLifeCycleTests.this.calls.add(call);
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) throws Exception {
			called("collect " + StandardCharsets.US_ASCII.decode(data.duplicate()));
			super.collectIncomingData(data);
		}

		@Override
		protected void foundTerminator() {
			called("found");
			if (takeIncoming(StandardCharsets.US_ASCII).equals("bye")) {
				push("so long\n");
				closeWhenDone();
			}
		}

		@Override
		protected void handleEof() throws Exception {
			called("handleEof");
			super.handleEof();
		}

		@Override
		protected void handleError(Throwable failure) throws Exception {
			called("handleError");
			super.handleError(failure);
		}

		@Override
		protected void handleClose() throws Exception {
			called("handleClose");
			super.handleClose();
		}

		@Override
		protected void handleClosed(CloseReason reason) {
			called("handleClosed " + reason.label());
		}

		@Override
		protected Set<String> ignoreLogTypes() {
			return Set.of("info", "warning", "error");
		}

	}

}
