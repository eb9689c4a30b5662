package io.asyncore.benchmark.comparison;

import java.io.IOException;
import java.util.List;
import java.util.Locale;

import io.asyncore.benchmark.UnavailableException;
import io.asyncore.benchmark.server.DispatcherServer;
import io.asyncore.benchmark.server.IntegrationServer;
import io.asyncore.benchmark.server.NettyServer;
import io.asyncore.benchmark.server.NioServer;
import io.asyncore.benchmark.server.ReactorNettyServer;
import io.asyncore.benchmark.server.StarterServer;
import io.asyncore.benchmark.server.VirtualThreadServer;
import org.jspecify.annotations.Nullable;

/**
 * The servers that are compared.
 */
enum Server {

	C("C epoll, 64 KiB reads", (tools, scenario) -> tools.program("echo", "65536")),

	C_256K("C epoll, 256 KiB reads", (tools, scenario) -> tools.program("echo", "262144")),

	DISPATCHER("ours: plain library", dispatcher("buffers")),

	DISPATCHER_BASELINE(DISPATCHER),

	NATURAL("ours: plain library, by `handleData`", dispatcher("natural")),

	ARRAYS("ours: plain library, by arrays", dispatcher("arrays")),

	ARRAYS_BASELINE(ARRAYS),

	STARTER("**ours: starter, all meters on**", starter("messages")),

	STARTER_BASELINE(STARTER),

	STARTER_NO_METERS("ours: starter, meters off", starter("messages", Argument.NO_METERS)),

	STARTER_ASKED("ours: starter, `writable()` asked in every pass", starter("asked")),

	CHAT("**ours: lines of `AsyncChat`, all meters on**", starter("lines")),

	CHAT_BASELINE(CHAT),

	CHAT_NO_METERS("ours: lines of `AsyncChat`, meters off", starter("lines", Argument.NO_METERS)),

	LINES("**ours: lines of text by `AsyncChat`, plain library**", dispatcher("text")),

	LINES_BASELINE(LINES),

	STARTER_LINES("ours: the same by the starter, all meters on", starter("text")),

	STARTER_LINES_BASELINE(STARTER_LINES),

	NIO("plain `java.nio`, 64 KiB reads", (tools, scenario) -> tools.java(NioServer.class, "65536")),

	NIO_256K("plain `java.nio`, 256 KiB reads", (tools, scenario) -> tools.java(NioServer.class, "262144")),

	NETTY_EPOLL("Netty, epoll", netty("epoll", "bytes")),

	NETTY_NIO("Netty, NIO", netty("nio", "bytes")),

	NETTY_IO_URING("Netty, io_uring", netty("io_uring", "bytes")),

	NETTY_LINES("Netty, epoll: lines of text", netty("epoll", "lines")),

	REACTOR_NETTY("Reactor Netty", (tools, scenario) -> tools.java(ReactorNettyServer.class)),

	SPRING_INTEGRATION("Spring Integration, NIO",
			(tools, scenario) -> tools.java(IntegrationServer.class, String.valueOf(scenario.size()))),

	VIRTUAL_THREADS("a virtual thread per connection", (tools, scenario) -> tools.newerJava(VirtualThreadServer.class)),

	PYTHON("Python's asyncore", (tools, scenario) -> tools.python("echo.py"));

	private final String title;

	private final Launch launch;

	private final @Nullable Server current;

	Server(String title, Launch launch) {
		this.title = title;
		this.launch = launch;
		this.current = null;
	}

	/**
	 * A server on an earlier build of this library.
	 * @param current the same on this build
	 */
	Server(Server current) {
		this.title = "the same, earlier build";
		this.launch = (tools, scenario) -> current.launch.command(tools.ofBaseline(), scenario);
		this.current = current;
	}

	private static Launch dispatcher(String way) {
		return (tools, scenario) -> tools.java(DispatcherServer.class, way);
	}

	private static Launch netty(String transport, String what) {
		return (tools, scenario) -> tools.java(NettyServer.class, transport, what);
	}

	private static Launch starter(String channel, String... properties) {
		return (tools, scenario) -> tools.java(StarterServer.class, channel, properties);
	}

	static Server of(String id) {
		for (Server server : values()) {
			if (server.id().equals(id)) {
				return server;
			}
		}
		throw new IllegalArgumentException(
				"There is no server '" + id + "', but " + List.of(values()).stream().map(Server::id).toList());
	}

	String id() {
		return (this.current != null) ? this.current.id() + "@baseline"
				: name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	/**
	 * Return the server of which this is one on an earlier build, else this one.
	 */
	Server current() {
		return (this.current != null) ? this.current : this;
	}

	/**
	 * Return this server on an earlier build, this one itself if there is none.
	 */
	Server baseline() {
		for (Server server : values()) {
			if (server.current == this) {
				return server;
			}
		}
		return this;
	}

	String title() {
		return this.title;
	}

	List<String> command(Tools tools, Scenario scenario) throws IOException, UnavailableException {
		return this.launch.command(tools, scenario);
	}

	/**
	 * Says how a server is started.
	 */
	private interface Launch {

		List<String> command(Tools tools, Scenario scenario) throws IOException, UnavailableException;

	}

	/**
	 * What an application is given.
	 */
	private static final class Argument {

		private static final String NO_METERS = "management.metrics.enable.asyncore=false";

	}

}
