package io.asyncore;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.time.Duration;
import java.util.function.LongConsumer;

import io.asyncore.output.LingeringClose;
import io.asyncore.output.LingeringClose.Ending;
import io.asyncore.output.OutputQueue;
import org.jspecify.annotations.Nullable;

/**
 * A dispatcher whose {@code send} takes everything and queues what the socket does not
 * take now. Stands for {@code asyncore.dispatcher_with_send}; for protocols use
 * {@code AsyncChat}.
 * <p>
 * The queue has no limit of its own: who sends more than the peer reads should look at
 * {@link #outBuffered()}. If the peer ends its stream while data is queued or offloaded
 * work is under way, that is done before {@link #handleClose()} is called, for the peer
 * may only have closed its own direction. One that then takes nothing for a minute is not
 * waited for any longer: the close counts as {@link CloseReason#TIMEOUT}.
 */
public class DispatcherWithSend extends Dispatcher {

	// leaves other channels their turn when the peer takes as fast as this end sends
	private static final int MOST_AT_ONCE = 1024 * 1024;

	private final OutputQueue queue = new OutputQueue();

	private boolean shutdownDue;

	private @Nullable LingeringClose lingeringClose;

	/**
	 * Create a dispatcher without a socket. Its map is that of the loop that the calling
	 * thread is running, else {@link Asyncore#socketMap()}.
	 */
	public DispatcherWithSend() {
	}

	/**
	 * Create a dispatcher without a socket.
	 * @param map the map it will join when it is given a socket
	 */
	public DispatcherWithSend(ChannelMap map) {
		super(map);
	}

	/**
	 * Create a dispatcher for a socket. It joins the map of the loop that the calling
	 * thread is running, else {@link Asyncore#socketMap()}.
	 * @param socket the socket, see {@link Dispatcher#Dispatcher(SelectableChannel)}
	 * @throws IOException if the socket cannot be made non-blocking
	 */
	public DispatcherWithSend(SelectableChannel socket) throws IOException {
		super(socket);
	}

	/**
	 * Create a dispatcher for a socket.
	 * @param socket the socket, see {@link Dispatcher#Dispatcher(SelectableChannel)}
	 * @param map the map to join
	 * @throws IOException if the socket cannot be made non-blocking
	 */
	public DispatcherWithSend(SelectableChannel socket, ChannelMap map) throws IOException {
		super(socket, map);
	}

	/**
	 * Send all of the data: at once what the socket takes, the rest in order when it can.
	 * May be called from any thread, and before the connection is there. Data that is
	 * still queued when the channel is closed is lost.
	 * @param data the data; its position is advanced to its limit
	 * @return the length of the data; 0 if the channel is closed
	 */
	@Override
	public int send(ByteBuffer data) {
		int length = data.remaining();
		EventLoop loop = map().eventLoop();
		if (closed()) {
			return 0;
		}
		if (loop.inLoop()) {
			sendOrQueue(data);
		}
		else if (!loop.parts().engine().owner().tryDo(() -> sendOrQueue(data))) {
			leaveToLoop(loop, data);
		}
		return length;
	}

	/**
	 * Send all of the data: at once what the socket takes, the rest in order when it can.
	 * May be called from any thread, and before the connection is there. Data that is
	 * still queued when the channel is closed is lost.
	 * @param data the data
	 * @return the length of the data; 0 if the channel is closed
	 */
	@Override
	public int send(byte[] data) {
		return send(ByteBuffer.wrap(data));
	}

	private void sendOrQueue(ByteBuffer data) {
		if (channel().socket().isSilent()) {
			// what the peer had not taken when it went nobody will take
			this.queue.clear();
		}
		if (connected() && outBuffered() == 0) {
			sendNow(data);
		}
		if (outputFailed()) {
			drop(data);
		}
		else if (data.hasRemaining()) {
			queue(data);
		}
	}

	private void leaveToLoop(EventLoop loop, ByteBuffer data) {
		if (channel().socket().isSilent() || !data.hasRemaining()) {
			// there are no events that would take it out of a queue, which has no
			// place for an empty datagram
			ByteBuffer copy = ByteBuffer.allocate(data.remaining()).put(data).flip();
			loop.execute(() -> sendOrQueue(copy));
		}
		else {
			queue(data);
		}
	}

	private void queue(ByteBuffer data) {
		this.queue.add(data, null);
		if (closed() || outputFailed()) {
			// by another thread, or because sending has failed
			this.queue.clear();
		}
		interestChanged();
	}

	private void drop(ByteBuffer data) {
		data.position(data.limit());
		this.queue.clear();
	}

	private int sendNow(ByteBuffer data) {
		try {
			return super.send(data);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Return how much is waiting to be sent. May be called from any thread.
	 * @return the number of bytes that the socket has not taken yet
	 */
	@Override
	public int outBuffered() {
		return this.queue.size();
	}

	/**
	 * Answer whether the connection is still to be made or something is left to do when
	 * it is there.
	 */
	@Override
	protected boolean writable() {
		return !connected() || outBuffered() > 0 || isEndingDue();
	}

	private boolean isEndingDue() {
		return (this.lingeringClose != null) ? this.lingeringClose.isDue(ending()) : this.shutdownDue;
	}

	private @Nullable Ending ending() {
		return this.shutdownDue ? Ending.SHUTDOWN : null;
	}

	private LingeringClose lingeringClose() {
		LingeringClose lingeringClose = this.lingeringClose;
		if (lingeringClose == null) {
			lingeringClose = new Conversation();
			this.lingeringClose = lingeringClose;
		}
		return lingeringClose;
	}

	@Override
	protected boolean predicatesDependOnOwnEventsOnly() {
		return true;
	}

	/**
	 * Send what is queued.
	 * @throws Exception never by this class
	 */
	@Override
	protected void handleWrite() throws Exception {
		ByteBuffer head = this.queue.block();
		for (int sent = 0; head != null && sent < MOST_AT_ONCE; head = this.queue.block()) {
			int count = sendNow(head);
			this.queue.taken(head, count);
			if (count > 0 && this.lingeringClose != null) {
				this.lingeringClose.progressed();
			}
			if (outputFailed()) {
				this.queue.clear();
				return;
			}
			if (head.hasRemaining()) {
				return;
			}
			sent += count;
		}
		if (head == null && isEndingDue()) {
			lingeringClose().sentAll(ending());
		}
	}

	/**
	 * End this end's direction of the stream when the connection is there and what is
	 * queued has been sent, see {@link Dispatcher#shutdownOutput()}.
	 */
	@Override
	public void shutdownOutput() throws IOException {
		if (outBuffered() > 0 || connecting()) {
			this.shutdownDue = true;
			interestChanged();
		}
		else {
			super.shutdownOutput();
		}
	}

	@Override
	protected void handleEof() throws Exception {
		lingeringClose().peerEnded(outBuffered() > 0);
		interestChanged();
	}

	@Override
	void socketReplaced() {
		this.queue.clear();
		this.shutdownDue = false;
		this.lingeringClose = null;
	}

	@Override
	boolean hasOutput() {
		return outBuffered() > 0;
	}

	/**
	 * Close the socket, leave the map and drop what is queued.
	 */
	@Override
	public void close() {
		super.close();
		socketReplaced();
	}

	/**
	 * What the end of a conversation means to this channel, which only its peer ends.
	 */
	private final class Conversation extends LingeringClose {

		@Override
		protected boolean isWorking() {
			return offloading();
		}

		@Override
		protected boolean isAwaited() {
			return false;
		}

		@Override
		protected boolean isWithinFrame() {
			return false;
		}

		@Override
		protected boolean isRemote() {
			return localAddress() instanceof InetSocketAddress;
		}

		@Override
		protected void writeAgain() {
			DispatcherWithSend.this.writeAgain();
		}

		@Override
		protected void askUnacknowledged(LongConsumer then) {
			DispatcherWithSend.this.askUnacknowledged(then);
		}

		@Override
		protected void interestChanged() {
			DispatcherWithSend.this.interestChanged();
		}

		@Override
		protected void callLater(Duration delay, Runnable task) {
			DispatcherWithSend.this.callLater(delay, task);
		}

		@Override
		protected void endStream() throws IOException {
			DispatcherWithSend.super.shutdownOutput();
		}

		@Override
		protected void logStalled() {
			setDefaultCloseReason(CloseReason.TIMEOUT);
			logInfo("closing " + LogText.escape(DispatcherWithSend.this)
					+ ", whose peer has taken nothing for a minute", "info");
		}

		@Override
		protected void tellEnd() throws Exception {
			DispatcherWithSend.super.handleEof();
		}

	}

}
