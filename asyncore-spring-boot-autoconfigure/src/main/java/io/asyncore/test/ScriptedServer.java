package io.asyncore.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.function.LongSupplier;

import org.jspecify.annotations.Nullable;

/**
 * A server that plays its part of each conversation, for tests of clients. Needs no
 * Spring.
 *
 * <pre>{@code
 * try (ScriptedServer server = ScriptedServer.listen()) {
 *	Feed feed = new Feed("127.0.0.1", server.port());
 *	// ...
 *	try (ScriptedClient connection = server.accept()) {
 *		connection.expectLine("subscribe").send("hello\n");
 *	}
 * }
 * }</pre>
 *
 * A connection that was accepted is a {@link ScriptedClient}, whose other one is the
 * client under test. What does not come in time, by default in ten seconds, is an
 * {@link AssertionError}. For one thread.
 */
public final class ScriptedServer implements AutoCloseable {

	private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

	private final ServerSocketChannel socket;

	private final Selector selector;

	private Duration timeout = DEFAULT_TIMEOUT;

	private final LongSupplier clock;

	// of one that is closed too
	private final int port;

	private ScriptedServer(ServerSocketChannel socket) throws IOException {
		this(socket, System::nanoTime);
	}

	/**
	 * Create a new instance.
	 * @param clock tells the time in nanoseconds
	 */
	ScriptedServer(ServerSocketChannel socket, LongSupplier clock) throws IOException {
		this.socket = socket;
		this.clock = clock;
		this.port = (socket.getLocalAddress() instanceof InetSocketAddress address) ? address.getPort() : -1;
		socket.configureBlocking(false);
		this.selector = socket.provider().openSelector();
		socket.register(this.selector, SelectionKey.OP_ACCEPT);
	}

	/**
	 * Listen on any free port of this machine, for itself only.
	 * @return the server
	 * @throws UncheckedIOException if there is none to be had
	 */
	public static ScriptedServer listen() {
		return listen(0);
	}

	/**
	 * Listen on a port of this machine, for itself only: one that another server has had
	 * before, to come back there.
	 * @param port the port
	 * @return the server
	 * @throws UncheckedIOException if it is not to be had
	 */
	public static ScriptedServer listen(int port) {
		SocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
		try {
			ServerSocketChannel socket = ServerSocketChannel.open();
			try {
				return new ScriptedServer(socket.bind(address));
			}
			catch (IOException ex) {
				socket.close();
				throw ex;
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Cannot listen on " + address, ex);
		}
	}

	/**
	 * Set how long to wait for a client, and those that are accepted from then on for
	 * what is expected of them.
	 * @param timeout the time
	 * @return this server
	 */
	public ScriptedServer withTimeout(Duration timeout) {
		this.timeout = timeout;
		return this;
	}

	/**
	 * Return the port.
	 * @return the port on which it listens
	 */
	public int port() {
		return this.port;
	}

	/**
	 * Accept a connection.
	 * @return the connection, to be closed by the caller
	 * @throws AssertionError if no client comes in time
	 */
	public ScriptedClient accept() {
		try {
			SocketChannel connection = awaitConnection();
			if (connection == null) {
				throw new AssertionError("Waited " + this.timeout + " for a client on port " + port());
			}
			return new ScriptedClient(connection, "the client", this.clock).withTimeout(this.timeout);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private @Nullable SocketChannel awaitConnection() throws IOException {
		long end = this.clock.getAsLong() + this.timeout.toNanos();
		while (true) {
			SocketChannel connection = this.socket.accept();
			long millis = (end - this.clock.getAsLong()) / 1_000_000;
			if (connection != null || millis <= 0 || Thread.currentThread().isInterrupted()) {
				return connection;
			}
			this.selector.select(millis);
			this.selector.selectedKeys().clear();
		}
	}

	/**
	 * Listen no longer. Connections that were accepted stay; those that wait to be are
	 * reset.
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
