package io.asyncore.chat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Random;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

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

}
