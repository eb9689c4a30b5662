package io.asyncore.demo.tail;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

import io.asyncore.DispatcherWithSend;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/**
 * One who listens: made for each connection of the server {@code tail}. Who reads too
 * slowly misses lines, and is told how many with the next one that it gets.
 */
@Component
@Scope("prototype")
class TailListener extends DispatcherWithSend {

	private static final int BUFFER_SIZE = 4 * 1024;

	private final TailReader reader;

	private final long maxQueued;

	private int missed;

	TailListener(TailReader reader, @Value("${demo.tail.max-queued}") DataSize maxQueued) {
		this.reader = reader;
		this.maxQueued = maxQueued.toBytes();
	}

	@Override
	protected void handleOpen() {
		this.reader.join(this);
	}

	void tell(byte[] line) {
		if (outBuffered() > this.maxQueued) {
			this.missed++;
			return;
		}
		if (this.missed > 0) {
			send(("* You have missed " + this.missed + " lines\n").getBytes(StandardCharsets.US_ASCII));
			this.missed = 0;
		}
		send(line);
	}

	// whatever it has to say: only its end is of interest
	@Override
	protected void handleRead() throws IOException {
		recv(BUFFER_SIZE);
	}

	// not handleClose(), which is for a peer that goes: this end may close as well, and
	// from any thread
	@Override
	public void close() {
		super.close();
		this.reader.leave(this);
	}

}
