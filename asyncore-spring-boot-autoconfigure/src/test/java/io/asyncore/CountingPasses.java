package io.asyncore;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.awaitility.Awaitility;

/**
 * Is asked in every pass, and so counts them.
 */
final class CountingPasses extends Loopback.Recorder {

	// what a spinning loop makes thousands of, and a resting one hardly any
	private static final int FEW = 100;

	final AtomicInteger passes = new AtomicInteger();

	CountingPasses(SocketChannel socket, ChannelMap map) throws IOException {
		super(socket, map);
	}

	@Override
	protected boolean readable() {
		this.passes.incrementAndGet();
		return true;
	}

	/**
	 * Fail if the loop makes many passes, which it does in another thread.
	 */
	void assertLoopRests(Duration duration) {
		assertFew(this.passes, duration);
	}

	/**
	 * Fail if something that goes with passes happens often.
	 */
	static void assertFew(AtomicInteger counter, Duration duration) {
		int before = counter.get();
		Awaitility.await().during(duration).atMost(Loopback.BOUND).until(() -> counter.get() - before < FEW);
	}

}
