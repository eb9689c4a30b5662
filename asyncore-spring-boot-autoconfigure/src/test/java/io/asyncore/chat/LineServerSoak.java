package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Millions of numbered lines through a line server: none is lost, none comes out of
 * order. Run by {@code mvn -Psoak verify}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LineServerSoak {

	private static final int LINES = 5_000_000;

	private static final int LENGTH = 80;

	private static final int DIGITS = 10;

	private static final int BATCH = 500;

	@Test
	void overOneConnection() throws Exception {
		run("1 connection", 1, LINES, 1);
	}

	@Test
	void overTwoHundredConnections() throws Exception {
		run("200 connections", 200, LINES / 200, 4);
	}

	private static void run(String title, int connections, int linesEach, int threads) throws Exception {
		int perThread = connections / threads;
		ExecutorService pool = Executors.newFixedThreadPool(2 * threads);
		try (LineServer server = new LineServer((socket, peer) -> new HoldingBack())) {
			long start = System.nanoTime();
			List<Future<?>> ends = new ArrayList<>();
			List<SocketChannel> all = new ArrayList<>();
			for (int i = 0; i < threads; i++) {
				List<SocketChannel> clients = new ArrayList<>();
				for (int k = 0; k < perThread; k++) {
					clients.add(server.connect());
				}
				all.addAll(clients);
				ends.add(pool.submit(() -> write(clients, linesEach)));
				ends.add(pool.submit(() -> verify(clients, linesEach)));
			}
			for (Future<?> end : ends) {
				end.get(20, TimeUnit.MINUTES);
			}
			double seconds = (System.nanoTime() - start) / 1e9;
			for (SocketChannel client : all) {
				assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
				client.close();
			}
			server.awaitConnections(0);
			long total = (long) linesEach * connections;
			System.out.printf("%s: %,d lines of %d bytes echoed in %.1f s, %,.0f lines/s, %.0f MiB/s each way%n", title,
					total, LENGTH, seconds, total / seconds, total * LENGTH / seconds / 1024 / 1024);
		}
		finally {
			pool.shutdownNow();
		}
	}

	private static Void write(List<SocketChannel> clients, int lines) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocateDirect(BATCH * LENGTH);
		for (int first = 0; first < lines; first += BATCH) {
			for (int c = 0; c < clients.size(); c++) {
				buffer.clear();
				for (int i = first; i < Math.min(first + BATCH, lines); i++) {
					buffer.put(line(c, i));
				}
				buffer.flip();
				while (buffer.hasRemaining()) {
					clients.get(c).write(buffer);
				}
			}
		}
		for (SocketChannel client : clients) {
			client.shutdownOutput();
		}
		return null;
	}

	private static Void verify(List<SocketChannel> clients, int lines) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocateDirect(BATCH * LENGTH);
		byte[] line = new byte[LENGTH];
		for (int first = 0; first < lines; first += BATCH) {
			int end = Math.min(first + BATCH, lines);
			for (int c = 0; c < clients.size(); c++) {
				buffer.clear().limit((end - first) * LENGTH);
				while (buffer.hasRemaining()) {
					if (clients.get(c).read(buffer) < 0) {
						throw new AssertionError("Ended in the batch of line " + first);
					}
				}
				buffer.flip();
				for (int i = first; i < end; i++) {
					buffer.get(line);
					if (!Arrays.equals(line, line(c, i))) {
						throw new AssertionError("Expected line " + i + " of connection " + c + " but got '"
								+ new String(line, StandardCharsets.US_ASCII) + "'");
					}
				}
			}
		}
		return null;
	}

	private static byte[] line(int connection, int number) {
		byte[] line = new byte[LENGTH];
		Arrays.fill(line, (byte) ('a' + (number + connection) % 26));
		put(line, 0, number);
		line[DIGITS] = ' ';
		put(line, DIGITS + 1, connection);
		line[LENGTH - 1] = '\n';
		return line;
	}

	private static void put(byte[] line, int position, int number) {
		int rest = number;
		for (int i = position + DIGITS - 1; i >= position; i--) {
			line[i] = (byte) ('0' + rest % 10);
			rest /= 10;
		}
	}

	private static final class HoldingBack extends LineServer.Echo {

		private static final int LIMIT = 1024 * 1024;

		@Override
		protected boolean readable() {
			return super.readable() && outBuffered() < LIMIT;
		}

	}

}
