package io.asyncore.readme;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.chat.AsyncChat;

/**
 * What the documentation of classes shows.
 */
final class JavadocExamples {

	private JavadocExamples() {
	}

	static class EchoListener extends Dispatcher {

		@Override
		protected void handleOpen() throws IOException {
			createSocket();
			setReuseAddr();
			bind(new InetSocketAddress("localhost", 7007));
			listen(128);
		}

		@Override
		protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
			new Echo(socket);
		}

	}

	static class Echo extends DispatcherWithSend {

		Echo(SocketChannel socket) throws IOException {
			super(socket);
		}

		@Override
		protected void handleData(ByteBuffer data) {
			send(data);
		}

	}

	static class Greeter extends AsyncChat {

		Greeter() {
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			String name = takeIncoming(StandardCharsets.UTF_8).strip();
			push("Hello, " + name + "!\n");
			if (name.equals("bye")) {
				closeWhenDone();
			}
		}

	}

}
