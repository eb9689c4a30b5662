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
 * The socket of a channel as what its dispatcher receives and sends goes through it, and
 * what it means when that fails. Belongs to the thread of the loop.
 */
final class Transfer extends ChannelSocket {

	private static final long MOST_DISCARDED = 1024 * 1024;

	// in one go, so that others get their turn
	private static final long MOST_OF_A_FILE = 1024 * 1024;

	private final TransferOwner owner;

	Transfer(TransferOwner owner) {
		this.owner = owner;
	}

	// what this class writes, and the loop looks at, is for its thread only
	private void checkThread() {
		Thread runner = this.owner.engine().owner().runner();
		if (runner != null && runner != Thread.currentThread()) {
			this.owner.usedBy(runner);
		}
	}

	int send(ByteBuffer data) throws IOException {
		checkThread();
		Endpoint endpoint = endpoint();
		int length = data.remaining();
		if (endpoint == null || state() == ChannelState.CONNECTING || isNothing(endpoint, length)) {
			return 0;
		}
		if (isOutputLost()) {
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
		Endpoint endpoint = endpoint();
		int length = data.remaining();
		if (endpoint == null || state() == ChannelState.CONNECTING || isNothing(endpoint, length) || isOutputLost()) {
			return 0;
		}
		try {
			return taken(endpoint.write(data), length);
		}
		catch (IOException ex) {
			if (!endpoint.hasPeer() || ex instanceof LocalFailureException) {
				throw ex;
			}
			this.owner.peerGone(ex);
			return 0;
		}
	}

	int sendTo(ByteBuffer data, SocketAddress target) throws IOException {
		checkThread();
		Endpoint endpoint = endpoint();
		int length = data.remaining();
		if (endpoint == null) {
			return 0;
		}
		int count = taken(requireSocket("sendTo").send(data, target), length);
		noteBound(endpoint);
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
		Endpoint endpoint = endpoint();
		if (endpoint == null || state() == ChannelState.CONNECTING || count <= 0) {
			return 0;
		}
		if (isOutputLost()) {
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
		ByteBuffer buffer = this.owner.takeBuffer(Math.min(most, BufferPool.CAPACITY));
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
			this.owner.giveBack(buffer);
		}
	}

	// has no result by which it could say that nothing was sent now
	void sendUrgent(int data) throws IOException {
		if (isOutputLost()) {
			// which may have closed the channel
			sendInVain();
			return;
		}
		Endpoint endpoint = requireEndpoint("sendUrgent");
		if (endpoint.wire() != endpoint) {
			// it would go past the filter
			throw endpoint.unsupported("sendUrgent");
		}
		try {
			requireSocket("sendUrgent").sendUrgent(data);
		}
		catch (IOException ex) {
			sendFailed(endpoint, ex);
			return;
		}
		this.owner.served();
		this.owner.counters().sent(1);
	}

	void shutdownOutput() throws IOException {
		if (isOutputLost()) {
			// which may have closed the channel
			return;
		}
		Endpoint endpoint = requireEndpoint("shutdownOutput");
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
			this.owner.served();
			this.owner.counters().sent(count);
		}
		if (count < length) {
			setFull(true);
			this.owner.touch();
		}
		return count;
	}

	int recv(ByteBuffer buffer) throws IOException {
		checkThread();
		Endpoint endpoint = endpoint();
		if (endpoint == null || state() == ChannelState.CONNECTING || !buffer.hasRemaining()) {
			return 0;
		}
		if (isInputEnded()) {
			return -1;
		}
		this.owner.served();
		int count;
		try {
			count = endpoint.read(buffer);
		}
		catch (LocalFailureException ex) {
			// it may be possible later
			throw ex;
		}
		catch (IOException ex) {
			inputEnded();
			this.owner.inputEnded();
			return receivingFailed(endpoint, ex) ? -1 : 0;
		}
		if (count > 0) {
			this.owner.counters().received(count);
		}
		else if (count < 0) {
			inputEnded();
			this.owner.touch();
			peerEnded(endpoint);
		}
		return count;
	}

	private void peerEnded(Endpoint endpoint) {
		int life = life();
		this.owner.inputEnded();
		// not if that has closed it, or given it another socket
		if (endpoint() == endpoint) {
			this.owner.tellEof();
		}
		if (isOutputLost() && life() == life) {
			// there is nothing to wait for: what it would send leads nowhere
			this.owner.tellClose();
		}
	}

	byte[] recv(int size) throws IOException {
		ByteBuffer buffer = this.owner.takeBuffer(Math.min(size, BufferPool.CAPACITY));
		try {
			int count = recv(buffer);
			byte[] data = new byte[Math.max(0, count)];
			buffer.flip().get(data);
			return data;
		}
		finally {
			this.owner.giveBack(buffer);
		}
	}

	@Nullable SocketAddress recvFrom(ByteBuffer buffer) throws IOException {
		checkThread();
		Endpoint endpoint = endpoint();
		this.owner.served();
		int position = buffer.position();
		SocketAddress sender = (endpoint != null) ? requireSocket("recvFrom").receive(buffer) : null;
		if (sender != null) {
			this.owner.counters().received(buffer.position() - position);
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
		if (isSilent()) {
			this.owner.closeForcibly();
		}
		this.owner.tellClose();
		return true;
	}

	/**
	 * Decide what it means that nothing can be sent: what was received before is read
	 * first, if somebody reads.
	 */
	private void sendFailed(Endpoint endpoint, IOException failure) throws IOException {
		if (isPeerGone(endpoint, failure)) {
			outputLost();
			this.owner.touch();
			// a handler that has sent has done what it is for
			this.owner.served();
			if (isSilent()) {
				this.owner.closeForcibly();
			}
			else if (isInputEnded() || !this.owner.isReadingWanted()) {
				this.owner.tellClose();
			}
		}
	}

	// to a peer that has gone, which somebody was told
	private void sendInVain() {
		if (isSilent()) {
			this.owner.closeForcibly();
		}
	}

	private boolean isPeerGone(Endpoint endpoint, IOException failure) throws IOException {
		if (endpoint() != endpoint) {
			// closed by another thread in the middle of it
			return false;
		}
		if (failure instanceof LocalFailureException) {
			throw failure;
		}
		if (endpoint.isViolation(failure)) {
			// before what is told of a peer that has gone
			this.owner.violated(failure);
			return endpoint() == endpoint;
		}
		if (!endpoint.hasPeer()) {
			// a file that cannot be written is not offered more of the same
			if (!endpoint.isPolled()) {
				setFull(true);
			}
			throw failure;
		}
		this.owner.peerGone(failure);
		return true;
	}

	/**
	 * Find out why what was taken could not be written.
	 */
	void broken() throws IOException {
		Endpoint endpoint = endpoint();
		IOException failure = (endpoint != null) ? endpoint.takeFailure() : null;
		if (endpoint != null && failure != null) {
			sendFailed(endpoint, failure);
		}
	}

	/**
	 * Drop what was received and not read: with it, closing the socket would take back
	 * what was sent and has not arrived.
	 */
	void discardInput() {
		Endpoint endpoint = endpoint();
		if (endpoint == null || !endpoint.isResetByUnreadInput() || state() != ChannelState.CONNECTED) {
			return;
		}
		try {
			long left = MOST_DISCARDED;
			ByteBuffer buffer = this.owner.takeBuffer(BufferPool.CAPACITY);
			for (int count = 1; count > 0 && left > 0; left -= count) {
				count = endpoint.read(buffer.clear());
			}
			this.owner.giveBack(buffer);
		}
		catch (IOException ex) {
			this.owner.peerGone(ex);
		}
	}

}
