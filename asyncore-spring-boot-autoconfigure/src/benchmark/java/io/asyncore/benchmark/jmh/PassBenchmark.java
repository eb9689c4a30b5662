package io.asyncore.benchmark.jmh;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.benchmark.server.Echo;
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
 * A pass while channels are idle. Those are datagram sockets, each of which takes one
 * descriptor.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PassBenchmark {

	/**
	 * How many channels are idle.
	 */
	@Param({ "0", "100", "10000" })
	public int idle;

	/**
	 * Whether they override {@code writable()} without a promise.
	 */
	@Param({ "false", "true" })
	public boolean asked;

	private Pair pair;

	@Setup
	public void open() throws IOException {
		ChannelMap map = new ChannelMap();
		this.pair = new Pair(map, new Echo());
		for (int i = 0; i < this.idle; i++) {
			DatagramChannel socket = DatagramChannel.open();
			if (this.asked) {
				new Asked(socket, map);
			}
			else {
				new Idle(socket, map);
			}
		}
		this.pair.exchange();
	}

	@TearDown
	public void close() throws IOException {
		this.pair.close();
	}

	/**
	 * Nothing is ready.
	 * @throws IOException never
	 */
	@Benchmark
	public void nothing() throws IOException {
		this.pair.pass();
	}

	/**
	 * One other channel sends 64 bytes back; the peer's calls are included.
	 * @throws IOException never
	 */
	@Benchmark
	public void message() throws IOException {
		this.pair.exchange();
	}

	private static class Idle extends Dispatcher {

		private final ByteBuffer buffer = ByteBuffer.allocate(1);

		Idle(DatagramChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleRead() throws IOException {
			recvFrom(this.buffer.clear());
		}

	}

	private static final class Asked extends Idle {

		Asked(DatagramChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected boolean writable() {
			return false;
		}

		@Override
		protected void handleWrite() {
			throw new IllegalStateException("Not wanted");
		}

	}

}
