package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What tests of connecting share: addresses of this machine at a port that they all have
 * free, a resolver that knows what the test says, and a loop whose time the test moves.
 */
abstract class ConnectingFixture {

	/** The name that the tests give to a host. */
	static final String HOST = "host.test";

	final MovableClock clock = new MovableClock();

	final Selectors selectors = new Selectors();

	final ChannelMap map = new ChannelMap(this.clock, this.selectors);

	final ScriptedResolver resolver = new ScriptedResolver();

	int port;

	private final List<AutoCloseable> kept = new ArrayList<>();

	@BeforeEach
	void prepare() throws IOException {
		try (ServerSocket everywhere = new ServerSocket(0)) {
			this.port = everywhere.getLocalPort();
		}
		this.map.eventLoop().setResolver(this.resolver);
	}

	@AfterEach
	void closeAll() throws Exception {
		Asyncore.closeAll(this.map, true);
		for (AutoCloseable closeable : this.kept) {
			closeable.close();
		}
		Asyncore.poll(Duration.ZERO, this.map);
	}

	<T extends AutoCloseable> T keep(T closeable) {
		this.kept.add(closeable);
		return closeable;
	}

	/**
	 * Have a server at an address, in the map of the test.
	 */
	Scripted server(String address) throws IOException {
		return server(address, this.map);
	}

	Scripted server(String address, ChannelMap map) throws IOException {
		Scripted server = new Scripted(map);
		server.createSocket((address.indexOf(':') >= 0) ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET);
		server.bind(new InetSocketAddress(address, this.port));
		// what does not fit is lost to the server, and the client does not know
		server.listen(4000);
		server.onAccepted(this::keep);
		return server;
	}

	/**
	 * Have somebody at an address who does not answer.
	 */
	FullListener full(String address) throws IOException {
		return keep(new FullListener(address, this.port));
	}

	Scripted client() throws IOException {
		return client(StandardProtocolFamily.INET6);
	}

	Scripted client(ProtocolFamily family) throws IOException {
		Scripted client = new Scripted(this.map);
		client.createSocket(family);
		return client;
	}

	/**
	 * Have a client connect to a host with these addresses.
	 */
	Scripted connecting(String... addresses) throws IOException {
		return connect(client(), addresses);
	}

	Scripted connect(Scripted client, String... addresses) throws IOException {
		this.resolver.knows(HOST, addresses);
		client.connect(HOST, this.port);
		return client;
	}

	/**
	 * Let time pass, and the loop notice.
	 */
	void after(long millis) throws IOException {
		this.clock.advanceMillis(millis);
		passes(3);
	}

	void passes(int count) throws IOException {
		Asyncore.loop(Duration.ZERO, false, this.map, count);
	}

	void passUntilOver(Dispatcher client) throws IOException {
		Loopback.passUntil(this.map, () -> !client.connecting());
	}

	/**
	 * Return the address that is tried now, or is connected to.
	 */
	static String remote(Dispatcher client) {
		SocketAddress address = client.remoteAddress();
		return (address != null) ? ((InetSocketAddress) address).getAddress().getHostAddress() : "none";
	}

	/**
	 * Count the valid keys in the selector of the map.
	 */
	long keys() {
		return keys(this.selectors);
	}

	static long keys(Selectors selectors) {
		Selector last = selectors.opened.get(selectors.opened.size() - 1);
		return last.isOpen() ? last.keys().stream().filter(SelectionKey::isValid).count() : 0;
	}

	/**
	 * Fail if the loop does not wait while there is nothing to do.
	 */
	static void assertRests(ChannelMap map) throws IOException {
		long start = System.nanoTime();
		Asyncore.loop(Duration.ofMillis(20), false, map, 10);
		// the first pass or two may have something left to tidy up
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(100));
	}

}
