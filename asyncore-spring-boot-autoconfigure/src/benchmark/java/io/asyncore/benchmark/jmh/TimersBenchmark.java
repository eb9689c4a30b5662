package io.asyncore.benchmark.jmh;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelMap;
import io.asyncore.EventLoop;
import io.asyncore.ScheduledTask;
import io.asyncore.benchmark.server.Echo;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Timers, while many others wait.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimersBenchmark {

	private static final int BATCH = 1000;

	private static final Duration LONG = Duration.ofMinutes(10);

	/**
	 * How many other timers wait.
	 */
	@Param({ "0", "100000" })
	public int waiting;

	private Pair pair;

	private EventLoop loop;

	private ScheduledTask task;

	private long expired;

	private final Runnable expire = () -> this.expired++;

	private final Runnable scheduleAndCancel = () -> {
		for (int i = 0; i < BATCH; i++) {
			this.loop.callLater(LONG, this.expire).cancel();
		}
	};

	private final Runnable scheduleDue = () -> {
		for (int i = 0; i < BATCH; i++) {
			this.loop.callLater(Duration.ZERO, this.expire);
		}
	};

	private final Runnable postpone = () -> {
		for (int i = 0; i < BATCH; i++) {
			this.task.reset();
		}
	};

	@Setup
	public void open() throws IOException {
		ChannelMap map = new ChannelMap();
		this.loop = map.eventLoop();
		Echo channel = new Echo();
		this.pair = new Pair(map, channel);
		channel.setIdleTimeout(LONG);
		for (int i = 0; i < this.waiting; i++) {
			this.loop.callLater(LONG.plusMillis(i), this.expire);
		}
		this.task = this.loop.callLater(LONG, this.expire);
		this.pair.exchange();
	}

	@TearDown
	public void close() throws IOException {
		this.pair.close();
	}

	/**
	 * A message of 64 bytes there and back, which postpones the channel's idle timeout.
	 * @throws IOException never
	 */
	@Benchmark
	public void message() throws IOException {
		this.pair.exchange();
	}

	@Benchmark
	@OperationsPerInvocation(BATCH)
	public void reset() throws IOException {
		this.pair.inPass(this.postpone);
	}

	@Benchmark
	@OperationsPerInvocation(BATCH)
	public void scheduleAndCancel() throws IOException {
		this.pair.inPass(this.scheduleAndCancel);
	}

	/**
	 * Schedule a timer that is due, and run it in the same pass or the next.
	 * @return how many were run
	 * @throws IOException never
	 */
	@Benchmark
	@OperationsPerInvocation(BATCH)
	public long scheduleAndExpire() throws IOException {
		long before = this.expired;
		this.pair.inPass(this.scheduleDue);
		while (this.expired < before + BATCH) {
			this.pair.pass();
		}
		return this.expired;
	}

}
