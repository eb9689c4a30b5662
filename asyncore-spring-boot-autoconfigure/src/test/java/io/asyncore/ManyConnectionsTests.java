package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Many connections at a time, some of which fail.
 */
class ManyConnectionsTests {

	private static final int CONNECTIONS = 2000;

	private static final int FAILING = 50;

	private static final int LENGTH = 64 * 1024;

	private final ChannelMap map = new ChannelMap();

	@Test
	void echoesToAllWhileSomeHandlersFail() throws IOException {
		EchoServer server = new EchoServer(this.map);
		List<Client> clients = new ArrayList<>();
		for (int i = 0; i < CONNECTIONS; i++) {
			clients.add(new Client(this.map, server.localAddress(), i));
		}
		Loopback.passUntil(this.map, () -> this.map.size() == 1 && server.accepted == CONNECTIONS);
		assertThat(clients.stream().filter((client) -> client.received == LENGTH))
			.hasSize(CONNECTIONS - CONNECTIONS / FAILING)
			.allSatisfy((client) -> assertThat(client.in.digest()).isEqualTo(client.out.digest()));
		assertThat(server.accepting()).isTrue();
		server.close();
	}

	private static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static final class EchoServer extends Dispatcher {

		private int accepted;

		EchoServer(ChannelMap map) throws IOException {
			super(map);
			createSocket();
			bind(Loopback.anyPort());
			listen(CONNECTIONS);
		}

		@Override
		protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
			boolean fails = ++this.accepted % FAILING == 0;
			new DispatcherWithSend(socket) {

				@Override
				protected void handleRead() throws IOException {
					byte[] data = recv(LENGTH);
					if (fails) {
						throw new IllegalStateException("as planned");
					}
					send(data);
				}

				@Override
				protected Set<String> ignoreLogTypes() {
					return fails ? Set.of("warning", "error") : super.ignoreLogTypes();
				}

			};
		}

	}

	/**
	 * Writes and reads in the plain asyncore manner.
	 */
	private static final class Client extends Dispatcher {

		private final ByteBuffer output = ByteBuffer.allocate(LENGTH);

		private final ByteBuffer input = ByteBuffer.allocate(LENGTH);

		private final MessageDigest out = sha256();

		private final MessageDigest in = sha256();

		private int received;

		Client(ChannelMap map, SocketAddress server, int seed) throws IOException {
			super(map);
			new Random(seed).nextBytes(this.output.array());
			this.out.update(this.output.array());
			createSocket();
			connect(server);
		}

		@Override
		protected boolean writable() {
			return this.output.hasRemaining();
		}

		@Override
		protected void handleConnect() {
		}

		@Override
		protected void handleWrite() throws IOException {
			send(this.output);
		}

		@Override
		protected void handleRead() throws IOException {
			int count = recv(this.input.clear());
			if (count > 0) {
				this.received += count;
				this.in.update(this.input.flip());
			}
			if (this.received == LENGTH) {
				close();
			}
		}

	}

}
