package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.util.ArrayList;
import java.util.List;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.Loopback;
import io.asyncore.Peer;
import io.asyncore.output.BlockPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the memory that output waits in.
 */
class OutputBlocksTests {

	private final ChannelMap map = new ChannelMap();

	private Peer peer;

	@BeforeEach
	void connect() throws IOException {
		this.peer = Peer.withNearEnd();
	}

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
		this.peer.close();
	}

	@Test
	void whatIsPushedInOnePassLeavesInOnePiece() throws IOException {
		Keeping chat = new Keeping(this.peer.near(), this.map);
		this.map.eventLoop().execute(() -> {
			for (int i = 0; i < 64; i++) {
				chat.push("a line of 32 bytes, all of them\n".getBytes());
			}
		});
		Loopback.passUntil(this.map, () -> this.peer.poll().count() == 64 * 32);
		assertThat(chat.sizes).containsExactly(64 * 32);
	}

	@Test
	void howeverMuchWaitsThereIsABlock() {
		for (int size : new int[] { BlockPool.LARGE - 1, BlockPool.LARGE, 1 << 29, (1 << 30) - 1, 1 << 30,
				Integer.MAX_VALUE }) {
			assertThat(new BlockPool().take(size).capacity()).isEqualTo(BlockPool.LARGE);
		}
	}

	@Test
	void aBlockIsUsedAgainWhenItsBytesHaveLeft() {
		BlockPool blocks = new BlockPool();
		ByteBuffer small = blocks.take(1);
		ByteBuffer large = blocks.take(BlockPool.LARGE + 1);
		assertThat(small.capacity()).isEqualTo(BlockPool.SMALL);
		assertThat(large.capacity()).isEqualTo(BlockPool.LARGE);
		assertThat(blocks.take(BlockPool.SMALL)).isNotSameAs(small);
		small.limit(10).position(10);
		blocks.giveBack(small);
		blocks.giveBack(large);
		assertThat(blocks.take(BlockPool.SMALL)).isSameAs(small)
			.matches((block) -> block.position() == 0)
			.matches((block) -> block.limit() == 0);
		assertThat(blocks.take(BlockPool.LARGE)).isSameAs(large);
	}

	@Test
	void whatMayStayForLongTakesNoMoreThanTwiceWhatItNeeds() {
		assertThat(new BlockPool().take(BlockPool.SMALL + 1).capacity()).isEqualTo(2 * BlockPool.SMALL);
	}

	@Test
	void onlySoManyBlocksAreKept() {
		BlockPool blocks = new BlockPool();
		List<ByteBuffer> taken = new ArrayList<>();
		for (int i = 0; i < 1000; i++) {
			taken.add(blocks.take(1));
		}
		taken.forEach(blocks::giveBack);
		int again = 0;
		for (int i = 0; i < 1000; i++) {
			ByteBuffer block = blocks.take(1);
			again += taken.stream().anyMatch((other) -> other == block) ? 1 : 0;
		}
		assertThat(again).isEqualTo(64);
	}

	@Test
	void aChannelThatSendsInItsOwnWayMayKeepWhatItIsGiven() throws IOException {
		Keeping first = new Keeping(this.peer.near(), this.map);
		this.map.eventLoop().execute(() -> first.push("first"));
		Loopback.passUntil(this.map, () -> this.peer.poll().count() == 5);
		try (Peer other = Peer.withNearEnd()) {
			Keeping second = new Keeping(other.near(), this.map);
			this.map.eventLoop().execute(() -> second.push("other"));
			Loopback.passUntil(this.map, () -> other.poll().count() == 5);
		}
		assertThat(first.kept.get(0).flip()).isEqualTo(ByteBuffer.wrap("first".getBytes()));
	}

	@Test
	void channelsThatPushByTurnsDoNotMix() throws IOException {
		try (Peer other = Peer.withNearEnd()) {
			Talking one = new Talking(this.peer.near(), this.map);
			Talking two = new Talking(other.near(), this.map);
			for (int i = 0; i < 50; i++) {
				int count = i + 1;
				this.map.eventLoop().execute(() -> {
					one.push("one");
					two.push("two");
					one.push("ONE");
					two.push("TWO");
				});
				Loopback.passUntil(this.map,
						() -> this.peer.poll().count() == 6 * count && other.poll().count() == 6 * count);
			}
			assertThat(this.peer.text()).isEqualTo("oneONE".repeat(50));
			assertThat(other.text()).isEqualTo("twoTWO".repeat(50));
		}
	}

	private static class Talking extends AsyncChat {

		Talking(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void foundTerminator() {
		}

	}

	/**
	 * Keeps what it is given to send.
	 */
	private static final class Keeping extends Talking {

		private final List<Integer> sizes = new ArrayList<>();

		private final List<ByteBuffer> kept = new ArrayList<>();

		Keeping(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		public int send(ByteBuffer data) throws IOException {
			this.sizes.add(data.remaining());
			this.kept.add(data);
			return super.send(data);
		}

	}

}
