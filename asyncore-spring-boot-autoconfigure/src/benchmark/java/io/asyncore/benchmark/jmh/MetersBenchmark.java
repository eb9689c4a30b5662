package io.asyncore.benchmark.jmh;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelMap;
import io.asyncore.benchmark.server.Echo;
import io.asyncore.benchmark.server.LineEcho;
import io.asyncore.metrics.EventLoopMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A message of 64 bytes there and back with and without meters; the peer's calls are
 * included.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class MetersBenchmark {

	/**
	 * Whether there are meters.
	 */
	@Param({ "false", "true" })
	public boolean meters;

	/**
	 * Whether an {@code AsyncChat} sends lines back.
	 */
	@Param({ "false", "true" })
	public boolean lines;

	private Pair pair;

	@Setup
	public void open() throws IOException {
		ChannelMap map = new ChannelMap();
		if (this.meters) {
			new EventLoopMetrics(map.eventLoop()).bindTo(new SimpleMeterRegistry());
		}
		this.pair = new Pair(map, this.lines ? new LineEcho() : new Echo());
	}

	@TearDown
	public void close() throws IOException {
		this.pair.close();
	}

	@Benchmark
	public void message() throws IOException {
		this.pair.exchange();
	}

}
