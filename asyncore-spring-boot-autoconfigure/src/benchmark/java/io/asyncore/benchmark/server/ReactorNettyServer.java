package io.asyncore.benchmark.server;

import java.io.IOException;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelOption;
import reactor.netty.DisposableServer;
import reactor.netty.resources.LoopResources;
import reactor.netty.tcp.TcpServer;

/**
 * Reactor Netty with one event loop, on epoll where there is any.
 */
public final class ReactorNettyServer {

	private ReactorNettyServer() {
	}

	public static void main(String[] args) throws IOException {
		Control control = new Control();
		DisposableServer server = TcpServer.create()
			.host("127.0.0.1")
			.port(0)
			.runOn(LoopResources.create("server", 1, true))
			.option(ChannelOption.SO_BACKLOG, Control.BACKLOG)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
			.handle((in, out) -> out.send(in.receive().retain()))
			.bindNow();
		control.listening(server.port());
	}

}
