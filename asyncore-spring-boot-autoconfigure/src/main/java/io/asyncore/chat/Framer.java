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
final class Framer extends FrameProgress {

	private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

	private AsyncChat chat;

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

	@Override
	boolean isMatchedGone() {
		ByteBuffer input = this.input;
		return input == null || (!this.collecting && !input.hasRemaining());
	}

	@Override
	void keep(ByteBuffer bytes) {
		this.rest = bytes;
	}

	/**
	 * Say whether there is something to do without further input.
	 */
	boolean isPending() {
		return this.rest != null || isComplete();
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
		int left = FrameBudget.MOST_FRAMES;
		ByteBuffer input = this.input;
		if (input != null) {
			// a hook is running the loop: what it was called for comes first
			left = frame(input, left, since);
			if (input.remaining() > matched()) {
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
	 * Frame new input, up to the limit of a buffer to which {@link #begin} was applied.
	 * @param most how many frames the pass has left
	 * @param since the time when it has begun with them, or {@link FrameBudget#NOT_ASKED}
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
			if (input.remaining() > matched() && this.chat.isOpenForInput()) {
				keepLeft(input);
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

	private void keepLeft(ByteBuffer input) {
		// the loop's own would be overwritten by the next read; one that was kept before
		// serves until it is nearly empty, or each pass would copy all that is left
		boolean copied = input.isDirect() || input.remaining() < input.capacity() / 4;
		setMatched(0);
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
		boolean again = false;
		boolean ended = false;
		boolean wanted = true;
		while (left > 0 && this.chat.isOpenForInput() && (!ended || this.chat.isReadyForMore())) {
			boolean complete = isComplete();
			// a handler that wants nothing over and over leaves others their turn
			if (complete ? !wanted : input.remaining() <= matched()) {
				return left;
			}
			wanted = !complete;
			Delimiter delimiter = delimiter();
			int end = (delimiter != null) ? delimiter.search(input, input.position() + matched(), matched()) : 0;
			if (since == FrameBudget.NOT_ASKED && isMoreBehind(input, delimiter, end)) {
				since = this.chat.now();
			}
			ended = takeFrame(input, delimiter, end, again);
			if (ended) {
				again = true;
				left--;
				if (--look <= 0 && since != FrameBudget.NOT_ASKED && input.remaining() > matched()) {
					look = FrameBudget.nextLook(this.chat.now() - since);
					left = (look > 0) ? left : 0;
				}
			}
		}
		return left;
	}

	private boolean isMoreBehind(ByteBuffer input, @Nullable Delimiter delimiter, int end) {
		return (delimiter != null) ? end >= 0 && end < input.limit() : isLimited() && length() < input.remaining();
	}

	// the frame, or what there is of it; whether it has ended
	private boolean takeFrame(ByteBuffer input, @Nullable Delimiter delimiter, int end, boolean again)
			throws Exception {
		if (delimiter != null) {
			return takeUpTo(input, delimiter, end, again);
		}
		if (isComplete()) {
			completed();
			found(again);
			return true;
		}
		collect(input, input.position() + take(input.remaining()));
		return false;
	}

	// up to the end that a search has found; whether the frame has ended
	private boolean takeUpTo(ByteBuffer input, Delimiter delimiter, int end, boolean again) throws Exception {
		boolean found = end >= 0;
		int dataEnd = found ? end - delimiter.length() : input.limit() - ~end;
		setMatched(found ? 0 : ~end);
		if (dataEnd > input.position()) {
			takeSearched(input, dataEnd);
			if (!found || delimiter() != delimiter || input.position() != dataEnd || !this.chat.isOpenForInput()) {
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
		if (exceeds(count, max)) {
			input.position(end);
			drop();
			throw new FrameTooLongException(max);
		}
		collect(input, end);
	}

	private void found(boolean again) throws Exception {
		if (nextFrame()) {
			this.chat.callFoundTerminator(again);
		}
	}

	private void drop() {
		discardRest();
		this.chat.dropCollected();
	}

	/**
	 * Give the collector what is before a position, and go on there.
	 */
	private void collect(ByteBuffer input, int end) throws Exception {
		if (isDiscarding()) {
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
		if (matched() == 0 || this.collecting || !this.chat.isOpenForInput()) {
			return;
		}
		ByteBuffer tail = matchedBytes();
		ByteBuffer outer = this.input;
		if (outer != null) {
			// what is left of it is just that
			outer.position(outer.limit());
		}
		setMatched(0);
		this.input = tail;
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
		beginAnew();
	}

}
