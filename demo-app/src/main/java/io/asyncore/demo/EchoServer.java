package io.asyncore.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;

import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/**
 * Sends back whatever it receives.
 */
@Component
public class EchoServer extends Dispatcher {

	private final int port;

	EchoServer(@Value("${demo.echo.port:7007}") int port) {
		this.port = port;
	}

	@Override
	protected void handleOpen() throws IOException {
		createSocket();
		setReuseAddr();
		bind(new InetSocketAddress(this.port));
		listen(128);
	}

	@Override
	protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
		new EchoHandler(socket);
	}

	static class EchoHandler extends DispatcherWithSend {

		private static final int BUFFER_SIZE = 64 * 1024;

		// when so much waits to be sent, the peer had better read first
		private static final int MAX_QUEUED = 1024 * 1024;

		EchoHandler(SocketChannel socket) throws IOException {
			super(socket);
		}

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
		protected void handleRead() throws IOException {
			send(recv(BUFFER_SIZE));
		}

	}

}
