package io.asyncore;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What the file classes of the asyncore of Python 3.11 are tested for. That a forgotten
 * wrapper is reported, and may be closed twice, is among {@link FileWrapperTests}.
 */
@EnabledOnOs(OS.LINUX)
class FileParityTests extends FileFixture {

	private static final String TEXT = "The first half, and the other";

	@Test
	void wrapperReadsThoughTheOriginalIsClosed() throws IOException {
		Path path = file(TEXT);
		FileWrapper wrapper;
		int fd;
		try (FileChannel original = FileChannel.open(path)) {
			fd = descriptor(path);
			wrapper = new FileWrapper(fd);
			assertThat(original.isOpen()).isTrue();
		}
		assertThat(wrapper.fileno()).isNotEqualTo(fd);
		assertThat(wrapper.recv(14)).asString().isEqualTo("The first half");
		assertThat(wrapper.read(5)).asString().isEqualTo(", and");
		wrapper.close();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> wrapper.read(1));
	}

	@Test
	void wrapperAppendsThoughTheOriginalIsClosed() throws IOException {
		Path path = file(TEXT);
		FileWrapper wrapper;
		try (FileChannel original = FileChannel.open(path, StandardOpenOption.APPEND)) {
			wrapper = new FileWrapper(descriptor(path));
			assertThat(original.isOpen()).isTrue();
		}
		wrapper.write(" comes".getBytes());
		wrapper.send(" later.".getBytes());
		wrapper.close();
		assertThat(path).hasContent(TEXT + " comes later.");
	}

	@Test
	void dispatcherReadsThoughTheOriginalIsClosed() throws IOException {
		Path path = file(TEXT);
		StringBuilder data = new StringBuilder();
		FileDispatcher dispatcher;
		try (FileChannel original = FileChannel.open(path)) {
			dispatcher = new FileDispatcher(descriptor(path), this.map) {

				@Override
				protected void handleRead() throws Exception {
					data.append(new String(recv(TEXT.length())));
				}

			};
			assertThat(original.isOpen()).isTrue();
		}
		assertThat(dispatcher.connected()).isTrue();
		// the first pass waits until the file says that it has something
		Asyncore.loop(Duration.ofSeconds(10), true, this.map, 2);
		assertThat(data).hasToString(TEXT);
	}

}
