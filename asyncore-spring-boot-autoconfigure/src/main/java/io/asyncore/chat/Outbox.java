package io.asyncore.chat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

import io.asyncore.EventLoop;
import io.asyncore.LogText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits to be sent: bytes, copied into blocks so that the cost is linear in their
 * number however small the pieces they come in, and producers. Any thread may add, the
 * loop's thread sends.
 */
final class Outbox {

	/** That of all channels that have not had any output yet; nothing is added to it. */
	static final Outbox NONE = new Outbox();

	private static final Logger logger = LoggerFactory.getLogger(Outbox.class);

	private static final int SMALLEST_BLOCK = 256;

	// what one that waits stands for, in bytes
	private static final int PRODUCER = 1024;

	// blocks, each ready to be read from and the last one filled up behind its limit, and
	// producers
	private @Nullable Deque<Object> entries;

	// taken out of the queue, so out of the reach of those who add
	private @Nullable Object head;

	// what the producer at the head has produced last
	private @Nullable ByteBuffer produced;

	// the loop's thread is calling the producer at the head
	private boolean producing;

	// used by the loop's thread only, as is the next one
	private boolean stalled;

	// something is being sent, by a producer or a channel that may be running the loop
	private boolean sending;

	// the thread that is giving the channel something to send; any other one finds
	// another one than itself
	private @Nullable Thread giving;

	// written under the lock, like all of these
	private volatile int size;

	// of the producers that wait
	private volatile long weight;

	private volatile boolean empty = true;

	private volatile @Nullable Ending ending;

	/**
	 * Return the number of bytes that wait.
	 */
	int size() {
		return this.size;
	}

	/**
	 * Return the number of bytes that wait, and what the producers that wait stand for.
	 */
	long load() {
		return this.size + this.weight;
	}

	boolean isEmpty() {
		return this.empty;
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
	synchronized boolean add(ByteBuffer data, @Nullable BlockPool spare) {
		if (this.ending != null || !data.hasRemaining()) {
			return false;
		}
		int size = this.size;
		int blocks = entries().size();
		int limit = lastLimit();
		int position = data.position();
		try {
			fill(data, spare);
		}
		catch (OutOfMemoryError ex) {
			data.position(position);
			goBack(size, blocks, limit);
			throw ex;
		}
		return filled();
	}

	private void fill(ByteBuffer data, @Nullable BlockPool spare) {
		ByteBuffer block = addTo(data.remaining());
		while (data.hasRemaining()) {
			int count = (block != null) ? Math.min(block.capacity() - block.limit(), data.remaining()) : 0;
			if (block != null && count > 0) {
				int end = block.limit();
				block.limit(end + count).put(end, data, data.position(), count);
				data.position(data.position() + count);
			}
			else {
				block = addBlock(data.remaining(), spare);
			}
		}
	}

	/**
	 * Add bytes unless there is to be no more output. Not by way of a buffer, which would
	 * be garbage.
	 * @param spare blocks of the calling thread, if it is the one that sends
	 * @return whether they are the first there are now
	 */
	synchronized boolean add(byte[] data, @Nullable BlockPool spare) {
		if (this.ending != null || data.length == 0) {
			return false;
		}
		int size = this.size;
		int blocks = entries().size();
		int limit = lastLimit();
		try {
			fill(data, spare);
		}
		catch (OutOfMemoryError ex) {
			goBack(size, blocks, limit);
			throw ex;
		}
		return filled();
	}

	private void fill(byte[] data, @Nullable BlockPool spare) {
		ByteBuffer block = addTo(data.length);
		for (int done = 0; done < data.length;) {
			int count = (block != null) ? Math.min(block.capacity() - block.limit(), data.length - done) : 0;
			if (block != null && count > 0) {
				int end = block.limit();
				block.limit(end + count).put(end, data, done, count);
				done += count;
			}
			else {
				block = addBlock(data.length - done, spare);
			}
		}
	}

	private int lastLimit() {
		return (entries().peekLast() instanceof ByteBuffer last) ? last.limit() : 0;
	}

	// all of a message or nothing: its beginning alone would be taken for something else
	private void goBack(int size, int blocks, int limit) {
		while (entries().size() > blocks) {
			entries().removeLast();
		}
		if (entries().peekLast() instanceof ByteBuffer last) {
			last.limit(limit);
		}
		this.size = size;
	}

	// returns the block to go on with, if there is one
	private @Nullable ByteBuffer addTo(int count) {
		this.size = Math.addExact(this.size, count);
		return (entries().peekLast() instanceof ByteBuffer last) ? last : null;
	}

	private ByteBuffer addBlock(int count, @Nullable BlockPool spare) {
		// what waits already is a measure of what is to come
		int size = Math.max(this.size, count);
		ByteBuffer block = (spare != null) ? spare.take(size)
				: ByteBuffer.allocate(Math.min(BlockPool.LARGE, Math.max(SMALLEST_BLOCK, size))).limit(0);
		entries().add(block);
		return block;
	}

	/**
	 * Add a producer unless there is to be no more output.
	 * @return whether it is the first entry there is now
	 */
	boolean add(Producer producer) {
		synchronized (this) {
			if (this.ending == null) {
				entries().add(producer);
				this.weight += weight(producer);
				return filled();
			}
		}
		close(producer);
		return false;
	}

	private Deque<Object> entries() {
		Deque<Object> entries = this.entries;
		if (entries == null) {
			entries = new ArrayDeque<>(2);
			this.entries = entries;
		}
		return entries;
	}

	private boolean filled() {
		boolean wasEmpty = this.empty;
		this.empty = false;
		return wasEmpty;
	}

	private static int weight(Producer producer) {
		return (producer instanceof SimpleProducer simple) ? Math.max(simple.length(), PRODUCER) : PRODUCER;
	}

	/**
	 * Accept no more output. A close takes the place of an end of the stream, but not the
	 * other way round.
	 */
	synchronized void end(Ending ending) {
		if (this.ending != Ending.CLOSE) {
			this.ending = ending;
		}
	}

	/**
	 * Let a channel send once.
	 * @param maxSize the most to give to the socket, in bytes
	 * @return the number of bytes taken, -1 if there is nothing to send any more
	 * @throws Exception what a producer throws, which is dropped
	 */
	long sendTo(AsyncChat target, int maxSize) throws Exception {
		if (this.empty) {
			return -1;
		}
		if (this.sending) {
			// the order of what is sent is that in which it is produced
			this.stalled = true;
			return 0;
		}
		this.sending = true;
		try {
			return sendHead(target, maxSize);
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
		if (this.empty) {
			return;
		}
		boolean taken = !target.sendsInOwnWay();
		while (taken && next() instanceof ByteBuffer block) {
			taken(target, block, target.sendSilently(block));
			taken = !block.hasRemaining();
		}
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

	// marks a producer as being used until release() is called
	private synchronized @Nullable Object head() {
		Object head = next();
		this.producing = head instanceof Producer;
		return head;
	}

	private synchronized @Nullable Object next() {
		Object head = this.head;
		Deque<Object> entries = this.entries;
		if (head == null && entries != null) {
			head = entries.poll();
		}
		this.head = head;
		this.empty = head == null;
		return head;
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

	// what the socket does not take is read again: no channel keeps a buffer for a file,
	// and an interrupt cannot hide how much was taken, as it can of what the system
	// copies
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

	private synchronized void taken(AsyncChat target, ByteBuffer block, int count) {
		if (block != this.head) {
			// cleared in the middle of it
			return;
		}
		this.size -= count;
		if (!block.hasRemaining()) {
			this.head = null;
			this.empty = this.entries == null || this.entries.isEmpty();
			if (!target.sendsInOwnWay()) {
				BlockPool.ofThread().giveBack(block);
			}
		}
	}

	private void release(Producer producer, boolean finished) {
		boolean dropped;
		synchronized (this) {
			dropped = producer != this.head;
			this.producing = false;
			if (finished && !dropped) {
				this.head = null;
				this.empty = this.entries == null || this.entries.isEmpty();
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
		Deque<Object> entries;
		Object head;
		synchronized (this) {
			entries = this.entries;
			// one that is being used is closed after that
			head = this.producing ? null : this.head;
			this.entries = null;
			this.head = null;
			this.size = 0;
			this.weight = 0;
			this.empty = true;
			if (!this.producing) {
				this.produced = null;
			}
		}
		close(head);
		if (entries != null) {
			entries.forEach(Outbox::close);
		}
	}

	/**
	 * Forget what waits and accept output again.
	 */
	void reset() {
		clear();
		synchronized (this) {
			this.ending = null;
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

	/**
	 * What is to happen when everything has been sent.
	 */
	enum Ending {

		/** The peer is told that no more comes. */
		SHUTDOWN,

		/** The channel is closed. */
		CLOSE

	}

}
