package io.asyncore.demo.udp;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

import io.asyncore.DatagramDispatcher;

import org.springframework.stereotype.Component;

/**
 * Sends back every datagram to whoever has sent it. There are no connections, so there is
 * only one of it, the server {@code udpEcho} of {@code application.yml}.
 */
@Component("udpEcho")
class UdpEcho extends DatagramDispatcher {

	@Override
	protected void handleDatagram(ByteBuffer data, SocketAddress sender) throws IOException {
		// one that the socket has no room for is lost, as any datagram may be
		sendTo(data, sender);
	}

}
