package io.asyncore.context;

import java.time.Duration;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.EventLoop;
import io.asyncore.Gate;
import io.asyncore.LoopThread;
import org.junit.jupiter.api.Test;

import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A {@link Watchdog} on a machine that is so busy that it always looks late.
 */
class WatchdogLateTests {

	private static final Duration WARN = Duration.ofMillis(10);

	@Test
	void whenItAlwaysLooksLateTellsOfALongStallAllTheSame() throws Exception {
		ChannelMap map = new ChannelMap();
		EventLoop loop = map.eventLoop();
		try (LoopThread thread = LoopThread.run(map); Gate gate = new Gate(); CapturedLog log = new CapturedLog()) {
			Watchdog watchdog = new Watchdog(loop, new EventPublisher(new GenericApplicationContext()), WARN);
			loop.execute(gate::pass);
			gate.awaitArrival();
			// a minute, in steps of a clock that ticks 64 times a second
			for (long now = 0; now < Duration.ofMinutes(1).toNanos(); now += 15_625_000) {
				watchdog.look(now);
			}
			assertThat(thread.isAlive()).isTrue();
			assertThat(loop.monitor().stalls()).isEqualTo(1);
			assertThat(log.warnings()).hasSize(1);
		}
	}

}
