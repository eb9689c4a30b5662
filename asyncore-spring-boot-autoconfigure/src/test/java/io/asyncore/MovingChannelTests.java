package io.asyncore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Channels that move from one loop to another.
 */
class MovingChannelTests {

	private final ChannelMap first = new ChannelMap();

	private final ChannelMap second = new ChannelMap();

	@Test
	void whenMovedByItsOwnHandlerTheNewLoopSendsItsOutput() throws IOException {
		byte[] much = new byte[8 * 1024 * 1024];
		try (Loopback.Pair pair = Loopback.pair()) {
			DispatcherWithSend channel = new DispatcherWithSend(pair.near(), this.first) {

				@Override
				protected void handleRead() throws IOException {
					recv(10);
					addChannel(MovingChannelTests.this.second);
				}

			};
			Sockets.send(pair, "x");
			Loopback.passUntil(this.first, () -> channel.map() == this.second);
			// the old loop makes no more passes
			this.second.eventLoop().execute(() -> channel.send(much));
			pair.far().configureBlocking(false);
			ByteBuffer buffer = ByteBuffer.allocate(256 * 1024);
			int[] received = new int[1];
			Loopback.passUntil(this.second, () -> {
				received[0] += Math.max(0, Sockets.read(pair.far(), buffer.clear()));
				return received[0] == much.length;
			});
		}
	}

	@Test
	void whenHeldBackChannelMovesItsEventsAreNot() throws IOException {
		boolean[] reads = new boolean[1];
		try (Loopback.Pair pair = Loopback.pair()) {
			Loopback.Recorder channel = new Loopback.Recorder(pair.near(), this.first) {

				@Override
				protected void handleRead() throws Exception {
					if (reads[0]) {
						super.handleRead();
					}
				}

			};
			Sockets.send(pair, "late");
			for (int i = 0; i < 2 * Brake.PATIENCE; i++) {
				Loopback.onePass(this.first, false, Duration.ZERO);
			}
			reads[0] = true;
			channel.addChannel(this.second);
			Loopback.passUntil(this.second, () -> channel.received.toString().equals("late"));
		}
	}

	@Test
	void whenMovedToAndFroIsAskedOnceInAPass() throws IOException {
		AtomicInteger asked = new AtomicInteger();
		try (Loopback.Pair pair = Loopback.pair()) {
			Dispatcher channel = new Dispatcher(pair.near(), this.first) {

				@Override
				protected boolean readable() {
					asked.incrementAndGet();
					return true;
				}

			};
			Dispatcher other = new Dispatcher(this.first);
			other.addChannel();
			this.second.eventLoop().execute(() -> {
			});
			for (int i = 0; i < 4; i++) {
				Loopback.onePass(this.first, false, Duration.ZERO);
				channel.addChannel(this.second);
				Loopback.onePass(this.second, false, Duration.ZERO);
				channel.addChannel(this.first);
			}
			Loopback.onePass(this.first, false, Duration.ZERO);
			asked.set(0);
			Loopback.onePass(this.first, false, Duration.ZERO);
			assertThat(asked).hasValue(1);
			other.close();
		}
	}

}
