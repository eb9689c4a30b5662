package io.asyncore;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;

import io.asyncore.loop.Interrupts;
import io.asyncore.transport.BufferPool;
import io.asyncore.transport.Endpoint;
import io.asyncore.transport.LocalFailureException;
import org.jspecify.annotations.Nullable;

/**
 * How a dispatcher receives and sends, and what it means when that fails. Belongs to the
 * thread of the loop.
 */
final class Transfer extends Counters {

	private static final long MOST_DISCARDED = 1024 * 1024;

	// in one go, so that others get their turn
	private static final long MOST_OF_A_FILE = 1024 * 1024;

	// the last write was short: the socket will tell when there is room again
	private boolean full;

	// the peer has ended its stream: there is nothing more to read
	private boolean ended;

	// a send has failed: nothing more can be sent, whatever can still be read
	private volatile boolean outputLost;

	// input is not asked for, whatever the predicates answer
	private boolean held;

	Transfer(Channel channel) {
		super(channel);
	}

	/**
	 * Begin with a new socket.
	 */
	@Override
	void reset() {
		super.reset();
		this.full = false;
		this.ended = false;
		this.outputLost = false;
		this.held = false;
	}

	private HookCaller service() {
		return this.channel.service();
	}

	// the fields of this class, and those that the loop looks at, are for its thread only
	private void checkThread() {
		Thread owner = this.channel.loop().thread();
		if (owner != null && owner != Thread.currentThread()) {
			this.channel.type().warnOfThread(this.channel, owner);
		}
	}

	int send(ByteBuffer data) throws IOException {
		checkThread();
		Endpoint endpoint = this.channel.endpoint();
		int length = data.remaining();
		if (endpoint == null || this.channel.state() == ChannelState.CONNECTING || isNothing(endpoint, length)) {
			return 0;
		}
		if (this.outputLost) {
			sendInVain();
			return 0;
		}
		try {
			return taken(endpoint.write(data), length);
		}
		catch (IOException ex) {
			sendFailed(endpoint, ex);
			return 0;
		}
	}

	int trySend(ByteBuffer data) throws IOException {
		Endpoint endpoint = this.channel.endpoint();
		int length = data.remaining();
		if (endpoint == null || this.channel.state() == ChannelState.CONNECTING || isNothing(endpoint, length)
				|| this.outputLost) {
			return 0;
		}
		try {
			return taken(endpoint.write(data), length);
		}
		catch (IOException ex) {
			if (!endpoint.hasPeer() || ex instanceof LocalFailureException) {
				throw ex;
			}
			this.channel.type().logger().debug("The peer of {} has gone: {}", this.channel, LogText.escape(ex));
			return 0;
		}
	}

	int sendTo(ByteBuffer data, SocketAddress target) throws IOException {
		checkThread();
		Endpoint endpoint = this.channel.endpoint();
		int length = data.remaining();
		if (endpoint == null) {
			return 0;
		}
		int count = taken(this.channel.requireSocket("sendTo").send(data, target), length);
		this.channel.noteBound(endpoint);
		return count;
	}

	long send(FileChannel file, long position, long count) throws IOException {
		// of an interrupted thread that would close the file
		boolean interrupted = Interrupts.suspend();
		try {
			return sendFile(file, position, count);
		}
		finally {
			Interrupts.resume(interrupted);
		}
	}

	private long sendFile(FileChannel file, long position, long count) throws IOException {
		checkThread();
		Endpoint endpoint = this.channel.endpoint();
		if (endpoint == null || this.channel.state() == ChannelState.CONNECTING || count <= 0) {
			return 0;
		}
		if (this.outputLost) {
			sendInVain();
			return 0;
		}
		return sendPiece(endpoint, file, position, (int) Math.min(count, MOST_OF_A_FILE));
	}

	private long sendPiece(Endpoint endpoint, FileChannel file, long position, int most) throws IOException {
		// the size is a hint, no more: there are files that hold less, and files that say
		// that they are empty
		int piece = (int) Math.min(most, file.size() - position);
		if (piece <= 0 && !endpoint.isConnectionless()) {
			return copyPiece(endpoint, file, position, most, null);
		}
		long sent;
		try {
			sent = endpoint.write(file, position, piece);
		}
		catch (ClosedByInterruptException ex) {
			// whoever took that for nothing and tried again would send some of it twice
			throw new IOException("Somebody has interrupted the thread of the loop while it sent a file, "
					+ "and nobody knows how much of it was sent", ex);
		}
		catch (IOException ex) {
			if (!file.isOpen()) {
				throw ex;
			}
			// the system does not tell which of the two has failed, or whether it is only
			// that it cannot copy such a file
			return copyPiece(endpoint, file, position, piece, ex);
		}
		// there is nothing to wait for if the file has no more
		boolean over = sent == 0 && file.read(ByteBuffer.allocate(1), position) < 0;
		return over ? 0 : taken((int) sent, piece);
	}

	private long copyPiece(Endpoint endpoint, FileChannel file, long position, int most, @Nullable IOException before)
			throws IOException {
		EventLoop loop = this.channel.loop();
		ByteBuffer buffer = loop.takeBuffer(Math.min(most, BufferPool.CAPACITY));
		try {
			int length = file.read(buffer, position);
			IOException failure = before;
			if (length > 0) {
				try {
					return taken(endpoint.write(buffer.flip()), length);
				}
				catch (IOException ex) {
					failure = ex;
				}
			}
			if (failure != null) {
				sendFailed(endpoint, failure);
			}
			return 0;
		}
		finally {
			loop.giveBack(buffer);
		}
	}

	// has no result by which it could say that nothing was sent now
	void sendUrgent(int data) throws IOException {
		if (this.outputLost) {
			// which may have closed the channel
			sendInVain();
			return;
		}
		Endpoint endpoint = this.channel.requireEndpoint("sendUrgent");
		try {
			this.channel.requireSocket("sendUrgent").sendUrgent(data);
		}
		catch (IOException ex) {
			sendFailed(endpoint, ex);
			return;
		}
		service().served();
		sent(1);
	}

	void shutdownOutput() throws IOException {
		if (this.outputLost) {
			// which may have closed the channel
			return;
		}
		Endpoint endpoint = this.channel.requireEndpoint("shutdownOutput");
		try {
			endpoint.shutdownOutput();
		}
		catch (IOException ex) {
			sendFailed(endpoint, ex);
		}
	}

	// of a stream, whereas a datagram may be empty
	private static boolean isNothing(Endpoint endpoint, int length) {
		return length == 0 && !endpoint.isConnectionless();
	}

	private int taken(int count, int length) {
		if (count > 0 || length == 0) {
			service().served();
			sent(count);
		}
		if (count < length) {
			this.full = true;
			this.channel.touch();
		}
		return count;
	}

	int recv(ByteBuffer buffer) throws IOException {
		checkThread();
		Endpoint endpoint = this.channel.endpoint();
		if (endpoint == null || this.channel.state() == ChannelState.CONNECTING || !buffer.hasRemaining()) {
			return 0;
		}
		if (this.ended) {
			return -1;
		}
		service().served();
		int count;
		try {
			count = endpoint.read(buffer);
		}
		catch (LocalFailureException ex) {
			// it may be possible later
			throw ex;
		}
		catch (IOException ex) {
			this.ended = true;
			service().inputEnded();
			return receivingFailed(endpoint, ex) ? -1 : 0;
		}
		if (count > 0) {
			received(count);
		}
		else if (count < 0) {
			this.ended = true;
			this.channel.touch();
			peerEnded(endpoint);
		}
		return count;
	}

	private void peerEnded(Endpoint endpoint) {
		int life = this.channel.life();
		service().inputEnded();
		// not if that has closed it, or given it another socket
		if (this.channel.endpoint() == endpoint) {
			service().attempt(Hook.CLOSE, (service) -> this.channel.dispatcher().handleEof());
		}
		if (this.outputLost && this.channel.life() == life) {
			// there is nothing to wait for: what it would send leads nowhere
			this.channel.tellClose();
		}
	}

	byte[] recv(int size) throws IOException {
		EventLoop loop = this.channel.loop();
		ByteBuffer buffer = loop.takeBuffer(Math.min(size, BufferPool.CAPACITY));
		try {
			int count = recv(buffer);
			byte[] data = new byte[Math.max(0, count)];
			buffer.flip().get(data);
			return data;
		}
		finally {
			loop.giveBack(buffer);
		}
	}

	/**
	 * Give the dispatcher what one read receives, in a buffer of the loop.
	 */
	void deliver() throws Exception {
		EventLoop loop = this.channel.loop();
		ByteBuffer buffer = loop.takeBuffer();
		try {
			if (this.channel.dispatcher().recv(buffer) > 0) {
				this.channel.dispatcher().handleData(buffer.flip());
			}
		}
		finally {
			loop.giveBack(buffer);
		}
	}

	@Nullable SocketAddress recvFrom(ByteBuffer buffer) throws IOException {
		checkThread();
		Endpoint endpoint = this.channel.endpoint();
		service().served();
		int position = buffer.position();
		SocketAddress sender = (endpoint != null) ? this.channel.requireSocket("recvFrom").receive(buffer) : null;
		if (sender != null) {
			received(buffer.position() - position);
		}
		return sender;
	}

	/**
	 * Decide what it means that nothing can be received.
	 * @return whether the peer has gone; otherwise the channel was closed here
	 */
	private boolean receivingFailed(Endpoint endpoint, IOException failure) throws IOException {
		if (!isPeerGone(endpoint, failure)) {
			return false;
		}
		if (this.channel.isSilent()) {
			service().closeForcibly();
		}
		this.channel.tellClose();
		return true;
	}

	/**
	 * Decide what it means that nothing can be sent: what was received before is read
	 * first, if somebody reads.
	 */
	private void sendFailed(Endpoint endpoint, IOException failure) throws IOException {
		if (isPeerGone(endpoint, failure)) {
			this.outputLost = true;
			this.channel.touch();
			// a handler that has sent has done what it is for
			service().served();
			if (this.channel.isSilent()) {
				service().closeForcibly();
			}
			else if (this.ended || !service().isReading()) {
				this.channel.tellClose();
			}
		}
	}

	// to a peer that has gone, which somebody was told
	private void sendInVain() {
		if (this.channel.isSilent()) {
			service().closeForcibly();
		}
	}

	private boolean isPeerGone(Endpoint endpoint, IOException failure) throws IOException {
		if (this.channel.endpoint() != endpoint) {
			// closed by another thread in the middle of it
			return false;
		}
		if (failure instanceof LocalFailureException) {
			throw failure;
		}
		if (!endpoint.hasPeer()) {
			// a file that cannot be written is not offered more of the same
			this.full |= !endpoint.isPolled();
			throw failure;
		}
		this.channel.type()
			.logger()
			.debug("The peer of {} has gone: {}", this.channel, LogText.escape(failure));
		return true;
	}

	/**
	 * Find out why what was taken could not be written.
	 */
	void broken() throws IOException {
		Endpoint endpoint = this.channel.endpoint();
		IOException failure = (endpoint != null) ? endpoint.takeFailure() : null;
		if (endpoint != null && failure != null) {
			sendFailed(endpoint, failure);
		}
	}

	boolean isFull() {
		return this.full;
	}

	void setFull(boolean full) {
		this.full = full;
	}

	@Override
	boolean isEnded() {
		return this.ended;
	}

	boolean isHeld() {
		return this.held;
	}

	void setHeld(boolean held) {
		this.held = held;
		this.channel.nudge();
	}

	/**
	 * Say whether nothing can be sent any more because a send has failed. May be asked by
	 * any thread.
	 */
	@Override
	boolean isOutputLost() {
		return this.outputLost;
	}

	/**
	 * Drop what was received and not read: with it, closing the socket would take back
	 * what was sent and has not arrived.
	 */
	void discardInput() {
		Endpoint endpoint = this.channel.endpoint();
		if (endpoint == null || !endpoint.isResetByUnreadInput() || this.channel.state() != ChannelState.CONNECTED) {
			return;
		}
		try {
			long left = MOST_DISCARDED;
			ByteBuffer buffer = this.channel.loop().takeBuffer(BufferPool.CAPACITY);
			for (int count = 1; count > 0 && left > 0; left -= count) {
				count = endpoint.read(buffer.clear());
			}
			this.channel.loop().giveBack(buffer);
		}
		catch (IOException ex) {
			this.channel.type().logger().debug("The peer of {} has gone: {}", this.channel, LogText.escape(ex));
		}
	}

}
