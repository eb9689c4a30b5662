package io.asyncore.chat;

import java.time.Duration;

import org.jspecify.annotations.Nullable;

/**
 * How a conversation ends, as far as that takes time. Belongs to the thread of the loop.
 *
 * <pre>{@code
 *          shutdownOutput(), all sent
 *  TALKING --------------------------> SHUT_DOWN
 *   |   |                               |     |
 *   |   | closeWhenDone(), all sent     |     | the peer ends its stream
 *   |   +--------> LINGERING <----------+     |
 *   |                  |                      |
 *   | the peer ends    | the peer ends its    |
 *   | its stream       | stream, or has all   |
 *   v                  v and is silent        |
 *  PEER_ENDED ------> OVER <------------------+
 *           all sent
 * }</pre>
 *
 * Without output that is left the way leads from {@code TALKING} to {@code OVER} at once
 * when the peer ends its stream, and if nothing was ever sent by {@code closeWhenDone()}
 * too.
 */
final class LingeringClose {

	// a peer that takes nothing in that many looks will not take the rest either
	private static final Duration LOOK = Duration.ofSeconds(15);

	private static final int MOST_LOOKS = 4;

	private static final Duration SECOND = Duration.ofSeconds(1);

	// how often a peer that has all, or of which that is not known, may go on to send
	private static final int MOST_SECONDS = 30;

	// how long one may be silent that is known to have more to send
	private static final int SECONDS_WITHIN_FRAME = 5;

	// how long one may take nothing that has not got all
	private static final int SECONDS_WITHOUT_PROGRESS = 60;

	private final AsyncChat chat;

	private Stage stage = Stage.TALKING;

	private boolean watching;

	// something was sent, or while lingering received, since that was last looked at
	private boolean progressed;

	// what the peer still had to take when the system was asked last
	private long unacknowledged = Long.MAX_VALUE;

	// for how many seconds the peer was silent, and took nothing
	private int silent;

	private int stalled;

	LingeringClose(AsyncChat chat) {
		this.chat = chat;
	}

	/**
	 * Say whether there is something to do when nothing is left to be sent.
	 */
	boolean isDue(Outbox.@Nullable Ending ending) {
		return switch (this.stage) {
			case TALKING -> ending != null;
			case SHUT_DOWN -> ending == Outbox.Ending.CLOSE;
			case PEER_ENDED -> !this.chat.isWorking();
			case LINGERING, OVER -> false;
		};
	}

	boolean isLingering() {
		return this.stage == Stage.LINGERING;
	}

	/**
	 * Note that the peer has taken or sent something.
	 */
	void progressed() {
		this.progressed = true;
	}

	/**
	 * Note that the peer has ended its stream.
	 */
	void peerEnded(boolean outputLeft) throws Exception {
		boolean answering = outputLeft || this.chat.isWorking();
		if (answering && this.stage != Stage.LINGERING) {
			this.stage = Stage.PEER_ENDED;
			watch();
		}
		else {
			end();
		}
	}

	/**
	 * Note that everything has been sent.
	 */
	void sentAll(Outbox.@Nullable Ending ending) throws Exception {
		if (this.stage == Stage.PEER_ENDED) {
			end();
		}
		else if (ending == Outbox.Ending.CLOSE && this.stage != Stage.LINGERING) {
			finish();
		}
		else if (ending == Outbox.Ending.SHUTDOWN && this.stage == Stage.TALKING) {
			this.stage = Stage.SHUT_DOWN;
			this.chat.endStream();
		}
	}

	// whether the peer will send something cannot be known, and input that meets a closed
	// socket makes the system take back what the peer has not received yet
	private void finish() throws Exception {
		if (!this.chat.isAwaited() && this.stage != Stage.OVER) {
			end();
		}
		if (this.stage == Stage.OVER) {
			return;
		}
		boolean open = this.stage == Stage.TALKING;
		this.stage = Stage.LINGERING;
		if (open) {
			this.chat.endStream();
		}
		this.chat.askAgain();
		linger(MOST_SECONDS);
	}

	private void linger(int seconds) {
		this.progressed = false;
		this.chat.callLater(SECOND, () -> this.chat.askWhatIsLeft((unacknowledged) -> linger(seconds, unacknowledged)));
	}

	private void linger(int seconds, long unacknowledged) {
		if (this.stage != Stage.LINGERING) {
			return;
		}
		boolean more = (unacknowledged > 0) ? isTaking(unacknowledged) : isSending(unacknowledged == 0, seconds);
		if (more) {
			linger(Math.max(1, seconds - 1));
		}
		else {
			giveUp();
		}
	}

	private boolean isTaking(long unacknowledged) {
		this.stalled = (unacknowledged < this.unacknowledged) ? 0 : this.stalled + 1;
		this.unacknowledged = unacknowledged;
		if (this.stalled < SECONDS_WITHOUT_PROGRESS) {
			return true;
		}
		this.chat.logStalled();
		return false;
	}

	// whether it has all, or nobody knows
	private boolean isSending(boolean all, int seconds) {
		this.silent = this.progressed ? 0 : this.silent + 1;
		int most = this.chat.isWithinFrame() ? SECONDS_WITHIN_FRAME : 1;
		return seconds > 1 && (this.silent < most || (!all && this.chat.isRemote()));
	}

	/**
	 * See to it that a peer which takes nothing is not waited for for ever.
	 */
	void watch() {
		if (!this.watching) {
			this.watching = true;
			look(MOST_LOOKS);
		}
	}

	private void look(int left) {
		this.progressed = false;
		this.chat.callLater(LOOK, () -> this.chat.askWhatIsLeft((unacknowledged) -> look(left, unacknowledged)));
	}

	private void look(int left, long unacknowledged) {
		if (this.stage == Stage.LINGERING || this.stage == Stage.OVER) {
			return;
		}
		this.chat.tryToSend();
		if (this.stage == Stage.LINGERING || this.stage == Stage.OVER) {
			return;
		}
		boolean taken = unacknowledged > 0 && unacknowledged < this.unacknowledged;
		this.unacknowledged = (unacknowledged > 0) ? unacknowledged : Long.MAX_VALUE;
		if (this.progressed || taken) {
			look(MOST_LOOKS);
		}
		else if (left > 1 || this.chat.isWorking()) {
			look(Math.max(1, left - 1));
		}
		else {
			this.chat.logStalled();
			giveUp();
		}
	}

	/**
	 * Come to the end, whatever is left.
	 */
	void giveUp() {
		try {
			end();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void end() throws Exception {
		this.stage = Stage.OVER;
		this.chat.tellEnd();
	}

	/**
	 * Where the conversation is.
	 */
	private enum Stage {

		TALKING, SHUT_DOWN, PEER_ENDED, LINGERING, OVER

	}

}
