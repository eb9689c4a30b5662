package io.asyncore.readme;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.asyncore.CloseReason;
import io.asyncore.chat.AsyncChat;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

@Component
class Feed extends AsyncChat {

	private final InetSocketAddress server;

	Feed(@Value("${feed.host}") String host, @Value("${feed.port}") int port) {
		this.server = InetSocketAddress.createUnresolved(host, port);
		setTerminator("\n");
	}

	@Override
	protected void handleOpen() {
		try {
			createSocket(StandardProtocolFamily.INET6); // for IPv4 too
			connect(this.server);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Override
	protected void handleConnect() {
		push("subscribe\n");
	}

	@Override
	protected void foundTerminator() {
		log("news: " + takeIncoming(StandardCharsets.UTF_8).strip());
	}

	@Override
	protected void handleClosed(CloseReason reason) { // refused or timed out, too
		if (reason != CloseReason.SHUTDOWN) {
			map().eventLoop().callLater(Duration.ofSeconds(5), this::handleOpen);
		}
	}

}
