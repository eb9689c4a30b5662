package io.asyncore.demo.process;

import java.io.IOException;
import java.io.InputStream;

import io.asyncore.FileDispatcher;

/**
 * What a process writes. Is not read while much of it waits for the client: then the
 * process has to wait as well.
 */
class ProcessOutput extends FileDispatcher {

	private static final int BUFFER_SIZE = 64 * 1024;

	private final ProcessChannel client;

	ProcessOutput(InputStream stream, ProcessChannel client) throws IOException {
		super(stream);
		this.client = client;
	}

	@Override
	protected boolean readable() {
		return !this.client.isFull();
	}

	@Override
	protected void handleRead() throws IOException {
		this.client.send(recv(BUFFER_SIZE));
	}

	// the end of the output, usually that of the process
	@Override
	protected void handleClose() throws Exception {
		close();
		this.client.outputEnded();
	}

}
