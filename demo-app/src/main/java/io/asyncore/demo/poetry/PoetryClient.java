package io.asyncore.demo.poetry;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;

import io.asyncore.Dispatcher;

/**
 * Gets one poem. Any number of these get theirs at the same time, each a bit whenever
 * some of it arrives.
 */
class PoetryClient extends Dispatcher {

	private static final int LONGEST_POEM = 1024 * 1024;

	private final int task;

	private final InetSocketAddress server;

	private final ByteArrayOutputStream received = new ByteArrayOutputStream();

	private final CompletableFuture<Poem> poem = new CompletableFuture<>();

	PoetryClient(int task, InetSocketAddress server) {
		this.task = task;
		this.server = server;
	}

	/**
	 * Begin. Must be called on the loop's thread.
	 */
	CompletableFuture<Poem> fetch(Duration timeout) {
		try {
			createSocket();
			connect(this.server);
			callLater(timeout, () -> fail(new TimeoutException("No whole poem within " + timeout.toSeconds() + " s")));
		}
		catch (IOException ex) {
			fail(ex);
		}
		return this.poem;
	}

	@Override
	protected void handleData(ByteBuffer data) throws IOException {
		Channels.newChannel(this.received).write(data);
		if (this.received.size() > LONGEST_POEM) {
			throw new IOException("This is no poem any more");
		}
	}

	/**
	 * The server has closed the connection: that is the end of the poem.
	 */
	@Override
	protected void handleClose() {
		String report = "Task %d: got %d bytes of poetry from %s:%d".formatted(this.task, this.received.size(),
				this.server.getAddress().getHostAddress(), this.server.getPort());
		log(report);
		this.poem.complete(new Poem(report, this.received.toString(StandardCharsets.UTF_8)));
		close();
	}

	@Override
	protected void handleError(Throwable failure) {
		fail(failure);
	}

	private void fail(Throwable failure) {
		this.poem.completeExceptionally(failure);
		close();
	}

	// whoever closes the channel, nobody is to wait for its poem any longer
	@Override
	public void close() {
		super.close();
		this.poem.completeExceptionally(new ClosedChannelException());
	}

	/**
	 * A poem, and how it came here.
	 *
	 * @param report what the task has to say
	 * @param text the poem
	 */
	record Poem(String report, String text) {

	}

}
