package io.asyncore.readme;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

import io.asyncore.CloseReason;
import io.asyncore.chat.AsyncChat;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

@Component
class Feed extends AsyncChat {

	private final String host;

	private final int port;

	Feed(@Value("${feed.host}") String host, @Value("${feed.port}") int port) {
		this.host = host;
		this.port = port;
		setTerminator("\n");
	}

	@Override
	protected void handleOpen() throws IOException {
		createSocket(StandardProtocolFamily.INET6); // for IPv4 too
		connect(this.host, this.port);
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
	protected void handleClosed(CloseReason reason) { // it was refused too, or has timed
														// out
		if (reason != CloseReason.SHUTDOWN) {
			map().eventLoop().callLater(Duration.ofSeconds(5), this::connectAgain);
		}
	}

	private void connectAgain() {
		try {
			handleOpen();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
