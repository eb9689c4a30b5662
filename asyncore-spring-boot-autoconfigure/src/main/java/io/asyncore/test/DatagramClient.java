package io.asyncore.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/**
 * A client that sends datagrams and checks the answers, for tests of servers for
 * datagrams. Needs no Spring.
 *
 * <pre>{@code
 * try (DatagramClient client = DatagramClient.connect(port)) {
 *	client.send("ping").expect("pong");
 * }
 * }</pre>
 *
 * Text is UTF-8. What is expected and does not come in time, by default in ten seconds,
 * is an {@link AssertionError}; so is what comes in its place. For one thread.
 */
public final class DatagramClient implements AutoCloseable {

	private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

	private static final int LONGEST = 64 * 1024;

	// not connected: such a one cannot send an empty datagram
	private final DatagramChannel socket;

	private final SocketAddress peer;

	private final Selector selector;

	private final ByteBuffer buffer = ByteBuffer.allocate(LONGEST);

	private Duration timeout = DEFAULT_TIMEOUT;

	private DatagramClient(DatagramChannel socket, SocketAddress peer) throws IOException {
		this.socket = socket;
		this.peer = peer;
		socket.configureBlocking(false);
		this.selector = Selector.open();
		socket.register(this.selector, SelectionKey.OP_READ);
	}

	/**
	 * Have a port of this machine as peer.
	 * @param port the port
	 * @return the client
	 * @throws UncheckedIOException if there is no socket to be had
	 */
	public static DatagramClient connect(int port) {
		return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
	}

	/**
	 * Have an address as peer: only what comes from there is received.
	 * @param address the address
	 * @return the client
	 * @throws UncheckedIOException if there is no socket to be had
	 */
	public static DatagramClient connect(SocketAddress address) {
		try {
			return new DatagramClient(DatagramChannel.open().bind(null), address);
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot send to " + address, ex);
		}
	}

	/**
	 * Set how long to wait for what is expected.
	 * @param timeout the time
	 * @return this client
	 */
	public DatagramClient withTimeout(Duration timeout) {
		this.timeout = timeout;
		return this;
	}

	/**
	 * Send a datagram of text.
	 * @param text the text
	 * @return this client
	 */
	public DatagramClient send(String text) {
		return send(text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Send a datagram.
	 * @param data its content, which may be empty
	 * @return this client
	 */
	public DatagramClient send(byte[] data) {
		try {
			this.socket.send(ByteBuffer.wrap(data), this.peer);
			return this;
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot send to " + this.peer, ex);
		}
	}

	/**
	 * Receive a datagram of exactly some text.
	 * @param text the text
	 * @return this client
	 * @throws AssertionError if another one comes, or none
	 */
	public DatagramClient expect(String text) {
		return expect(text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Receive a datagram of exactly some bytes.
	 * @param data the bytes
	 * @return this client
	 * @throws AssertionError if another one comes, or none
	 */
	public DatagramClient expect(byte[] data) {
		byte[] actual = receive();
		if (!Arrays.equals(actual, data)) {
			throw new AssertionError("Expected '" + Shown.text(data) + "' but got '" + Shown.text(actual) + "'");
		}
		return this;
	}

	/**
	 * Check that no datagram comes.
	 * @param time for how long
	 * @return this client
	 * @throws AssertionError if one comes
	 */
	public DatagramClient expectNothing(Duration time) {
		byte[] actual = await(time);
		if (actual != null) {
			throw new AssertionError("Expected nothing but got '" + Shown.text(actual) + "'");
		}
		return this;
	}

	/**
	 * Receive a datagram.
	 * @return its content
	 * @throws AssertionError if none comes
	 */
	public byte[] receive() {
		byte[] data = await(this.timeout);
		if (data == null) {
			throw new AssertionError("Waited " + this.timeout + " for a datagram from " + this.peer);
		}
		return data;
	}

	private byte @Nullable [] await(Duration time) {
		long end = System.nanoTime() + time.toNanos();
		try {
			while (true) {
				SocketAddress sender = this.socket.receive(this.buffer.clear());
				long millis = (end - System.nanoTime()) / 1_000_000;
				if (this.peer.equals(sender)) {
					return Arrays.copyOf(this.buffer.array(), this.buffer.position());
				}
				if (millis <= 0 || Thread.currentThread().isInterrupted()) {
					return null;
				}
				if (sender == null) {
					this.selector.select(millis);
					this.selector.selectedKeys().clear();
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return the address of this client.
	 * @return the local address of its socket
	 */
	public SocketAddress localAddress() {
		try {
			return this.socket.getLocalAddress();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Close the socket.
	 */
	@Override
	public void close() {
		try {
			this.selector.close();
			this.socket.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
