package io.asyncore.context;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;

import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.SocketType;

/**
 * A server for datagrams: one dispatcher, which is given its socket at each start.
 */
final class DatagramServer {

	private final ServerSettings settings;

	private final Dispatcher dispatcher;

	DatagramServer(ServerSettings settings, Dispatcher dispatcher) {
		this.settings = settings;
		this.dispatcher = dispatcher;
	}

	Dispatcher dispatcher() {
		return this.dispatcher;
	}

	/**
	 * Make the socket and put the dispatcher into service. To be called on the loop.
	 */
	void open(EventLoop loop) throws Exception {
		this.dispatcher.addChannel(loop.map());
		SocketAddress address = SocketType.DATAGRAM.createSocket(this.dispatcher::createSocket,
				(InetSocketAddress) this.settings.address(), this.settings.socket().family());
		for (SocketSettings.Option<?> option : this.settings.socket().options()) {
			option.set(this.dispatcher);
		}
		this.dispatcher.bind(address);
		for (SocketSettings.Group group : this.settings.socket().groups()) {
			join(group);
		}
		loop.open(this.dispatcher);
	}

	private void join(SocketSettings.Group group) throws IOException {
		try {
			if (this.dispatcher instanceof DatagramDispatcher datagrams) {
				datagrams.joinGroup(group.address(), group.interf());
			}
			else if (this.dispatcher.socket() instanceof DatagramChannel socket) {
				socket.join(group.address(), group.interf());
			}
		}
		catch (IOException | RuntimeException ex) {
			throw new MulticastGroupException(group, ex);
		}
	}

}
