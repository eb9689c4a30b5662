package io.asyncore;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import org.jspecify.annotations.Nullable;

/**
 * The other end of a connection, which never blocks: a test looks at it between two
 * passes.
 */
public final class Peer implements AutoCloseable {

	private final SocketChannel socket;

	private final @Nullable SocketChannel near;

	private final ByteArrayOutputStream received = new ByteArrayOutputStream();

	private final ByteBuffer buffer = ByteBuffer.allocate(65536);

	private ByteBuffer pending = ByteBuffer.allocate(0);

	private boolean ended;

	private Peer(SocketChannel socket, @Nullable SocketChannel near) throws IOException {
		this.socket = socket;
		this.near = near;
		socket.configureBlocking(false);
		socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
	}

	/**
	 * Make a connection whose near end is still to be given to a dispatcher.
	 */
	public static Peer withNearEnd() throws IOException {
		Loopback.Pair pair = Loopback.pair();
		return new Peer(pair.far(), pair.near());
	}

	/**
	 * Make a connection with small buffers.
	 */
	public static Peer withSmallBuffers() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open()) {
			server.setOption(StandardSocketOptions.SO_RCVBUF, 8192);
			server.bind(Loopback.anyPort());
			SocketChannel near = SocketChannel.open();
			near.setOption(StandardSocketOptions.SO_SNDBUF, 8192);
			near.connect(server.getLocalAddress());
			return new Peer(server.accept(), near);
		}
	}

	public static Peer of(SocketChannel socket) throws IOException {
		return new Peer(socket, null);
	}

	public static Peer connectTo(@Nullable SocketAddress address) throws IOException {
		return new Peer(SocketChannel.open(address), null);
	}

	/**
	 * Return an address at which nobody listens.
	 */
	public static SocketAddress nobody() throws IOException {
		try (ServerSocketChannel closed = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			return closed.getLocalAddress();
		}
	}

	public SocketChannel near() {
		if (this.near == null) {
			throw new IllegalStateException("there is no near end");
		}
		return this.near;
	}

	public SocketChannel socket() {
		return this.socket;
	}

	public Peer send(String text) throws IOException {
		return send(text.getBytes(StandardCharsets.ISO_8859_1));
	}

	/**
	 * Send what is taken; the rest goes with {@link #poll()}.
	 */
	public Peer send(byte[] data) throws IOException {
		ByteBuffer all = ByteBuffer.allocate(this.pending.remaining() + data.length);
		this.pending = all.put(this.pending).put(data).flip();
		this.socket.write(this.pending);
		return this;
	}

	/**
	 * Send what is left and receive what is there.
	 */
	public Peer poll() {
		try {
			if (this.pending.hasRemaining()) {
				this.socket.write(this.pending);
			}
			int count = this.ended ? -1 : this.socket.read(this.buffer.clear());
			while (count > 0) {
				this.received.write(this.buffer.array(), 0, count);
				count = this.socket.read(this.buffer.clear());
			}
			this.ended = count < 0;
		}
		catch (IOException ex) {
			this.ended = true;
		}
		return this;
	}

	public boolean isSent() {
		return !this.pending.hasRemaining();
	}

	public boolean isEnded() {
		return this.ended;
	}

	public byte[] bytes() {
		return this.received.toByteArray();
	}

	public int count() {
		return this.received.size();
	}

	public String text() {
		return this.received.toString(StandardCharsets.ISO_8859_1);
	}

	public void endOutput() throws IOException {
		this.socket.shutdownOutput();
	}

	/**
	 * Break the connection off.
	 */
	public void reset() throws IOException {
		this.socket.setOption(StandardSocketOptions.SO_LINGER, 0);
		this.socket.close();
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	/**
	 * Do something on another thread and wait for it, but not for ever.
	 */
	public static <T> T elsewhere(Callable<T> action) throws Exception {
		CompletableFuture<T> result = CompletableFuture.supplyAsync(() -> {
			try {
				return action.call();
			}
			catch (Exception ex) {
				throw new CompletionException(ex);
			}
		});
		try {
			return result.get(Loopback.BOUND.toSeconds(), TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof Exception cause) ? cause : ex;
		}
		catch (TimeoutException ex) {
			throw new AssertionError("Not done within " + Loopback.BOUND, ex);
		}
	}

}
