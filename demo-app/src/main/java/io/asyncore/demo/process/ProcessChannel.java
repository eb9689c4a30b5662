package io.asyncore.demo.process;

import java.io.IOException;
import java.io.UncheckedIOException;

import io.asyncore.CloseReason;
import io.asyncore.DispatcherWithSend;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

/**
 * The side of the client: one is made for each connection of the server {@code process},
 * and starts the program that is to talk to it. What the client sends goes to a
 * {@link ProcessInput}, what a {@link ProcessOutput} reads comes here.
 */
@Component("process")
@Scope("prototype")
class ProcessChannel extends DispatcherWithSend {

	private static final int BUFFER_SIZE = 64 * 1024;

	// when so much waits to be sent, the client had better read first
	static final int MAX_QUEUED = 256 * 1024;

	private final Processes processes;

	private final String command;

	// any thread may close this channel, also while the process is being started
	private volatile @Nullable Process process;

	private volatile @Nullable ProcessInput input;

	private volatile @Nullable ProcessOutput output;

	ProcessChannel(Processes processes, @Value("${demo.process.command}") String command) {
		this.processes = processes;
		this.command = command;
	}

	@Override
	protected void handleOpen() {
		offload(this::start, this::started);
	}

	Process start() throws IOException {
		Process process = this.processes.start(this.command);
		this.process = process;
		endIfClosed();
		return process;
	}

	private void started(Process process) {
		try {
			this.output = new ProcessOutput(process.getInputStream(), this);
			this.input = new ProcessInput(process.getOutputStream());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		endIfClosed();
	}

	// what comes of the work for a channel that was closed meanwhile nobody is told
	private void endIfClosed() {
		if (closed()) {
			close();
		}
	}

	boolean isFull() {
		return outBuffered() >= MAX_QUEUED;
	}

	// asked in every pass, because the other side's events change the answer as well
	@Override
	protected boolean readable() {
		ProcessInput input = this.input;
		return input != null && !input.isFull();
	}

	@Override
	protected boolean predicatesDependOnOwnEventsOnly() {
		return false;
	}

	@Override
	protected void handleRead() throws IOException {
		byte[] data = recv(BUFFER_SIZE);
		if (this.input != null) {
			this.input.give(data);
		}
	}

	/**
	 * The client has no more input for the process, which may still have something to
	 * say: the connection goes on until it has ended.
	 */
	@Override
	protected void handleEof() throws Exception {
		if (this.input != null) {
			this.input.closeWhenWritten();
		}
	}

	/**
	 * The process has nothing more to say: the client gets the rest, then the connection
	 * ends.
	 */
	void outputEnded() throws Exception {
		setCloseReason(CloseReason.LOCAL);
		// what the superclass does at the end of the stream
		super.handleEof();
	}

	/**
	 * Tell of a program that cannot be started in a line.
	 */
	@Override
	protected void handleError(Throwable failure) throws Exception {
		if (failure instanceof IOException) {
			logInfo("Cannot start '" + this.command + "': " + failure.getMessage(), "error");
			handleClose();
		}
		else {
			super.handleError(failure);
		}
	}

	// not handleClose(), which is for a client that goes: the application may stop, too
	@Override
	public void close() {
		super.close();
		if (this.input != null) {
			this.input.close();
		}
		if (this.output != null) {
			this.output.close();
		}
		if (this.process != null) {
			this.processes.end(this.process);
		}
	}

}
