package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A TCP listener that does not answer, because its backlog is full, until it makes room.
 * So it is with Linux; other systems refuse.
 */
final class FullListener implements AutoCloseable {

	// the system answers on loopback at once, or not at all
	private static final int LONG_ENOUGH = 100;

	private final ServerSocketChannel listener;

	private final List<SocketChannel> sockets = new ArrayList<>();

	FullListener(String address, int port) throws IOException {
		this.listener = ServerSocketChannel.open().bind(new InetSocketAddress(address, port), 1);
		this.listener.configureBlocking(false);
		while (isTaken()) {
			continue;
		}
	}

	private boolean isTaken() throws IOException {
		SocketChannel socket = SocketChannel.open();
		socket.configureBlocking(false);
		try (Selector selector = Selector.open()) {
			if (!socket.connect(this.listener.getLocalAddress())) {
				socket.register(selector, SelectionKey.OP_CONNECT);
				selector.select(LONG_ENOUGH);
			}
			if (socket.finishConnect()) {
				this.sockets.add(socket);
				return true;
			}
		}
		socket.close();
		return false;
	}

	InetSocketAddress address() throws IOException {
		return (InetSocketAddress) this.listener.getLocalAddress();
	}

	int port() throws IOException {
		return address().getPort();
	}

	/**
	 * Accept those that have filled the backlog. Who asks again, as the system does after
	 * a second, is answered.
	 */
	void makeRoom() throws IOException {
		for (int i = this.sockets.size(); i > 0; i--) {
			SocketChannel socket = this.listener.accept();
			if (socket != null) {
				this.sockets.add(socket);
			}
		}
	}

	/**
	 * Accept one more: its address, or {@code null} if there is none.
	 */
	SocketAddress accept() throws IOException {
		SocketChannel socket = this.listener.accept();
		if (socket == null) {
			return null;
		}
		this.sockets.add(socket);
		return socket.getRemoteAddress();
	}

	@Override
	public void close() throws IOException {
		for (SocketChannel socket : this.sockets) {
			socket.close();
		}
		this.listener.close();
	}

}
