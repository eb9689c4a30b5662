package io.asyncore.chat;

/**
 * What a pass has for the frames of one channel: so many of them, and so much time. The
 * clock is asked rarely, which takes as long as much of a frame; who has a single frame
 * to deal with need not know how late it is.
 */
final class FrameBudget {

	/** How many frames a channel is given in a pass at most. */
	static final int MOST_FRAMES = 256;

	/** Stands for the time when a pass has begun that has not asked for it yet. */
	static final long NOT_ASKED = 0;

	/** After how many frames to look at the clock. */
	static final int FRAMES_PER_LOOK = 8;

	// how long they may take
	private static final long MOST_NANOS = 5_000_000;

	private FrameBudget() {
	}

	/**
	 * Return after how many more frames to look at the clock again.
	 * @param elapsed how long they have taken so far, in nanoseconds
	 * @return the number, 0 if the time is over
	 */
	static int nextLook(long elapsed) {
		if (elapsed >= MOST_NANOS) {
			return 0;
		}
		// when frames take their time, looking at the clock does not
		return (elapsed > MOST_NANOS / FRAMES_PER_LOOK) ? 1 : FRAMES_PER_LOOK;
	}

}
