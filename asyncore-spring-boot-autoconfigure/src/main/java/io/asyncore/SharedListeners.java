package io.asyncore;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import io.asyncore.transport.SocketOptions;

/**
 * Those who stand for a server on other loops.
 */
final class SharedListeners {

	private ServerDispatcher server;

	private final Map<EventLoop, SharedListener> receiving = new ConcurrentHashMap<>();

	private volatile List<SharedListener> listening = List.of();

	SharedListeners(ServerDispatcher server) {
		this.server = server;
	}

	/**
	 * Have a copy of the server called.
	 */
	void represent(ServerDispatcher server) {
		this.server = server;
	}

	/**
	 * Return who takes the connections that are handed over to a loop.
	 */
	SharedListener on(EventLoop loop) {
		return this.receiving.computeIfAbsent(loop, (key) -> new SharedListener(this.server, key.map()));
	}

	/**
	 * Say whether other loops accept connections themselves.
	 */
	boolean areListening() {
		return !this.listening.isEmpty();
	}

	/**
	 * Return the other loops that accept connections themselves. Safe from any thread.
	 */
	List<EventLoop> listeningOn() {
		return this.listening.stream()
			.filter(SharedListener::isListening)
			.map((listener) -> listener.map().eventLoop())
			.toList();
	}

	/**
	 * Have the other loops of a group listen at the address at which the server does.
	 * Those that nobody runs do not: what the system gives to them would have to wait.
	 */
	void listen(EventLoopGroup group, ProtocolFamily family, SocketAddress address, int backlog, SocketOptions options)
			throws IOException {
		List<SharedListener> listeners = new ArrayList<>();
		boolean complete = false;
		try {
			for (EventLoop loop : group.loops()) {
				if (loop != this.server.map().eventLoop() && loop.parts().takesConnections()) {
					SharedListener listener = new SharedListener(this.server, loop.map());
					listeners.add(listener);
					listener.listen(family, address, backlog, options);
				}
			}
			complete = true;
		}
		finally {
			if (!complete) {
				listeners.forEach(SharedListener::close);
			}
		}
		this.listening = listeners;
		listeners.forEach((listener) -> listener.map().loop().arrivals().expect(listener));
		if (!this.server.accepting()) {
			// closed by another thread in the middle of it, which may not have seen them
			close();
			listeners.forEach(SharedListener::close);
		}
	}

	/**
	 * Listen no longer. Safe from any thread.
	 */
	void close() {
		List<SharedListener> listeners = this.listening;
		this.listening = List.of();
		listeners.forEach(SharedListener::close);
		// the server may have another name when it opens again
		this.receiving.clear();
	}

	/**
	 * Set an option of those who listen, each on its loop.
	 */
	<T> void setOption(SocketOption<T> option, T value) {
		for (SharedListener listener : this.listening) {
			listener.map().eventLoop().execute(() -> listener.change(option, value));
		}
	}

	/**
	 * Have those who listen asked again whether they may accept.
	 */
	void interestChanged() {
		this.listening.forEach(SharedListener::interestChanged);
	}

}
