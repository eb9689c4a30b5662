package io.asyncore.demo.fetch;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.asyncore.Dispatcher;

/**
 * A very basic HTTP client: sends one request and reads until the server closes the
 * connection.
 */
class PageClient extends Dispatcher {

	private static final int LARGEST_PAGE = 16 * 1024 * 1024;

	// what else a path may hold would end the request line
	private static final Pattern PATH = Pattern.compile("/[\\x21-\\x7e]*");

	private static final Pattern ANSWER = Pattern.compile("HTTP/1\\.\\d (\\d{3})[^\r]*\r\n(?:[^\r]+\r\n)*+\r\n");

	private final InetSocketAddress server;

	private final ByteBuffer request;

	private final ByteArrayOutputStream received = new ByteArrayOutputStream();

	private final CompletableFuture<Page> page = new CompletableFuture<>();

	PageClient(InetSocketAddress server, String path) {
		if (!PATH.matcher(path).matches()) {
			throw new IllegalArgumentException("The path must begin with a slash and be encoded: '" + path + "'");
		}
		this.server = server;
		this.request = StandardCharsets.US_ASCII
			.encode("GET " + path + " HTTP/1.0\r\nHost: " + server.getHostString() + "\r\n\r\n");
	}

	/**
	 * Begin. Must be called on the loop's thread.
	 */
	CompletableFuture<Page> fetch(Duration timeout) {
		try {
			createSocket();
			connect(this.server);
			callLater(timeout, () -> fail(new TimeoutException("No whole page within " + timeout.toSeconds() + " s")));
		}
		catch (IOException ex) {
			fail(ex);
		}
		return this.page;
	}

	@Override
	protected boolean writable() {
		return this.request.hasRemaining();
	}

	// what writable() looks at changes by this channel's own events only
	@Override
	protected boolean predicatesDependOnOwnEventsOnly() {
		return true;
	}

	@Override
	protected void handleWrite() throws IOException {
		send(this.request);
	}

	@Override
	protected void handleData(ByteBuffer data) throws IOException {
		Channels.newChannel(this.received).write(data);
		if (this.received.size() > LARGEST_PAGE) {
			throw new IOException("The page is larger than " + LARGEST_PAGE + " bytes");
		}
	}

	/**
	 * The server has closed the connection: that is the end of the page.
	 */
	@Override
	protected void handleClose() throws IOException {
		// one character a byte, so that positions in the one are those in the other
		Matcher answer = ANSWER.matcher(this.received.toString(StandardCharsets.ISO_8859_1));
		if (!answer.lookingAt()) {
			throw new EOFException("The connection was closed before there was an answer");
		}
		byte[] all = this.received.toByteArray();
		String body = new String(all, answer.end(), all.length - answer.end(), StandardCharsets.UTF_8);
		this.page.complete(new Page(Integer.parseInt(answer.group(1)), body));
		close();
	}

	@Override
	protected void handleError(Throwable failure) {
		fail(failure);
	}

	private void fail(Throwable failure) {
		this.page.completeExceptionally(failure);
		close();
	}

	// whoever closes the channel, nobody is to wait for its page any longer
	@Override
	public void close() {
		super.close();
		this.page.completeExceptionally(new ClosedChannelException());
	}

	/**
	 * What was fetched.
	 *
	 * @param status the status code
	 * @param body the content
	 */
	record Page(int status, String body) {

	}

}
