package io.asyncore.benchmark.server;

import java.nio.ByteBuffer;

import io.asyncore.chat.AsyncChat;

/**
 * Sends back lines.
 */
public class LineEcho extends AsyncChat {

	private static final byte[] NEWLINE = { '\n' };

	/**
	 * Create an instance without a socket.
	 */
	public LineEcho() {
		setTerminator("\n");
	}

	@Override
	protected void collectIncomingData(ByteBuffer data) {
		push(data);
	}

	@Override
	protected void foundTerminator() {
		push(NEWLINE);
	}

}
