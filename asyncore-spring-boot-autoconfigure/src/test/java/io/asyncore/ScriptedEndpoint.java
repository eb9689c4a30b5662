package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectableChannel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

import io.asyncore.transport.ChannelEndpoint;
import io.asyncore.transport.NioTransport;
import io.asyncore.transport.SocketEndpoint;

/**
 * An endpoint that is ready when a real channel is, but does what the test has planned.
 * What is not planned is done by the real endpoint.
 */
final class ScriptedEndpoint extends ChannelEndpoint implements SocketEndpoint {

	private final SocketEndpoint real;

	/** What the next reads, writes, accepts do. */
	final Queue<Step> reads = new ArrayDeque<>();

	final Queue<Step> writes = new ArrayDeque<>();

	final Queue<Step> accepts = new ArrayDeque<>();

	/** What was asked for, for instance {@code accept} or {@code write 10}. */
	final List<String> calls = new ArrayList<>();

	/** What is done before it is closed. */
	Runnable onClose = () -> {
	};

	ScriptedEndpoint(SelectableChannel channel) throws IOException {
		this.real = (SocketEndpoint) NioTransport.DEFAULT.of(channel);
	}

	static Step failing(String message) {
		return (buffer) -> {
			throw new IOException(message);
		};
	}

	/**
	 * Take or give some bytes.
	 */
	static Step transferring(int count) {
		return (buffer) -> {
			buffer.position(buffer.position() + count);
			return count;
		};
	}

	static Step returning(int result) {
		return (buffer) -> result;
	}

	@Override
	public SelectableChannel channel() {
		return this.real.channel();
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		this.calls.add("read");
		Step step = this.reads.poll();
		return (step != null) ? step.transfer(buffer) : this.real.read(buffer);
	}

	@Override
	public int write(ByteBuffer data) throws IOException {
		this.calls.add("write " + data.remaining());
		Step step = this.writes.poll();
		return (step != null) ? step.transfer(data) : this.real.write(data);
	}

	@Override
	public long write(FileChannel file, long position, long count) throws IOException {
		this.calls.add("write " + count);
		Step step = this.writes.poll();
		return (step != null) ? step.transfer(ByteBuffer.allocate(0)) : this.real.write(file, position, count);
	}

	@Override
	public SocketEndpoint accept() throws IOException {
		this.calls.add("accept");
		Step step = this.accepts.poll();
		if (step != null) {
			step.transfer(ByteBuffer.allocate(0));
			return null;
		}
		return this.real.accept();
	}

	@Override
	public <T> T getOption(SocketOption<T> option) {
		throw new UnsupportedOperationException();
	}

	@Override
	public <T> void setOption(SocketOption<T> option, T value) throws IOException {
		this.real.setOption(option, value);
	}

	@Override
	public SocketAddress localAddress() {
		return this.real.localAddress();
	}

	@Override
	public SocketAddress remoteAddress() {
		return this.real.remoteAddress();
	}

	@Override
	public Stage stage() {
		return this.real.stage();
	}

	@Override
	public void close() throws IOException {
		this.onClose.run();
		this.real.close();
	}

	/**
	 * One step of a script.
	 */
	@FunctionalInterface
	interface Step {

		int transfer(ByteBuffer buffer) throws IOException;

	}

}
