package io.asyncore.demo.poetry;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;

import io.asyncore.DispatcherWithSend;

/**
 * Reads a poem to whoever connects, a line at a time, and closes at its end. All poems
 * are read by one thread: between two lines a channel is no more than a timer.
 */
class PoetryChannel extends DispatcherWithSend {

	private final Iterator<String> lines;

	private final Duration interval;

	PoetryChannel(SocketChannel socket, String poem, Duration interval) throws IOException {
		super(socket);
		this.lines = poem.lines().iterator();
		this.interval = interval;
	}

	@Override
	protected void handleOpen() {
		log("Somebody at " + addr() + " wants poetry!");
		callEvery(this.interval, this::readLine);
	}

	// a timer of the channel ends with it
	private void readLine() {
		if (this.lines.hasNext()) {
			send((this.lines.next() + "\n").getBytes(StandardCharsets.UTF_8));
		}
		else if (outBuffered() == 0) {
			close();
		}
	}

	/**
	 * Take what the listener says, and do not listen.
	 */
	@Override
	protected void handleData(ByteBuffer data) {
	}

	/**
	 * Go on: a listener that has nothing more to say may still want to hear the end. One
	 * that has gone is noticed by the next line.
	 */
	@Override
	protected void handleEof() {
	}

}
