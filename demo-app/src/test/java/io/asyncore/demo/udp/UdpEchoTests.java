package io.asyncore.demo.udp;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.util.Arrays;
import java.util.Random;

import io.asyncore.demo.DemoTest;
import io.asyncore.demo.LocalServers;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link UdpEcho}.
 */
@DemoTest
class UdpEchoTests {

	private static final int BOUND_MILLIS = 10_000;

	@Autowired
	private LocalServers servers;

	@Autowired
	private ConfigurableApplicationContext context;

	@Test
	void sendsBackEachDatagram() throws IOException {
		try (DatagramSocket client = open()) {
			for (int length : new int[] { 5, 0, 1, 60_000 }) {
				byte[] data = new byte[length];
				new Random(length).nextBytes(data);
				send(client, data);
				assertThat(receive(client)).isEqualTo(data);
			}
		}
	}

	@Test
	void whenManySendEachGetsItsOwn() throws IOException {
		try (DatagramSocket ann = open(); DatagramSocket bob = open()) {
			send(ann, new byte[] { 1 });
			send(bob, new byte[] { 2 });
			assertThat(receive(bob)).containsExactly(2);
			assertThat(receive(ann)).containsExactly(1);
		}
	}

	@Test
	void whenSenderHasGoneServesTheOthers() throws IOException {
		for (int i = 0; i < 10; i++) {
			try (DatagramSocket client = open()) {
				send(client, new byte[100]);
			}
		}
		sendsBackEachDatagram();
	}

	@Test
	void whenApplicationIsRestartedGoesOn() throws IOException {
		this.context.stop();
		this.context.start();
		sendsBackEachDatagram();
	}

	private static DatagramSocket open() throws SocketException {
		DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
		socket.setSoTimeout(BOUND_MILLIS);
		return socket;
	}

	private void send(DatagramSocket client, byte[] data) throws IOException {
		client.send(new DatagramPacket(data, data.length, this.servers.address("udpEcho")));
	}

	private static byte[] receive(DatagramSocket client) throws IOException {
		DatagramPacket packet = new DatagramPacket(new byte[65_536], 65_536);
		client.receive(packet);
		return Arrays.copyOf(packet.getData(), packet.getLength());
	}

}
