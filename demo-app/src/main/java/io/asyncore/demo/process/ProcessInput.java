package io.asyncore.demo.process;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;

import io.asyncore.FileDispatcher;

/**
 * What a process reads. A file takes what there is room for, as a socket does: the rest
 * waits here, and meanwhile nobody is to give it more.
 */
class ProcessInput extends FileDispatcher {

	private ByteBuffer waiting = ByteBuffer.allocate(0);

	private boolean ended;

	ProcessInput(OutputStream stream) throws IOException {
		super(stream);
	}

	/**
	 * Say whether there is something that the process has not taken. One that takes
	 * nothing any more is never full: what it is given is dropped.
	 */
	boolean isFull() {
		return this.waiting.hasRemaining() && !closed();
	}

	/**
	 * Give the process some input, unless it {@linkplain #isFull() has enough}.
	 */
	void give(byte[] data) throws IOException {
		this.waiting = ByteBuffer.wrap(data);
		send(this.waiting);
	}

	/**
	 * Let the process find the end of its input after what was given to it.
	 */
	void closeWhenWritten() {
		this.ended = true;
		if (!isFull()) {
			// what the file has taken is still written
			close();
		}
	}

	@Override
	protected boolean writable() {
		return isFull();
	}

	@Override
	protected void handleWrite() throws IOException {
		send(this.waiting);
		if (this.ended && !isFull()) {
			close();
		}
	}

}
