package io.asyncore.demo.forwarder;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

/**
 * The side of the client: one is made for each connection of the server
 * {@code forwarder}, and makes its {@link Sender}.
 */
@Component("forwarder")
@Scope("prototype")
class Receiver extends ForwardingChannel {

	private final String host;

	private final int port;

	Receiver(@Value("${demo.forwarder.host}") String host, @Value("${demo.forwarder.port}") int port) {
		this.host = host;
		this.port = port;
	}

	@Override
	protected void handleOpen() throws Exception {
		Sender sender = new Sender(map());
		join(sender);
		sender.createSocket();
		sender.connect(this.host, this.port);
	}

}
