package io.asyncore;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LostChannels}.
 */
@Timeout(60)
class LostChannelsTests {

	private static final Duration SHORTLY = LostChannels.MOMENT.minusMillis(1);

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = this.clock.map();

	private final CapturedLog log = new CapturedLog();

	private LoopThread thread;

	@BeforeEach
	void closeWhatOthersHaveLeft() throws IOException {
		Asyncore.closeAll();
	}

	@AfterEach
	void close() throws IOException {
		if (this.thread != null) {
			this.thread.close();
		}
		this.log.close();
		Asyncore.closeAll();
		Asyncore.closeAll(this.map, true);
	}

	@Test
	void whenAnotherLoopRunsSaysSoOncePerClass() throws Exception {
		run();
		Dispatcher lost = opened(new Dispatcher() {
		});
		later(SHORTLY);
		assertThat(this.log.warnings()).isEmpty();
		later(Duration.ofMillis(1));
		assertThat(this.log.warnings()).singleElement()
			.asString()
			.startsWith("<" + lost.getClass().getName())
			.contains("Asyncore.socketMap()", "nobody runs the loop", "ChannelMap bean", "EventLoop.execute(Runnable)",
					"make it a bean", "Asyncore.loop()");
		for (int i = 0; i < 2; i++) {
			opened(new Other());
		}
		later(LostChannels.MOMENT);
		assertThat(this.log.warnings()).hasSize(2);
		opened(new Other());
		later(LostChannels.MOMENT);
		assertThat(this.log.warnings()).hasSize(2);
	}

	@Test
	void whenTheOtherLoopIsRunLaterSaysSoThen() throws Exception {
		opened(new Dispatcher() {
		});
		run();
		later(LostChannels.MOMENT);
		assertThat(this.log.warnings()).hasSize(1);
	}

	@Test
	void whenNoOtherLoopRunsTheProgramMayCallLoopWhenItLikes() throws Exception {
		Dispatcher channel = opened(new Dispatcher() {
		});
		channel.callLater(Duration.ZERO, channel::close);
		Asyncore.loop();
		assertThat(channel.closed()).isTrue();
		run();
		later(LostChannels.MOMENT);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void whenTheProgramCallsLoopInAMomentSaysNothing() throws Exception {
		run();
		opened(new Dispatcher() {
		});
		later(SHORTLY);
		Asyncore.poll(Duration.ZERO, Asyncore.socketMap());
		later(LostChannels.MOMENT);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void whenTheLoopOfTheDefaultMapIsRunSaysNothing() throws Exception {
		run();
		try (LoopThread own = LoopThread.run(Asyncore.socketMap())) {
			own.call(() -> opened(new Dispatcher() {
			}));
			opened(new Dispatcher() {
			});
			later(LostChannels.MOMENT);
			assertThat(this.log.warnings()).isEmpty();
		}
	}

	@Test
	void whenItIsPutIntoAnotherMapOrClosedSaysNothing() throws Exception {
		run();
		Dispatcher moved = opened(new Dispatcher() {
		});
		moved.addChannel(this.map);
		opened(new Dispatcher() {
		}).close();
		new Dispatcher() {
		}.addChannel();
		later(LostChannels.MOMENT);
		assertThat(this.log.warnings()).isEmpty();
	}

	@Test
	void whenItIsMadeOnTheLoopOrForAMapSaysNothing() throws Exception {
		run();
		this.thread.call(() -> opened(new Dispatcher() {
		}));
		opened(new Dispatcher(new ChannelMap()) {
		}).close();
		later(LostChannels.MOMENT);
		assertThat(this.log.warnings()).isEmpty();
	}

	private void run() throws InterruptedException {
		this.thread = LoopThread.run(this.map);
	}

	private void later(Duration time) throws Exception {
		this.clock.advance(time);
		// the first one may have begun before
		Callable<Integer> nothing = () -> 0;
		this.thread.call(nothing);
		this.thread.call(nothing);
	}

	private static Dispatcher opened(Dispatcher channel) throws IOException {
		channel.createSocket();
		return channel;
	}

	private static final class Other extends Dispatcher {

	}

}
