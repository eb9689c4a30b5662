package io.asyncore.test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;

import io.asyncore.ChannelMap;
import io.asyncore.DatagramDispatcher;
import io.asyncore.FreePort;
import io.asyncore.LoopThread;
import io.asyncore.Loopback;
import io.asyncore.SocketType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link DatagramClient}.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramClientTests {

	private final ChannelMap map = new ChannelMap();

	@Test
	void sendsAndChecksTheAnswers() throws Exception {
		try (LoopThread loop = LoopThread.run(this.map)) {
			int port = loop.call(() -> {
				Echo echo = new Echo(this.map);
				echo.createSocket(StandardProtocolFamily.INET, SocketType.DATAGRAM);
				echo.bind(Loopback.anyPort());
				return Loopback.port(echo);
			});
			try (DatagramClient client = DatagramClient.connect(port)) {
				client.send("ping").expect("ping");
				client.send(new byte[] { 0, 1 }).send(new byte[0]).expect(new byte[] { 0, 1 }).expect("");
				client.send("a").send("b");
				assertThat(client.receive()).containsExactly('a');
				assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> client.expect("c"))
					.withMessage("Expected 'c' but got 'b'");
				client.expectNothing(Duration.ofMillis(10)).send("late");
				assertThatExceptionOfType(AssertionError.class).isThrownBy(() -> client.expectNothing(Loopback.BOUND))
					.withMessage("Expected nothing but got 'late'");
				client.withTimeout(Duration.ofMillis(10));
				assertThatExceptionOfType(AssertionError.class).isThrownBy(client::receive)
					.withMessageMatching("Waited PT0.01S for a datagram from .*:" + port);
			}
		}
	}

	@Test
	void whatOthersSendIsNotReceived() throws Exception {
		try (DatagramClient client = DatagramClient.connect(FreePort.find());
				DatagramChannel other = DatagramChannel.open()) {
			int port = ((InetSocketAddress) client.localAddress()).getPort();
			other.send(ByteBuffer.wrap(new byte[1]), new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
			client.expectNothing(Duration.ofMillis(50));
		}
	}

	private static final class Echo extends DatagramDispatcher {

		Echo(ChannelMap map) {
			super(map);
		}

		@Override
		protected void handleDatagram(ByteBuffer data, SocketAddress sender) throws Exception {
			sendTo(data, sender);
		}

	}

}
