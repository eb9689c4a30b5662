package io.asyncore.chat;

import java.io.ByteArrayOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

import com.sun.management.ThreadMXBean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link Collected}.
 */
class CollectedTests {

	private static final int UNLIMITED = Integer.MAX_VALUE;

	private final Collected incoming = new Collected();

	private final Random random = new Random(1);

	private ByteBuffer piece(int length) {
		byte[] bytes = new byte[length];
		for (int i = 0; i < length; i++) {
			bytes[i] = (byte) ('a' + this.random.nextInt(26));
		}
		return ByteBuffer.wrap(bytes);
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 10, 1000, 5000, 70_000 })
	void givesWhatItWasGivenInAnyPieces(int longest) throws FrameTooLongException {
		for (int frame = 0; frame < 200; frame++) {
			ByteArrayOutputStream expected = new ByteArrayOutputStream();
			for (int pieces = this.random.nextInt(12); pieces > 0; pieces--) {
				ByteBuffer piece = piece(1 + this.random.nextInt(longest));
				expected.writeBytes(piece.array());
				this.incoming.add(piece, UNLIMITED);
			}
			if (frame % 2 == 0) {
				assertThat(this.incoming.take()).isEqualTo(expected.toByteArray());
			}
			else {
				assertThat(this.incoming.take(StandardCharsets.US_ASCII)).isEqualTo(expected.toString());
			}
			assertThat(this.incoming.take()).isEmpty();
			assertThat(this.incoming.take(StandardCharsets.US_ASCII)).isEmpty();
		}
	}

	@ParameterizedTest
	@CsvSource({ "10, 3", "128, 1", "5000, 100", "100000, 999", "100000, 100000" })
	void takesAsMuchAsItMayAndNoMore(int max, int length) throws FrameTooLongException {
		for (int round = 0; round < 2; round++) {
			int left = max;
			for (; left >= length; left -= length) {
				this.incoming.add(piece(length), max);
			}
			if (left > 0) {
				this.incoming.add(piece(left), max);
			}
			if (round == 0) {
				assertThat(this.incoming.take()).hasSize(max);
			}
		}
		assertThatExceptionOfType(FrameTooLongException.class).isThrownBy(() -> this.incoming.add(piece(1), max));
		assertThat(this.incoming.take()).isEmpty();
	}

	@Test
	void textMayBeCutAnywhere() throws FrameTooLongException {
		String text = "\u00e4\u20ac".repeat(3000);
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		for (byte each : bytes) {
			this.incoming.add(ByteBuffer.wrap(new byte[] { each }), UNLIMITED);
		}
		assertThat(this.incoming.take(StandardCharsets.UTF_8)).isEqualTo(text);
	}

	@ParameterizedTest
	@ValueSource(ints = { 65536, 8192, 1448, 100, 1 })
	void longFrameTakesLittleMoreMemoryThanItHasBytes(int length) throws FrameTooLongException {
		int size = 1_000_000;
		ByteBuffer piece = piece(length);
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = threads.getCurrentThreadAllocatedBytes();
		for (int count = 0; count < size; count += length) {
			this.incoming.add(piece.clear(), UNLIMITED);
		}
		// nothing of that is garbage but what a short frame would have needed
		long allocated = threads.getCurrentThreadAllocatedBytes() - before;
		assertThat(allocated).isLessThan(size + 2L * 65536 + 20_000);
		assertThat(this.incoming.take()).hasSizeGreaterThanOrEqualTo(size);
	}

	@Test
	void shortFramesAreKeptInTheSameMemory() throws FrameTooLongException {
		ByteBuffer piece = piece(300);
		this.incoming.add(piece, UNLIMITED);
		this.incoming.clear();
		ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
		long before = threads.getCurrentThreadAllocatedBytes();
		for (int i = 0; i < 100; i++) {
			this.incoming.add(piece.clear(), UNLIMITED);
			this.incoming.clear();
		}
		assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(300);
	}

	@Test
	void whatIsBorrowedAndTakenIsNotCopiedBefore() throws FrameTooLongException {
		for (ByteBuffer input : List.of(ByteBuffer.allocate(100), ByteBuffer.allocateDirect(100))) {
			Collected incoming = new Collected();
			input.put("..hello world".getBytes()).flip().position(2).limit(7);
			incoming.borrow(input, 100);
			assertThat(input.hasRemaining()).isFalse();
			// the place of it is what counts until it is taken
			input.clear().put(2, (byte) 'H');
			assertThat(incoming.take(StandardCharsets.US_ASCII)).isEqualTo("Hello");
			assertThat(incoming.take()).isEmpty();
			incoming.borrow(input.position(8).limit(13), 100);
			assertThat(incoming.take()).isEqualTo("world".getBytes());
		}
	}

	@Test
	void whatIsBorrowedAndSettledStaysAsItWas() throws FrameTooLongException {
		Collected incoming = new Collected();
		ByteBuffer input = ByteBuffer.allocateDirect(8000);
		input.put(0, "hello".getBytes());
		incoming.borrow(input.limit(5), 10_000);
		incoming.settle();
		input.clear().put(0, "WORLD".getBytes());
		incoming.borrow(input.limit(5), 10_000);
		input.clear().put(0, "later".getBytes());
		assertThat(incoming.take(StandardCharsets.US_ASCII)).isEqualTo("helloWORLD");
		incoming.borrow(input.limit(8000), 10_000);
		incoming.settle();
		assertThat(incoming.take()).hasSize(8000).startsWith("later".getBytes());
	}

	@Test
	void whatIsBorrowedCountsForTheLimit() throws FrameTooLongException {
		Collected incoming = new Collected();
		incoming.borrow(ByteBuffer.allocate(6), 10);
		assertThatExceptionOfType(FrameTooLongException.class)
			.isThrownBy(() -> incoming.borrow(ByteBuffer.allocate(5), 10));
		assertThat(incoming.take()).isEmpty();
		assertThatExceptionOfType(FrameTooLongException.class)
			.isThrownBy(() -> incoming.borrow(ByteBuffer.allocate(11), 10));
	}

}
