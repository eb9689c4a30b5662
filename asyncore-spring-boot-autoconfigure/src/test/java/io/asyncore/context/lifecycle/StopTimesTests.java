package io.asyncore.context.lifecycle;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StopTimes}.
 */
class StopTimesTests {

	@Test
	void whenNobodyWaitsTakesTheGracePeriodAndAMoment() {
		assertThat(StopTimes.of(Duration.ofSeconds(7), null)).isEqualTo(StopTimes.of(Duration.ofSeconds(7)))
			.isEqualTo(new StopTimes(Duration.ofSeconds(7), Duration.ofSeconds(2)));
	}

	@Test
	void whenSomebodyWaitsLongEnoughIsTheSame() {
		assertThat(StopTimes.of(Duration.ofSeconds(20), Duration.ofSeconds(30)))
			.isEqualTo(StopTimes.of(Duration.ofSeconds(20)));
	}

	@ParameterizedTest
	@ValueSource(longs = { 1_000, 1_500, 10_000, 30_000, 3_600_000 })
	void isOverBeforeNobodyWaitsAnyMore(long limit) {
		for (long gracePeriod : new long[] { 0, 900, limit - 500, limit, limit + 1, Long.MAX_VALUE / 2 }) {
			StopTimes times = StopTimes.of(Duration.ofMillis(gracePeriod), Duration.ofMillis(limit));
			assertThat(times.gracePeriod()).isLessThanOrEqualTo(Duration.ofMillis(gracePeriod));
			assertThat(times.gracePeriod().plus(times.lastMoment())).isLessThanOrEqualTo(Duration.ofMillis(limit));
			assertThat(times.lastMoment()).isGreaterThanOrEqualTo(Duration.ofMillis(200));
		}
	}

	@Test
	void whenNobodyWaitsAtAllLeavesAMomentToClose() {
		assertThat(StopTimes.of(Duration.ofSeconds(20), Duration.ZERO))
			.isEqualTo(new StopTimes(Duration.ZERO, Duration.ofMillis(200)));
	}

	@Test
	void whatIsMeantToBeForEverIsAsGoodAsThat() {
		assertThat(StopTimes.of(Duration.ofSeconds(Long.MAX_VALUE)).gracePeriod()).isEqualTo(Duration.ofDays(365));
	}

	@Test
	void aLimitThatLeavesRoomLeavesTheGracePeriod() {
		Duration gracePeriod = Duration.ofSeconds(20);
		assertThat(StopTimes.of(gracePeriod, StopTimes.limitFor(gracePeriod).plusSeconds(1)).gracePeriod())
			.isEqualTo(gracePeriod);
		assertThat(StopTimes.of(gracePeriod, StopTimes.limitFor(gracePeriod)).gracePeriod()).isEqualTo(gracePeriod);
	}

}
