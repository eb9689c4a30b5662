package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.CloseReason;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What a peer receives of an {@link AsyncChat} that fails: nothing that stands behind the
 * failure. Point 14 of the contract. And what a producer sends that runs the loop.
 */
@Timeout(60)
class AsyncChatFailureTests {

	private final ChannelMap map = new ChannelMap();

	private final Peer peer;

	AsyncChatFailureTests() throws IOException {
		this.peer = Peer.withNearEnd();
	}

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
		this.peer.close();
	}

	@Test
	void whenProducerFailsNothingBehindItIsSent() throws IOException {
		Failing chat = new Failing(this.peer.near(), this.map);
		chat.push("head;");
		chat.pushWithProducer(rows(3));
		chat.push("commit;");
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEqualTo("head;row 1;row 2;");
		assertThat(chat.reason).isEqualTo(CloseReason.ERROR);
	}

	@Test
	void whenProducerFailsBeforeClosingWhenDoneNothingBehindItIsSent() throws IOException {
		Failing chat = new Failing(this.peer.near(), this.map);
		chat.pushWithProducer(rows(3));
		chat.push("commit;");
		chat.closeWhenDone();
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEqualTo("row 1;row 2;");
		Loopback.passUntil(this.map, () -> chat.reason != null);
		assertThat(chat.reason).isEqualTo(CloseReason.ERROR);
	}

	@Test
	void whenHandleErrorKeepsTheChannelTheRestIsSent() throws IOException {
		Failing chat = new Failing(this.peer.near(), this.map);
		chat.keeps = true;
		chat.push("head;");
		chat.pushWithProducer(rows(3));
		chat.push("next;");
		Loopback.passUntil(this.map, () -> this.peer.poll().text().endsWith("next;"));
		assertThat(this.peer.text()).isEqualTo("head;row 1;row 2;next;");
		assertThat(chat.closed()).isFalse();
	}

	@Test
	void whenHandlerFailsWhatItHasPushedIsDropped() throws IOException {
		Failing chat = new Failing(this.peer.near(), this.map);
		chat.setTerminator("\n");
		this.peer.send("go\n");
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEmpty();
	}

	@Test
	void whenFrameIsTooLongWhatWaitsIsDropped() throws IOException {
		Failing chat = new Failing(this.peer.near(), this.map);
		chat.setTerminator("\n");
		chat.setMaxFrameLength(10);
		chat.on = (self) -> self.push("answer");
		this.peer.send("go\n" + "x".repeat(100));
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEmpty();
		Loopback.passUntil(this.map, () -> chat.reason != null);
		assertThat(chat.reason).isEqualTo(CloseReason.LIMIT);
	}

	@Test
	void whenHandleErrorFailsWhatWaitsIsDropped() throws IOException {
		AsyncChat chat = new Failing(this.peer.near(), this.map) {

			@Override
			protected void handleError(Throwable failure) {
				throw new IllegalStateException("cannot say");
			}

		};
		chat.setTerminator("\n");
		this.peer.send("go\n");
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEmpty();
	}

	@Test
	void whenHandleCloseFailsWhatWaitsIsDropped() throws IOException {
		AsyncChat chat = new Failing(this.peer.near(), this.map) {

			@Override
			protected void handleTimeout() throws Exception {
				push("bye");
				throw new IllegalStateException("not now");
			}

		};
		chat.setIdleTimeout(Duration.ofMillis(5));
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEmpty();
	}

	@Test
	void anOrderlyCloseStillSendsWhatTheSocketTakes() throws IOException {
		Failing chat = new Failing(this.peer.near(), this.map);
		chat.setTerminator("\n");
		chat.on = (self) -> {
			self.push("bye");
			self.close();
		};
		this.peer.send("quit\n");
		Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		assertThat(this.peer.text()).isEqualTo("bye");
	}

	@Test
	void whileProducerRunsTheLoopItIsNotAskedAgain() throws IOException {
		Failing chat = new Failing(this.peer.near(), this.map);
		List<Integer> depths = new ArrayList<>();
		int[] depth = new int[1];
		int[] pieces = new int[1];
		chat.push("[start]");
		chat.pushWithProducer(() -> {
			int piece = ++pieces[0];
			depths.add(++depth[0]);
			Asyncore.loop(Duration.ZERO, false, this.map, 5);
			depth[0]--;
			return ByteBuffer.wrap(((piece <= 4) ? "(" + piece + ")" : "").getBytes());
		});
		chat.push("[end]");
		Loopback.passUntil(this.map, () -> this.peer.poll().text().endsWith("[end]"));
		assertThat(this.peer.text()).isEqualTo("[start](1)(2)(3)(4)[end]");
		assertThat(depths).containsOnly(1);
	}

	@Test
	void whileProducerRunsTheLoopThatRests() throws IOException {
		Failing chat = new Failing(this.peer.near(), this.map);
		long[] passes = new long[1];
		chat.pushWithProducer(() -> {
			long before = this.map.eventLoop().monitor().passes();
			this.map.eventLoop().callLater(Duration.ofMillis(300), () -> passes[0]++);
			while (passes[0] == 0) {
				Asyncore.loop(Duration.ofSeconds(1), false, this.map, 1);
			}
			passes[0] = this.map.eventLoop().monitor().passes() - before;
			return ByteBuffer.allocate(0);
		});
		chat.closeWhenDone();
		Loopback.passUntil(this.map, () -> passes[0] > 0);
		assertThat(passes[0]).isLessThan(100);
	}

	private static Producer rows(int failing) {
		int[] count = new int[1];
		return () -> {
			if (++count[0] == failing) {
				throw new IllegalStateException("no row " + failing);
			}
			return ByteBuffer.wrap(("row " + count[0] + ";").getBytes());
		};
	}

	@FunctionalInterface
	private interface Script {

		void run(AsyncChat chat) throws Exception;

	}

	private static class Failing extends AsyncChat {

		volatile CloseReason reason;

		boolean keeps;

		Script on;

		Failing(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void foundTerminator() throws Exception {
			takeIncoming();
			if (this.on == null) {
				push("half an answer");
				throw new IllegalStateException("the other half is missing");
			}
			this.on.run(this);
		}

		@Override
		protected void handleError(Throwable failure) throws Exception {
			if (!this.keeps) {
				super.handleError(failure);
			}
		}

		@Override
		protected void handleClosed(CloseReason reason) {
			this.reason = reason;
		}

		@Override
		protected Set<String> ignoreLogTypes() {
			return Set.of("warning", "error", "info");
		}

	}

}
