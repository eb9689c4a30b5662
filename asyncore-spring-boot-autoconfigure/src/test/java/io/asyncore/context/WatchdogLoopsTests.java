package io.asyncore.context;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.Gate;
import io.asyncore.LoopThread;
import io.asyncore.Loopback;
import org.junit.jupiter.api.Test;

import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for a {@link Watchdog} that watches several loops.
 */
class WatchdogLoopsTests {

	private static final Duration WARN = Duration.ofMillis(100);

	private final EventLoop one = loop("one");

	private final EventLoop other = loop("other");

	private static EventLoop loop(String name) {
		EventLoop loop = new ChannelMap().eventLoop();
		loop.setName(name);
		return loop;
	}

	@Test
	void tellsOfEachLoopThatIsHeld() throws Exception {
		List<String> events = new CopyOnWriteArrayList<>();
		try (GenericApplicationContext context = new GenericApplicationContext();
				CapturedLog log = new CapturedLog();
				LoopThread first = LoopThread.run(this.one.map());
				LoopThread second = LoopThread.run(this.other.map());
				Gate gate = new Gate()) {
			context.refresh();
			context.addApplicationListener((event) -> {
				if (event instanceof LoopStalledEvent stalled) {
					events.add("stalled " + stalled.getLoop().name());
				}
				if (event instanceof LoopRecoveredEvent recovered) {
					events.add("recovered " + recovered.getLoop().name());
				}
			});
			EventPublisher publisher = new EventPublisher(context);
			publisher.start();
			await().atMost(Loopback.BOUND).until(() -> this.one.monitor().activity().busyNanos() == 0);
			Watchdog watchdog = new Watchdog(new EventLoopGroup(List.of(this.one, this.other)), publisher, WARN);
			this.other.execute(gate::pass);
			gate.awaitArrival();
			long now = look(watchdog, 1, 5);
			assertThat(log.warnings()).singleElement().asString().contains("'other'");
			this.one.execute(gate::pass);
			gate.awaitArrival();
			now = look(watchdog, now, 5);
			assertThat(log.warnings()).hasSize(2).last().asString().contains("'one'");
			assertThat(this.one.monitor().stalls()).isOne();
			assertThat(this.other.monitor().stalls()).isOne();
			gate.stayOpen();
			first.awaitPass();
			second.awaitPass();
			await().atMost(Loopback.BOUND)
				.until(() -> this.one.monitor().activity().busyNanos() == 0
						&& this.other.monitor().activity().busyNanos() == 0);
			look(watchdog, now, 1);
			await().atMost(Loopback.BOUND).until(() -> events.size() == 4);
			assertThat(events).containsExactly("stalled other", "stalled one", "recovered one", "recovered other");
			publisher.stop();
		}
	}

	private static long look(Watchdog watchdog, long since, int times) {
		long now = since;
		for (int i = 0; i < times; i++) {
			now += WARN.toNanos() / 4;
			watchdog.look(now);
		}
		return now;
	}

}
