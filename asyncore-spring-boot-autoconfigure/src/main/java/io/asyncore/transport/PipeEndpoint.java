package io.asyncore.transport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonReadableChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;

/**
 * One end of a pipe of this process.
 */
final class PipeEndpoint extends ChannelEndpoint {

	private final SelectableChannel channel;

	PipeEndpoint(SelectableChannel channel) {
		this.channel = channel;
	}

	@Override
	public SelectableChannel channel() {
		return this.channel;
	}

	@Override
	public int operations() {
		return this.channel.validOps();
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		if (this.channel instanceof Pipe.SourceChannel source) {
			return source.read(buffer);
		}
		throw new NonReadableChannelException();
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		if (this.channel instanceof Pipe.SinkChannel sink) {
			return sink.write(data);
		}
		throw new NonWritableChannelException();
	}

	@Override
	public Stage stage() {
		return Stage.CONNECTED;
	}

}
