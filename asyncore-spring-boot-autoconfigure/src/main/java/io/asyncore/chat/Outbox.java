package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.Objects;

import io.asyncore.EventLoop;
import io.asyncore.LogText;
import io.asyncore.output.BlockPool;
import io.asyncore.output.LingeringClose.Ending;
import io.asyncore.output.OutputQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a chat has to send, bytes and producers, and how it ends. Any thread may add, the
 * loop's thread sends. The lock is the queue.
 */
final class Outbox {

	/** That of all channels that have not had any output yet; nothing is added to it. */
	static final Outbox NONE = new Outbox();

	private static final Logger logger = LoggerFactory.getLogger(Outbox.class);

	// what one that waits stands for, in bytes
	private static final int PRODUCER = 1024;

	private final OutputQueue queue = new OutputQueue();

	// what the producer at the head has produced last
	private @Nullable ByteBuffer produced;

	// the one that the loop's thread is calling
	private @Nullable Producer called;

	// used by the loop's thread only, as is the next one
	private boolean stalled;

	// the socket has taken something
	private boolean sent;

	// something is being sent, by a producer or a channel that may be running the loop
	private boolean sending;

	// the thread that is giving the channel something to send; any other one finds
	// another one than itself
	private @Nullable Thread giving;

	// of the producers that wait; written under the lock, as is the next one
	private volatile long weight;

	private volatile @Nullable Ending ending;

	/**
	 * Return the number of bytes that wait.
	 */
	int size() {
		return this.queue.size();
	}

	/**
	 * Return the number of bytes that wait, and what the producers that wait stand for.
	 */
	long load() {
		return this.queue.size() + this.weight;
	}

	boolean isEmpty() {
		return this.queue.isEmpty();
	}

	/**
	 * Return what is to happen when everything has been sent, {@code null} for nothing.
	 */
	@Nullable Ending ending() {
		return this.ending;
	}

	/**
	 * Add bytes unless there is to be no more output.
	 * @param spare blocks of the calling thread, if it is the one that sends
	 * @return whether they are the first there are now
	 */
	boolean add(ByteBuffer data, @Nullable BlockPool spare) {
		return this.queue.add(data, spare);
	}

	/**
	 * Add bytes unless there is to be no more output.
	 * @param spare blocks of the calling thread, if it is the one that sends
	 * @return whether they are the first there are now
	 */
	boolean add(byte[] data, @Nullable BlockPool spare) {
		return this.queue.add(data, spare);
	}

	/**
	 * Add a producer unless there is to be no more output.
	 * @return whether it is the first entry there is now
	 */
	boolean add(Producer producer) {
		synchronized (this.queue) {
			if (this.ending == null) {
				boolean first = this.queue.addEntry(producer);
				this.weight += weight(producer);
				return first;
			}
		}
		close(producer);
		return false;
	}

	private static int weight(Producer producer) {
		return (producer instanceof SimpleProducer simple) ? Math.max(simple.length(), PRODUCER) : PRODUCER;
	}

	/**
	 * Accept no more output. A close takes the place of an end of the stream, but not the
	 * other way round.
	 */
	void end(Ending ending) {
		synchronized (this.queue) {
			if (this.ending != Ending.CLOSE) {
				this.ending = ending;
				this.queue.setSealed(true);
			}
		}
	}

	/**
	 * Let a channel send once.
	 * @param maxSize the most to give to the socket, in bytes
	 * @return the number of bytes taken, -1 if there is nothing to send any more
	 * @throws Exception what a producer throws, which is dropped
	 */
	long sendTo(AsyncChat target, int maxSize) throws Exception {
		if (isEmpty()) {
			return -1;
		}
		if (this.sending) {
			// the order of what is sent is that in which it is produced
			this.stalled = true;
			return 0;
		}
		this.sending = true;
		try {
			long count = sendHead(target, maxSize);
			this.sent |= count > 0;
			return count;
		}
		finally {
			this.sending = false;
		}
	}

	private long sendHead(AsyncChat target, int maxSize) throws Exception {
		this.stalled = false;
		for (Object head = head(); head != null; head = head()) {
			if (head instanceof ByteBuffer block) {
				int count = send(target, block, maxSize);
				taken(target, block, count);
				return count;
			}
			long count = use((Producer) head, target, maxSize);
			if (count >= 0) {
				return count;
			}
		}
		return -1;
	}

	/**
	 * Let a channel send what it takes at once of the bytes before the first producer.
	 */
	void sendBytesTo(AsyncChat target) throws IOException {
		if (isEmpty()) {
			return;
		}
		boolean taken = !target.sendsInOwnWay();
		while (taken && this.queue.head() instanceof ByteBuffer block) {
			taken(target, block, target.sendSilently(block));
			taken = !block.hasRemaining();
		}
	}

	/**
	 * Say whether the socket has taken something since this was {@link #reset}.
	 */
	boolean hasSent() {
		return this.sent;
	}

	/**
	 * Say whether {@link #sendTo} is under way, which may be running the loop.
	 */
	boolean isSending() {
		return this.sending;
	}

	/**
	 * Say whether the calling thread is giving the channel something to send, rather than
	 * the application.
	 */
	boolean isGiving() {
		Thread giving = this.giving;
		return giving != null && giving == Thread.currentThread();
	}

	/**
	 * Say whether the last {@link #sendTo} could not send all that it was to.
	 */
	boolean isStalled() {
		return this.stalled;
	}

	// -1 if the producer is exhausted, and dropped
	private long use(Producer producer, AsyncChat target, int maxSize) throws Exception {
		long count = -1;
		try {
			count = sendProduced(target, producer, maxSize);
		}
		finally {
			release(producer, count < 0);
		}
		return count;
	}

	// marks a producer as being called until release() is
	private @Nullable Object head() {
		synchronized (this.queue) {
			Object head = this.queue.head();
			this.called = (head instanceof Producer producer) ? producer : null;
			return head;
		}
	}

	private long sendProduced(AsyncChat target, Producer producer, int maxSize) throws Exception {
		if (producer instanceof FileProducer file && !target.sendsInOwnWay()) {
			return sendPiece(target, file, maxSize);
		}
		ByteBuffer produced = this.produced;
		if (produced == null || !produced.hasRemaining()) {
			produced = more(producer);
			this.produced = produced;
			if (!produced.hasRemaining()) {
				return -1;
			}
		}
		return send(target, produced, maxSize);
	}

	private static ByteBuffer more(Producer producer) throws Exception {
		boolean interrupted = Thread.currentThread().isInterrupted();
		try {
			return Objects.requireNonNull(producer.more(),
					() -> producer + " has returned null: a producer that is exhausted returns an empty buffer");
		}
		finally {
			if (!interrupted) {
				// one that it leaves behind would close the file that is sent next
				Thread.interrupted();
			}
		}
	}

	// what the socket does not take is read again: no channel keeps a buffer for a
	// file, and an interrupt cannot hide how much was taken, as it can of what the
	// system copies
	private long sendPiece(AsyncChat target, FileProducer file, int maxSize) throws Exception {
		EventLoop loop = target.map().eventLoop();
		ByteBuffer piece = loop.takeBuffer(Math.min(maxSize, file.likely()));
		try {
			if (file.read(piece) < 0) {
				return -1;
			}
			int count = send(target, piece.flip(), maxSize);
			file.sent(count);
			return count;
		}
		finally {
			loop.giveBack(piece);
		}
	}

	private int send(AsyncChat target, ByteBuffer data, int maxSize) throws Exception {
		int limit = data.limit();
		data.limit(data.position() + Math.min(data.remaining(), maxSize));
		this.giving = Thread.currentThread();
		try {
			int count = target.send(data);
			this.stalled = data.hasRemaining();
			return count;
		}
		finally {
			this.giving = null;
			data.limit(limit);
		}
	}

	private void taken(AsyncChat target, ByteBuffer block, int count) {
		if (this.queue.taken(block, count) && !target.sendsInOwnWay()) {
			BlockPool.ofThread().giveBack(block);
		}
	}

	private void release(Producer producer, boolean finished) {
		boolean dropped;
		synchronized (this.queue) {
			dropped = producer != this.queue.current();
			this.called = null;
			if (finished && !dropped) {
				this.queue.removeHead();
				this.weight -= weight(producer);
			}
			if (finished || dropped) {
				this.produced = null;
			}
		}
		if (finished || dropped) {
			close(producer);
		}
	}

	/**
	 * Forget what waits.
	 */
	void clear() {
		if (this == NONE) {
			return;
		}
		Object head;
		Object next;
		Collection<Object> rest;
		Producer called;
		synchronized (this.queue) {
			head = this.queue.current();
			next = this.queue.next();
			rest = this.queue.clear();
			called = this.called;
			this.weight = 0;
			if (called == null) {
				this.produced = null;
			}
		}
		// one that is being called is closed after that
		if (head != called) {
			close(head);
		}
		close(next);
		rest.forEach(Outbox::close);
	}

	/**
	 * Forget what waits and accept output again.
	 */
	void reset() {
		clear();
		this.sent = false;
		synchronized (this.queue) {
			this.ending = null;
			this.queue.setSealed(false);
		}
	}

	private static void close(@Nullable Object entry) {
		if (entry instanceof AutoCloseable closeable) {
			try {
				closeable.close();
			}
			catch (Exception | Error ex) {
				logger.warn("Closing the producer {} failed", LogText.escape(entry), LogText.shown(ex));
			}
		}
	}

}
