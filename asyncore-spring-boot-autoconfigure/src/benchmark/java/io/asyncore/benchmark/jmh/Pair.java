package io.asyncore.benchmark.jmh;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;

/**
 * A channel and its peer, on the thread of the benchmark.
 */
final class Pair implements AutoCloseable {

	private static final int MESSAGE = 64;

	private final ChannelMap map;

	private final Dispatcher channel;

	private final SocketChannel peer;

	private final ByteBuffer message = ByteBuffer.allocateDirect(MESSAGE);

	Pair(ChannelMap map, Dispatcher channel) throws IOException {
		this.map = map;
		this.channel = channel;
		try (ServerSocketChannel listener = ServerSocketChannel.open()) {
			listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			this.peer = SocketChannel.open(listener.getLocalAddress());
			this.peer.setOption(StandardSocketOptions.TCP_NODELAY, true);
			SocketChannel socket = listener.accept();
			socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
			channel.setSocket(socket);
		}
		if (!map.contains(channel)) {
			channel.addChannel(map);
		}
		while (this.message.position() < MESSAGE - 1) {
			this.message.put((byte) 'x');
		}
		this.message.put((byte) '\n');
	}

	ChannelMap map() {
		return this.map;
	}

	/**
	 * Send a message, make a pass, and receive what comes back.
	 */
	void exchange() throws IOException {
		this.peer.write(this.message.flip());
		pass();
		this.message.clear();
		while (this.message.hasRemaining()) {
			if (this.peer.read(this.message) < 0) {
				throw new IOException("The channel has closed the connection");
			}
		}
	}

	/**
	 * Make a pass that does not wait.
	 */
	void pass() throws IOException {
		Asyncore.poll(Duration.ZERO, this.map);
	}

	/**
	 * Do something on the loop, in a pass.
	 */
	void inPass(Runnable action) throws IOException {
		this.map.eventLoop().execute(action);
		pass();
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
		this.peer.close();
		Asyncore.closeAll(this.map, true);
	}

}
