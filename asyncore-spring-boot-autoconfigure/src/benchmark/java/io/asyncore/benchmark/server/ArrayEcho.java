package io.asyncore.benchmark.server;

import java.io.IOException;

import io.asyncore.DispatcherWithSend;

/**
 * Sends back what it receives, by arrays, as with Python's asyncore.
 */
public class ArrayEcho extends DispatcherWithSend {

	@Override
	protected void handleRead() throws IOException {
		send(recv(Control.READ_SIZE));
	}

}
