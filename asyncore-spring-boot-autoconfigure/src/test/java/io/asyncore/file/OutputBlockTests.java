package io.asyncore.file;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * How blocks are cut when they are written.
 */
class OutputBlockTests {

	private static final int CAPACITY = 64 * 1024;

	private final ByteArrayOutputStream written = new ByteArrayOutputStream();

	private final List<Integer> writes = new ArrayList<>();

	@Test
	void recordsAreJoinedButNotCut() throws IOException {
		OutputBlock block = block(false);
		add(block, 1000, 1000, 1000, 1000, 1000, 4096, 96, 4000, 1);
		write(block);
		assertThat(this.writes).containsExactly(4000, 1000, 4096, 4096, 1);
	}

	@Test
	void whatIsLargerIsJoinedAndKeptFromRecords() throws IOException {
		OutputBlock block = block(false);
		add(block, 100, 5000, 6000, 100, 100, 4097);
		write(block);
		assertThat(this.writes).containsExactly(100, 11_000, 200, 4097);
	}

	@Test
	void whatIsStoredIsWrittenInOneGo() throws IOException {
		OutputBlock block = block(true);
		add(block, 100, 5000, 4096, 100);
		write(block);
		assertThat(this.writes).containsExactly(9296);
	}

	@Test
	void recordIsTakenWholeOrNotAtAll() {
		OutputBlock block = block(false);
		add(block, CAPACITY - 99);
		ByteBuffer record = ByteBuffer.allocate(100);
		assertThat(block.room(100)).isZero();
		assertThat(block.add(record)).isZero();
		assertThat(record.position()).isZero();
		ByteBuffer more = ByteBuffer.allocate(5000);
		assertThat(block.room(5000)).isEqualTo(99);
		assertThat(block.add(more)).isEqualTo(99);
		assertThat(more.position()).isEqualTo(99);
	}

	@Test
	void whatTakesLittleAtATimeIsGivenTheRest() throws IOException {
		OutputBlock block = block(false);
		add(block, 3000, 3000);
		block.writeTo((data) -> {
			this.writes.add(data.remaining());
			data.position(data.position() + Math.min(1000, data.remaining()));
		});
		assertThat(this.writes).containsExactly(3000, 2000, 1000, 3000, 2000, 1000);
	}

	@Test
	void whenWritingFailsIsEmptyAgain() throws IOException {
		OutputBlock block = block(false);
		add(block, 3000, 3000);
		assertThatIOException().isThrownBy(() -> block.writeTo((data) -> {
			throw new IOException("full");
		}));
		assertThat(block.room(Integer.MAX_VALUE)).isEqualTo(CAPACITY);
		add(block, 7);
		write(block);
		assertThat(this.writes).containsExactly(7);
	}

	@Test
	void everythingIsWrittenInOrderAndNoRecordIsCut() throws IOException {
		Random random = new Random(7);
		OutputBlock block = block(false);
		for (int round = 0; round < 200; round++) {
			List<Integer> allowed = new ArrayList<>(List.of(0));
			ByteArrayOutputStream expected = new ByteArrayOutputStream();
			int taken = 1;
			while (taken > 0) {
				byte[] piece = new byte[1 + random.nextInt(random.nextBoolean() ? 200 : 6000)];
				random.nextBytes(piece);
				taken = block.add(ByteBuffer.wrap(piece));
				expected.write(piece, 0, taken);
				allowed.add(expected.size());
			}
			this.written.reset();
			this.writes.clear();
			write(block);
			assertThat(this.written.toByteArray()).isEqualTo(expected.toByteArray());
			int end = 0;
			for (int length : this.writes) {
				end += length;
				assertThat(allowed).contains(end);
			}
		}
	}

	private static OutputBlock block(boolean joined) {
		return new OutputBlock(ByteBuffer.allocate(CAPACITY), joined);
	}

	private static void add(OutputBlock block, int... lengths) {
		for (int length : lengths) {
			assertThat(block.add(ByteBuffer.allocate(length))).isEqualTo(length);
		}
	}

	private void write(OutputBlock block) throws IOException {
		block.writeTo((data) -> {
			this.writes.add(data.remaining());
			byte[] part = new byte[data.remaining()];
			data.get(part);
			this.written.write(part);
		});
	}

}
