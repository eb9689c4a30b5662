package io.asyncore.transport;

import java.time.Duration;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Backoff}.
 */
class BackoffTests {

	private final Backoff backoff = new Backoff(Duration.ofMillis(100), Duration.ofMillis(300));

	@Test
	void isTwiceAsLongEachTimeUpToTheLimit() {
		assertThat(this.backoff.next()).hasMillis(100);
		assertThat(this.backoff.next()).hasMillis(200);
		assertThat(this.backoff.next()).hasMillis(300);
		assertThat(this.backoff.next()).hasMillis(300);
	}

	@Test
	void beginsAnewWhenItWasPossible() {
		this.backoff.next();
		this.backoff.reset();
		assertThat(this.backoff.next()).hasMillis(100);
	}

	@Test
	void canBeSpreadOverTheSecondHalf() {
		for (int i = 0; i < 100; i++) {
			this.backoff.reset();
			assertThat(this.backoff.nextSpread()).isBetween(Duration.ofMillis(50), Duration.ofMillis(100));
			assertThat(this.backoff.nextSpread()).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
		}
	}

}
