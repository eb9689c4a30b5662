package io.asyncore;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * How a file gets into a loop, and what a stored one does there.
 */
class FileDispatcherTests extends FileFixture {

	static Stream<Object> constructors() {
		return Stream.of(Named.of("path", (Maker) (file, map) -> new FileDispatcher(file, map)),
				Named.of("channel", (Maker) (file, map) -> new FileDispatcher(FileChannel.open(file), map)),
				Named.of("stream", (Maker) (file, map) -> new FileDispatcher(Files.newInputStream(file), map)),
				Named.of("file stream",
						(Maker) (file, map) -> new FileDispatcher(new FileInputStream(file.toFile()), map)),
				Named.of("output", (Maker) (file, map) -> new FileDispatcher(Files.newOutputStream(file), map)),
				Named.of("file output",
						(Maker) (file, map) -> new FileDispatcher(new FileOutputStream(file.toFile()), map)));
	}

	static Stream<Object> constructorsWithoutMap() {
		return Stream.of(Named.of("path", (Maker) (file, map) -> new FileDispatcher(file)),
				Named.of("channel", (Maker) (file, map) -> new FileDispatcher(FileChannel.open(file))),
				Named.of("stream", (Maker) (file, map) -> new FileDispatcher(Files.newInputStream(file))),
				Named.of("output", (Maker) (file, map) -> new FileDispatcher(Files.newOutputStream(file))));
	}

	@ParameterizedTest
	@MethodSource("constructors")
	void isConnectedAndInTheMapItIsGiven(Maker maker) throws IOException {
		FileDispatcher file = maker.make(file(""), this.map);
		assertThat(this.map.channels()).containsExactly(file);
		assertThat(file.map()).isSameAs(this.map);
		assertThat(file.connected()).isTrue();
		assertThat(file.connecting()).isFalse();
		assertThat(file.accepting()).isFalse();
		assertThat(file.closed()).isFalse();
		assertThat(file.socket()).isNull();
		assertThat(file.addr()).isNull();
		assertThat(file.localAddress()).isNull();
		assertThat(file.remoteAddress()).isNull();
		file.close();
		assertThat(file.connected()).isFalse();
		assertThat(file.closed()).isTrue();
		assertThat(this.map.isEmpty()).isTrue();
	}

	@ParameterizedTest
	@MethodSource("constructorsWithoutMap")
	void joinsTheMapOfTheLoopThatIsRunning(Maker maker) throws Exception {
		Path path = file("");
		try (LoopThread loop = LoopThread.run(this.map)) {
			FileDispatcher file = loop.call(() -> maker.make(path, this.map));
			assertThat(file.map()).isSameAs(this.map);
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void constructorForDescriptorJoinsTheMapItIsGivenOrTheDefault() throws IOException {
		Path path = file("text");
		try (FileChannel open = FileChannel.open(path)) {
			int fd = descriptor(path);
			assertThat(open.isOpen()).isTrue();
			FileDispatcher given = new FileDispatcher(fd, this.map);
			FileDispatcher byDefault = keep(new FileDispatcher(fd));
			assertThat(given.map()).isSameAs(this.map);
			assertThat(byDefault.map()).isSameAs(Asyncore.socketMap());
			assertThat(given.toString())
				.matches("<io\\.asyncore\\.FileDispatcher connected fd " + fd + " at 0x[0-9a-f]+>");
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenItBecomesReadyWhileAPassWaitsIsServedInThatPass(boolean usePoll) throws IOException {
		List<String> received = new ArrayList<>();
		new FileDispatcher(file("text"), this.map) {

			@Override
			protected void handleRead() throws IOException {
				received.add(new String(recv(100)));
			}

		};
		Asyncore.loop(Loopback.BOUND, usePoll, this.map, 1);
		assertThat(received).containsExactly("text");
	}

	@Test
	void describesItselfByItsPath() throws IOException {
		Path path = file("");
		FileDispatcher file = new FileDispatcher(this.map);
		assertThat(file.toString()).matches("<io\\.asyncore\\.FileDispatcher at 0x[0-9a-f]+>");
		file.setFile(path);
		assertThat(file.toString()).startsWith("<io.asyncore.FileDispatcher connected " + path + " at 0x");
		file.setFile(FileChannel.open(path));
		assertThat(file.toString()).matches("<io\\.asyncore\\.FileDispatcher connected at 0x[0-9a-f]+>");
	}

	@Test
	void withoutFileIsInNoMap() {
		ScriptedFile file = new ScriptedFile(this.map);
		assertThat(this.map.isEmpty()).isTrue();
		assertThat(file.connected()).isFalse();
		assertThat(file.outBuffered()).isZero();
		file.close();
		file.close();
		assertThat(file.closed()).isTrue();
		assertThat(file.events).isEmpty();
	}

	@Test
	void isOpenedByTheLoopBeforeAllElse() throws Exception {
		Path path = file("text");
		ScriptedFile file = new ScriptedFile(this.map).on("open", (self) -> self.setFile(path));
		try (LoopThread loop = LoopThread.run(this.map)) {
			loop.call(() -> {
				this.map.eventLoop().open(file);
				return null;
			});
			awaitClosed(file);
		}
		assertThat(file.events).startsWith("open", "read").endsWith("close").doesNotContain("connect");
		assertThat(file.received).hasToString("text");
	}

	@Test
	void readsFileToItsEndAndCloses() throws IOException {
		String text = "0123456789".repeat(100_000);
		ScriptedFile file = new ScriptedFile(file(text), this.map);
		until(file::closed);
		assertThat(file.received).hasToString(text);
		assertThat(file.events).startsWith("read").endsWith("close").containsOnlyOnce("close").doesNotContain("error");
	}

	@Test
	void emptyFileIsAtItsEnd() throws IOException {
		ScriptedFile file = new ScriptedFile(file(""), this.map);
		until(file::closed);
		assertThat(file.events).containsExactly("read", "close");
	}

	@Test
	void tellsEndOfFileByHandleEofFirst() throws IOException {
		List<String> ends = new ArrayList<>();
		ScriptedFile file = new ScriptedFile(file("text"), this.map) {

			@Override
			protected void handleEof() throws Exception {
				ends.add("eof after " + this.received);
				super.handleEof();
			}

		};
		file.on("read", (self) -> self.receive(1));
		until(file::closed);
		assertThat(ends).containsExactly("eof after text");
		assertThat(file.events).endsWith("close");
	}

	@Test
	void dispatcherThatOverridesNothingClosesAtTheEndWithoutSpinning() throws IOException {
		FileDispatcher file = new FileDispatcher(file("text"), this.map);
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 200);
		assertThat(file.connected()).isTrue();
	}

	@Test
	void writesFileFromItsBeginning() throws IOException {
		Path path = file("0123456789");
		ScriptedFile file = new ScriptedFile(path, this.map, StandardOpenOption.WRITE);
		assertThat(file.send("abc".getBytes())).isEqualTo(3);
		file.close();
		awaitNoThreads();
		assertThat(path).hasContent("abc3456789");
	}

	@Test
	void createsAndTruncatesAndAppendsAsTheOptionsSay() throws IOException {
		Path path = this.directory.resolve("new");
		sendAll(new ScriptedFile(path, this.map, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), "first");
		assertThat(path).hasContent("first");
		sendAll(new ScriptedFile(path, this.map, StandardOpenOption.APPEND), "second");
		assertThat(path).hasContent("firstsecond");
		sendAll(new ScriptedFile(path, this.map, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE), "x");
		assertThat(path).hasContent("x");
		sendAll(new ScriptedFile(path, this.map, StandardOpenOption.DELETE_ON_CLOSE, StandardOpenOption.WRITE), "y");
		assertThat(path).doesNotExist();
	}

	private void sendAll(ScriptedFile file, String text) throws IOException {
		file.send(text.getBytes(StandardCharsets.ISO_8859_1));
		file.close();
		awaitNoThreads();
	}

	@Test
	void fileOpenForBothIsWrittenWithoutBeingReadIfNobodyWantsTo() throws IOException {
		Path path = file("0123456789");
		ScriptedFile file = new ScriptedFile(path, this.map, StandardOpenOption.READ, StandardOpenOption.WRITE);
		file.reading(false);
		Loopback.onePass(this.map, false, Duration.ZERO);
		file.send("ab".getBytes());
		until(() -> file.outBuffered() == 0);
		file.reading(true);
		until(file::closed);
		assertThat(file.received).hasToString("23456789");
		assertThat(path).hasContent("ab23456789");
	}

	@Test
	void sendsPartOfAnotherFile() throws IOException {
		Path path = file("");
		try (FileChannel source = FileChannel.open(file("0123456789"))) {
			ScriptedFile file = new ScriptedFile(path, this.map, StandardOpenOption.WRITE);
			assertThat(file.send(source, 2, 5)).isEqualTo(5);
			assertThat(file.send(source, 10, 5)).isZero();
			file.close();
		}
		awaitNoThreads();
		assertThat(path).hasContent("23456");
	}

	@Test
	void fileForReadingCannotBeWritten() throws IOException {
		ScriptedFile file = new ScriptedFile(file("text"), this.map).on("write", (self) -> self.writing(false));
		file.writing(true);
		assertThatExceptionOfType(NonWritableChannelException.class).isThrownBy(() -> file.send(new byte[1]));
		until(file::closed);
		assertThat(file.events).doesNotContain("write");
	}

	@Test
	void fileForWritingCannotBeRead() throws IOException {
		ScriptedFile file = new ScriptedFile(file("text"), this.map, StandardOpenOption.WRITE);
		assertThatExceptionOfType(NonReadableChannelException.class).isThrownBy(() -> file.recv(1));
		Asyncore.loop(Duration.ofMillis(1), false, this.map, 20);
		assertThat(file.events).isEmpty();
		assertThat(ownThreads()).isEmpty();
	}

	@Test
	void channelTellsItselfHowItIsOpen() throws IOException {
		Path path = file("text");
		ScriptedFile writer = new ScriptedFile(this.map);
		writer.setFile(FileChannel.open(path, StandardOpenOption.APPEND));
		sendAll(writer, " and more");
		ScriptedFile reader = new ScriptedFile(this.map);
		reader.setFile(FileChannel.open(path));
		until(reader::closed);
		assertThat(reader.received).hasToString("text and more");
	}

	@Test
	void channelIsReadFromItsPositionAndClosedWithTheDispatcher() throws IOException {
		FileChannel channel = FileChannel.open(file("0123456789"));
		channel.position(7);
		ScriptedFile file = new ScriptedFile(this.map);
		file.setFile(channel);
		until(file::closed);
		assertThat(file.received).hasToString("789");
		assertThat(channel.isOpen()).isFalse();
	}

	@Test
	void fileStreamIsClosedWithTheDispatcher() throws IOException {
		try (FileInputStream stream = new FileInputStream(file("text").toFile())) {
			ScriptedFile file = new ScriptedFile(this.map);
			file.setFile(stream);
			file.close();
			assertThat(stream.getChannel().isOpen()).isFalse();
		}
	}

	@Test
	void whenChannelIsClosedSetFileFails() throws IOException {
		FileChannel channel = FileChannel.open(file(""));
		channel.close();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> new FileDispatcher(channel, this.map));
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void missingFileIsToldAtOnce() {
		Path missing = this.directory.resolve("missing");
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(() -> new FileDispatcher(missing, this.map));
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void directoryIsToldAtOnce() {
		assertThatExceptionOfType(FileSystemException.class)
			.isThrownBy(() -> new FileDispatcher(this.directory, this.map))
			.withMessageContaining(this.directory.toString())
			.withMessageContaining("It is a directory");
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void addressOfASocketIsToldAtOnce() throws IOException {
		Path path = this.directory.resolve("socket");
		keep(java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)
			.bind(java.net.UnixDomainSocketAddress.of(path)));
		assertThatExceptionOfType(FileSystemException.class).isThrownBy(() -> new FileDispatcher(path, this.map))
			.withMessageContaining("connect()");
	}

	@Test
	void optionsThatContradictEachOtherAreRefused() throws IOException {
		Path path = file("");
		assertThatThrownBy(() -> new FileDispatcher(path, this.map, StandardOpenOption.READ, StandardOpenOption.APPEND))
			.isInstanceOf(IllegalArgumentException.class);
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	void whenSetFileFailsTheFileBeforeStays() throws IOException {
		ScriptedFile file = new ScriptedFile(file("text"), this.map);
		assertThatExceptionOfType(NoSuchFileException.class)
			.isThrownBy(() -> file.setFile(this.directory.resolve("missing")));
		until(file::closed);
		assertThat(file.received).hasToString("text");
	}

	@Test
	void methodsOfSocketsAreRefused() throws IOException {
		ScriptedFile file = new ScriptedFile(file("text"), this.map);
		assertThatThrownBy(() -> file.listen(1)).isInstanceOf(IllegalStateException.class);
		assertThatThrownBy(() -> file.connect(Loopback.anyPort())).isInstanceOf(IllegalStateException.class);
		assertThatThrownBy(() -> file.shutdownOutput()).isInstanceOf(UnsupportedOperationException.class);
		assertThatThrownBy(() -> file.sendUrgent(1)).isInstanceOf(UnsupportedOperationException.class);
		assertThatThrownBy(() -> file.setReuseAddr()).isInstanceOf(UnsupportedOperationException.class);
		assertThat(file.connected()).isTrue();
	}

	@Test
	void opensFileThoughTheThreadIsInterrupted() throws IOException {
		Path path = file("text");
		Thread.currentThread().interrupt();
		ScriptedFile byPath = new ScriptedFile(path, this.map);
		ScriptedFile byChannel = new ScriptedFile(this.map);
		byChannel.setFile(FileChannel.open(path));
		assertThat(Thread.interrupted()).isTrue();
		until(() -> byPath.closed() && byChannel.closed());
		assertThat(byPath.received).hasToString("text");
		assertThat(byChannel.received).hasToString("text");
	}

	private static void awaitClosed(FileDispatcher file) {
		await().until(file::closed);
	}

	/**
	 * Makes a dispatcher for a file, in a map unless it is left out.
	 */
	@FunctionalInterface
	interface Maker {

		FileDispatcher make(Path file, ChannelMap map) throws IOException;

	}

}
