package io.asyncore.benchmark.server;

import java.nio.ByteBuffer;

import io.asyncore.DispatcherWithSend;

/**
 * Sends back what it receives, in the fewest words.
 */
public class NaturalEcho extends DispatcherWithSend {

	@Override
	protected void handleData(ByteBuffer data) {
		send(data);
	}

}
