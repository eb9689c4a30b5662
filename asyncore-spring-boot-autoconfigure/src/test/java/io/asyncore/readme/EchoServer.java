package io.asyncore.readme;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;

import org.springframework.stereotype.Component;

@Component
class EchoServer extends Dispatcher {

	@Override
	protected void handleOpen() throws IOException {
		createSocket();
		bind(new InetSocketAddress(7007));
		listen(128);
	}

	@Override
	protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
		new DispatcherWithSend(socket) {

			@Override
			protected void handleData(ByteBuffer data) {
				send(data);
			}

		};
	}

}
