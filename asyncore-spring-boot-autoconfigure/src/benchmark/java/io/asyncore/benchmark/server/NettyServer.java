package io.asyncore.benchmark.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import org.jspecify.annotations.Nullable;

/**
 * Netty with one event loop, written as its own examples are. The arguments are the
 * transport, {@code epoll}, {@code nio} or {@code io_uring}, and what is echoed,
 * {@code bytes} or {@code lines}.
 */
public final class NettyServer {

	private static final int MOST_OF_A_LINE = 1024 * 1024;

	private NettyServer() {
	}

	public static void main(String[] args) throws IOException {
		Control control = new Control();
		Handlers handlers = handlers(args[1]);
		switch (args[0]) {
			case "epoll" -> run(control, handlers, Epoll.unavailabilityCause(), EpollIoHandler::newFactory,
					EpollServerSocketChannel.class);
			case "nio" -> run(control, handlers, null, NioIoHandler::newFactory, NioServerSocketChannel.class);
			case "io_uring" -> run(control, handlers, IoUring.unavailabilityCause(), IoUringIoHandler::newFactory,
					IoUringServerSocketChannel.class);
			default -> throw new IllegalArgumentException("Not a transport: " + args[0]);
		}
	}

	private static Handlers handlers(String what) {
		return switch (what) {
			case "bytes" -> (pipeline) -> pipeline.addLast(new Echo());
			case "lines" -> (pipeline) -> pipeline.addLast(new LineBasedFrameDecoder(MOST_OF_A_LINE),
					new StringDecoder(StandardCharsets.UTF_8), new StringEncoder(StandardCharsets.UTF_8),
					new TextLineEcho());
			default -> throw new IllegalArgumentException("Nothing to echo: " + what);
		};
	}

	private static void run(Control control, Handlers handlers, @Nullable Throwable obstacle, Transport transport,
			Class<? extends ServerChannel> type) throws IOException {
		if (obstacle != null) {
			control.unavailable(obstacle.toString());
			return;
		}
		EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, transport.newFactory());
		Channel server = new ServerBootstrap().group(group)
			.channel(type)
			.option(ChannelOption.SO_BACKLOG, Control.BACKLOG)
			.childOption(ChannelOption.TCP_NODELAY, true)
			.childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
			.childHandler(new ChannelInitializer<>() {

				@Override
				protected void initChannel(Channel channel) {
					handlers.addTo(channel.pipeline());
				}

			})
			.bind(InetAddress.getLoopbackAddress(), 0)
			.syncUninterruptibly()
			.channel();
		control.listening(((InetSocketAddress) server.localAddress()).getPort());
	}

	/**
	 * Makes the factory of a transport, whose classes are not touched before.
	 */
	private interface Transport {

		IoHandlerFactory newFactory();

	}

	/**
	 * What serves a connection.
	 */
	private interface Handlers {

		void addTo(ChannelPipeline pipeline);

	}

	private static class Echo extends ChannelInboundHandlerAdapter {

		@Override
		public void channelRead(ChannelHandlerContext context, Object message) {
			context.write(message);
		}

		@Override
		public void channelReadComplete(ChannelHandlerContext context) {
			context.flush();
		}

		@Override
		public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
			context.close();
		}

	}

	private static final class TextLineEcho extends Echo {

		@Override
		public void channelRead(ChannelHandlerContext context, Object line) {
			context.write(line + "\n");
		}

	}

}
