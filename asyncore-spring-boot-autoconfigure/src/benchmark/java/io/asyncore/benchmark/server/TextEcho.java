package io.asyncore.benchmark.server;

import java.nio.charset.StandardCharsets;

import io.asyncore.chat.AsyncChat;

/**
 * Sends back lines, each taken as text, as a protocol of text is written.
 */
public class TextEcho extends AsyncChat {

	/**
	 * Create an instance without a socket.
	 */
	public TextEcho() {
		setTerminator("\n");
	}

	@Override
	protected void foundTerminator() {
		push(takeIncoming(StandardCharsets.UTF_8) + "\n");
	}

}
