package io.asyncore;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

import io.asyncore.file.BlockingFile;
import io.asyncore.file.Descriptors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The opening of descriptors anew.
 */
class DescriptorsTests extends FileFixture {

	@Test
	void whereDescriptorsAreNotListedItIsSaidWhatToDo() {
		Descriptors none = new Descriptors(List.of(this.directory.resolve("missing")));
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> none.open(0))
			.withMessageContaining("/dev/fd")
			.withMessageContaining("Path");
		assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> none.openNumbered(0));
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void whereModesAreNotToldTheyAreTried() throws IOException {
		Path path = file("text");
		try (RandomAccessFile open = new RandomAccessFile(path.toFile(), "rw")) {
			assertThat(open.length()).isEqualTo(4);
			Path links = links();
			Descriptors bare = new Descriptors(List.of(links));
			try (BlockingFile file = bare.open(descriptor(path))) {
				assertThat(file.isReadable()).isTrue();
				assertThat(file.isWritable()).isTrue();
				assertThat(file.isStored()).isTrue();
			}
			Files.delete(links);
		}
	}

	@Test
	void whatIsReadAndAppendedToIsWrittenAtItsEnd() throws IOException {
		Path path = file("text");
		Files.createSymbolicLink(Files.createDirectory(this.directory.resolve("fd")).resolve("7"), path);
		Files.writeString(Files.createDirectory(this.directory.resolve("fdinfo")).resolve("7"),
				"pos:\t1\nflags:\t0102002\n");
		Descriptors descriptors = new Descriptors(List.of(this.directory.resolve("fd")));
		try (BlockingFile file = descriptors.open(7)) {
			ByteBuffer buffer = ByteBuffer.allocate(2);
			assertThat(file.read(buffer)).isEqualTo(2);
			assertThat(buffer.flip()).isEqualTo(bytes("ex"));
			Files.writeString(path, " of another", StandardOpenOption.APPEND);
			file.write(bytes(" and"));
			assertThat(file.read(buffer.clear())).isEqualTo(2);
			assertThat(buffer.flip()).isEqualTo(bytes("t "));
			Files.writeString(path, " and another", StandardOpenOption.APPEND);
			file.write(bytes(" more"));
			assertThat(file.isStored()).isTrue();
		}
		assertThat(path).hasContent("text of another and and another more");
	}

	// like the directory of the system, without its neighbour
	private Path links() throws IOException {
		return Files.createSymbolicLink(this.directory.resolve("fd"), Path.of("/proc/self/fd"));
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void directoryIsRefused() throws IOException {
		try (FileChannel open = FileChannel.open(this.directory)) {
			int fd = descriptor(this.directory);
			assertThat(open.isOpen()).isTrue();
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> new FileDispatcher(fd, this.map))
				.withMessageContaining("is a directory");
		}
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void socketIsRefusedWithAnAdvice() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			assertThat(socket.isBound()).isTrue();
			int fd = kind("socket:");
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> new FileDispatcher(fd, this.map))
				.withMessageContaining("is a socket")
				.withMessageContaining("inheritedChannel");
		}
		assertThat(this.map.isEmpty()).isTrue();
	}

	@Test
	@EnabledOnOs(OS.LINUX)
	void whatIsInAPipeWhoseOtherEndHasGoneIsReceived() throws Exception {
		Path fifo = fifo();
		FileChannel both = otherEnd(fifo);
		write(both, "left");
		ScriptedFile file = new ScriptedFile(this.map).reading(false);
		file.setFile(descriptor(fifo));
		file.reading(true);
		until(() -> file.received.length() == 4);
		assertThat(file.received).hasToString("left");
		both.close();
		file.send("x".getBytes());
		until(() -> file.received.length() == 5);
	}

	private static int kind(String target) throws IOException {
		try (var links = Files.list(Path.of("/proc/self/fd"))) {
			return links.filter((link) -> target(link).startsWith(target))
				.mapToInt((link) -> Integer.parseInt(link.getFileName().toString()))
				.findFirst()
				.orElseThrow();
		}
	}

	private static String target(Path link) {
		try {
			return Files.readSymbolicLink(link).toString();
		}
		catch (IOException ex) {
			return "";
		}
	}

}
