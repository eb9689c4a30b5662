package io.asyncore;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link OutputQueue}.
 */
class OutputQueueTests {

	private final OutputQueue queue = new OutputQueue();

	@Test
	void whenNothingWasAddedHasNoHead() {
		assertThat(this.queue.head()).isNull();
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void whenEmptyDataIsAddedHasNoHead() {
		this.queue.add(ByteBuffer.allocate(0));
		assertThat(this.queue.head()).isNull();
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void takesAllOfTheDataAndAdvancesItsPosition() {
		ByteBuffer data = bytes("0123456789").position(2).limit(7);
		this.queue.add(data);
		assertThat(data.position()).isEqualTo(7);
		assertThat(data.limit()).isEqualTo(7);
		assertThat(this.queue.size()).isEqualTo(5);
		assertThat(drain(1000)).isEqualTo("23456".getBytes(StandardCharsets.ISO_8859_1));
	}

	@Test
	void copiesTheData() {
		byte[] data = "before".getBytes(StandardCharsets.ISO_8859_1);
		this.queue.add(ByteBuffer.wrap(data));
		Arrays.fill(data, (byte) 'x');
		assertThat(drain(1000)).isEqualTo("before".getBytes(StandardCharsets.ISO_8859_1));
	}

	@Test
	void copiesFromDirectAndReadOnlyBuffers() {
		ByteBuffer direct = ByteBuffer.allocateDirect(3).put(new byte[] { 1, 2, 3 }).flip();
		this.queue.add(direct);
		this.queue.add(ByteBuffer.wrap(new byte[] { 4, 5 }).asReadOnlyBuffer());
		assertThat(drain(1000)).containsExactly(1, 2, 3, 4, 5);
	}

	@Test
	void keepsOrderWhateverThePiecesAndHoweverTheyAreTaken() {
		Random random = new Random(1);
		ByteArrayOutputStream expected = new ByteArrayOutputStream();
		ByteArrayOutputStream taken = new ByteArrayOutputStream();
		for (int i = 0; i < 2000; i++) {
			byte[] piece = new byte[random.nextInt((i % 50 == 0) ? 200_000 : 100)];
			random.nextBytes(piece);
			expected.writeBytes(piece);
			this.queue.add(ByteBuffer.wrap(piece));
			for (int j = random.nextInt(4); j > 0; j--) {
				take(random.nextInt(10_000), taken);
			}
			assertThat(this.queue.size()).isEqualTo(expected.size() - taken.size());
		}
		while (take(10_000, taken) > 0) {
			// until nothing is left
		}
		assertThat(Arrays.mismatch(taken.toByteArray(), expected.toByteArray())).isEqualTo(-1);
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void joinsSmallPiecesIntoFewBlocks() {
		for (int i = 0; i < 100_000; i++) {
			this.queue.add(ByteBuffer.wrap(new byte[] { (byte) i }));
		}
		int blocks = 0;
		for (ByteBuffer head = this.queue.head(); head != null; head = this.queue.head()) {
			blocks++;
			int count = head.remaining();
			head.position(head.limit());
			this.queue.taken(head, count);
		}
		assertThat(blocks).isLessThan(20);
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void keepsHeadUntilItIsUsedUp() {
		this.queue.add(bytes("abc"));
		ByteBuffer head = this.queue.head();
		assertThat(head).isNotNull();
		head.get();
		this.queue.taken(head, 1);
		assertThat(this.queue.head()).isSameAs(head);
		assertThat(this.queue.size()).isEqualTo(2);
	}

	@Test
	void doesNotTouchHeadWhenMoreIsAdded() {
		this.queue.add(bytes("abc"));
		ByteBuffer head = this.queue.head();
		assertThat(head).isNotNull();
		this.queue.add(bytes("def"));
		assertThat(head.remaining()).isEqualTo(3);
		assertThat(drain(1000)).isEqualTo("abcdef".getBytes(StandardCharsets.ISO_8859_1));
	}

	@Test
	void whenClearedHasNothing() {
		this.queue.add(bytes("abc"));
		this.queue.head();
		this.queue.add(ByteBuffer.allocate(200_000));
		this.queue.clear();
		assertThat(this.queue.head()).isNull();
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void whenClearedWhileHeadIsTakenDoesNotCountIt() {
		this.queue.add(bytes("abc"));
		ByteBuffer head = this.queue.head();
		assertThat(head).isNotNull();
		this.queue.clear();
		this.queue.add(bytes("later"));
		this.queue.taken(head, 3);
		assertThat(this.queue.size()).isEqualTo(5);
		assertThat(drain(1000)).isEqualTo("later".getBytes(StandardCharsets.ISO_8859_1));
	}

	@Test
	void whenManyThreadsAddLosesAndMixesNothing() throws Exception {
		int threads = 4;
		int pieces = 5000;
		Thread[] writers = new Thread[threads];
		for (int i = 0; i < threads; i++) {
			byte[] piece = new byte[7];
			Arrays.fill(piece, (byte) i);
			writers[i] = new Thread(() -> {
				for (int j = 0; j < pieces; j++) {
					this.queue.add(ByteBuffer.wrap(piece));
				}
			});
			writers[i].start();
		}
		ByteArrayOutputStream taken = new ByteArrayOutputStream();
		long end = System.nanoTime() + Loopback.BOUND.toNanos();
		while (taken.size() < threads * pieces * 7 && System.nanoTime() - end < 0) {
			take(1000, taken);
		}
		for (Thread writer : writers) {
			writer.join(Loopback.BOUND.toMillis());
		}
		byte[] all = taken.toByteArray();
		assertThat(all.length).isEqualTo(threads * pieces * 7);
		int mixed = 0;
		for (int i = 0; i < all.length; i++) {
			mixed += (all[i] != all[i - i % 7]) ? 1 : 0;
		}
		assertThat(mixed).isZero();
		assertThat(this.queue.size()).isZero();
	}

	private static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
	}

	private byte[] drain(int step) {
		ByteArrayOutputStream taken = new ByteArrayOutputStream();
		while (take(step, taken) > 0) {
			// until nothing is left
		}
		return taken.toByteArray();
	}

	private int take(int most, ByteArrayOutputStream target) {
		ByteBuffer head = this.queue.head();
		if (head == null) {
			return 0;
		}
		byte[] piece = new byte[Math.min(most, head.remaining())];
		head.get(piece);
		this.queue.taken(head, piece.length);
		target.writeBytes(piece);
		return piece.length;
	}

}
