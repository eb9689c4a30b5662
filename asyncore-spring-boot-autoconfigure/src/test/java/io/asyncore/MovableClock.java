package io.asyncore;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * A clock that stands still until the test moves it. Begins so late that it overflows
 * soon, as {@link System#nanoTime()} may.
 */
public final class MovableClock implements LongSupplier {

	private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - Duration.ofMillis(150).toNanos());

	public final AtomicInteger readings = new AtomicInteger();

	@Override
	public long getAsLong() {
		this.readings.incrementAndGet();
		return this.nanos.get();
	}

	/**
	 * Make a map whose loop goes by this clock.
	 */
	public ChannelMap map() {
		return new ChannelMap(this, new Selectors());
	}

	public void advance(Duration duration) {
		this.nanos.addAndGet(duration.toNanos());
	}

	public void advanceMillis(long millis) {
		advance(Duration.ofMillis(millis));
	}

}
