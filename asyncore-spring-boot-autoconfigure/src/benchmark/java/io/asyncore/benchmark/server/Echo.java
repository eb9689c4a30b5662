package io.asyncore.benchmark.server;

import java.io.IOException;
import java.nio.ByteBuffer;

import io.asyncore.DispatcherWithSend;
import io.asyncore.EventLoop;

/**
 * Sends back what it receives, read into the buffer of its loop.
 */
public class Echo extends DispatcherWithSend {

	@Override
	protected void handleRead() throws IOException {
		EventLoop loop = map().eventLoop();
		ByteBuffer buffer = loop.takeBuffer();
		if (recv(buffer) > 0) {
			send(buffer.flip());
		}
		loop.giveBack(buffer);
	}

}
