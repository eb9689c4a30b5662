package io.asyncore.chat;

import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * What ends the present frame of a channel, and how far it has come.
 */
abstract class FrameProgress {

	// the length while frames do not end by their length, and before anybody has said
	// what they end with
	private static final long UNLIMITED = -1;

	private static final long UNSET = -2;

	private @Nullable Delimiter delimiter;

	// what is still to come
	private long length = UNSET;

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

	/**
	 * Say whether what {@link #matched()} stands for is no part of the input that is
	 * being framed.
	 */
	abstract boolean isMatchedGone();

	/**
	 * Keep the first input that is to be framed.
	 */
	abstract void keep(ByteBuffer bytes);

	// what ends it

	/**
	 * Say whether nobody has said yet what frames end with.
	 */
	boolean isUnset() {
		return this.delimiter == null && this.length == UNSET;
	}

	@Nullable Delimiter delimiter() {
		return this.delimiter;
	}

	/**
	 * Say whether it ends by its length.
	 */
	boolean isLimited() {
		return this.delimiter == null && this.length >= 0;
	}

	/**
	 * Return how much of it is still to come, if it {@link #isLimited()}.
	 */
	long length() {
		return this.length;
	}

	Terminator terminator() {
		Terminator next = this.next;
		return (next != null) ? next : terminator(this.delimiter, this.length);
	}

	private static Terminator terminator(@Nullable Delimiter delimiter, long length) {
		if (delimiter != null) {
			return delimiter;
		}
		return (length < 0) ? Terminator.none() : Terminator.length(length);
	}

	void delimitBy(byte[] bytes) {
		Delimiter delimiter = this.delimiter;
		delimitBy((delimiter != null && delimiter.consistsOf(bytes)) ? delimiter : Delimiter.of(bytes));
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

	void endBy(Terminator terminator) {
		if (terminator instanceof Delimiter bytes) {
			delimitBy(bytes);
		}
		else {
			endBy(null, (terminator instanceof Length count) ? count.bytes() : UNLIMITED);
		}
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
		if (this.matched > 0 && isMatchedGone()) {
			keep(matchedBytes());
		}
		this.matched = 0;
	}

	private boolean endByNext() {
		Terminator next = this.next;
		if (next != null) {
			this.next = null;
			endBy(next);
		}
		return next != null;
	}

	// what of the delimiter was found

	int matched() {
		return this.matched;
	}

	void setMatched(int matched) {
		this.matched = matched;
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
	 * Return what the input so far ends with.
	 */
	ByteBuffer matchedBytes() {
		ByteBuffer bytes = ByteBuffer.allocate(this.matched);
		begin(bytes);
		return bytes.flip();
	}

	// how far it has come

	/**
	 * Say whether a frame has begun, or is known to come.
	 */
	boolean isWithinFrame() {
		return this.discarding || this.matched > 0 || ((this.delimiter != null) ? this.measure > 0 : this.length > 0);
	}

	/**
	 * Say whether it ends here, without further input.
	 */
	boolean isComplete() {
		return this.delimiter == null && this.length == 0;
	}

	/**
	 * Count what is taken of a frame that does not end with a delimiter.
	 * @param available how much there is
	 * @return how much is taken of that
	 */
	int take(int available) {
		if (!isLimited()) {
			return available;
		}
		int count = (int) Math.min(available, this.length);
		this.length -= count;
		return count;
	}

	/**
	 * Count what is taken of a frame that ends with a delimiter.
	 * @param count how much
	 * @param max how long it may be
	 * @return whether it has become too long with that
	 */
	boolean exceeds(int count, int max) {
		boolean tooLong = count > max - this.measure;
		this.measure += count;
		return tooLong && !this.discarding;
	}

	boolean isDiscarding() {
		return this.discarding;
	}

	/**
	 * Have the rest of it dropped: without its beginning that is of no use.
	 */
	void discardRest() {
		this.discarding = this.delimiter != null || this.length >= 0;
	}

	/**
	 * Note that it ends by its length, which it does once.
	 */
	void completed() {
		this.length = UNLIMITED;
	}

	/**
	 * Begin with the next one.
	 * @return whether somebody is to be told of the one that has ended
	 */
	boolean nextFrame() {
		this.measure = 0;
		boolean dropped = this.discarding;
		this.discarding = false;
		// a length is found once: the class would wait for ever if it were not told
		return !endByNext() && (!dropped || this.delimiter == null);
	}

	/**
	 * Begin anew with the input that follows.
	 */
	void beginAnew() {
		this.matched = 0;
		this.discarding = false;
		endByNext();
		if (this.length > 0) {
			this.length = this.measure;
		}
		else {
			this.measure = 0;
		}
	}

}
