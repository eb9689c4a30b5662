package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.CloseReason;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.Loopback;
import io.asyncore.MapFixture;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What becomes of the input when nothing can be sent any more: point 2 of the contract.
 * In all of these tests the peer has gone with answers unread, so the system has broken
 * the connection off, and what it had sent before still waits to be received.
 */
@Timeout(60)
class FailedSendTests extends MapFixture {

	private static final int LINES = 2000;

	private static final String INPUT = "0123456789\n".repeat(LINES);

	@ParameterizedTest
	@ValueSource(ints = { 1, 1024, 65536 })
	void allLinesThatHaveArrivedAreFound(int inBufferSize) throws IOException {
		Peer peer = peer();
		ScriptedChat chat = new ScriptedChat(peer.near(), this.map);
		chat.setInBufferSize(inBufferSize);
		chat.setTerminator("\n");
		chat.on("frame", (self) -> self.push("ok\n"));
		goAfterSending(peer);
		Loopback.passUntil(this.map, () -> chat.reason != null);
		assertThat(chat.frames).hasSize(LINES);
		assertThat(chat.events).endsWith("close").filteredOn("close"::equals).hasSize(1);
		assertThat(chat.failures).isEmpty();
		assertThat(chat.reason).isEqualTo(CloseReason.PEER);
		assertThat(chat.outBuffered()).isZero();
	}

	@Test
	void whatIsPushedMeanwhileIsDropped() throws IOException {
		Peer peer = peer();
		List<Integer> buffered = new ArrayList<>();
		ScriptedChat chat = new ScriptedChat(peer.near(), this.map);
		chat.setInBufferSize(100);
		chat.setTerminator("\n");
		chat.on("frame", (self) -> {
			self.push(new byte[1000]);
			buffered.add(self.outBuffered());
		});
		goAfterSending(peer);
		Loopback.passUntil(this.map, () -> chat.reason != null);
		assertThat(chat.frames).hasSize(LINES);
		assertThat(buffered.get(buffered.size() - 1)).isZero();
	}

	@Test
	void limitOfOutputDoesNotHoldUpTheInput() throws IOException {
		Peer peer = peer();
		ScriptedChat chat = new ScriptedChat(peer.near(), this.map);
		chat.setInBufferSize(100);
		chat.setMaxOutBuffered(10);
		chat.setTerminator("\n");
		chat.on("frame", (self) -> self.push(new byte[1000]));
		goAfterSending(peer);
		Loopback.passUntil(this.map, () -> chat.reason != null);
		assertThat(chat.frames).hasSize(LINES);
	}

	@Test
	void producersEndLikeBytes(@TempDir Path dir) throws IOException {
		Path file = Files.write(dir.resolve("answer"), new byte[5000]);
		Peer peer = peer();
		ScriptedChat chat = new ScriptedChat(peer.near(), this.map);
		chat.setInBufferSize(1000);
		chat.setTerminator("\n");
		int[] count = new int[1];
		chat.on("frame", (self) -> {
			if (++count[0] % 2 == 0) {
				self.pushWithProducer(new SimpleProducer(new byte[100]));
			}
			else {
				self.pushWithProducer(new FileProducer(file));
			}
		});
		goAfterSending(peer);
		Loopback.passUntil(this.map, () -> chat.reason != null);
		assertThat(chat.frames).hasSize(LINES);
		assertThat(chat.failures).isEmpty();
	}

	@Test
	void closeWhenDoneEndsIt() throws IOException {
		Peer peer = peer();
		ScriptedChat chat = new ScriptedChat(peer.near(), this.map);
		chat.setInBufferSize(100);
		chat.setTerminator("\n");
		chat.on("frame", (self) -> {
			self.push("ok\n");
			if (self.frames.size() == 1000) {
				self.closeWhenDone();
			}
		});
		goAfterSending(peer);
		Loopback.passUntil(this.map, () -> chat.reason != null);
		assertThat(chat.frames).hasSize(1000);
		assertThat(chat.events).endsWith("close").filteredOn("close"::equals).hasSize(1);
		assertThat(chat.reason).isEqualTo(CloseReason.LOCAL);
	}

	@Test
	void shutdownOfTheOutputDoesNotEndTheInput() throws IOException {
		Peer peer = peer();
		ScriptedChat chat = new ScriptedChat(peer.near(), this.map);
		chat.setInBufferSize(100);
		chat.setTerminator("\n");
		chat.on("frame", (self) -> {
			self.push("ok\n");
			self.shutdownOutput();
		});
		goAfterSending(peer);
		Loopback.passUntil(this.map, () -> chat.reason != null);
		assertThat(chat.frames).hasSize(LINES);
	}

	@Test
	void dispatcherWithSendReceivesAllAndDropsWhatItQueues() throws IOException {
		Peer peer = peer();
		Counting counting = new Counting();
		DispatcherWithSend channel = new DispatcherWithSend(peer.near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				counting.received += recv(100).length;
				assertThat(send(new byte[50])).isEqualTo(closed() ? 0 : 50);
				counting.buffered = outBuffered();
			}

			@Override
			protected void handleClose() throws Exception {
				counting.closes++;
				super.handleClose();
			}

		};
		goAfterSending(peer);
		Loopback.passUntil(this.map, channel::closed);
		assertThat(counting.received).isEqualTo(INPUT.length());
		assertThat(counting.closes).isEqualTo(1);
		assertThat(counting.buffered).isZero();
	}

	@Test
	void plainDispatcherReceivesAll() throws IOException {
		Peer peer = peer();
		Counting counting = new Counting();
		Dispatcher channel = new Dispatcher(peer.near(), this.map) {

			@Override
			protected boolean writable() {
				return true;
			}

			@Override
			protected void handleRead() throws IOException {
				counting.received += recv(100).length;
			}

			@Override
			protected void handleWrite() throws IOException {
				send(new byte[10]);
			}

			@Override
			protected void handleClose() throws Exception {
				counting.closes++;
				super.handleClose();
			}

		};
		goAfterSending(peer);
		Loopback.passUntil(this.map, channel::closed);
		assertThat(counting.received).isEqualTo(INPUT.length());
		assertThat(counting.closes).isEqualTo(1);
	}

	@Test
	void fileThatCannotBeSentDoesNotEndTheInput(@TempDir Path dir) throws IOException {
		Peer peer = peer();
		Counting counting = new Counting();
		try (FileChannel file = FileChannel.open(Files.write(dir.resolve("file"), new byte[100]))) {
			Dispatcher channel = new Dispatcher(peer.near(), this.map) {

				@Override
				protected void handleRead() throws IOException {
					counting.received += recv(100).length;
					send(file, 0, 100);
				}

			};
			goAfterSending(peer);
			Loopback.passUntil(this.map, channel::closed);
			assertThat(counting.received).isEqualTo(INPUT.length());
			assertThat(file.isOpen()).isTrue();
		}
	}

	@Test
	void whenInputIsNotWantedHandleCloseFollowsAtOnce() throws IOException {
		Peer peer = peer();
		Counting counting = new Counting();
		Dispatcher channel = new Dispatcher(peer.near(), this.map) {

			@Override
			protected boolean readable() {
				return false;
			}

			@Override
			protected void handleRead() throws IOException {
				counting.received += recv(100).length;
			}

			@Override
			protected void handleWrite() throws IOException {
				send(ByteBuffer.allocate(10));
			}

			@Override
			protected void handleClose() throws Exception {
				counting.closes++;
				super.handleClose();
			}

		};
		goAfterSending(peer);
		Loopback.passUntil(this.map, channel::closed);
		assertThat(counting.received).isZero();
		assertThat(counting.closes).isEqualTo(1);
	}

	@Test
	void whenHandleCloseLeavesItOpenNothingFollows() throws IOException {
		Peer peer = peer();
		List<String> events = new ArrayList<>();
		DispatcherWithSend channel = new DispatcherWithSend(peer.near(), this.map) {

			@Override
			protected void handleRead() throws IOException {
				if (recv(100).length > 0) {
					send(new byte[10]);
				}
			}

			@Override
			protected void handleEof() throws Exception {
				events.add("eof");
				super.handleEof();
			}

			@Override
			protected void handleClose() {
				events.add("close");
			}

		};
		goAfterSending(peer);
		Loopback.passUntil(this.map, () -> events.contains("close"));
		for (int i = 0; i < 10; i++) {
			Loopback.onePass(this.map, false, java.time.Duration.ofMillis(5));
		}
		assertThat(events).endsWith("close").filteredOn("close"::equals).hasSize(1);
		assertThat(channel.closed()).isFalse();
		// fails, and that is the end of it
		channel.send(new byte[1]);
		assertThat(channel.closed()).isTrue();
	}

	private void goAfterSending(Peer peer) throws IOException {
		peer.send(INPUT);
		assertThat(peer.isSent()).isTrue();
		peer.close();
	}

	private static final class Counting {

		private int received;

		private int closes;

		private int buffered;

	}

}
