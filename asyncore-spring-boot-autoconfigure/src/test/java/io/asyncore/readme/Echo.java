package io.asyncore.readme;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

import io.asyncore.DispatcherWithSend;

class Echo extends DispatcherWithSend {

	Echo(SocketChannel socket) throws IOException {
		super(socket);
	}

	@Override
	protected void handleData(ByteBuffer data) { // is not called at the end of the stream
		send(data);
	}

}
