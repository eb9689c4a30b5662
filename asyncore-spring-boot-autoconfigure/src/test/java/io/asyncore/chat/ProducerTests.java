package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * How an {@link AsyncChat} uses each {@link Producer}.
 */
@Timeout(60)
class ProducerTests extends ConversationFixture {

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void isAskedForMoreOnlyAsTheSocketTakesIt(boolean usePoll) throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		this.talk.usePoll(usePoll);
		Counting producer = new Counting(1000, 10_000);
		chat.pushWithProducer(producer);
		this.talk.untilFull();
		int calls = producer.calls;
		assertThat(calls).isLessThan(500);
		this.talk.passes(20);
		assertThat(producer.calls).as("while the socket is full").isEqualTo(calls);
		this.talk.untilPeer(() -> {
			// what was produced and has not arrived is in the buffers of the system
			assertThat(producer.calls * 10_000L - this.talk.peer.count()).isLessThan(5_000_000);
			return this.talk.peer.count() == 10_000_000;
		});
		assertThat(producer.calls).isEqualTo(1001);
		assertThat(producer.closes).hasValue(1);
		assertThat(chat.outBuffered()).isZero();
	}

	@Test
	void isNotAskedBeforeTheConnection() {
		ScriptedChat chat = new ScriptedChat(new ChannelMap());
		Counting producer = new Counting(1, 1);
		chat.pushWithProducer(producer);
		assertThat(producer.calls).isZero();
		assertThat(chat.outBuffered()).isZero();
		chat.close();
		assertThat(producer.closes).hasValue(1);
	}

	@Test
	void interruptThatItLeavesBehindEndsWithIt(@TempDir Path folder) throws IOException {
		Path file = Files.write(folder.resolve("file"), new byte[100_000]);
		ScriptedChat chat = chat();
		Counting producer = new Counting(1, 10);
		producer.before = () -> Thread.currentThread().interrupt();
		chat.pushWithProducer(producer);
		chat.pushWithProducer(new FileProducer(file));
		chat.push("end");
		this.talk.untilPeer(() -> this.talk.peer.count() == 100_013);
		assertThat(chat.failures).isEmpty();
		assertThat(Thread.currentThread().isInterrupted()).isFalse();
	}

	@Test
	void isNotAskedBeforeItsTurn() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.push(new byte[1_000_000]);
		Counting first = new Counting(2, 100_000);
		Counting second = new Counting(2, 10);
		chat.pushWithProducer(first);
		chat.pushWithProducer(second);
		this.talk.untilFull();
		assertThat(first.calls).isZero();
		this.talk.untilPeer(() -> first.calls > 0);
		assertThat(second.calls).isZero();
		this.talk.untilPeer(() -> this.talk.peer.count() == 1_200_020);
		assertThat(first.calls).isEqualTo(3);
		assertThat(second.calls).isEqualTo(3);
	}

	@Test
	void bufferIsThatOfTheProducerUntilItIsTaken() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		// one buffer, used over and over
		ByteBuffer buffer = ByteBuffer.allocateDirect(100_000);
		int[] calls = new int[1];
		chat.pushWithProducer(() -> {
			assertThat(buffer.remaining()).isEqualTo((calls[0] > 0) ? 0 : 100_000);
			buffer.clear();
			if (calls[0]++ == 10) {
				return buffer.limit(0);
			}
			while (buffer.hasRemaining()) {
				buffer.put((byte) calls[0]);
			}
			return buffer.flip();
		});
		this.talk.untilPeer(() -> this.talk.peer.count() == 1_000_000);
		byte[] bytes = this.talk.peer.bytes();
		for (int i = 0; i < bytes.length; i++) {
			if (bytes[i] != i / 100_000 + 1) {
				throw new AssertionError("wrong byte at " + i);
			}
		}
	}

	@Test
	void sendsWhatIsBetweenPositionAndLimit() throws IOException {
		ScriptedChat chat = chat();
		ByteBuffer piece = ByteBuffer.wrap(Conversation.bytes("xxabcxx")).position(2).limit(5);
		chat.pushWithProducer(() -> piece);
		this.talk.untilPeerHas("abc");
		this.talk.until(() -> !chat.writable());
		assertThat(piece.position()).isEqualTo(5);
		assertThat(piece.limit()).isEqualTo(5);
	}

	@Test
	void whenItFailsItIsDroppedAndWhatFollowsIsSent() throws IOException {
		ScriptedChat chat = chat();
		chat.staysOpenOnError = true;
		chat.push("before ");
		Counting failing = new Counting(2, 3);
		failing.failsAt = 2;
		chat.pushWithProducer(failing);
		chat.push(" after");
		this.talk.untilPeerHas("before ppp after");
		assertThat(chat.events).containsExactly("error");
		assertThat(chat.failures).singleElement().hasFieldOrPropertyWithValue("message", "as planned");
		assertThat(failing.calls).isEqualTo(2);
		assertThat(failing.closes).hasValue(1);
	}

	@Test
	void whenItFailsTheChannelIsClosedByDefault() throws IOException {
		ScriptedChat chat = chat();
		Counting failing = new Counting(2, 3);
		failing.failsAt = 1;
		Counting next = new Counting(1, 1);
		chat.pushWithProducer(failing);
		chat.pushWithProducer(next);
		this.talk.until(chat::closed);
		assertThat(chat.events).containsExactly("error", "close");
		assertThat(failing.closes).hasValue(1);
		assertThat(next.closes).hasValue(1);
		assertThat(next.calls).isZero();
	}

	@Test
	void whenItProducesNullItFails() throws IOException {
		ScriptedChat chat = chat();
		chat.staysOpenOnError = true;
		chat.pushWithProducer(() -> null);
		chat.push("after");
		this.talk.untilPeerHas("after");
		assertThat(chat.failures).singleElement().isInstanceOf(NullPointerException.class);
	}

	@Test
	void whenItFailsWithAnErrorItIsDroppedAsWell() throws IOException {
		ScriptedChat chat = chat();
		chat.staysOpenOnError = true;
		chat.pushWithProducer(() -> {
			throw new AssertionError("as planned");
		});
		chat.push("after");
		this.talk.untilPeerHas("after");
		assertThat(chat.failures).singleElement().isInstanceOf(AssertionError.class);
	}

	@Test
	void whenItIsExhaustedItIsClosedOnceBeforeTheNextBegins() throws IOException {
		ScriptedChat chat = chat();
		Counting first = new Counting(1, 3);
		chat.pushWithProducer(first);
		chat.pushWithProducer(new Producer() {

			private int calls;

			@Override
			public ByteBuffer more() {
				assertThat(first.closes).hasValue(1);
				return (this.calls++ == 0) ? ByteBuffer.wrap(Conversation.bytes("next")) : ByteBuffer.allocate(0);
			}

		});
		this.talk.untilPeerHas("pppnext");
		chat.close();
		assertThat(first.closes).hasValue(1);
		assertThat(chat.failures).isEmpty();
	}

	@Test
	void whenBuffersAreDiscardedItIsClosedOnce() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		Counting used = new Counting(1000, 10_000);
		Counting waiting = new Counting(1, 1);
		chat.pushWithProducer(used);
		chat.pushWithProducer(waiting);
		this.talk.untilFull();
		chat.discardBuffers();
		assertThat(used.closes).hasValue(1);
		assertThat(waiting.closes).hasValue(1);
		chat.close();
		assertThat(used.closes).hasValue(1);
		assertThat(waiting.closes).hasValue(1);
	}

	@Test
	void whenBuffersAreDiscardedWhatFollowsIsSent() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.pushWithProducer(new Counting(1000, 10_000));
		this.talk.untilFull();
		int taken = chat.writes.size();
		assertThat(taken).isPositive();
		chat.discardBuffers();
		chat.push("end");
		this.talk.untilPeer(() -> this.talk.peer.text().endsWith("end"));
		assertThat(this.talk.peer.text().replace("p", "")).isEqualTo("end");
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenChannelIsClosedByTheLoopItIsClosedOnce(boolean producing) throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		Counting used = new Counting(1000, 10_000);
		Counting waiting = new Counting(1, 1);
		used.before = producing ? chat::close : used.before;
		chat.pushWithProducer(used);
		chat.pushWithProducer(waiting);
		if (producing) {
			this.talk.until(chat::closed);
		}
		else {
			this.talk.untilFull();
			this.talk.peer.reset();
			this.talk.until(chat::closed);
		}
		this.talk.passes(3);
		assertThat(used.closes).hasValue(1);
		assertThat(waiting.closes).hasValue(1);
	}

	@Test
	void whenChannelIsClosedByAnotherThreadItIsClosedOnce() throws Exception {
		ScriptedChat chat = chatWithSmallBuffers();
		Counting used = new Counting(1000, 10_000);
		Counting waiting = new Counting(1, 1);
		chat.pushWithProducer(used);
		chat.pushWithProducer(waiting);
		this.talk.untilFull();
		Peer.elsewhere(() -> {
			chat.close();
			return null;
		});
		this.talk.passes(3);
		assertThat(used.closes).hasValue(1);
		assertThat(waiting.closes).hasValue(1);
	}

	@Test
	void whenChannelIsClosedByAnotherThreadWhileItProducesItIsClosedAfterThat() throws IOException {
		ScriptedChat chat = chat();
		Counting used = new Counting(1000, 10);
		used.before = () -> {
			try {
				Peer.elsewhere(() -> {
					chat.close();
					return null;
				});
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
			assertThat(used.closes).hasValue(0);
		};
		chat.pushWithProducer(used);
		this.talk.until(chat::closed);
		this.talk.passes(2);
		assertThat(used.calls).isEqualTo(1);
		assertThat(used.closes).hasValue(1);
		assertThat(chat.failures).isEmpty();
	}

	@Test
	void whenItDiscardsBuffersItselfItIsClosedAfterThat() throws IOException {
		ScriptedChat chat = chat();
		Counting used = new Counting(1000, 3);
		used.before = chat::discardBuffers;
		chat.pushWithProducer(used);
		this.talk.until(() -> used.closes.get() == 1);
		chat.push("end");
		this.talk.untilPeer(() -> this.talk.peer.text().endsWith("end"));
		assertThat(used.calls).isEqualTo(1);
		assertThat(used.closes).hasValue(1);
	}

	@Test
	void whenItPushesThatComesAfterIt() throws IOException {
		ScriptedChat chat = chat();
		Counting used = new Counting(2, 3);
		used.before = () -> chat.push("x");
		chat.pushWithProducer(used);
		this.talk.untilPeerHas("ppppppxxx");
	}

	@Test
	void whenItClosesWhenDoneTheRestOfItIsSent() throws IOException {
		ScriptedChat chat = chat();
		Counting used = new Counting(3, 3);
		used.before = chat::closeWhenDone;
		chat.pushWithProducer(used);
		this.talk.untilClosed();
		assertThat(this.talk.peer.text()).isEqualTo("ppppppppp");
		assertThat(chat.events).containsExactly("eof", "close");
		assertThat(used.closes).hasValue(1);
	}

	@Test
	void whenItIsNotWantedAnyMoreItIsClosedAtOnce() throws IOException {
		ScriptedChat chat = chat();
		chat.closeWhenDone();
		Counting late = new Counting(1, 1);
		chat.pushWithProducer(late);
		assertThat(late.closes).hasValue(1);
		this.talk.untilPeerIsAtEnd();
		chat.close();
		Counting later = new Counting(1, 1);
		chat.pushWithProducer(later);
		assertThat(later.closes).hasValue(1);
		assertThat(late.closes).hasValue(1);
		assertThat(late.calls + later.calls).isZero();
	}

	@Test
	void whenClosingItFailsThatIsLogged() throws IOException {
		try (CapturedLog log = new CapturedLog()) {
			ScriptedChat chat = chat();
			Counting failing = new Counting(1, 3);
			failing.failsToClose = true;
			chat.pushWithProducer(failing);
			chat.push("after");
			this.talk.untilPeerHas("pppafter");
			assertThat(chat.failures).isEmpty();
			assertThat(log.warnings()).singleElement().asString().contains("Closing the producer");
		}
	}

	@Test
	void producersWithNothingAreNothing() throws IOException {
		ScriptedChat chat = chat();
		for (int i = 0; i < 10_000; i++) {
			chat.pushWithProducer(new SimpleProducer(new byte[0]));
		}
		chat.push("end");
		this.talk.untilPeerHas("end");
	}

	@Test
	void simpleProducerProducesPiecesOfItsSize() {
		byte[] data = Conversation.bytes("x".repeat(1200));
		SimpleProducer producer = new SimpleProducer(data);
		assertThat(producer.more().remaining()).isEqualTo(512);
		assertThat(producer.more().remaining()).isEqualTo(512);
		assertThat(producer.more().remaining()).isEqualTo(176);
		assertThat(producer.more().remaining()).isZero();
		assertThat(producer.more().remaining()).isZero();
		assertThat(new SimpleProducer(data, 1200).more().remaining()).isEqualTo(1200);
		assertThat(new SimpleProducer(data, Integer.MAX_VALUE).more().remaining()).isEqualTo(1200);
		assertThat(new SimpleProducer(data, 1).more().remaining()).isEqualTo(1);
		assertThat(new SimpleProducer(new byte[0]).more().remaining()).isZero();
		assertThatIllegalArgumentException().isThrownBy(() -> new SimpleProducer(data, 0))
			.withMessageContaining("'bufferSize'");
	}

	@Test
	void producersThatWaitCountAsWaitingOutput() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.setTerminator("\n");
		chat.setMaxOutBuffered(1_000_000);
		chat.on("frame", (self) -> self.pushWithProducer(new SimpleProducer(new byte[100_000])));
		this.talk.peer.send("x\n".repeat(1000));
		this.talk.untilFull();
		this.talk.passes(20);
		int answered = chat.frames.size();
		assertThat(answered).isLessThan(100);
		this.talk.untilPeer(() -> chat.frames.size() > answered + 20);
	}

	@Test
	void producerThatReturnsNullIsNamed() throws IOException {
		ScriptedChat chat = chat();
		chat.pushWithProducer(new Producer() {

			@Override
			public ByteBuffer more() {
				return null;
			}

			@Override
			public String toString() {
				return "this one";
			}

		});
		this.talk.until(() -> !chat.failures.isEmpty());
		assertThat(chat.failures).singleElement()
			.satisfies((failure) -> assertThat(failure).hasMessageContaining("this one has returned null"));
	}

	/**
	 * Produces pieces of {@code p} and counts what happens to it.
	 */
	private static final class Counting implements Producer, AutoCloseable {

		final AtomicInteger closes = new AtomicInteger();

		volatile int calls;

		int failsAt = -1;

		boolean failsToClose;

		Runnable before = () -> {
		};

		private final int pieces;

		private final int length;

		Counting(int pieces, int length) {
			this.pieces = pieces;
			this.length = length;
		}

		@Override
		public ByteBuffer more() throws IOException {
			int call = this.calls + 1;
			this.calls = call;
			this.before.run();
			if (call == this.failsAt) {
				throw new IOException("as planned");
			}
			return ByteBuffer.wrap((call > this.pieces) ? new byte[0] : Conversation.bytes("p".repeat(this.length)));
		}

		@Override
		public void close() throws IOException {
			this.closes.incrementAndGet();
			if (this.failsToClose) {
				throw new IOException("as planned");
			}
		}

	}

}
