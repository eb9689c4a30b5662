package io.asyncore.chat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

import org.jspecify.annotations.Nullable;

/**
 * Cuts the input of a channel into frames: gives what it has received to
 * {@link AsyncChat#collectIncomingData} and says where a frame ends by
 * {@link AsyncChat#foundTerminator()}.
 * <p>
 * The input is not copied: the collector sees it where it was received. What is kept from
 * one read to the next is only how much of the delimiter the input ends with, because
 * those bytes are known from the delimiter. Only when the channel does not want its input
 * now, or a hook fails, the rest is copied and waits. So it does when a pass has given
 * this channel as many frames as it has for one: the rest comes in the next pass, and
 * others have their turn before.
 * <p>
 * Each hook may do as it likes: set another terminator, close the channel, run the loop,
 * fail. So all state is up to date whenever one is called.
 */
final class Framer {

	/** How many frames a channel is given in a pass at most. */
	static final int MOST_FRAMES = 256;

	/** Stands for the time when a pass has begun that has not asked for it yet. */
	static final long NOT_ASKED = 0;

	// how long they may take
	private static final long MOST_NANOS = 5_000_000;

	// asking the clock takes as long as much of a frame
	private static final int FRAMES_PER_LOOK = 8;

	// the length while frames do not end by their length
	private static final long UNLIMITED = -1;

	private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

	private AsyncChat chat;

	private @Nullable Delimiter delimiter;

	// what is still to come
	private long length = UNLIMITED;

	// how much of the delimiter the input received so far ends with; the input that is
	// being framed then ends with these bytes
	private int matched;

	// of a frame that ends with a delimiter how many bytes were searched for it, of one
	// that ends by its length that length
	private long measure;

	// the frame is too long, and somebody wants to go on with the next one
	private boolean discarding;

	// what was set since then, for what follows that frame
	private @Nullable Terminator next;

	// what is being framed, if this is called while a hook is running
	private @Nullable ByteBuffer input;

	private boolean collecting;

	// the collector has called discard()
	private boolean discarded;

	// a read was refused because the collector is running the loop
	private boolean refused;

	// what was received and waits
	private @Nullable ByteBuffer rest;

	Framer(AsyncChat chat) {
		this.chat = chat;
	}

	/**
	 * Have a copy of the channel called.
	 */
	void represent(AsyncChat chat) {
		this.chat = chat;
	}

	boolean isFraming() {
		return this.input != null;
	}

	Terminator terminator() {
		Terminator next = this.next;
		return (next != null) ? next : terminator(this.delimiter, this.length);
	}

	private static Terminator terminator(@Nullable Delimiter delimiter, long length) {
		if (delimiter != null) {
			return delimiter;
		}
		return (length == UNLIMITED) ? Terminator.none() : Terminator.length(length);
	}

	void delimitBy(byte[] bytes) {
		Delimiter delimiter = this.delimiter;
		delimitBy((delimiter != null && delimiter.consistsOf(bytes)) ? delimiter : Delimiter.of(bytes));
	}

	void endBy(Terminator terminator) {
		if (terminator instanceof Delimiter bytes) {
			delimitBy(bytes);
		}
		else {
			endBy(null, (terminator instanceof Length count) ? count.bytes() : UNLIMITED);
		}
	}

	void delimitBy(Delimiter delimiter) {
		endBy(delimiter, UNLIMITED);
	}

	void limitTo(long length) {
		if (length < 0) {
			throw new IllegalArgumentException("The length of a frame must not be negative: " + length);
		}
		endBy(null, length);
	}

	private void endBy(@Nullable Delimiter delimiter, long length) {
		if (this.discarding) {
			// the end of the frame that is being dropped is still to be found
			this.next = terminator(delimiter, length);
			return;
		}
		keepMatched();
		if (delimiter == null || this.delimiter == null) {
			this.measure = Math.max(0, length);
		}
		this.delimiter = delimiter;
		this.length = length;
	}

	// what is part of the old delimiter may be anything to the new terminator
	private void keepMatched() {
		Delimiter delimiter = this.delimiter;
		ByteBuffer input = this.input;
		boolean gone = input == null || (!this.collecting && !input.hasRemaining());
		if (this.matched > 0 && gone && delimiter != null) {
			ByteBuffer bytes = ByteBuffer.allocate(this.matched);
			delimiter.putPrefix(bytes, this.matched);
			this.rest = bytes.flip();
		}
		this.matched = 0;
	}

	/**
	 * Say whether there is something to do without further input.
	 */
	boolean isPending() {
		return this.rest != null || (this.delimiter == null && this.length == 0);
	}

	/**
	 * Say whether a frame has begun, or is known to come.
	 */
	boolean isWithinFrame() {
		return this.discarding || this.matched > 0 || ((this.delimiter != null) ? this.measure > 0 : this.length > 0);
	}

	/**
	 * Say whether something that was received comes before what is still to be received.
	 */
	boolean isBusy() {
		return this.input != null || isPending();
	}

	/**
	 * Say whether no input can be dealt with now because the collector, which was called
	 * with some, is running the loop. {@link AsyncChat#goOnReading()} follows.
	 */
	boolean refuses() {
		this.refused |= this.collecting;
		return this.collecting;
	}

	/**
	 * Deal with what was received before.
	 * @param since the time when this was begun
	 * @return how many frames the pass has left for what may be received now, 0 also if
	 * something waits
	 */
	int resume(long since) throws Exception {
		int left = MOST_FRAMES;
		ByteBuffer input = this.input;
		if (input != null) {
			// a hook is running the loop: what it was called for comes first
			left = frame(input, left, since);
			if (input.remaining() > this.matched) {
				return 0;
			}
		}
		if (isPending() && left > 0) {
			ByteBuffer rest = this.rest;
			this.rest = null;
			left = frameAll((rest != null) ? rest : NOTHING, left, since);
		}
		return (this.rest == null) ? left : 0;
	}

	/**
	 * Say whether this is input that is being given to a collector, and stays as it is
	 * until all of it is dealt with.
	 */
	boolean isGiving(ByteBuffer data) {
		return data == this.input && this.collecting && !this.chat.collectsInOwnWay();
	}

	/**
	 * Return how much room {@link #begin} needs.
	 */
	int prefixLength() {
		return this.matched;
	}

	/**
	 * Put that before new input which the input so far ends with.
	 */
	void begin(ByteBuffer target) {
		Delimiter delimiter = this.delimiter;
		if (this.matched > 0 && delimiter != null) {
			delimiter.putPrefix(target, this.matched);
		}
	}

	/**
	 * Frame new input, up to the limit of a buffer to which {@link #begin} was applied.
	 * @param most how many frames the pass has left
	 * @param since the time when it has begun with them, or {@link #NOT_ASKED}
	 */
	void receive(ByteBuffer target, int most, long since) throws Exception {
		ByteBuffer outer = this.input;
		if (outer != null) {
			// its remaining bytes are those that begin() has put before the new ones
			outer.position(outer.limit());
		}
		frameAll(target, most, since);
	}

	private int frameAll(ByteBuffer input, int most, long since) throws Exception {
		ByteBuffer outer = this.input;
		this.input = input;
		try {
			return frame(input, most, since);
		}
		finally {
			this.input = outer;
			if (input.remaining() > this.matched && this.chat.isOpenForInput()) {
				keep(input);
			}
			settle();
			dropIfClosed();
		}
	}

	private void settle() {
		try {
			this.chat.settleCollected();
		}
		catch (OutOfMemoryError ex) {
			drop();
			throw ex;
		}
	}

	// a hook, or another thread, may have closed it before the last of it was collected
	private void dropIfClosed() {
		if (this.chat.closed()) {
			this.chat.dropInput();
		}
	}

	private void keep(ByteBuffer input) {
		// the loop's own would be overwritten by the next read; one that was kept before
		// serves until it is nearly empty, or each pass would copy all that is left
		boolean copied = input.isDirect() || input.remaining() < input.capacity() / 4;
		this.matched = 0;
		try {
			this.rest = copied ? ByteBuffer.allocate(input.remaining()).put(input).flip() : input;
		}
		catch (OutOfMemoryError ex) {
			// then it stays where it is, and the loop makes itself another buffer
			this.rest = input;
		}
	}

	/**
	 * Say whether what waits is in a buffer that was given to {@link #receive}.
	 */
	boolean keeps(ByteBuffer target) {
		return this.rest == target;
	}

	// how many frames are left, none if the time is over
	private int frame(ByteBuffer input, int most, long start) throws Exception {
		int left = most;
		long since = start;
		int look = 1;
		boolean progress = true;
		boolean frameEnded = false;
		boolean again = false;
		while (left > 0 && this.chat.isOpenForInput() && (!frameEnded || this.chat.isReadyForMore())) {
			frameEnded = false;
			Delimiter delimiter = this.delimiter;
			if (delimiter == null && this.length == 0) {
				if (!progress) {
					// a handler that wants nothing over and over leaves others their turn
					return left;
				}
				progress = false;
				since = time(since, input.remaining() > this.matched);
				this.length = UNLIMITED;
				frameEnded = true;
				found(again);
			}
			else if (input.remaining() <= this.matched) {
				return left;
			}
			else if (delimiter != null) {
				progress = true;
				int end = delimiter.search(input, input.position() + this.matched, this.matched);
				since = time(since, end >= 0 && end < input.limit());
				frameEnded = takeUpTo(input, delimiter, end, again);
			}
			else {
				progress = true;
				since = time(since, this.length != UNLIMITED && this.length < input.remaining());
				take(input);
			}
			if (frameEnded) {
				again = true;
				left--;
				if (--look <= 0 && since != NOT_ASKED && input.remaining() > this.matched) {
					look = nextLook(since);
					left = (look > 0) ? left : 0;
				}
			}
		}
		return left;
	}

	// who has a single frame to deal with need not know how late it is
	private long time(long since, boolean moreFollows) {
		return (since == NOT_ASKED && moreFollows) ? this.chat.now() : since;
	}

	// after how many more frames to look at the clock again, 0 if the time is over
	private int nextLook(long since) {
		long elapsed = this.chat.now() - since;
		if (elapsed >= MOST_NANOS) {
			return 0;
		}
		// when frames take their time, looking at the clock does not
		return (elapsed > MOST_NANOS / FRAMES_PER_LOOK) ? 1 : FRAMES_PER_LOOK;
	}

	// up to the end that a search has found; whether the frame has ended
	private boolean takeUpTo(ByteBuffer input, Delimiter delimiter, int end, boolean again) throws Exception {
		boolean found = end >= 0;
		int dataEnd = found ? end - delimiter.length() : input.limit() - ~end;
		this.matched = found ? 0 : ~end;
		if (dataEnd > input.position()) {
			takeSearched(input, dataEnd);
			if (!found || this.delimiter != delimiter || input.position() != dataEnd || !this.chat.isOpenForInput()) {
				// the collector may have done as it likes: what follows is searched anew
				return false;
			}
		}
		if (found) {
			input.position(end);
			found(again);
		}
		return found;
	}

	// of a frame that ends with a delimiter
	private void takeSearched(ByteBuffer input, int end) throws Exception {
		int count = end - input.position();
		int max = this.chat.maxFrameLength();
		boolean tooLong = count > max - this.measure;
		this.measure += count;
		if (tooLong && !this.discarding) {
			input.position(end);
			drop();
			throw new FrameTooLongException(max);
		}
		collect(input, end);
	}

	private void take(ByteBuffer input) throws Exception {
		int count = input.remaining();
		if (this.length != UNLIMITED) {
			count = (int) Math.min(count, this.length);
			this.length -= count;
		}
		collect(input, input.position() + count);
	}

	private void found(boolean again) throws Exception {
		this.measure = 0;
		boolean dropped = this.discarding;
		this.discarding = false;
		Terminator next = this.next;
		if (next != null) {
			this.next = null;
			endBy(next);
		}
		else if (!dropped || this.delimiter == null) {
			// a length is found once: the class would wait for ever if it were not told
			this.chat.callFoundTerminator(again);
		}
	}

	// without its beginning the rest of the frame is of no use
	private void drop() {
		this.discarding = this.delimiter != null || this.length != UNLIMITED;
		this.chat.dropCollected();
	}

	/**
	 * Give the collector what is before a position, and go on there.
	 */
	private void collect(ByteBuffer input, int end) throws Exception {
		if (this.discarding) {
			input.position(end);
			return;
		}
		int limit = input.limit();
		this.collecting = true;
		try {
			this.chat.collectIncomingData(input.limit(end));
		}
		catch (FrameTooLongException | OutOfMemoryError ex) {
			drop();
			throw ex;
		}
		finally {
			this.collecting = false;
			input.limit(limit).position(this.discarded ? limit : end).order(ByteOrder.BIG_ENDIAN);
			this.discarded = false;
			if (this.refused) {
				this.refused = false;
				this.chat.goOnReading();
			}
		}
	}

	/**
	 * Collect what was held back: nothing follows that could make a delimiter of it.
	 */
	void end() throws Exception {
		Delimiter delimiter = this.delimiter;
		if (this.matched == 0 || delimiter == null || this.collecting || !this.chat.isOpenForInput()) {
			return;
		}
		ByteBuffer tail = ByteBuffer.allocate(this.matched);
		delimiter.putPrefix(tail, this.matched);
		ByteBuffer outer = this.input;
		if (outer != null) {
			// what is left of it is just that
			outer.position(outer.limit());
		}
		this.matched = 0;
		this.input = tail.flip();
		try {
			takeSearched(tail, tail.limit());
		}
		finally {
			this.input = outer;
			dropIfClosed();
		}
	}

	/**
	 * Forget all input, of which a hook may be one that asks for it.
	 */
	void discard() {
		ByteBuffer input = this.input;
		if (input != null) {
			input.position(input.limit());
			this.discarded = this.collecting;
		}
		this.rest = null;
		this.matched = 0;
		this.discarding = false;
		Terminator next = this.next;
		if (next != null) {
			this.next = null;
			endBy(next);
		}
		if (this.length > 0) {
			this.length = this.measure;
		}
		else {
			this.measure = 0;
		}
	}

}
