package io.asyncore.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

/**
 * A client that plays its part of a conversation and checks the other, for tests of
 * servers. Needs no Spring.
 *
 * <pre>{@code
 * try (ScriptedClient client = ScriptedClient.connect(port)) {
 *	client.expectLine("220 .*");
 *	client.send("HELO x\r\n").expectLine("250 .*");
 *	client.send("QUIT\r\n").expectLine("221 .*").expectEnd();
 * }
 * }</pre>
 *
 * Text is UTF-8, and a line ends with a line feed, before which a carriage return may
 * stand. What is expected and does not come in time, by default in ten seconds, and what
 * comes in its place, is an {@link AssertionError} with the conversation so far, in which
 * what is no text is in hexadecimal. For one thread.
 *
 * @see ScriptedServer
 */
public final class ScriptedClient implements AutoCloseable {

	private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

	private static final int BUFFER_SIZE = 64 * 1024;

	private final SocketChannel socket;

	private final Selector selector;

	private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE);

	private final StringBuilder conversation = new StringBuilder();

	// received and not yet expected, between position and limit
	private ByteBuffer received = ByteBuffer.allocate(BUFFER_SIZE).limit(0);

	private Duration timeout = DEFAULT_TIMEOUT;

	private final String other;

	private final LongSupplier clock;

	private boolean ended;

	/**
	 * Create a new instance.
	 * @param other what the other one is called in messages
	 */
	ScriptedClient(SocketChannel socket, String other) throws IOException {
		this(socket, other, System::nanoTime);
	}

	/**
	 * Create a new instance.
	 * @param other what the other one is called in messages
	 * @param clock tells the time in nanoseconds
	 */
	ScriptedClient(SocketChannel socket, String other, LongSupplier clock) throws IOException {
		this.socket = socket;
		this.other = other;
		this.clock = clock;
		socket.configureBlocking(false);
		if (socket.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)) {
			socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
		}
		this.selector = socket.provider().openSelector();
		socket.register(this.selector, 0);
	}

	/**
	 * Connect to a port of this machine.
	 * @param port the port
	 * @return the client
	 * @throws UncheckedIOException if there is no connection to be had
	 */
	public static ScriptedClient connect(int port) {
		return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
	}

	/**
	 * Connect to an address.
	 * @param address the address, of the Internet or a Unix domain
	 * @return the client
	 * @throws UncheckedIOException if there is no connection to be had
	 */
	public static ScriptedClient connect(SocketAddress address) {
		try {
			SocketChannel socket = SocketChannel.open(address);
			refuseItself(socket);
			return new ScriptedClient(socket, "the server");
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot connect to " + address, ex);
		}
	}

	// the system may give the port that nobody listens at to the socket that asks for it
	private static void refuseItself(SocketChannel socket) throws IOException {
		SocketAddress peer = socket.getRemoteAddress();
		if (peer instanceof InetSocketAddress && peer.equals(socket.getLocalAddress())) {
			socket.setOption(StandardSocketOptions.SO_LINGER, 0);
			socket.close();
			throw new ConnectException("Connection refused");
		}
	}

	/**
	 * Set how long to wait for what is expected, and for the server to take what is sent.
	 * @param timeout the time
	 * @return this client
	 */
	public ScriptedClient withTimeout(Duration timeout) {
		this.timeout = timeout;
		return this;
	}

	/**
	 * Send text.
	 * @param text the text, to be sent as it is
	 * @return this client
	 */
	public ScriptedClient send(String text) {
		return send(text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Send bytes. What the server sends meanwhile is received, so that the two cannot
	 * wait for each other.
	 * @param data the bytes
	 * @return this client
	 * @throws AssertionError if the server does not take them in time
	 */
	public ScriptedClient send(byte[] data) {
		note("> ", data, data.length);
		ByteBuffer rest = ByteBuffer.wrap(data);
		long end = end();
		try {
			this.socket.write(rest);
			while (rest.hasRemaining()) {
				await(SelectionKey.OP_WRITE | (this.ended ? 0 : SelectionKey.OP_READ), end,
						this.other + " to take what is sent");
				receive();
				this.socket.write(rest);
			}
		}
		catch (IOException ex) {
			throw failure("The connection broke while sending: " + ex, ex);
		}
		return this;
	}

	/**
	 * Receive a line and check it.
	 * @param regex the regular expression that all of the line must match, without its
	 * end
	 * @return this client
	 * @throws AssertionError if it does not match, or does not come
	 */
	public ScriptedClient expectLine(String regex) {
		String line = readLine();
		if (!Pattern.compile(regex, Pattern.DOTALL).matcher(line).matches()) {
			throw failure("Expected a line that matches '" + regex + "' but got '" + line + "'", null);
		}
		return this;
	}

	/**
	 * Receive exactly some text.
	 * @param text the text
	 * @return this client
	 * @throws AssertionError if other text comes, or not all of it
	 */
	public ScriptedClient expect(String text) {
		return expect(text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Receive exactly some bytes.
	 * @param data the bytes
	 * @return this client
	 * @throws AssertionError if other bytes come, or not all of them
	 */
	public ScriptedClient expect(byte[] data) {
		byte[] actual = read(data.length);
		if (!Arrays.equals(actual, data)) {
			throw failure("Expected '" + Shown.text(data) + "' but got '" + Shown.text(actual) + "'", null);
		}
		return this;
	}

	/**
	 * Receive the end of the server's stream and nothing before it.
	 * @return this client
	 * @throws AssertionError if something else comes, a broken connection included, or
	 * nothing
	 */
	public ScriptedClient expectEnd() {
		byte[] rest = readAll();
		if (rest.length > 0) {
			throw failure("Expected the end but got '" + Shown.text(rest) + "'", null);
		}
		return this;
	}

	/**
	 * Receive a line.
	 * @return the line without its end
	 * @throws AssertionError if none comes
	 */
	public String readLine() {
		long end = end();
		int length = 0;
		while (true) {
			for (; length < this.received.remaining(); length++) {
				if (this.received.get(this.received.position() + length) == '\n') {
					String line = new String(take(length + 1), 0, length, StandardCharsets.UTF_8);
					return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
				}
			}
			receiveMore("a line", end);
		}
	}

	/**
	 * Receive a number of bytes.
	 * @param length how many
	 * @return the bytes
	 * @throws AssertionError if they do not come
	 */
	public byte[] read(int length) {
		long end = end();
		while (this.received.remaining() < length) {
			receiveMore(length + " bytes", end);
		}
		return take(length);
	}

	/**
	 * Receive everything up to the end of the server's stream.
	 * @return the bytes
	 * @throws AssertionError if the end does not come
	 */
	public byte[] readAll() {
		long end = end();
		while (!this.ended) {
			receiveMore("the end", end);
		}
		return take(this.received.remaining());
	}

	/**
	 * End this client's direction of the stream: it can still receive.
	 * @return this client
	 */
	public ScriptedClient shutdownOutput() {
		this.conversation.append("> (end)\n");
		try {
			this.socket.shutdownOutput();
		}
		catch (IOException ex) {
			throw failure("The connection broke: " + ex, ex);
		}
		return this;
	}

	/**
	 * Break the connection so that the server finds it reset.
	 */
	public void reset() {
		try {
			this.socket.setOption(StandardSocketOptions.SO_LINGER, 0);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		close();
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
	 * Close the connection.
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

	private long end() {
		return this.clock.getAsLong() + this.timeout.toNanos();
	}

	private byte[] take(int length) {
		byte[] bytes = new byte[length];
		this.received.get(bytes);
		return bytes;
	}

	private void receiveMore(String wanted, long end) {
		if (this.ended) {
			throw failure("Expected " + wanted + " but " + this.other + " has ended its stream" + rest(), null);
		}
		try {
			await(SelectionKey.OP_READ, end, wanted);
			receive();
		}
		catch (IOException ex) {
			throw failure("Expected " + wanted + " but the connection broke: " + ex + rest(), ex);
		}
	}

	private String rest() {
		return this.received.hasRemaining() ? " after '" + Shown.text(take(this.received.remaining())) + "'" : "";
	}

	private void receive() throws IOException {
		int count = this.socket.read(this.buffer.clear());
		if (count < 0) {
			this.ended = true;
			this.conversation.append("< (end)\n");
		}
		else if (count > 0) {
			keep(this.buffer.flip());
			note("< ", this.buffer.array(), count);
		}
	}

	private void keep(ByteBuffer data) {
		int needed = this.received.remaining() + data.remaining();
		if (this.received.capacity() - this.received.limit() < data.remaining()) {
			int capacity = (needed > this.received.capacity() / 2) ? 2 * needed : this.received.capacity();
			this.received = ByteBuffer.allocate(capacity).put(this.received).flip();
		}
		int end = this.received.limit();
		this.received.limit(end + data.remaining()).put(end, data, 0, data.remaining());
	}

	private void await(int operations, long end, String wanted) throws IOException {
		this.socket.keyFor(this.selector).interestOps(operations);
		long millis = (end - this.clock.getAsLong()) / 1_000_000;
		if (millis <= 0 || (this.selector.select(millis) == 0 && !Thread.currentThread().isInterrupted())) {
			throw failure("Waited " + this.timeout + " for " + wanted + rest(), null);
		}
		this.selector.selectedKeys().clear();
		if (Thread.currentThread().isInterrupted()) {
			throw failure("Interrupted while waiting for " + wanted + rest(), null);
		}
	}

	private void note(String direction, byte[] data, int length) {
		this.conversation.append(direction).append(Shown.text(data, length)).append('\n');
		int excess = this.conversation.length() - 2 * Shown.MOST;
		if (excess > 0) {
			this.conversation.delete(0, excess);
		}
	}

	private AssertionError failure(String message, @Nullable Throwable cause) {
		return new AssertionError(message + "\nThe conversation, latest last:\n" + this.conversation, cause);
	}

}
