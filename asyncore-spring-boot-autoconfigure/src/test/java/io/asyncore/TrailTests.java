package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Set;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Trail}.
 */
@Timeout(60)
class TrailTests {

	private final MovableClock clock = new MovableClock();

	private final ChannelMap map = this.clock.map();

	private final Logger logger = (Logger) LoggerFactory.getLogger("io.asyncore.channel");

	private final CapturedLog log = new CapturedLog();

	@BeforeEach
	void debug() {
		this.logger.setLevel(Level.DEBUG);
	}

	@AfterEach
	void close() throws IOException {
		Asyncore.closeAll(this.map, true);
		this.logger.setLevel(null);
		this.log.close();
	}

	@Test
	void tellsTheLifeOfAConnectionAtBothEnds() throws IOException {
		Dispatcher listener = new Quiet(this.map) {

			@Override
			protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
				Dispatcher channel = new Quiet(socket, this.map());
				channel.setChannelName("echo");
				channel.setLabel("it's\n7");
			}

		};
		listener.setChannelName("echo server");
		listener.createSocket();
		listener.bind(Loopback.anyPort());
		listener.listen(1);
		String address = "127.0.0.1:" + Loopback.port(listener);
		Dispatcher client = new Quiet(this.map);
		client.setChannelName("client");
		client.createSocket();
		client.connect(listener.localAddress());
		Loopback.passUntil(this.map, () -> client.connected() && this.map.size() == 3);
		String peer = "127.0.0.1:" + ((InetSocketAddress) client.localAddress()).getPort();
		Dispatcher accepted = this.map.channels().get(2);
		client.send(new byte[3]);
		Loopback.passUntil(this.map, () -> ChannelSnapshot.of(accepted).received() == 3);
		this.clock.advance(Duration.ofMillis(1234));
		client.close();
		Loopback.passUntil(this.map, accepted::closed);
		listener.close();
		assertThat(lines()).containsExactlyInAnyOrder(
				"connect: channel='client' id=" + id(client) + " peer=" + address + " address=" + address + " took=0ms",
				"accept: channel='echo server' id=" + id(listener) + " peer=" + peer,
				"close: channel='client' id=" + id(client) + " peer=" + address
						+ " reason=local age=1234ms received=0 sent=3 queued=0",
				"close: channel='echo' id=" + id(accepted) + " label='it\\'s\\n7' peer=" + peer
						+ " reason=peer age=1234ms received=3 sent=0 queued=0",
				"close: channel='echo server' id=" + id(listener) + " local=" + address
						+ " reason=local age=1234ms received=0 sent=0 queued=0");
	}

	@Test
	void tellsAConnectThatFails() throws IOException {
		Dispatcher client = new Quiet(this.map);
		client.createSocket();
		InetSocketAddress nobody = (InetSocketAddress) Peer.nobody();
		client.connect(nobody);
		Loopback.passUntil(this.map, client::closed);
		assertThat(lines()).hasSize(2);
		assertThat(lines().get(0)).startsWith("connect failed: channel='Quiet' id=" + id(client) + " peer=127.0.0.1:"
				+ nobody.getPort() + " took=0ms failure=java.net.ConnectException: Connection refused");
		assertThat(lines().get(1)).contains("close: channel='Quiet' id=" + id(client), " reason=error ");
	}

	@Test
	void tellsATimeout() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Dispatcher channel = new Quiet(peer.near(), this.map);
			channel.setIdleTimeout(Duration.ofSeconds(5));
			Loopback.onePass(this.map, false, Duration.ZERO);
			this.clock.advance(Duration.ofSeconds(5));
			Loopback.passUntil(this.map, channel::closed);
			assertThat(lines()).hasSize(2);
			assertThat(lines().get(0))
				.matches("timeout: channel='Quiet' id=\\d+ peer=127\\.0\\.0\\.1:\\d+ idle=5000ms");
			assertThat(lines().get(1)).contains(" reason=timeout age=5000ms ");
		}
	}

	@Test
	void tellsALimit() throws IOException {
		try (Peer peer = Peer.withNearEnd()) {
			Dispatcher channel = new Quiet(peer.near(), this.map) {

				@Override
				protected void handleData(ByteBuffer data) throws Exception {
					throw new LimitExceededException("too much");
				}

			};
			peer.send("x");
			Loopback.passUntil(this.map, channel::closed);
			assertThat(lines()).hasSize(2);
			assertThat(lines().get(0)).startsWith("limit: channel=")
				.endsWith(" failure=io.asyncore.LimitExceededException: too much");
			assertThat(lines().get(1)).contains(" reason=limit age=0ms received=1 sent=0 ");
		}
	}

	@Test
	void tellsTheEndOfASocketThatIsReplaced() throws IOException {
		Dispatcher channel = new Quiet(this.map);
		channel.createSocket();
		channel.createSocket();
		assertThat(lines()).singleElement().asString().startsWith("close: channel='Quiet' id=" + id(channel));
		channel.close();
		channel.close();
		assertThat(lines()).hasSize(2);
	}

	@Test
	void whenDebugIsOffSaysNothing() throws IOException {
		this.logger.setLevel(Level.INFO);
		Dispatcher channel = new Quiet(this.map);
		channel.createSocket();
		channel.close();
		assertThat(lines()).isEmpty();
	}

	private static long id(Dispatcher channel) {
		return ChannelSnapshot.id(channel);
	}

	private List<String> lines() {
		return this.log.debugs()
			.stream()
			.filter((line) -> line.matches("(accept|connect|connect failed|close|timeout|limit): .*"))
			.toList();
	}

	private static class Quiet extends Dispatcher {

		Quiet(ChannelMap map) {
			super(map);
		}

		Quiet(SocketChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void handleData(ByteBuffer data) throws Exception {
			// enough that it was read
		}

		@Override
		protected Set<String> ignoreLogTypes() {
			return Set.of("info", "warning", "error");
		}

	}

}
