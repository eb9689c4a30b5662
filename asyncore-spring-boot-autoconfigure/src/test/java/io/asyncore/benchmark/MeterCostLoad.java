package io.asyncore.benchmark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * The process that keeps a server busy for {@link MeterCostBenchmark}. Sends back
 * whatever comes back, so that the same messages go round and round, which takes as
 * little time of its own as can be. A line of input is a port, how many messages are
 * under way on each connection, and the times before and while messages are counted in
 * milliseconds. It ends with its input, and so with its parent.
 */
public final class MeterCostLoad {

	private static final int CONNECTIONS = 64;

	private static final int MESSAGE = 64;

	private static final long PATIENCE_MILLIS = 5_000;

	private final ByteBuffer buffer = ByteBuffer.allocateDirect(65_536);

	private long bytes;

	private MeterCostLoad() {
	}

	public static void main(String[] args) throws IOException {
		MeterCostLoad load = new MeterCostLoad();
		BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
		System.out.println("ready");
		for (String line = input.readLine(); line != null; line = input.readLine()) {
			String[] words = line.split(" ");
			System.out.println(load.run(Integer.parseInt(words[0]), Integer.parseInt(words[1]),
					TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[2])),
					TimeUnit.MILLISECONDS.toNanos(Long.parseLong(words[3]))));
		}
	}

	/**
	 * Return the messages, the nanoseconds and the processor time of this thread while
	 * messages were counted, then the messages and the nanoseconds of all of it.
	 */
	private String run(int port, int inFlight, long before, long nanos) throws IOException {
		this.bytes = 0;
		try (Selector selector = Selector.open()) {
			try {
				long start = System.nanoTime();
				connect(selector, port, inFlight);
				pump(selector, start + before);
				long begin = System.nanoTime();
				long processor = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
				long earlier = this.bytes;
				pump(selector, begin + nanos);
				long end = System.nanoTime();
				processor = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - processor;
				long counted = this.bytes - earlier;
				return counted / MESSAGE + " " + (end - begin) + " " + processor + " " + this.bytes / MESSAGE + " "
						+ (end - start);
			}
			finally {
				for (SelectionKey key : selector.keys()) {
					key.channel().close();
				}
			}
		}
	}

	private void connect(Selector selector, int port, int inFlight) throws IOException {
		byte[] messages = ("x".repeat(MESSAGE - 1) + "\n").repeat(inFlight).getBytes(StandardCharsets.US_ASCII);
		for (int i = 0; i < CONNECTIONS; i++) {
			SocketChannel socket = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
			socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
			// closed by a reset, or no ports would be left after many rounds
			socket.setOption(StandardSocketOptions.SO_LINGER, 0);
			socket.configureBlocking(false);
			socket.register(selector, SelectionKey.OP_READ);
			socket.write(ByteBuffer.wrap(messages));
		}
	}

	private void pump(Selector selector, long end) throws IOException {
		long now = System.nanoTime();
		while (now - end < 0) {
			if (selector.select(this::sendBack, PATIENCE_MILLIS) == 0) {
				throw new IOException("The server does not answer any more");
			}
			now = System.nanoTime();
		}
	}

	private void sendBack(SelectionKey key) {
		SocketChannel socket = (SocketChannel) key.channel();
		ByteBuffer buffer = this.buffer.clear();
		try {
			int count = socket.read(buffer);
			if (count < 0 || socket.write(buffer.flip()) < count) {
				throw new IllegalStateException("The server has closed a connection, or does not read");
			}
			this.bytes += count;
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
