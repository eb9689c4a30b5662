package io.asyncore.chat;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import io.asyncore.ChannelFactory;
import io.asyncore.ChannelMap;
import io.asyncore.ServerDispatcher;
import io.asyncore.test.ScriptedClient;
import org.awaitility.Awaitility;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A server for tests, on a loop and a thread of its own. What goes wrong with its
 * connections is not logged.
 */
final class LineServer implements AutoCloseable {

	static final Duration BOUND = Duration.ofSeconds(10);

	private static final int BACKLOG = 4096;

	final ChannelMap map = new ChannelMap();

	final ServerDispatcher server;

	private final Thread thread;

	private volatile Throwable failure;

	LineServer(ChannelFactory factory) throws IOException {
		this(factory, (server) -> {
		});
	}

	LineServer(ChannelFactory factory, Consumer<ServerDispatcher> customizer) throws IOException {
		this.server = new Quiet(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), factory, this.map);
		this.server.setBacklog(BACKLOG);
		customizer.accept(this.server);
		this.server.open();
		this.thread = new Thread(this::run, "line-server");
		this.thread.setDaemon(true);
		this.thread.start();
	}

	private void run() {
		try {
			this.map.eventLoop().run();
		}
		catch (Throwable ex) {
			this.failure = ex;
		}
	}

	Thread thread() {
		return this.thread;
	}

	InetSocketAddress address() {
		return (InetSocketAddress) this.server.localAddress();
	}

	ScriptedClient client() {
		return ScriptedClient.connect(address());
	}

	/**
	 * Connect with a blocking socket.
	 */
	SocketChannel connect() throws IOException {
		return SocketChannel.open(address());
	}

	/**
	 * Connect with a socket of small buffers.
	 */
	SocketChannel connectWithLittleRoom() throws IOException {
		SocketChannel socket = SocketChannel.open();
		socket.setOption(StandardSocketOptions.SO_RCVBUF, 128 * 1024);
		socket.setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1024);
		socket.connect(address());
		return socket;
	}

	static void reset(SocketChannel socket) throws IOException {
		socket.setOption(StandardSocketOptions.SO_LINGER, 0);
		socket.close();
	}

	/**
	 * Do something on the loop and wait for it.
	 */
	<T> T call(Callable<T> work) throws Exception {
		FutureTask<T> task = new FutureTask<>(work);
		this.map.eventLoop().execute(task);
		return task.get(BOUND.toMillis(), TimeUnit.MILLISECONDS);
	}

	void awaitConnections(int count) {
		Awaitility.await()
			.pollInterval(Duration.ofMillis(2))
			.atMost(BOUND)
			.untilAsserted(() -> assertThat(this.server.connections()).isEqualTo(count));
	}

	/**
	 * Fail unless a new client is served, by a server that echoes lines.
	 */
	void assertServes() {
		try (ScriptedClient client = client()) {
			client.send("still there\n").expectLine("still there");
		}
	}

	/**
	 * Count the sockets that this process has open. Works on Linux.
	 */
	static int sockets() throws IOException {
		int count = 0;
		File[] links = new File("/proc/self/fd").listFiles();
		assertThat(links).isNotNull();
		for (File link : links) {
			count += isSocket(link.toPath()) ? 1 : 0;
		}
		return count;
	}

	private static boolean isSocket(Path link) {
		try {
			return Files.readSymbolicLink(link).toString().startsWith("socket:");
		}
		catch (IOException ex) {
			// closed in the meantime
			return false;
		}
	}

	@Override
	public void close() {
		this.map.eventLoop().shutdown(Duration.ZERO);
		try {
			this.thread.join(BOUND.toMillis());
		}
		catch (InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
		assertThat(this.thread.isAlive()).as("the loop still runs").isFalse();
		assertThat(this.failure).isNull();
		assertThat(this.server.connections()).isZero();
	}

	private static final class Quiet extends ServerDispatcher {

		Quiet(SocketAddress address, ChannelFactory factory, ChannelMap map) {
			super(address, factory, map);
		}

		@Override
		protected Set<String> ignoreLogTypes() {
			return Set.of("info", "warning", "error");
		}

	}

	/**
	 * Sends back each line.
	 */
	static class Echo extends AsyncChat {

		Echo() {
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() throws Exception {
			push(takeIncoming());
			push("\n");
		}

		@Override
		protected Set<String> ignoreLogTypes() {
			return Set.of("info", "warning", "error");
		}

	}

}
