package io.asyncore.readme;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import io.asyncore.DatagramDispatcher;

import org.springframework.stereotype.Component;

@Component
class Syslog extends DatagramDispatcher {

	@Override
	protected void handleDatagram(ByteBuffer data, SocketAddress sender) {
		log(sender + ": " + StandardCharsets.UTF_8.decode(data));
	}

}
