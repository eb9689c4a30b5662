package io.asyncore.demo.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

import io.asyncore.FileDispatcher;

/**
 * What a process writes. Is not read while much of it waits for the client: then the
 * process has to wait as well.
 */
class ProcessOutput extends FileDispatcher {

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
	protected void handleData(ByteBuffer data) {
		this.client.send(data);
	}

	// the end of the output, usually that of the process
	@Override
	protected void handleClose() throws Exception {
		close();
		this.client.outputEnded();
	}

}
