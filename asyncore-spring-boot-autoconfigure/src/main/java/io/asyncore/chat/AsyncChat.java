package io.asyncore.chat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;

import io.asyncore.ChannelMap;
import io.asyncore.CloseReason;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Hook;
import io.asyncore.LogText;
import io.asyncore.SocketType;
import io.asyncore.output.BlockPool;
import io.asyncore.output.LingeringClose;
import io.asyncore.output.LingeringClose.Ending;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A channel for protocols of commands and answers: cuts its input into frames, and sends
 * what is pushed. Stands for {@code asynchat.async_chat}.
 * <p>
 * Of all its methods six matter. {@code setTerminator} says what a frame ends with,
 * {@link #foundTerminator()} is called when there is one, {@code takeIncoming} returns
 * what it holds, {@code push} answers, {@link #closeWhenDone()} ends the connection when
 * all of that is sent, and {@link #handleClosed} is told that it is over, whoever has
 * ended it. The second is the only one that a class has to override:
 *
 * <pre>{@code
 * class Greeter extends AsyncChat {
 *
 *     Greeter() {
 *         setTerminator("\n");
 *     }
 *
 *     protected void foundTerminator() {
 *         String name = takeIncoming(StandardCharsets.UTF_8).strip();
 *         push("Hello, " + name + "!\n");
 *         if (name.equals("bye")) {
 *             closeWhenDone();
 *         }
 *     }
 *
 * }
 * }</pre>
 *
 * {@code push} takes everything at once and sends it in order. The terminator can be set
 * anew for each frame, so protocols that change between lines and counted bytes need no
 * more than that. Before the first one is set all input is collected. What is not to be
 * kept as a whole, a large body for instance, is given to {@link #collectIncomingData}.
 * <p>
 * Its life, with the methods that the loop calls, from top to bottom; the one of a
 * {@link Dispatcher} tells more:
 *
 * <pre>{@code
 *   constructor             setTerminator(); what is pushed before there is a connection waits for it
 *        |
 *   handleOpen()            of a bean, and of a connection that a server has accepted
 *   handleConnect()         of a client
 *        |
 *        |<-----------------------------------------------.
 *   collectIncomingData()   a piece of a frame, or more   |
 *   foundTerminator()       the frame is complete         |
 *        |   takeIncoming(), push(), setTerminator() -----'
 *        |
 *        |-- end of stream:      collectIncomingData() with what only looked like a terminator,
 *        |                       handleEof(), which sends what is queued and waits for work
 *        |-- closeWhenDone():    sends what is queued
 *        |-- idle:               handleTimeout()
 *        |-- failure, long frame: handleError(), which drops what is queued
 *        |
 *   handleClose()           closes; not called if close() was
 *   handleClosed(reason)    once, and last
 * }</pre>
 *
 * The {@code push} methods and {@link #closeWhenDone()} may be called from any thread,
 * the rest belongs to the thread of the loop.
 */
public abstract class AsyncChat extends Dispatcher {

	private static final HookCall<AsyncChat> FOUND_TERMINATOR = AsyncChat::foundTerminator;

	private static final int DEFAULT_MAX_FRAME_LENGTH = 1024 * 1024;

	private static final int DEFAULT_BUFFER_SIZE = 64 * 1024;

	// leaves other channels their turn when the peer takes as fast as this end sends
	private static final int MOST_AT_ONCE = 1024 * 1024;

	private static final int MOST_RECEIVED_AT_ONCE = 256 * 1024;

	// classes that send in a way of their own
	private static final ClassValue<Boolean> OWN_SEND = new ClassValue<>() {

		@Override
		protected Boolean computeValue(Class<?> type) {
			try {
				return type.getMethod("send", ByteBuffer.class).getDeclaringClass() != AsyncChat.class;
			}
			catch (NoSuchMethodException ex) {
				throw new IllegalStateException(ex);
			}
		}

	};

	private static final ClassValue<AtomicBoolean> ENCODING_WARNING_DUE = new ClassValue<>() {

		@Override
		protected AtomicBoolean computeValue(Class<?> type) {
			return new AtomicBoolean(true);
		}

	};

	private static final ClassValue<AtomicBoolean> TERMINATOR_WARNING_DUE = new ClassValue<>() {

		@Override
		protected AtomicBoolean computeValue(Class<?> type) {
			return new AtomicBoolean(!OWN_COLLECTOR.get(type));
		}

	};

	// classes whose collector may do with its input as it likes
	private static final ClassValue<Boolean> OWN_COLLECTOR = new ClassValue<>() {

		@Override
		protected Boolean computeValue(Class<?> type) {
			return overrides(type, "collectIncomingData", ByteBuffer.class);
		}

	};

	// classes that have nothing to say between one frame and the next
	private static final ClassValue<Boolean> SILENT_BETWEEN_FRAMES = new ClassValue<>() {

		@Override
		protected Boolean computeValue(Class<?> type) {
			return !OWN_COLLECTOR.get(type) && !overrides(type, "readable");
		}

	};

	private final Framer framer = new Framer(this);

	// its own from the first output on
	private volatile Outbox outbox = Outbox.NONE;

	private @Nullable Collected collected;

	private int inBufferSize = DEFAULT_BUFFER_SIZE;

	private int outBufferSize = DEFAULT_BUFFER_SIZE;

	private int maxOutBuffered = Integer.MAX_VALUE;

	private int maxFrameLength = DEFAULT_MAX_FRAME_LENGTH;

	private @Nullable LingeringClose lingeringClose;

	/**
	 * Create a channel without a socket. Its map is that of the loop that the calling
	 * thread is running, else {@link io.asyncore.Asyncore#socketMap()}.
	 */
	public AsyncChat() {
	}

	/**
	 * Create a channel without a socket.
	 * @param map the map it will join when it is given a socket
	 */
	public AsyncChat(ChannelMap map) {
		super(map);
	}

	/**
	 * Create a channel for a socket. It joins the map of the loop that the calling thread
	 * is running, else {@link io.asyncore.Asyncore#socketMap()}.
	 * @param socket the socket, see {@link Dispatcher#Dispatcher(SelectableChannel)}
	 * @throws IOException if the socket cannot be made non-blocking
	 */
	public AsyncChat(SelectableChannel socket) throws IOException {
		super(socket);
	}

	/**
	 * Create a channel for a socket.
	 * @param socket the socket, see {@link Dispatcher#Dispatcher(SelectableChannel)}
	 * @param map the map to join
	 * @throws IOException if the socket cannot be made non-blocking
	 */
	public AsyncChat(SelectableChannel socket, ChannelMap map) throws IOException {
		super(socket, map);
	}

	/**
	 * Called with input, in as many pieces as it comes in, the last of them before
	 * {@link #foundTerminator()}. The terminator itself is not part of it. By default
	 * keeps a copy for {@link #takeIncoming()}.
	 * @param data the input, at least one byte, between position and limit. Valid during
	 * the call only: what is to be kept must be copied. It need not be consumed
	 * @throws FrameTooLongException by default, if more than {@link #maxFrameLength()}
	 * bytes are kept; whoever throws it has the {@linkplain #setMaxFrameLength frame
	 * dropped}
	 * @throws Exception goes to {@link #handleError}; this input counts as collected
	 */
	protected void collectIncomingData(ByteBuffer data) throws Exception {
		Collected collected = this.collected;
		if (collected == null) {
			collected = new Collected();
			this.collected = collected;
		}
		if (this.framer.isGiving(data)) {
			collected.borrow(data, maxFrameLength());
		}
		else {
			collected.add(data, maxFrameLength());
		}
	}

	// what was collected and not taken while the input was dealt with
	void settleCollected() {
		if (this.collected != null) {
			this.collected.settle();
		}
	}

	boolean collectsInOwnWay() {
		return OWN_COLLECTOR.get(getClass());
	}

	/**
	 * Called at the end of each frame, when all of it has been collected. Whatever
	 * follows in the input is still to come, by the terminator that is set when this
	 * returns.
	 * @throws Exception goes to {@link #handleError}; input that follows is not lost
	 */
	protected abstract void foundTerminator() throws Exception;

	/**
	 * Return what the default {@link #collectIncomingData} has kept since the last call.
	 * @return the bytes, perhaps none; none when the channel is closed
	 */
	protected byte[] takeIncoming() {
		Collected collected = collected();
		return (collected != null) ? collected.take() : new byte[0];
	}

	/**
	 * Return what the default {@link #collectIncomingData} has kept since the last call,
	 * as text.
	 * @param charset how the text is encoded; what is malformed is replaced
	 * @return the text, perhaps empty; empty when the channel is closed
	 */
	protected String takeIncoming(Charset charset) {
		Collected collected = collected();
		return (collected != null) ? collected.take(charset) : "";
	}

	// another thread that closes the channel leaves it to this one to drop it
	private @Nullable Collected collected() {
		return closed() ? null : this.collected;
	}

	void dropCollected() {
		if (this.collected != null) {
			this.collected.clear();
		}
	}

	void dropInput() {
		this.framer.discard();
		this.collected = null;
	}

	/**
	 * End frames where some bytes occur. This applies at once to all input that was not
	 * collected yet, whether or not it was received already. Only while a frame is being
	 * dropped because it is {@linkplain #setMaxFrameLength too long}, in
	 * {@link #handleError} for instance, it applies to what follows that frame.
	 * @param delimiter the bytes, which are copied
	 * @throws IllegalArgumentException if there are none; that would be
	 * {@link Terminator#none()}
	 */
	public void setTerminator(byte[] delimiter) {
		this.framer.delimitBy(delimiter);
		terminatorChanged();
	}

	/**
	 * End frames where some characters occur, see {@link #setTerminator(byte[])}. They
	 * stand for the bytes that ISO-8859-1 has for them. {@link #push(String)} sends
	 * UTF-8, which has others for those above U+007F: a class that uses them is warned
	 * about once, and had better say which bytes it means by
	 * {@link #setTerminator(byte[])}.
	 * @param delimiter the characters, of ISO-8859-1
	 * @throws IllegalArgumentException if there are none, or others
	 */
	public void setTerminator(String delimiter) {
		byte[] bytes = Delimiter.encode(delimiter);
		if (!Delimiter.isAscii(bytes)) {
			warnOfEncoding(bytes);
		}
		setTerminator(bytes);
	}

	/**
	 * End frames where a character occurs, see {@link #setTerminator(String)}. To end
	 * them by their length, give an {@code int} or a {@code long}.
	 * @param delimiter the character, of ISO-8859-1
	 * @throws IllegalArgumentException if it is another one
	 */
	public void setTerminator(char delimiter) {
		setTerminator(String.valueOf(delimiter));
	}

	private void warnOfEncoding(byte[] delimiter) {
		if (ENCODING_WARNING_DUE.get(getClass()).getAndSet(false)) {
			LoggerFactory.getLogger(getClass())
				.warn("{} ends its frames by {}, which are the bytes that ISO-8859-1 has for what setTerminator was "
						+ "given; push(String) sends UTF-8, which has others: say which bytes are meant by "
						+ "setTerminator(byte[]), for instance those of getBytes(StandardCharsets.UTF_8)",
						getClass().getName(), Delimiter.of(delimiter));
		}
	}

	/**
	 * End the frame, once, after a number of bytes; then everything is collected until
	 * the terminator is set again. The bytes are counted from those on that
	 * {@link #setTerminator(byte[])} would apply to.
	 * @param length the number of bytes; with 0 the frame ends at once, without any input
	 * @throws IllegalArgumentException if {@code length} is negative
	 */
	public void setTerminator(long length) {
		this.framer.limitTo(length);
		terminatorChanged();
	}

	/**
	 * Set what frames end with, see {@link #setTerminator(byte[])} and
	 * {@link #setTerminator(long)}.
	 * @param terminator the terminator
	 */
	public void setTerminator(Terminator terminator) {
		this.framer.endBy(Objects.requireNonNull(terminator, "'terminator' must not be null: use Terminator.none()"));
		terminatorChanged();
	}

	private void terminatorChanged() {
		if (this.framer.isPending()) {
			interestChanged();
		}
	}

	/**
	 * Return what frames end with.
	 * @return the terminator; of a length that is not complete yet what is still to come,
	 * and {@link Terminator#none()} after it
	 */
	public Terminator terminator() {
		return this.framer.terminator();
	}

	/**
	 * Send bytes after what was pushed before. May be called from any thread, and before
	 * the connection is there. Nothing is sent, and nothing said, if the channel is
	 * closed or {@link #closeWhenDone()} was called.
	 * @param data the bytes, which are copied
	 */
	public void push(byte[] data) {
		boolean first = !closed() && ownOutbox().add(data, spareBlocks());
		added(first);
	}

	/**
	 * Send bytes after what was pushed before, see {@link #push(byte[])}.
	 * @param data the bytes between position and limit, which are copied; the position is
	 * advanced to the limit
	 */
	public void push(ByteBuffer data) {
		boolean first = !closed() && ownOutbox().add(data, spareBlocks());
		data.position(data.limit());
		added(first);
	}

	/**
	 * Send bytes after what was pushed before: this is {@link #push(ByteBuffer)}. A class
	 * may override this method to see or change what leaves: the library calls it for
	 * what was pushed, piece by piece, and within that call this method is the one of
	 * {@link Dispatcher#send(ByteBuffer) dispatchers}, which gives to the socket what
	 * that takes now. The application had better call {@code push} then, which leads
	 * through it once.
	 * @param data the data; its position is advanced by what was taken
	 * @return the number of bytes taken: all of them, or 0 if the channel is closed
	 * @throws IOException never by this class
	 */
	@Override
	public int send(ByteBuffer data) throws IOException {
		if (this.outbox.isGiving()) {
			return super.send(data);
		}
		int length = data.remaining();
		if (closed()) {
			return 0;
		}
		push(data);
		return length;
	}

	/**
	 * Send bytes after what was pushed before, see {@link #send(ByteBuffer)}.
	 * @param data the data
	 * @return the number of bytes taken: all of them, or 0 if the channel is closed
	 * @throws IOException never by this class
	 */
	@Override
	public int send(byte[] data) throws IOException {
		if (this.outbox.isGiving()) {
			// not by way of the override that is calling
			return super.send(ByteBuffer.wrap(data));
		}
		if (closed()) {
			return 0;
		}
		push(data);
		return data.length;
	}

	private Outbox ownOutbox() {
		Outbox outbox = this.outbox;
		return (outbox != Outbox.NONE) ? outbox : makeOutbox();
	}

	private Outbox makeOutbox() {
		synchronized (this.framer) {
			if (this.outbox == Outbox.NONE) {
				this.outbox = new Outbox();
			}
			return this.outbox;
		}
	}

	private @Nullable BlockPool spareBlocks() {
		return map().eventLoop().inLoop() ? BlockPool.ofThread() : null;
	}

	/**
	 * Send text after what was pushed before, see {@link #push(byte[])}.
	 * @param text the text, which is encoded as UTF-8; what
	 * {@link #setTerminator(String)} is given is not
	 */
	public void push(String text) {
		push(text.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * Send what a producer produces after what was pushed before. It is asked for more
	 * only as the socket takes what it has produced. May be called from any thread.
	 * @param producer the producer; dropped if the channel is closed or
	 * {@link #closeWhenDone()} was called
	 */
	public void pushWithProducer(Producer producer) {
		Objects.requireNonNull(producer, "'producer' must not be null");
		boolean first = ownOutbox().add(producer);
		added(first);
	}

	private void added(boolean first) {
		if (closed() || outputFailed()) {
			// perhaps by another thread, in the middle of it
			this.outbox.clear();
		}
		else if (peerGone()) {
			sendWithoutEvents();
		}
		else if (first) {
			interestChanged();
		}
	}

	// to a peer that has gone, which may have ended only its own direction
	private void sendWithoutEvents() {
		callLater(Duration.ZERO, () -> {
			try {
				Ending ending = this.outbox.ending();
				while (!closed() && this.outbox.sendTo(this, this.outBufferSize) >= 0 && !this.outbox.isStalled()) {
					// as long as the socket takes it
				}
				if (ending == Ending.CLOSE) {
					close();
				}
				else if (ending == Ending.SHUTDOWN && !closed()) {
					super.shutdownOutput();
				}
			}
			catch (RuntimeException ex) {
				throw ex;
			}
			catch (Exception ex) {
				throw new IllegalStateException("What was pushed to " + this + " cannot be sent", ex);
			}
			finally {
				// nobody would send the rest
				this.outbox.clear();
			}
		});
	}

	/**
	 * Close the channel when everything that was pushed before has been sent. From now on
	 * no input is dealt with, not even what was received already, and what is pushed is
	 * dropped. {@link #handleClose()} is called in the end. May be called from any
	 * thread.
	 * <p>
	 * A peer that takes nothing for about a minute is not waited for any longer. When all
	 * has been sent the stream is ended in this direction, and the socket is closed when
	 * the peer has ended its own: input that meets a closed socket makes the system take
	 * back what the peer has not received yet, so until then what it sends is dropped.
	 * That lasts for as long as the peer takes what is on its way to it, as far as the
	 * system tells, see {@link #askUnacknowledged}. A peer that has taken all of it and
	 * is silent for a second is not waited for any longer, five seconds if it is known to
	 * have more to send because its frame is not complete; one that goes on sending, or
	 * of which the system does not tell, is waited for half a minute. To say that more is
	 * to come where the frames do not, set a length.
	 */
	public void closeWhenDone() {
		// what is closed later is closed for the reason there is now
		CloseReason reason = closeReason();
		if (reason != null) {
			setCloseReason(reason);
		}
		else {
			setDefaultCloseReason(CloseReason.LOCAL);
		}
		ownOutbox().end(Ending.CLOSE);
		ending();
		if (!this.outbox.isEmpty()) {
			// a socket that is full may never call for more
			callLater(Duration.ZERO, this::watchEnding);
		}
	}

	private void ending() {
		if (peerGone()) {
			sendWithoutEvents();
		}
		else if (outputFailed()) {
			callLater(Duration.ZERO, this::endInVain);
		}
		else {
			interestChanged();
		}
	}

	// nothing of it can be sent
	private void endInVain() {
		this.outbox.clear();
		if (isClosing()) {
			lingeringClose().giveUp();
		}
	}

	/**
	 * End this end's direction of the stream when everything that was pushed before has
	 * been sent. What is pushed from now on is dropped. Unlike that of a plain dispatcher
	 * it may be called from any thread, and before there is a connection.
	 */
	@Override
	public void shutdownOutput() {
		ownOutbox().end(Ending.SHUTDOWN);
		ending();
	}

	/**
	 * Drop everything: input that was received or collected and not dealt with, and
	 * output that was not sent. Stands for {@code discard_buffers()}; for emergencies.
	 */
	public void discardBuffers() {
		this.framer.discard();
		dropCollected();
		this.outbox.clear();
	}

	/**
	 * Return how much was pushed and not taken by the socket yet. May be called from any
	 * thread.
	 * @return the number of bytes, without those of producers
	 */
	@Override
	public int outBuffered() {
		return this.outbox.size();
	}

	/**
	 * Return how much may wait to be sent while input is wanted.
	 * @return the number of bytes, by default without limit
	 */
	public int maxOutBuffered() {
		return this.maxOutBuffered;
	}

	/**
	 * Set how much may wait to be sent while input is wanted. As long as more does,
	 * {@link #readable()} answers {@code false}, so that a peer that asks and does not
	 * take the answers has to wait. A producer that waits counts as 1,024 bytes, or as
	 * many as a {@link SimpleProducer} has. Two ends that both push much before they read
	 * need a limit on one side at most, else each may wait for the other.
	 * @param bytes the number of bytes, at least 1
	 * @throws IllegalArgumentException if {@code bytes} is less than 1
	 */
	public void setMaxOutBuffered(int bytes) {
		this.maxOutBuffered = requirePositive("maxOutBuffered", bytes);
		interestChanged();
	}

	/**
	 * Return how much is received at a time.
	 * @return the most bytes one read takes from the socket, 65,536 by default
	 */
	public int inBufferSize() {
		return this.inBufferSize;
	}

	/**
	 * Set how much is received at a time.
	 * @param bytes the most bytes one read takes from the socket, at least 1; more than
	 * 262,144 makes no difference
	 * @throws IllegalArgumentException if {@code bytes} is less than 1
	 */
	public void setInBufferSize(int bytes) {
		this.inBufferSize = requirePositive("inBufferSize", bytes);
	}

	/**
	 * Return how much is sent at a time.
	 * @return the most bytes the socket is given in one piece, 65,536 by default
	 */
	public int outBufferSize() {
		return this.outBufferSize;
	}

	/**
	 * Set how much is sent at a time.
	 * @param bytes the most bytes the socket is given in one piece, at least 1
	 * @throws IllegalArgumentException if {@code bytes} is less than 1
	 */
	public void setOutBufferSize(int bytes) {
		this.outBufferSize = requirePositive("outBufferSize", bytes);
	}

	/**
	 * Return how long a frame may be.
	 * @return the most bytes that may come without the delimiter, and that the default
	 * collector keeps; 1,048,576 by default
	 */
	public int maxFrameLength() {
		return this.maxFrameLength;
	}

	/**
	 * Set how long a frame may be. A longer one is dropped, {@link #handleError} is told
	 * of it by a {@link FrameTooLongException}, and by default the channel is closed. If
	 * not, the rest of the frame is dropped as it comes in, and the channel goes on
	 * behind the end that the frame would have had: by the terminator that was set in the
	 * meantime, in {@code handleError} for instance, else by the same delimiter. A frame
	 * that ends by its length has no other end than {@link #foundTerminator()}, so if no
	 * terminator was set that is called, with nothing collected. Input that no terminator
	 * is to end has no end to go on behind: what was kept of it is dropped, and what
	 * follows is collected.
	 * @param bytes the most bytes that may come without the delimiter, and that the
	 * default collector keeps, at least 1
	 * @throws IllegalArgumentException if {@code bytes} is less than 1
	 */
	public void setMaxFrameLength(int bytes) {
		this.maxFrameLength = requirePositive("maxFrameLength", bytes);
	}

	private static int requirePositive(String name, int bytes) {
		if (bytes < 1) {
			throw new IllegalArgumentException("'" + name + "' must be at least 1, not " + bytes);
		}
		return bytes;
	}

	/**
	 * Answer whether input is wanted. While a class that overrides this answers
	 * {@code false}, frames that were received already wait as well.
	 * @return {@code true} until {@link #closeWhenDone()} is called, unless more than
	 * {@link #maxOutBuffered()} waits to be sent
	 */
	@Override
	protected boolean readable() {
		return isClosing() ? isLingering() : this.outbox.load() <= this.maxOutBuffered || outputFailed();
	}

	private boolean isLingering() {
		return this.lingeringClose != null && this.lingeringClose.isLingering();
	}

	/**
	 * Answer whether the connection is still to be made or there is something to send.
	 */
	@Override
	protected boolean writable() {
		return !connected() || (!this.outbox.isSending() && (!this.outbox.isEmpty() || isEndingDue()));
	}

	private boolean isEndingDue() {
		Ending ending = this.outbox.ending();
		return (this.lingeringClose != null) ? this.lingeringClose.isDue(ending) : ending != null;
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

	@Override
	protected boolean inputPending() {
		return this.framer.isPending() && isOpenForInput();
	}

	/**
	 * Collects what may have been the beginning of the delimiter and is not, because
	 * nothing follows.
	 */
	@Override
	protected void inputEnded() throws Exception {
		this.framer.end();
	}

	private boolean isClosing() {
		return this.outbox.ending() == Ending.CLOSE;
	}

	// what the parts of this class call back

	boolean isOpenForInput() {
		return !closed() && !isClosing();
	}

	long now() {
		return map().eventLoop().nanoTime();
	}

	boolean isReadyForMore() {
		return readable() && !offloadFull();
	}

	boolean sendsInOwnWay() {
		return OWN_SEND.get(getClass());
	}

	int sendSilently(ByteBuffer data) throws IOException {
		return trySend(data);
	}

	void goOnReading() {
		holdInput(false);
	}

	/**
	 * Call the hook for a frame.
	 * @param again whether that was done for another one just before
	 */
	void callFoundTerminator(boolean again) throws Exception {
		if (again && SILENT_BETWEEN_FRAMES.get(getClass())) {
			callHookAgain(Hook.TERMINATOR, this, FOUND_TERMINATOR);
		}
		else {
			callHook(Hook.TERMINATOR, this, FOUND_TERMINATOR);
		}
	}

	private int discardInput() throws IOException {
		EventLoop loop = map().eventLoop();
		ByteBuffer buffer = loop.takeBuffer(MOST_RECEIVED_AT_ONCE);
		try {
			return recv(buffer);
		}
		finally {
			loop.giveBack(buffer);
		}
	}

	/**
	 * Receive, and cut what was received into frames. Of these a channel has at most 256
	 * in a pass, or as many as take 5 milliseconds; what is left waits for the next pass,
	 * and nothing more is received before.
	 * @throws Exception what a hook throws, or a {@link FrameTooLongException}
	 */
	@Override
	protected void handleRead() throws Exception {
		if (isClosing()) {
			if (discardInput() > 0) {
				lingeringClose().progressed();
			}
		}
		else if (this.framer.refuses()) {
			// the collector is running the loop, which would find this again and again
			holdInput(true);
		}
		else if (!this.framer.isBusy()) {
			receive(FrameBudget.MOST_FRAMES, FrameBudget.NOT_ASKED);
		}
		else {
			eventServed();
			long since = now();
			int left = this.framer.resume(since);
			if (left > 0 && isOpenForInput() && isReadyForMore()) {
				receive(left, since);
			}
		}
	}

	private void warnOfNoTerminator() {
		if (TERMINATOR_WARNING_DUE.get(getClass()).getAndSet(false)) {
			LoggerFactory.getLogger(getClass())
				.warn("{} receives input and has never had a terminator, so foundTerminator() will not be called, and "
						+ "what is kept of the input is too long after {} bytes: call setTerminator(...) in the "
						+ "constructor, or override collectIncomingData(ByteBuffer)", getClass().getName(),
						this.maxFrameLength);
		}
	}

	private void receive(int frames, long since) throws Exception {
		EventLoop loop = map().eventLoop();
		int prefix = this.framer.prefixLength();
		int size = Math.min(this.inBufferSize, Math.max(MOST_RECEIVED_AT_ONCE - prefix, 1));
		ByteBuffer buffer = loop.takeBuffer(prefix + size);
		try {
			this.framer.begin(buffer);
			if (recv(buffer) > 0) {
				if (this.framer.isUnset()) {
					warnOfNoTerminator();
				}
				this.framer.receive(buffer.flip(), frames, since);
			}
		}
		finally {
			if (!this.framer.keeps(buffer)) {
				loop.giveBack(buffer);
			}
		}
	}

	/**
	 * Send what was pushed, as far as the socket takes it.
	 * @throws Exception what a producer throws
	 */
	@Override
	protected void handleWrite() throws Exception {
		for (long sent = 0; sent < MOST_AT_ONCE && !closed();) {
			// asked before, or what another thread pushes in between and then ends
			// would be lost
			Ending ending = this.outbox.ending();
			long count = this.outbox.sendTo(this, this.outBufferSize);
			if (outputFailed()) {
				this.outbox.clear();
				return;
			}
			if (count < 0) {
				if (isEndingDue()) {
					lingeringClose().sentAll(ending);
				}
				return;
			}
			if (count > 0) {
				sent += count;
				if (this.lingeringClose != null) {
					this.lingeringClose.progressed();
				}
			}
			if (this.outbox.isStalled()) {
				break;
			}
		}
		watchEnding();
	}

	private void watchEnding() {
		if (isClosing() && connected() && !this.outbox.isEmpty()) {
			lingeringClose().watch();
		}
	}

	/**
	 * Called once when the peer has ended its stream and all of its input has been
	 * collected, also what looked like the beginning of the delimiter. What is queued is
	 * still sent, and {@link #offload offloaded} work waited for, before
	 * {@link #handleClose()} is called, because the peer may have closed only its own
	 * direction. A class whose answers come in another way overrides this, and calls this
	 * method when they are pushed.
	 */
	@Override
	protected void handleEof() throws Exception {
		lingeringClose().peerEnded(!this.outbox.isEmpty());
		interestChanged();
	}

	/**
	 * Called at most once when the peer has gone, or when {@link #closeWhenDone()} has
	 * done its work. By default closes the channel.
	 */
	@Override
	protected void handleClose() throws Exception {
		close();
	}

	/**
	 * Open a socket, see {@link Dispatcher#createSocket(ProtocolFamily, SocketType)}.
	 * What an earlier connection has left is forgotten.
	 */
	@Override
	public void createSocket(ProtocolFamily family, SocketType type) throws IOException {
		forgetConnection();
		super.createSocket(family, type);
	}

	/**
	 * Use a socket made elsewhere, see {@link Dispatcher#setSocket}. What an earlier
	 * connection has left is forgotten.
	 */
	@Override
	public void setSocket(SelectableChannel socket) throws IOException {
		if (socket != socket()) {
			forgetConnection();
		}
		super.setSocket(socket);
	}

	/**
	 * Join a map. If this is another one, and input is just being dealt with, in a
	 * moment: the rest of it must not be dealt with by two threads.
	 */
	@Override
	public void addChannel(ChannelMap map) {
		if (map != map() && this.framer.isFraming()) {
			callLater(Duration.ZERO, () -> addChannel(map));
		}
		else {
			super.addChannel(map);
		}
	}

	@Override
	protected void handleCopied() {
		this.framer.represent(this);
	}

	private void forgetConnection() {
		// before the first connection there may be output for it already
		if (connected() || closed()) {
			dropInput();
			this.outbox.reset();
			this.lingeringClose = null;
		}
	}

	/**
	 * Close the socket and leave the map. Of what is still to be sent, bytes that were
	 * pushed are given to the socket if it takes them at once and this is the loop's
	 * thread; the rest is dropped. If a {@linkplain #failing() failure} is the reason,
	 * all of it is dropped. So is input that was received or collected and not dealt
	 * with: {@link #takeIncoming()} has nothing after that. If this is another thread,
	 * input is dropped when the loop's thread has no use for it any more.
	 */
	@Override
	public void close() {
		try {
			if (connected() && !peerGone() && map().eventLoop().inLoop() && !failing()) {
				this.outbox.sendBytesTo(this);
			}
		}
		catch (IOException ex) {
			logInfo("what was pushed to " + LogText.escape(this) + " is lost: " + LogText.escape(ex), "error");
		}
		finally {
			super.close();
			this.outbox.clear();
			forgetInput();
		}
	}

	private void forgetInput() {
		EventLoop loop = map().eventLoop();
		if (loop.thread() != null && !loop.inLoop()) {
			// that thread may be dealing with it
			loop.execute(() -> {
				if (closed()) {
					dropInput();
				}
			});
		}
		else {
			dropInput();
		}
	}

	private static boolean overrides(Class<?> type, String name, Class<?>... parameters) {
		for (Class<?> present = type; present != AsyncChat.class; present = present.getSuperclass()) {
			try {
				present.getDeclaredMethod(name, parameters);
				return true;
			}
			catch (NoSuchMethodException ex) {
				// then an ancestor declares it
			}
		}
		return false;
	}

	/**
	 * What the end of a conversation means to this channel.
	 */
	private final class Conversation extends LingeringClose {

		@Override
		protected boolean isWorking() {
			return offloading();
		}

		@Override
		protected boolean isAwaited() throws IOException {
			if (!(socket() instanceof SocketChannel)) {
				return false;
			}
			return AsyncChat.this.outbox.hasSent() || discardInput() > 0 || isWithinFrame();
		}

		@Override
		protected boolean isWithinFrame() {
			return AsyncChat.this.framer.isWithinFrame();
		}

		@Override
		protected boolean isRemote() {
			return localAddress() instanceof InetSocketAddress;
		}

		@Override
		protected void writeAgain() {
			AsyncChat.this.writeAgain();
		}

		@Override
		protected void askUnacknowledged(LongConsumer then) {
			AsyncChat.this.askUnacknowledged(then);
		}

		@Override
		protected void interestChanged() {
			AsyncChat.this.interestChanged();
		}

		@Override
		protected void callLater(Duration delay, Runnable task) {
			AsyncChat.this.callLater(delay, task);
		}

		@Override
		protected void endStream() throws IOException {
			AsyncChat.super.shutdownOutput();
		}

		@Override
		protected void logStalled() {
			CloseReason reason = closeReason();
			if (reason == null || reason == CloseReason.LOCAL) {
				setCloseReason(CloseReason.TIMEOUT);
			}
			logInfo("closing " + LogText.escape(AsyncChat.this) + ", whose peer has taken nothing for a minute",
					"info");
		}

		@Override
		protected void tellEnd() throws Exception {
			AsyncChat.super.handleEof();
		}

	}

}
