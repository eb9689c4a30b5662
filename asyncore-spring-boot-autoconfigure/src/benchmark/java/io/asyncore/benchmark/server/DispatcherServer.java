package io.asyncore.benchmark.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Objects;

import io.asyncore.ChannelFactory;
import io.asyncore.ChannelMap;
import io.asyncore.ServerDispatcher;

/**
 * This library, without Spring and meters. The argument is the way in which its channels
 * are written.
 */
public final class DispatcherServer {

	private DispatcherServer() {
	}

	public static void main(String[] args) throws IOException {
		Control control = new Control();
		ChannelMap map = new ChannelMap();
		ServerDispatcher server = new ServerDispatcher(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
				channels(args[0]), map);
		server.setBacklog(Control.BACKLOG);
		server.open();
		int port = ((InetSocketAddress) Objects.requireNonNull(server.localAddress())).getPort();
		control.start(() -> map.eventLoop().run());
		control.listening(port);
	}

	private static ChannelFactory channels(String way) {
		return switch (way) {
			case "buffers" -> (socket, peer) -> new Echo();
			case "natural" -> (socket, peer) -> new NaturalEcho();
			case "arrays" -> (socket, peer) -> new ArrayEcho();
			case "text" -> (socket, peer) -> new TextEcho();
			default -> throw new IllegalArgumentException("Not a way to write a channel: " + way);
		};
	}

}
