package io.asyncore.output;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

import io.asyncore.Loopback;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link OutputQueue}.
 */
class OutputQueueTests {

	private final OutputQueue queue = new OutputQueue();

	@Test
	void whenNothingWasAddedHasNoHead() {
		assertThat(this.queue.block()).isNull();
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void whenEmptyDataIsAddedHasNoHead() {
		this.queue.add(ByteBuffer.allocate(0), null);
		assertThat(this.queue.block()).isNull();
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void takesAllOfTheDataAndAdvancesItsPosition() {
		ByteBuffer data = bytes("0123456789").position(2).limit(7);
		this.queue.add(data, null);
		assertThat(data.position()).isEqualTo(7);
		assertThat(data.limit()).isEqualTo(7);
		assertThat(this.queue.size()).isEqualTo(5);
		assertThat(drain(1000)).isEqualTo("23456".getBytes(StandardCharsets.ISO_8859_1));
	}

	@Test
	void copiesTheData() {
		byte[] data = "before".getBytes(StandardCharsets.ISO_8859_1);
		this.queue.add(ByteBuffer.wrap(data), null);
		Arrays.fill(data, (byte) 'x');
		assertThat(drain(1000)).isEqualTo("before".getBytes(StandardCharsets.ISO_8859_1));
	}

	@Test
	void copiesFromDirectAndReadOnlyBuffers() {
		ByteBuffer direct = ByteBuffer.allocateDirect(3).put(new byte[] { 1, 2, 3 }).flip();
		this.queue.add(direct, null);
		this.queue.add(ByteBuffer.wrap(new byte[] { 4, 5 }).asReadOnlyBuffer(), null);
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
			this.queue.add(ByteBuffer.wrap(piece), null);
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
			this.queue.add(ByteBuffer.wrap(new byte[] { (byte) i }), null);
		}
		int blocks = 0;
		for (ByteBuffer head = this.queue.block(); head != null; head = this.queue.block()) {
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
		this.queue.add(bytes("abc"), null);
		ByteBuffer head = this.queue.block();
		assertThat(head).isNotNull();
		head.get();
		this.queue.taken(head, 1);
		assertThat(this.queue.block()).isSameAs(head);
		assertThat(this.queue.size()).isEqualTo(2);
	}

	@Test
	void doesNotTouchHeadWhenMoreIsAdded() {
		this.queue.add(bytes("abc"), null);
		ByteBuffer head = this.queue.block();
		assertThat(head).isNotNull();
		this.queue.add(bytes("def"), null);
		assertThat(head.remaining()).isEqualTo(3);
		assertThat(drain(1000)).isEqualTo("abcdef".getBytes(StandardCharsets.ISO_8859_1));
	}

	@Test
	void whenClearedHasNothing() {
		this.queue.add(bytes("abc"), null);
		this.queue.block();
		this.queue.add(ByteBuffer.allocate(200_000), null);
		this.queue.clear();
		assertThat(this.queue.block()).isNull();
		assertThat(this.queue.size()).isZero();
	}

	@Test
	void whenClearedWhileHeadIsTakenDoesNotCountIt() {
		this.queue.add(bytes("abc"), null);
		ByteBuffer head = this.queue.block();
		assertThat(head).isNotNull();
		this.queue.clear();
		this.queue.add(bytes("later"), null);
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
					this.queue.add(ByteBuffer.wrap(piece), null);
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

	@Test
	void keepsBytesAndWhatElseIsAddedInOrder() {
		Object other = new Object();
		assertThat(this.queue.add(bytes("ab"), null)).isTrue();
		assertThat(this.queue.add("cd".getBytes(StandardCharsets.ISO_8859_1), null)).isFalse();
		assertThat(this.queue.addEntry(other)).isFalse();
		this.queue.add(bytes("ef"), null);
		assertThat(this.queue.size()).isEqualTo(6);
		assertThat(drain(3)).isEqualTo("abcd".getBytes(StandardCharsets.ISO_8859_1));
		assertThat(this.queue.head()).isSameAs(other);
		assertThat(this.queue.current()).isSameAs(other);
		this.queue.removeHead();
		assertThat(this.queue.isEmpty()).isFalse();
		assertThat(drain(3)).isEqualTo("ef".getBytes(StandardCharsets.ISO_8859_1));
		assertThat(this.queue.isEmpty()).isTrue();
	}

	@Test
	void whenClearedGivesWhatCameBehindTheHead() {
		Object first = new Object();
		Object second = new Object();
		Object third = new Object();
		this.queue.addEntry(first);
		this.queue.addEntry(second);
		this.queue.addEntry(third);
		this.queue.head();
		assertThat(this.queue.current()).isSameAs(first);
		assertThat(this.queue.next()).isSameAs(second);
		assertThat(this.queue.clear()).containsExactly(third);
		assertThat(this.queue.current()).isNull();
		assertThat(this.queue.next()).isNull();
		assertThat(this.queue.isEmpty()).isTrue();
		assertThat(this.queue.clear()).isEmpty();
	}

	@Test
	void whileSealedTakesNoBytes() {
		this.queue.add(bytes("ab"), null);
		this.queue.setSealed(true);
		ByteBuffer data = bytes("cd");
		assertThat(this.queue.add(data, null)).isFalse();
		assertThat(data.remaining()).isEqualTo(2);
		assertThat(this.queue.add(new byte[3], null)).isFalse();
		assertThat(this.queue.size()).isEqualTo(2);
		this.queue.setSealed(false);
		this.queue.add(data, null);
		assertThat(this.queue.size()).isEqualTo(4);
	}

	@Test
	void takesBlocksThatAreGivenBack() {
		BlockPool pool = new BlockPool();
		ByteBuffer block = pool.take(1);
		pool.giveBack(block);
		this.queue.add(bytes("abc"), pool);
		assertThat(this.queue.block()).isSameAs(block);
		block.get();
		assertThat(this.queue.taken(block, 1)).isFalse();
		block.position(block.limit());
		assertThat(this.queue.taken(block, 2)).isTrue();
		assertThat(this.queue.taken(block, 2)).isFalse();
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
		ByteBuffer head = this.queue.block();
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
