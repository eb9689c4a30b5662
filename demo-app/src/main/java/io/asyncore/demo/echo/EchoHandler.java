package io.asyncore.demo.echo;

import java.nio.ByteBuffer;

import io.asyncore.DispatcherWithSend;

import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

/**
 * Sends back whatever it receives. One is made for each connection of the server
 * {@code echo}, see {@code application.yml}.
 */
@Component("echo")
@Scope("prototype")
public class EchoHandler extends DispatcherWithSend {

	// when so much waits to be sent, the peer had better read first
	private static final int MAX_QUEUED = 1024 * 1024;

	@Override
	protected boolean readable() {
		return outBuffered() < MAX_QUEUED;
	}

	// what readable() looks at changes by this channel's own events only
	@Override
	protected boolean predicatesDependOnOwnEventsOnly() {
		return true;
	}

	@Override
	protected void handleData(ByteBuffer data) {
		send(data);
	}

}
