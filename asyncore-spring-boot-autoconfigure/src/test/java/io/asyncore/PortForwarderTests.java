package io.asyncore;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A port forwarder as asyncore users write it: two channels per connection, each of which
 * writes what the other one has read, so that the answer of {@code writable()} depends on
 * another object.
 */
@Timeout(60)
class PortForwarderTests {

	private static final int LENGTH = 1024 * 1024;

	private final ChannelMap map = new ChannelMap();

	@AfterEach
	void closeAll() throws IOException {
		Asyncore.closeAll(this.map, true);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void forwardsBothWays(boolean usePoll) throws IOException {
		byte[] up = random(1);
		byte[] down = random(2);
		try (ServerSocketChannel remote = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			Forwarder forwarder = new Forwarder(this.map, (InetSocketAddress) remote.getLocalAddress());
			try (Peer client = Peer.connectTo(forwarder.localAddress())) {
				client.send(up);
				Loopback.passUntil(this.map, usePoll, () -> this.map.size() == 3);
				try (Peer server = Peer.of(remote.accept())) {
					server.send(down);
					Loopback.passUntil(this.map, usePoll,
							() -> server.poll().count() >= LENGTH & client.poll().count() >= LENGTH);
					assertThat(Arrays.mismatch(server.bytes(), up)).isEqualTo(-1);
					assertThat(Arrays.mismatch(client.bytes(), down)).isEqualTo(-1);
					client.endOutput();
					Loopback.passUntil(this.map, usePoll, () -> server.poll().isEnded());
				}
			}
			assertThat(this.map.channels()).containsExactly(forwarder);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenRemoteClosesTheClientIsClosed(boolean usePoll) throws IOException {
		try (ServerSocketChannel remote = ServerSocketChannel.open().bind(Loopback.anyPort())) {
			Forwarder forwarder = new Forwarder(this.map, (InetSocketAddress) remote.getLocalAddress());
			try (Peer client = Peer.connectTo(forwarder.localAddress())) {
				Loopback.passUntil(this.map, usePoll, () -> this.map.size() == 3);
				remote.accept().close();
				Loopback.passUntil(this.map, usePoll, () -> client.poll().isEnded());
			}
			assertThat(this.map.channels()).containsExactly(forwarder);
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void whenRemoteIsNotThereTheClientIsClosed(boolean usePoll) throws IOException {
		Forwarder forwarder = new Forwarder(this.map, (InetSocketAddress) Peer.nobody());
		try (Peer client = Peer.connectTo(forwarder.localAddress())) {
			Loopback.passUntil(this.map, usePoll, () -> client.poll().isEnded());
		}
		assertThat(this.map.channels()).containsExactly(forwarder);
	}

	private static byte[] random(int seed) {
		byte[] data = new byte[LENGTH];
		new Random(seed).nextBytes(data);
		return data;
	}

	private static byte[] concat(byte[] first, byte[] second) {
		byte[] all = Arrays.copyOf(first, first.length + second.length);
		System.arraycopy(second, 0, all, first.length, second.length);
		return all;
	}

	private static byte[] from(byte[] data, int start) {
		return Arrays.copyOfRange(data, start, data.length);
	}

	private static final class Forwarder extends Dispatcher {

		private final InetSocketAddress remote;

		Forwarder(ChannelMap map, InetSocketAddress remote) throws IOException {
			super(map);
			this.remote = remote;
			createSocket();
			setReuseAddr();
			bind(Loopback.anyPort());
			listen(5);
		}

		@Override
		protected void handleAccept() throws IOException {
			Accepted accepted = accept();
			if (accepted != null) {
				new Sender(new Receiver(accepted.socket()), this.remote);
			}
		}

	}

	/**
	 * The side of the client.
	 */
	private static final class Receiver extends Dispatcher {

		private byte[] fromRemoteBuffer = new byte[0];

		private byte[] toRemoteBuffer = new byte[0];

		private Sender sender;

		Receiver(SocketChannel connection) throws IOException {
			super(connection);
		}

		@Override
		protected void handleConnect() {
		}

		@Override
		protected void handleRead() throws IOException {
			this.fromRemoteBuffer = concat(this.fromRemoteBuffer, recv(4096));
		}

		@Override
		protected boolean writable() {
			return this.toRemoteBuffer.length > 0;
		}

		@Override
		protected void handleWrite() throws IOException {
			this.toRemoteBuffer = from(this.toRemoteBuffer, send(this.toRemoteBuffer));
		}

		@Override
		protected void handleClose() {
			close();
			if (this.sender != null) {
				this.sender.close();
			}
		}

	}

	/**
	 * The side of the remote server.
	 */
	private static final class Sender extends Dispatcher {

		private final Receiver receiver;

		Sender(Receiver receiver, SocketAddress remote) throws IOException {
			this.receiver = receiver;
			receiver.sender = this;
			createSocket();
			connect(remote);
		}

		@Override
		protected void handleConnect() {
		}

		@Override
		protected void handleRead() throws IOException {
			this.receiver.toRemoteBuffer = concat(this.receiver.toRemoteBuffer, recv(4096));
		}

		@Override
		protected boolean writable() {
			return this.receiver.fromRemoteBuffer.length > 0;
		}

		@Override
		protected void handleWrite() throws IOException {
			int sent = send(this.receiver.fromRemoteBuffer);
			this.receiver.fromRemoteBuffer = from(this.receiver.fromRemoteBuffer, sent);
		}

		@Override
		protected void handleClose() {
			close();
			this.receiver.close();
		}

		// a refused connection is meant to happen
		@Override
		protected Set<String> ignoreLogTypes() {
			return Set.of("warning", "error");
		}

	}

}
