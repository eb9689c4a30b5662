package io.asyncore.benchmark.jmh;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelMap;
import io.asyncore.chat.AsyncChat;
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
 * What an {@code AsyncChat} does with 64 KiB of input, copying them to where they would
 * have been received included. Nothing goes through a socket.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FramingBenchmark {

	private static final int BATCH = 16;

	private static final int SIZE = 64 * 1024;

	/**
	 * What the terminator is looked for in.
	 */
	@Param({ "SHORT_LINES", "LONG_LINES", "NEARLY" })
	public Kind input = Kind.SHORT_LINES;

	private Pair pair;

	private Chat chat;

	private final Runnable receive = () -> this.chat.receive();

	@Setup
	public void open() throws IOException {
		this.chat = new Chat(this.input.bytes());
		this.pair = new Pair(new ChannelMap(), this.chat);
		this.pair.pass();
	}

	@TearDown
	public void close() throws IOException {
		this.pair.close();
	}

	/**
	 * Find the terminator {@code \r\n} in 64 KiB.
	 * @return the number of frames
	 * @throws IOException never
	 */
	@Benchmark
	@OperationsPerInvocation(BATCH)
	public long search() throws IOException {
		this.pair.inPass(this.receive);
		return this.chat.frames;
	}

	/**
	 * A kind of input.
	 */
	public enum Kind {

		/**
		 * Lines of 16 bytes.
		 */
		SHORT_LINES("x".repeat(14) + "\r\n"),

		/**
		 * Lines of 4 KiB.
		 */
		LONG_LINES("x".repeat(4094) + "\r\n"),

		/**
		 * Lines of 4 KiB of which each second byte begins a terminator.
		 */
		NEARLY("x\r".repeat(2047) + "\r\n");

		private final String line;

		Kind(String line) {
			this.line = line;
		}

		byte[] bytes() {
			return this.line.repeat(SIZE / this.line.length()).getBytes(StandardCharsets.ISO_8859_1);
		}

	}

	private static final class Chat extends AsyncChat {

		private final ByteBuffer input;

		private long frames;

		Chat(byte[] input) {
			this.input = ByteBuffer.allocateDirect(input.length).put(input);
			setTerminator("\r\n");
		}

		void receive() {
			try {
				for (int i = 0; i < BATCH; i++) {
					handleRead();
				}
			}
			catch (Exception ex) {
				throw new IllegalStateException(ex);
			}
		}

		@Override
		public int recv(ByteBuffer buffer) {
			buffer.put(this.input.flip());
			eventServed();
			return SIZE;
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) {
			data.position(data.limit());
		}

		@Override
		protected void foundTerminator() {
			this.frames++;
		}

	}

}
