package io.asyncore.test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;

import io.asyncore.Asyncore;
import io.asyncore.ChannelMap;
import io.asyncore.CloseReason;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.chat.AsyncChat;
import org.jspecify.annotations.Nullable;

/**
 * Channels that send back what they receive, each in a way of its own, and do at times
 * what they need not do.
 */
final class Echoes {

	private Echoes() {
	}

	static Dispatcher any(SocketChannel socket, ChannelMap map, Life life, RandomProgram program) throws IOException {
		return switch (program.random().nextInt(4)) {
			case 0 -> new Plain(socket, map, life, program);
			case 1 -> new Frames(socket, map, life, program, false);
			case 2 -> new Frames(socket, map, life, program, true);
			default -> new Offloading(socket, map, life, program);
		};
	}

	static void nest(ChannelMap map) throws IOException {
		Asyncore.poll(Duration.ZERO, map);
	}

	private static byte[] bytes(ByteBuffer data) {
		byte[] bytes = new byte[data.remaining()];
		data.get(bytes);
		return bytes;
	}

	/**
	 * Sends what it receives.
	 */
	private static final class Plain extends DispatcherWithSend {

		private final Life life;

		private final RandomProgram program;

		Plain(SocketChannel socket, ChannelMap map, Life life, RandomProgram program) throws IOException {
			super(socket, map);
			this.life = life;
			this.program = program;
		}

		@Override
		protected void handleOpen() {
			this.life.opened();
		}

		@Override
		protected void handleRead() throws Exception {
			byte[] data = recv(1 + this.program.random().nextInt(5000));
			this.life.received(data);
			this.life.pushed += data.length;
			if (data.length > 0) {
				send(data);
			}
			this.program.meddle(this, null);
			this.life.event("the rest of handleRead");
		}

		@Override
		protected void handleEof() throws Exception {
			this.life.end();
			super.handleEof();
		}

		@Override
		protected void handleClose() throws Exception {
			this.life.close();
			if (this.program.random().nextBoolean()) {
				super.handleClose();
			}
			else {
				callLater(Duration.ofMillis(this.program.random().nextInt(1000)), this::close);
			}
		}

		@Override
		protected void handleError(Throwable failure) {
			this.life.failed(failure);
			close();
		}

		@Override
		protected void handleClosed(CloseReason reason) {
			this.life.closed(reason);
		}

	}

	/**
	 * Takes frames of a length that changes, and pushes each: itself, or by another
	 * thread.
	 */
	private static final class Frames extends AsyncChat {

		private final Life life;

		private final RandomProgram program;

		private final boolean elsewhere;

		private final ByteArrayOutputStream frame = new ByteArrayOutputStream();

		private byte @Nullable [] delimiter;

		// what another thread is to push, in its order
		private final Deque<byte[]> waiting = new ArrayDeque<>();

		Frames(SocketChannel socket, ChannelMap map, Life life, RandomProgram program, boolean elsewhere)
				throws IOException {
			super(socket, map);
			this.life = life;
			this.program = program;
			this.elsewhere = elsewhere;
			next();
		}

		private void next() {
			this.delimiter = null;
			switch (this.program.random().nextInt(4)) {
				case 0 -> setTerminator(1 + this.program.random().nextInt(3000));
				case 3 -> {
					int first = this.program.random().nextInt(256);
					// bytes that follow one another in nearly all of a stream
					this.delimiter = new byte[] { (byte) first, (byte) (first + 7), (byte) (first + 14) };
					setTerminator(this.delimiter);
				}
				case 1 -> {
					this.delimiter = new byte[] { (byte) this.program.random().nextInt(256) };
					setTerminator(this.delimiter);
				}
				default -> setTerminator(1 + this.program.random().nextInt(10));
			}
		}

		@Override
		protected void handleOpen() {
			this.life.opened();
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) {
			byte[] bytes = bytes(data);
			this.life.received(bytes);
			this.frame.writeBytes(bytes);
		}

		@Override
		protected void foundTerminator() throws Exception {
			byte[] delimiter = this.delimiter;
			if (delimiter != null) {
				this.life.received(delimiter);
				this.frame.writeBytes(delimiter);
			}
			byte[] data = this.frame.toByteArray();
			this.frame.reset();
			next();
			if (this.elsewhere) {
				this.waiting.add(data);
				this.program.elsewhere(() -> give(this.waiting.remove()));
			}
			else {
				give(data);
			}
			if (this.program.random().nextInt(10) == 0) {
				callLater(Duration.ofNanos(this.program.random().nextInt(2_000_000)), this::next);
			}
			this.program.meddle(this, this.elsewhere ? null : this::promise);
			this.life.event("the rest of foundTerminator");
		}

		private void give(byte[] data) {
			if (this.life.promised < 0 && !closed()) {
				this.life.pushed += data.length;
				push(data);
			}
		}

		private void promise() {
			if (this.life.promised < 0 && !closed()) {
				this.life.promised = this.life.pushed;
				closeWhenDone();
			}
		}

		@Override
		protected void handleEof() throws Exception {
			this.life.end();
			super.handleEof();
		}

		@Override
		protected void handleClose() throws Exception {
			this.life.close();
			super.handleClose();
		}

		@Override
		protected void handleError(Throwable failure) {
			this.life.failed(failure);
			close();
		}

		@Override
		protected void handleClosed(CloseReason reason) {
			this.life.closed(reason);
		}

	}

	/**
	 * Has another thread look at what it receives before it pushes that.
	 */
	private static final class Offloading extends AsyncChat {

		private final Life life;

		private final RandomProgram program;

		private final ByteArrayOutputStream frame = new ByteArrayOutputStream();

		Offloading(SocketChannel socket, ChannelMap map, Life life, RandomProgram program) throws IOException {
			super(socket, map);
			this.life = life;
			this.program = program;
			setTerminator(1 + program.random().nextInt(2000));
			setIdleTimeout(Duration.ofMillis(1 + program.random().nextInt(20_000)));
		}

		@Override
		protected void handleOpen() {
			this.life.opened();
		}

		@Override
		protected void collectIncomingData(ByteBuffer data) {
			byte[] bytes = bytes(data);
			this.life.received(bytes);
			this.frame.writeBytes(bytes);
		}

		@Override
		protected void foundTerminator() throws Exception {
			byte[] data = this.frame.toByteArray();
			this.frame.reset();
			setTerminator(1 + this.program.random().nextInt(2000));
			offload(data::clone, (copy) -> {
				this.life.event("offloaded work");
				this.life.pushed += copy.length;
				push(copy);
			});
			this.program.meddle(this, null);
			this.life.event("the rest of foundTerminator");
		}

		@Override
		protected void handleClose() throws Exception {
			this.life.close();
			super.handleClose();
		}

		@Override
		protected void handleError(Throwable failure) {
			this.life.failed(failure);
			close();
		}

		@Override
		protected void handleClosed(CloseReason reason) {
			this.life.closed(reason);
		}

	}

}
