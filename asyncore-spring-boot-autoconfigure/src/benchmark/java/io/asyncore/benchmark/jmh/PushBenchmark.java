package io.asyncore.benchmark.jmh;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelMap;
import io.asyncore.benchmark.server.LineEcho;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What an {@code AsyncChat} does with what is pushed. Nothing goes through a socket.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PushBenchmark {

	private static final int BATCH = 1000;

	private static final byte[] MESSAGE = new byte[64];

	private Pair pair;

	private Chat chat;

	private final Runnable push = () -> {
		for (int i = 0; i < BATCH; i++) {
			this.chat.push(MESSAGE);
		}
	};

	@Setup
	public void open() throws IOException {
		this.chat = new Chat();
		this.pair = new Pair(new ChannelMap(), this.chat);
		this.pair.pass();
	}

	@TearDown
	public void close() throws IOException {
		this.pair.close();
	}

	/**
	 * Push 64 bytes 1,000 times in a pass, and have them sent.
	 * @return what was sent so far
	 * @throws IOException never
	 */
	@Benchmark
	@OperationsPerInvocation(BATCH)
	public long push() throws IOException {
		long before = this.chat.sent;
		this.pair.inPass(this.push);
		while (this.chat.sent < before + BATCH * MESSAGE.length) {
			this.pair.pass();
		}
		return this.chat.sent;
	}

	private static final class Chat extends LineEcho {

		private long sent;

		@Override
		public int send(ByteBuffer data) {
			int count = data.remaining();
			data.position(data.limit());
			this.sent += count;
			eventServed();
			return count;
		}

	}

}
