package io.asyncore.readme;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import io.asyncore.Asyncore;
import io.asyncore.Dispatcher;

public class PageSize extends Dispatcher {

	private final ByteBuffer request;

	private long received;

	PageSize(String host, int port) throws IOException {
		this.request = StandardCharsets.US_ASCII.encode("GET / HTTP/1.0\r\nHost: " + host + "\r\n\r\n");
		createSocket();
		connect(host, port); // looks the name up meanwhile
	}

	@Override
	protected boolean writable() {
		return this.request.hasRemaining();
	}

	@Override
	protected void handleWrite() throws IOException {
		send(this.request); // moves its position by what was taken
	}

	@Override
	protected void handleData(ByteBuffer data) { // handleRead() and recv in one
		this.received += data.remaining();
	}

	@Override
	protected void handleClose() {
		System.out.println(this.received + " bytes");
		close();
	}

	public static void main(String[] arguments) throws IOException {
		new PageSize(arguments[0], Integer.parseInt(arguments[1]));
		Asyncore.loop(); // returns when nothing is open any more
	}

}
