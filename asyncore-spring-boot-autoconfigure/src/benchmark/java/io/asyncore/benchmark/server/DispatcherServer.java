package io.asyncore.benchmark.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;

import io.asyncore.ChannelMap;
import io.asyncore.ServerDispatcher;

/**
 * This library, without Spring and meters.
 */
public final class DispatcherServer {

	private DispatcherServer() {
	}

	public static void main(String[] args) throws IOException {
		Control control = new Control();
		ChannelMap map = new ChannelMap();
		ServerDispatcher server = new ServerDispatcher(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
				(socket, peer) -> new Echo(), map);
		server.setBacklog(Control.BACKLOG);
		server.open();
		int port = ((InetSocketAddress) Objects.requireNonNull(server.localAddress())).getPort();
		control.start(() -> map.eventLoop().run());
		control.listening(port);
	}

}
