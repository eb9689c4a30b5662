package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Open files as their threads use them.
 */
class OpenFileTests extends FileFixture {

	@Test
	void whatIsReadAndAppendedToIsWrittenAtItsEnd() throws IOException {
		Path path = file("text");
		try (OpenFile file = new OpenFile(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE),
				true, true, true)) {
			ByteBuffer buffer = ByteBuffer.allocate(2);
			file.moveTo(1);
			assertThat(file.read(buffer)).isEqualTo(2);
			file.write(bytes(" and"));
			assertThat(file.read(buffer.clear())).isEqualTo(2);
			assertThat(buffer.flip()).isEqualTo(bytes("t "));
			file.write(bytes(" more"));
		}
		assertThat(path).hasContent("text and more");
	}

}
