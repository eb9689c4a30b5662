package io.asyncore.benchmark.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * The least that does the work on {@code java.nio}: one direct buffer for all
 * connections, sent back at once; what a socket does not take is kept, and waited for.
 * The argument is the size of the buffer.
 */
public final class NioServer {

	private final Selector selector;

	private final ServerSocketChannel listener;

	private final ByteBuffer buffer;

	private NioServer(int readSize) throws IOException {
		this.buffer = ByteBuffer.allocateDirect(readSize);
		this.selector = Selector.open();
		this.listener = ServerSocketChannel.open();
		this.listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Control.BACKLOG);
		this.listener.configureBlocking(false);
		this.listener.register(this.selector, SelectionKey.OP_ACCEPT);
	}

	public static void main(String[] args) throws IOException {
		Control control = new Control();
		NioServer server = new NioServer(Integer.parseInt(args[0]));
		control.start(server::run);
		control.listening(((InetSocketAddress) server.listener.getLocalAddress()).getPort());
	}

	private void run() throws IOException {
		while (true) {
			this.selector.select();
			for (SelectionKey key : this.selector.selectedKeys()) {
				serve(key);
			}
			this.selector.selectedKeys().clear();
		}
	}

	private void serve(SelectionKey key) throws IOException {
		if (key.isAcceptable()) {
			accept();
			return;
		}
		SocketChannel socket = (SocketChannel) key.channel();
		try {
			if (key.isReadable()) {
				echo(key, socket);
			}
			else {
				sendRest(key, socket);
			}
		}
		catch (IOException ex) {
			// the peer has gone
			socket.close();
		}
	}

	private void accept() throws IOException {
		for (SocketChannel socket = this.listener.accept(); socket != null; socket = this.listener.accept()) {
			socket.configureBlocking(false);
			socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
			socket.register(this.selector, SelectionKey.OP_READ);
		}
	}

	private void echo(SelectionKey key, SocketChannel socket) throws IOException {
		ByteBuffer buffer = this.buffer.clear();
		int count = socket.read(buffer);
		if (count < 0) {
			socket.close();
			return;
		}
		socket.write(buffer.flip());
		if (buffer.hasRemaining()) {
			key.attach(ByteBuffer.allocateDirect(buffer.remaining()).put(buffer).flip());
			key.interestOps(SelectionKey.OP_WRITE);
		}
	}

	private void sendRest(SelectionKey key, SocketChannel socket) throws IOException {
		ByteBuffer rest = (ByteBuffer) key.attachment();
		socket.write(rest);
		if (!rest.hasRemaining()) {
			key.attach(null);
			key.interestOps(SelectionKey.OP_READ);
		}
	}

}
