package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * A test that looks at what one loop tells of its channels, by a clock that stands still.
 */
abstract class MonitoringFixture extends MapFixture {

	static final String NAME = "tested";

	final MovableClock clock;

	final LoopMonitor monitor = this.map.eventLoop().monitor();

	final News news = new News();

	MonitoringFixture() {
		this(new MovableClock());
	}

	private MonitoringFixture(MovableClock clock) {
		super(clock.map());
		this.clock = clock;
	}

	/**
	 * The channels that have the name most tests give.
	 */
	ChannelStats group() {
		return this.monitor.group(NAME);
	}

	@Override
	protected Peer peer() throws IOException {
		Peer peer = super.peer();
		keep(peer.near());
		return peer;
	}

	Scripted channel(Peer peer) throws IOException {
		return named(new Scripted(peer.near(), this.map));
	}

	/**
	 * A channel for which something has come.
	 */
	Scripted receiving(Scripted.Script read) throws IOException {
		Peer peer = peer();
		Scripted channel = channel(peer).on("read", read);
		peer.send("x");
		return channel;
	}

	Scripted connecting(SocketAddress address) throws IOException {
		return named(Scripted.connecting(this.map, address));
	}

	Scripted listener() throws IOException {
		return named(Scripted.listening(this.map));
	}

	<T extends Dispatcher> T named(T channel) {
		channel.setChannelName(NAME);
		return channel;
	}

	/**
	 * A server whose channels take what comes and never write.
	 */
	ServerDispatcher server() throws IOException {
		return server((socket, address) -> new Scripted(socket, this.map));
	}

	ServerDispatcher server(ChannelFactory factory) throws IOException {
		ServerDispatcher server = named(new ServerDispatcher(Loopback.anyPort(), factory, this.map));
		server.open();
		return server;
	}

	/**
	 * Connect, and make passes until the server has the connection.
	 */
	Peer client(ServerDispatcher server) throws IOException {
		long before = server.channel().totals().accepted.get();
		Peer client = keep(Peer.connectTo(server.localAddress()));
		until(() -> server.channel().totals().accepted.get() > before);
		return client;
	}

	Dispatcher last(ServerDispatcher server) {
		List<Dispatcher> channels = new ArrayList<>(this.map.channels());
		channels.remove(server);
		return channels.get(channels.size() - 1);
	}

	void pass() throws IOException {
		Loopback.onePass(this.map, false, Duration.ZERO);
	}

	void passes(int count) throws IOException {
		for (int i = 0; i < count; i++) {
			pass();
		}
	}

	void until(BooleanSupplier condition) throws IOException {
		passUntil(condition);
	}

	/**
	 * Send, and make passes until it is received.
	 */
	void deliver(Peer peer, Scripted channel, String text) throws IOException {
		int expected = channel.received.length() + text.length();
		peer.send(text);
		until(() -> channel.received.length() == expected);
	}

	static long closed(ChannelStats group) {
		long closed = 0;
		for (CloseReason reason : CloseReason.values()) {
			closed += group.closed(reason);
		}
		return closed;
	}

	static Scripted.AcceptedScript closing() {
		return SocketChannel::close;
	}

}
