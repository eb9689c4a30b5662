package io.asyncore;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

import io.asyncore.transport.BufferPool;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link BufferPool}, and for what a handler that gives back what is not the
 * loop's does to others.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BufferPoolTests {

	private final BufferPool buffers = new BufferPool();

	static Stream<Named<UnaryOperator<ByteBuffer>>> forgeries() {
		return Stream.of(Named.of("slice", ByteBuffer::slice), Named.of("duplicate", ByteBuffer::duplicate),
				Named.of("view", ByteBuffer::asReadOnlyBuffer),
				Named.of("direct", (buffer) -> ByteBuffer.allocateDirect(buffer.capacity())),
				Named.of("heap", (buffer) -> ByteBuffer.allocate(buffer.capacity())),
				Named.of("of others", (buffer) -> new BufferPool().take(100)));
	}

	@ParameterizedTest
	@MethodSource("forgeries")
	void takesNothingBackThatIsNotItsOwn(UnaryOperator<ByteBuffer> forgery) {
		ByteBuffer taken = this.buffers.take(100);
		this.buffers.giveBack(forgery.apply(taken));
		for (int i = 0; i < 20; i++) {
			ByteBuffer next = this.buffers.take(BufferPool.CAPACITY);
			assertThat(next.capacity()).isEqualTo(BufferPool.CAPACITY);
			assertThat(next.isReadOnly()).isFalse();
			assertApart(taken, next);
			this.buffers.giveBack(next);
		}
		this.buffers.giveBack(taken);
	}

	@Test
	void whatIsGivenBackTwiceIsTakenOnce() {
		ByteBuffer buffer = this.buffers.take(100);
		this.buffers.giveBack(buffer);
		this.buffers.giveBack(buffer);
		assertApart(this.buffers.take(100), this.buffers.take(100));
	}

	@Test
	void whatIsGivenBackAgainIsNotTakenAwayFromWhoHasItNow() {
		ByteBuffer before = this.buffers.take(100);
		this.buffers.giveBack(before);
		ByteBuffer now = this.buffers.take(100);
		this.buffers.giveBack(before);
		assertApart(now, this.buffers.take(100));
	}

	@Test
	void whatIsNotGivenBackIsForgotten() {
		List<ByteBuffer> kept = new ArrayList<>();
		for (int i = 0; i < 50; i++) {
			kept.add(this.buffers.take(100));
		}
		ByteBuffer last = this.buffers.take(100);
		for (ByteBuffer buffer : kept) {
			assertApart(buffer, last);
		}
		last.putInt(0, 43);
		this.buffers.giveBack(last);
		assertThat(this.buffers.take(100).getInt(0)).as("is used again").isEqualTo(43);
		// too late for most, and no harm
		kept.forEach(this.buffers::giveBack);
		assertApart(this.buffers.take(100), this.buffers.take(100));
	}

	@ParameterizedTest
	@MethodSource("forgeries")
	void whenAHandlerGivesBackWhatIsNotTheLoopsOthersAreServed(UnaryOperator<ByteBuffer> forgery) throws Exception {
		ChannelMap map = new ChannelMap();
		try (Peer peer = Peer.withNearEnd(); Peer other = Peer.withNearEnd()) {
			EventLoop loop = map.eventLoop();
			Scripted channel = new Scripted(peer.near(), map).on("read", (self) -> {
				self.receive(100);
				ByteBuffer buffer = loop.takeBuffer();
				loop.giveBack(forgery.apply(buffer));
				loop.giveBack(buffer);
				loop.giveBack(buffer);
			});
			Scripted witness = new Scripted(other.near(), map);
			peer.send("x");
			Loopback.passUntil(map, () -> channel.received.length() == 1);
			other.send("hello");
			Loopback.passUntil(map, () -> witness.received.toString().equals("hello"));
			assertThat(channel.failures).isEmpty();
			assertThat(witness.failures).isEmpty();
		}
		finally {
			Asyncore.closeAll(map, true);
		}
	}

	private static void assertApart(ByteBuffer one, ByteBuffer other) {
		one.putInt(0, 1);
		other.putInt(0, 2);
		assertThat(one.getInt(0)).as("memory of its own").isEqualTo(1);
	}

}
