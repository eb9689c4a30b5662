package io.asyncore.readme;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;

import io.asyncore.Asyncore;
import io.asyncore.Dispatcher;

public class EchoListener extends Dispatcher {

	EchoListener(int port) throws IOException {
		createSocket();
		setReuseAddr();
		bind(new InetSocketAddress(port));
		listen(100);
	}

	@Override
	protected void handleAccepted(SocketChannel socket, SocketAddress address) throws IOException {
		new Echo(socket); // joins the map of this listener
	}

	public static void main(String[] arguments) throws IOException {
		new EchoListener(Integer.parseInt(arguments[0]));
		Asyncore.loop();
	}

}
