package io.asyncore.transport;

import java.nio.ByteBuffer;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DirectMemory}, and that what the system copies into begins where it is
 * fast.
 */
class DirectMemoryTests {

	// nearer behind the beginning of a page processors are slow
	private static final int SLOW = 32;

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 100, 4095, 4096, 65_536, 262_144 })
	void beginsWellBehindTheBeginningOfAPage(int capacity) {
		ByteBuffer buffer = DirectMemory.allocate(capacity);
		assertThat(buffer.isDirect()).isTrue();
		assertThat(buffer.capacity()).isEqualTo(capacity);
		assertThat(buffer.position()).isZero();
		assertThat(buffer.limit()).isEqualTo(capacity);
		assertThat(DirectMemory.distance(buffer, 0)).isBetween(SLOW, 4095);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 31, 1000 })
	void buffersOfALoopDoToo(int before) {
		BufferPool buffers = new BufferPool();
		for (int i = 0; i < 20; i++) {
			ByteBuffer buffer = buffers.take(262_144);
			// such as the beginning of a terminator that came before
			assertThat(DirectMemory.distance(buffer, before)).isBetween(SLOW, 4095);
		}
	}

}
