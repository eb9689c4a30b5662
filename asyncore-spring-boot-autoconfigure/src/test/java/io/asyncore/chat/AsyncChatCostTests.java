package io.asyncore.chat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import com.sun.management.ThreadMXBean;
import io.asyncore.ChannelMap;
import io.asyncore.LoopThread;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What an {@link AsyncChat} costs: garbage while it works, passes while it rests.
 */
@Timeout(60)
class AsyncChatCostTests {

	// what a spinning loop makes thousands of, and a resting one hardly any
	private static final int FEW = 100;

	private final ChannelMap map = new ChannelMap();

	@Test
	void framingMakesNoGarbage() throws IOException {
		assertGarbage(65536, 20, 16);
	}

	@Test
	void framingLinesThatComeInPartsMakesNoGarbage() throws IOException {
		assertGarbage(7, 200, 16);
	}

	@Test
	void framesThatWaitForTheNextPassAreNotCopiedInEachOne() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Measured chat = new Measured(peer.near(), this.map);
			chat.setTerminator("\n");
			String lines = "a\n".repeat(32_000);
			frame(chat, peer, lines, 100_000);
			long bytes = chat.allocated;
			int reads = chat.reads;
			frame(chat, peer, lines, 32_000);
			Loopback.passUntil(this.map, () -> !chat.inputPending());
			assertThat(chat.reads - reads).isGreaterThanOrEqualTo(32_000 / 256);
			// once, and what is left when three quarters of it are gone
			assertThat(chat.allocated - bytes).isLessThan(2L * lines.length());
			chat.close();
		}
	}

	private void assertGarbage(int inBufferSize, int linesAtOnce, long mostPerRead) throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Measured chat = new Measured(peer.near(), this.map);
			chat.setTerminator("\r\n");
			chat.setInBufferSize(inBufferSize);
			String lines = "a line of some length\r\n".repeat(linesAtOnce);
			// until what is made once is there, and compiled
			frame(chat, peer, lines, 20_000);
			long bytes = chat.allocated;
			int reads = chat.reads;
			int frames = chat.frames;
			frame(chat, peer, lines, 10_000);
			assertThat(chat.frames - frames).isGreaterThanOrEqualTo(10_000);
			assertThat(chat.reads - reads).isGreaterThanOrEqualTo(10_000 / linesAtOnce);
			assertThat((chat.allocated - bytes) / (chat.reads - reads)).as("bytes for each read")
				.isLessThan(mostPerRead);
			chat.close();
		}
	}

	private void frame(Measured chat, Peer peer, String lines, int count) throws IOException {
		for (int end = chat.frames + count; chat.frames < end;) {
			int before = chat.received;
			peer.send(lines);
			Loopback.passUntil(this.map, () -> {
				peer.poll();
				return chat.received == before + lines.length() && !chat.inputPending();
			});
		}
	}

	@Test
	void idleChannelDoesNotSpin() throws Exception {
		assertRests((idle) -> {
		});
	}

	@Test
	void channelWithPartOfFrameDoesNotSpin() throws Exception {
		assertRests((idle) -> {
			idle.setTerminator("\r\n");
			idle.peerSends("abc\r");
		});
	}

	@Test
	void channelThatHasFoundLengthZeroDoesNotSpin() throws Exception {
		assertRests((idle) -> idle.setTerminator(0));
	}

	@Test
	void channelWhoseSocketIsFullDoesNotSpin() throws Exception {
		assertRests((idle) -> idle.push(new byte[20_000_000]));
	}

	@Test
	void channelThatCannotCloseYetDoesNotSpin() throws Exception {
		assertRests((idle) -> {
			idle.push(new byte[20_000_000]);
			idle.peerSends("what is not read");
			idle.closeWhenDone();
		});
	}

	@Test
	void channelWhosePeerHasHalfClosedDoesNotSpin() throws Exception {
		assertRests((idle) -> {
			idle.push(new byte[20_000_000]);
			idle.peerEnds();
		});
	}

	@Test
	void channelThatWasShutDownDoesNotSpin() throws Exception {
		assertRests(AsyncChat::shutdownOutput);
	}

	@Test
	void channelWithWaitingFramesDoesNotSpinWhileItIsPaused() throws Exception {
		assertRests((idle) -> {
			idle.setTerminator("\n");
			idle.pausing = true;
			idle.peerSends("a\nb\nc\n");
		});
	}

	@Test
	void channelThatLingersDoesNotSpin() throws Exception {
		assertRests((idle) -> {
			idle.setInBufferSize(1);
			idle.peerSends("more than one");
			idle.closeWhenDone();
		});
	}

	private void assertRests(Consumer<Idle> state) throws Exception {
		try (Peer peer = Peer.withNearEnd()) {
			Idle idle = new Idle(peer, this.map);
			state.accept(idle);
			try (LoopThread thread = LoopThread.run(this.map)) {
				Awaitility.await().atMost(Loopback.BOUND).until(() -> settled(idle.asked, thread));
				int before = idle.asked.get();
				Awaitility.await()
					.during(Duration.ofMillis(300))
					.atMost(Loopback.BOUND)
					.until(() -> idle.asked.get() - before < FEW);
			}
			assertThat(idle.failures).isEmpty();
			idle.close();
		}
	}

	private static boolean settled(AtomicInteger counter, LoopThread thread) throws InterruptedException {
		int before = counter.get();
		thread.awaitPass();
		thread.awaitPass();
		return counter.get() - before < 10;
	}

	/**
	 * Measures what each read allocates, and keeps nothing.
	 */
	private static final class Measured extends AsyncChat {

		private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

		private int frames;

		private int received;

		private int reads;

		private long allocated;

		Measured(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleRead() throws Exception {
			long before = this.threads.getCurrentThreadAllocatedBytes();
			super.handleRead();
			this.allocated += this.threads.getCurrentThreadAllocatedBytes() - before;
			this.reads++;
		}

		@Override
		public int recv(ByteBuffer buffer) throws IOException {
			int count = super.recv(buffer);
			this.received += Math.max(0, count);
			return count;
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) {
		}

		@Override
		protected void foundTerminator() {
			this.frames++;
		}

	}

	/**
	 * Is asked in each pass.
	 */
	private static final class Idle extends ScriptedChat {

		final AtomicInteger asked = new AtomicInteger();

		boolean pausing;

		private boolean paused;

		private final Peer peer;

		Idle(Peer peer, ChannelMap map) throws IOException {
			super(peer.near(), map);
			this.peer = peer;
		}

		void peerSends(String text) {
			try {
				this.peer.send(text);
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		void peerEnds() {
			try {
				this.peer.endOutput();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		protected boolean readable() {
			this.asked.incrementAndGet();
			return !this.paused && super.readable();
		}

		@Override
		protected void foundTerminator() throws Exception {
			super.foundTerminator();
			this.paused = this.pausing;
		}

	}

}
