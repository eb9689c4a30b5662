package io.asyncore.chat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * What {@link FileProducer} sends of a file.
 */
@Timeout(60)
class FileProducerTests extends ConversationFixture {

	@TempDir
	private Path directory;

	private Path file(String content) throws IOException {
		return Files.writeString(this.directory.resolve("file"), content);
	}

	// by more(), as a channel sends it that cannot have the system copy it
	private static String pieces(Producer producer) throws Exception {
		StringBuilder text = new StringBuilder();
		for (ByteBuffer piece = producer.more(); piece.hasRemaining(); piece = producer.more()) {
			text.append(StandardCharsets.ISO_8859_1.decode(piece));
		}
		return text.toString();
	}

	@Test
	void wholeFileIsSentBetweenOtherOutput() throws IOException {
		ScriptedChat chat = chat();
		chat.push("before ");
		chat.pushWithProducer(new FileProducer(file("content")));
		chat.push(" after");
		this.talk.untilPeerHas("before content after");
	}

	@ParameterizedTest
	@CsvSource({ "0, 0, ''", "0, 3, abc", "2, 3, cde", "5, 100, fg", "7, 1, ''", "100, 5, ''",
			"2, 9223372036854775807, cdefg" })
	void partOfFileIsSent(long position, long count, String expected) throws Exception {
		ScriptedChat chat = chat();
		Path file = file("abcdefg");
		chat.pushWithProducer(new FileProducer(file, position, count));
		chat.push(".");
		this.talk.untilPeerHas(expected + ".");
		try (FileProducer producer = new FileProducer(file, position, count)) {
			assertThat(pieces(producer)).isEqualTo(expected);
		}
	}

	@Test
	void emptyFileIsNothing() throws Exception {
		ScriptedChat chat = chat();
		Path file = file("");
		chat.pushWithProducer(new FileProducer(file));
		chat.push("after");
		this.talk.untilPeerHas("after");
		assertThat(chat.failures).isEmpty();
		try (FileProducer producer = new FileProducer(file)) {
			assertThat(producer.more().hasRemaining()).isFalse();
			assertThat(producer.more().hasRemaining()).isFalse();
		}
	}

	@Test
	void missingFileIsToldWhenItsTurnComes() throws IOException {
		ScriptedChat chat = chat();
		chat.staysOpenOnError = true;
		Path missing = this.directory.resolve("missing");
		FileProducer producer = new FileProducer(missing);
		chat.push("before ");
		chat.pushWithProducer(producer);
		chat.push("after");
		this.talk.untilPeerHas("before after");
		assertThat(chat.failures).singleElement()
			.isInstanceOf(NoSuchFileException.class)
			.hasFieldOrPropertyWithValue("message", missing.toString());
		assertThat(producer).hasToString("FileProducer[" + missing + "]");
	}

	@Test
	void fileIsOpenedWhenItsTurnComes() throws IOException {
		ScriptedChat chat = chat();
		Path later = this.directory.resolve("later");
		chat.pushWithProducer(new FileProducer(later));
		Files.writeString(later, "there now");
		this.talk.untilPeerHas("there now");
	}

	@Test
	void fileThatIsCutShortWhileItIsSentIsToldAsFailure() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		chat.staysOpenOnError = true;
		Path file = Files.write(this.directory.resolve("file"), new byte[8_000_000]);
		chat.pushWithProducer(new FileProducer(file));
		chat.push("after");
		this.talk.passes(20);
		assertThat(chat.failures).isEmpty();
		try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
			channel.truncate(10);
		}
		this.talk.untilPeer(() -> this.talk.peer.text().endsWith("after"));
		assertThat(chat.failures).singleElement()
			.isInstanceOf(EOFException.class)
			.asString()
			.contains(file.toString(), "8000000");
		assertThat(this.talk.peer.count()).isLessThan(8_000_000);
	}

	@Test
	void fileThatIsCutShortBetweenPiecesIsToldAsFailure() throws Exception {
		Path file = Files.write(this.directory.resolve("file"), new byte[200_000]);
		try (FileProducer producer = new FileProducer(file)) {
			assertThat(producer.more().remaining()).isPositive();
			try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
				channel.truncate(10);
			}
			assertThatExceptionOfType(EOFException.class).isThrownBy(producer::more);
		}
	}

	@Test
	void whatIsAddedToTheFileMeanwhileIsNotSent() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		Path file = Files.write(this.directory.resolve("file"), new byte[2_000_000]);
		chat.pushWithProducer(new FileProducer(file));
		chat.push("after");
		this.talk.untilPeer(() -> this.talk.peer.count() > 10_000);
		Files.write(file, new byte[1000], StandardOpenOption.APPEND);
		this.talk.untilPeer(() -> this.talk.peer.text().endsWith("after"));
		assertThat(this.talk.peer.count()).isEqualTo(2_000_005);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void largeFileArrivesUnchangedAtSlowPeer(boolean usePoll) throws Exception {
		this.talk = Conversation.withSmallBuffers().usePoll(usePoll);
		Path file = this.directory.resolve("file");
		int size = 50 * 1024 * 1024;
		MessageDigest expected = MessageDigest.getInstance("SHA-256");
		Random random = new Random(1);
		byte[] piece = new byte[1024 * 1024];
		for (int i = 0; i < size; i += piece.length) {
			random.nextBytes(piece);
			expected.update(piece);
			Files.write(file, piece, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
		}
		this.talk.chat.pushWithProducer(new FileProducer(file));
		this.talk.chat.closeWhenDone();
		MessageDigest actual = MessageDigest.getInstance("SHA-256");
		ByteBuffer buffer = ByteBuffer.allocate(256 * 1024);
		long[] received = new long[1];
		boolean[] ended = new boolean[1];
		this.talk.until(() -> {
			try {
				int count = this.talk.peer.socket().read(buffer.clear());
				ended[0] = count < 0;
				received[0] += Math.max(0, count);
				actual.update(buffer.flip());
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
			return ended[0];
		});
		assertThat(received[0]).isEqualTo(size);
		assertThat(actual.digest()).isEqualTo(expected.digest());
		this.talk.until(this.talk.chat::closed);
		assertThat(this.talk.chat.events).containsExactly("close");
	}

	@Test
	void whenDroppedTheFileIsClosed() throws IOException {
		ScriptedChat chat = chatWithSmallBuffers();
		Path file = Files.write(this.directory.resolve("file"), new byte[8_000_000]);
		FileProducer producer = new FileProducer(file);
		chat.pushWithProducer(producer);
		this.talk.passes(20);
		chat.close();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(producer::more);
	}

	@Test
	void readsAboutAsMuchAsTheSocketTakes() throws IOException {
		try (FileProducer producer = new FileProducer(file("text"))) {
			assertThat(producer.likely()).isEqualTo(64 * 1024);
			producer.sent(10_000);
			assertThat(producer.likely()).isEqualTo(20_000);
			producer.sent(0);
			assertThat(producer.likely()).isEqualTo(4096);
			producer.sent(4096);
			producer.sent(8192);
			assertThat(producer.likely()).isEqualTo(16_384);
			producer.sent(1_000_000);
			assertThat(producer.likely()).isEqualTo(256 * 1024);
		}
	}

	@Test
	void negativeNumbersAreRefused() {
		Path file = this.directory.resolve("file");
		assertThatIllegalArgumentException().isThrownBy(() -> new FileProducer(file, -1, 1))
			.withMessageContaining("'position'");
		assertThatIllegalArgumentException().isThrownBy(() -> new FileProducer(file, 1, -1))
			.withMessageContaining("'count'");
	}

	@Test
	void fileThatCannotBeReadIsToldAsFailure() throws IOException {
		ScriptedChat chat = chat();
		chat.staysOpenOnError = true;
		// can be opened, has a size, and every read fails
		chat.pushWithProducer(new FileProducer(this.directory));
		chat.push("after");
		this.talk.untilPeer(() -> this.talk.peer.isEnded() || this.talk.peer.count() == 5);
		assertThat(chat.events).containsExactly("error");
		assertThat(this.talk.peer.text()).isEqualTo("after");
	}

	@ParameterizedTest
	@CsvSource({ "/proc/sys/kernel/ostype, 0", "/proc/sys/kernel/ostype, 2", "/sys/class/net/lo/mtu, 0",
			"/sys/class/net/lo/mtu, 1" })
	@EnabledOnOs(OS.LINUX)
	void fileWhoseSizeSaysNothingIsSentToItsEnd(Path file, int position) throws Exception {
		assumeThat(file).isReadable();
		String expected = Files.readString(file).substring(position);
		assertThat((long) expected.length()).isNotZero().isNotEqualTo(Files.size(file));
		for (FileProducer producer : List.of(new FileProducer(file, position, Long.MAX_VALUE),
				FileProducer.exactly(file, position, expected.length()))) {
			assertThat(pieces(producer)).isEqualTo(expected);
			producer.close();
		}
		try (Conversation<ScriptedChat> own = Conversation.begin(); Sending sending = new Sending(this.clock.map())) {
			own.chat.pushWithProducer(new FileProducer(file, position, Long.MAX_VALUE));
			own.chat.push("after");
			own.untilPeerHas(expected + "after");
			sending.chat.pushWithProducer(new FileProducer(file, position, Long.MAX_VALUE));
			sending.chat.push("after");
			sending.untilPeerHas(expected + "after");
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void partOfAFileWhoseSizeSaysNothingIsSent() throws Exception {
		try (FileProducer producer = new FileProducer(Path.of("/proc/sys/kernel/ostype"), 1, 3)) {
			assertThat(pieces(producer)).isEqualTo("inu");
		}
	}

	@Test
	void whatWasPromisedIsThereOrItIsAFailure() throws Exception {
		Path file = file("abcdefg");
		try (FileProducer producer = FileProducer.exactly(file, 2, 3)) {
			assertThat(pieces(producer)).isEqualTo("cde");
		}
		try (FileProducer producer = FileProducer.exactly(file, 2, 100)) {
			assertThat(producer.more().remaining()).isEqualTo(5);
			assertThatExceptionOfType(EOFException.class).isThrownBy(producer::more)
				.withMessageContaining(file.toString())
				.withMessageContaining("102")
				.withMessageContaining("nothing at 7");
		}
		try (Sending sending = new Sending(this.clock.map())) {
			sending.chat.pushWithProducer(FileProducer.exactly(file, 0, 8));
			sending.untilPeerIsAtEnd();
			assertThat(sending.peer.text()).isEqualTo("abcdefg");
			assertThat(sending.chat.failures).singleElement().isInstanceOf(EOFException.class);
		}
		assertThatIllegalArgumentException().isThrownBy(() -> FileProducer.exactly(file, -1, 1));
	}

	@Test
	void whatWasPromisedIsSentThoughTheFileWasShorterWhenItWasOpened() throws Exception {
		Path file = file("abc");
		try (FileProducer producer = FileProducer.exactly(file, 0, 5)) {
			assertThat(producer.more().remaining()).isEqualTo(3);
			Files.writeString(file, "defg", StandardOpenOption.APPEND);
			assertThat(pieces(producer)).isEqualTo("de");
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
	void whatIsNoRegularFileIsRefusedAndHoldsUpNothing() throws Exception {
		Path fifo = this.directory.resolve("fifo");
		Process mkfifo = new ProcessBuilder("mkfifo", fifo.toString()).start();
		assertThat(mkfifo.waitFor(10, TimeUnit.SECONDS)).isTrue();
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), fifo);
		for (Path path : List.of(fifo, link, this.directory, Path.of("/dev/zero"))) {
			try (FileProducer producer = new FileProducer(path)) {
				assertThatExceptionOfType(FileSystemException.class).isThrownBy(producer::more)
					.withMessageContaining(path.toString())
					.withMessageContaining("no regular file");
			}
			try (Sending sending = new Sending(this.clock.map())) {
				sending.chat.pushWithProducer(new FileProducer(path));
				sending.untilPeerIsAtEnd();
				assertThat(sending.chat.failures).singleElement().isInstanceOf(FileSystemException.class);
			}
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void interruptsOfTheThreadDoNoHarm(boolean ownSend) throws Exception {
		byte[] data = new byte[8_000_000];
		new Random(2).nextBytes(data);
		Path file = Files.write(this.directory.resolve("file"), data);
		ChannelMap map = this.clock.map();
		try (Peer peer = Peer.withSmallBuffers()) {
			Sending.Chat chat = ownSend ? new Sending.Chat(peer.near(), map) {

				@Override
				public int send(ByteBuffer data) throws IOException {
					return super.send(data);
				}

			} : new Sending.Chat(peer.near(), map);
			chat.pushWithProducer(new FileProducer(file));
			chat.closeWhenDone();
			try (Interrupting interrupting = new Interrupting(Thread.currentThread())) {
				Loopback.passUntil(map, () -> {
					interrupting.goOn();
					return peer.poll().isEnded();
				});
				assertThat(interrupting.count).isPositive();
			}
			assertThat(chat.failures).isEmpty();
			assertThat(peer.bytes()).isEqualTo(data);
		}
	}

	@Test
	void threadThatIsInterruptedStaysSo() throws Exception {
		try (FileProducer producer = new FileProducer(file("text"))) {
			Thread.currentThread().interrupt();
			assertThat(producer.more().remaining()).isEqualTo(4);
			assertThat(Thread.currentThread().isInterrupted()).isTrue();
			assertThat(producer.more().hasRemaining()).isFalse();
		}
		finally {
			assertThat(Thread.interrupted()).isTrue();
		}
	}

	@Test
	void whenInterruptedInTheMiddleNeverMixesTwoFiles() throws Exception {
		Path file = Files.write(this.directory.resolve("file"), new byte[100_000]);
		Path other = Files.write(this.directory.resolve("other"), new byte[100_000]);
		try (FileProducer producer = new FileProducer(file);
				Interrupting interrupting = new Interrupting(Thread.currentThread())) {
			ByteBuffer buffer = ByteBuffer.allocateDirect(100_000);
			producer.read(buffer);
			Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> {
				while (interrupting.count < Long.MAX_VALUE) {
					interrupting.goOn();
					producer.read(buffer.clear());
				}
			}).withMessageContaining("replaced");
		}
		finally {
			Thread.interrupted();
		}
	}

	/**
	 * A chat that leaves sending to the library, and its peer.
	 */
	private static final class Sending implements AutoCloseable {

		private final ChannelMap map;

		private final Peer peer = Peer.withNearEnd();

		private final Chat chat;

		Sending(ChannelMap map) throws IOException {
			this.map = map;
			this.chat = new Chat(this.peer.near(), map);
		}

		void untilPeerHas(String text) throws IOException {
			Loopback.passUntil(this.map, () -> this.peer.poll().count() >= text.length());
			assertThat(this.peer.text()).isEqualTo(text);
		}

		void untilPeerIsAtEnd() throws IOException {
			Loopback.passUntil(this.map, () -> this.peer.poll().isEnded());
		}

		@Override
		public void close() throws IOException {
			this.chat.close();
			this.peer.close();
		}

		static class Chat extends AsyncChat {

			private final List<Throwable> failures = new ArrayList<>();

			Chat(SocketChannel socket, ChannelMap map) throws IOException {
				super(socket, map);
			}

			@Override
			protected void foundTerminator() {
				// nothing comes
			}

			@Override
			protected void handleError(Throwable failure) {
				this.failures.add(failure);
				close();
			}

		}

	}

	/**
	 * Interrupts a thread again and again until it is closed.
	 */
	private static final class Interrupting implements AutoCloseable {

		private static final int MOST_OF_A_PASS = 50;

		private final Thread target;

		private final Thread thread = new Thread(this::run);

		private volatile boolean closed;

		private volatile long count;

		// fewer than the product takes for somebody who does nothing else
		private volatile int left = MOST_OF_A_PASS;

		Interrupting(Thread target) {
			this.target = target;
			this.thread.start();
		}

		private void run() {
			while (!this.closed) {
				if (this.left > 0) {
					this.left--;
					this.target.interrupt();
					this.count++;
				}
				LockSupport.parkNanos(20_000);
			}
		}

		void goOn() {
			this.left = MOST_OF_A_PASS;
		}

		@Override
		public void close() {
			this.closed = true;
			boolean ended = false;
			while (!ended) {
				Thread.interrupted();
				try {
					this.thread.join();
					ended = true;
				}
				catch (InterruptedException ex) {
					// its own doing
				}
			}
			Thread.interrupted();
		}

	}

}
