package io.asyncore;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What tests want to know of sockets from the outside.
 */
final class Sockets {

	private Sockets() {
	}

	/**
	 * Send from the far end, and wait until it is at the near end.
	 */
	static void send(Loopback.Pair pair, String text) throws IOException {
		send(pair.far(), text);
		awaitReadable(pair.near());
	}

	static void send(SocketChannel socket, String text) throws IOException {
		ByteBuffer data = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
		while (data.hasRemaining()) {
			socket.write(data);
		}
	}

	/**
	 * Read what is there.
	 */
	static int read(SocketChannel socket, ByteBuffer buffer) {
		try {
			return socket.read(buffer);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Wait until a non-blocking socket has something to read, without reading it.
	 */
	static void awaitReadable(SelectableChannel socket) throws IOException {
		await(socket, SelectionKey.OP_READ);
	}

	static void awaitAcceptable(SelectableChannel socket) throws IOException {
		await(socket, SelectionKey.OP_ACCEPT);
	}

	private static void await(SelectableChannel socket, int operation) throws IOException {
		try (Selector selector = Selector.open()) {
			socket.configureBlocking(false);
			socket.register(selector, operation);
			assertThat(selector.select(Loopback.BOUND.toMillis())).isEqualTo(1);
		}
	}

	/**
	 * Count the open descriptors of this process that are links to something, for
	 * instance to {@code socket:} or {@code anon_inode:[eventpoll]}. Works on Linux.
	 */
	static long descriptors(String target) {
		File[] links = new File("/proc/self/fd").listFiles();
		assertThat(links).isNotNull();
		long count = 0;
		for (File link : links) {
			if (target(link.toPath()).startsWith(target)) {
				count++;
			}
		}
		return count;
	}

	private static String target(Path link) {
		try {
			return Files.readSymbolicLink(link).toString();
		}
		catch (IOException ex) {
			// closed in the meantime
			return "";
		}
	}

}
