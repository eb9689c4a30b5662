package io.asyncore.transport;

import java.lang.ref.Cleaner;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.CapturedLog;
import io.asyncore.Loopback;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Cleaners}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CleanersTests {

	private boolean scarce = true;

	private final Cleaners cleaners = new Cleaners(() -> {
		if (this.scarce) {
			throw new OutOfMemoryError("unable to create native thread");
		}
		return Cleaner.create();
	});

	@Test
	void whenThereIsNoThreadCleansByHand() {
		AtomicInteger cleaned = new AtomicInteger();
		try (CapturedLog log = new CapturedLog()) {
			Cleaner.Cleanable cleanable = this.cleaners.registerHere(new Object(), cleaned::incrementAndGet);
			assertThat(log.warnings()).hasSize(1);
			assertThat(cleaned).hasValue(0);
			cleanable.clean();
			cleanable.clean();
			assertThat(cleaned).hasValue(1);
		}
	}

	@Test
	void whenThereWasNoThreadTriesAgain() throws Exception {
		try (CapturedLog log = new CapturedLog()) {
			this.cleaners.registerHere(new Object(), () -> {
			});
			assertThat(log.warnings()).hasSize(1);
		}
		this.scarce = false;
		CountDownLatch cleaned = new CountDownLatch(1);
		this.cleaners.registerHere(new Object(), cleaned::countDown);
		long end = System.nanoTime() + Loopback.BOUND.toNanos();
		while (!cleaned.await(10, TimeUnit.MILLISECONDS) && System.nanoTime() - end < 0) {
			System.gc();
		}
		assertThat(cleaned.getCount()).isZero();
	}

}
