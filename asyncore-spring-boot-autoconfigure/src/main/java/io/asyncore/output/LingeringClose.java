package io.asyncore.output;

import java.io.IOException;
import java.time.Duration;
import java.util.function.LongConsumer;

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
 * <p>
 * A class of its own for each kind of channel says what it has to do with that.
 */
public abstract class LingeringClose {

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

	private Stage stage = Stage.TALKING;

	private boolean watching;

	// something was sent, or while lingering received, since that was last looked at
	private boolean progressed;

	// what the peer still had to take when the system was asked last
	private long unacknowledged = Long.MAX_VALUE;

	// for how many seconds the peer was silent, and took nothing
	private int silent;

	private int stalled;

	// the channel

	/**
	 * Say whether the channel is at work on something it may send.
	 * @return whether it is
	 */
	protected abstract boolean isWorking();

	/**
	 * Say whether the peer may still need this end: to receive what was sent, or to send
	 * what it is about to.
	 * @return whether it may
	 * @throws IOException if what there is to be received shows that it has gone
	 */
	protected abstract boolean isAwaited() throws IOException;

	/**
	 * Say whether the peer has more to send.
	 * @return whether that is known
	 */
	protected abstract boolean isWithinFrame();

	/**
	 * Say whether the peer may be on another machine.
	 * @return whether it may
	 */
	protected abstract boolean isRemote();

	/**
	 * Try to send what waits, whatever the system says.
	 */
	protected abstract void writeAgain();

	/**
	 * Ask how much of what was sent the peer has not acknowledged.
	 * @param then told the number of bytes, -1 if the system does not say
	 */
	protected abstract void askUnacknowledged(LongConsumer then);

	/**
	 * Have the predicates asked again.
	 */
	protected abstract void interestChanged();

	/**
	 * Do something later, unless the channel is closed before.
	 * @param delay the time to wait
	 * @param task what to do
	 */
	protected abstract void callLater(Duration delay, Runnable task);

	/**
	 * End this end's direction of the stream.
	 * @throws IOException if that fails
	 */
	protected abstract void endStream() throws IOException;

	/**
	 * Say in the log that the channel is closed because its peer takes nothing.
	 */
	protected abstract void logStalled();

	/**
	 * Tell the dispatcher that the conversation is over.
	 * @throws Exception what that throws
	 */
	protected abstract void tellEnd() throws Exception;

	// what becomes of it

	/**
	 * Say whether there is something to do when nothing is left to be sent.
	 * @param ending what is to happen then, if anything
	 * @return whether there is
	 */
	public boolean isDue(@Nullable Ending ending) {
		return switch (this.stage) {
			case TALKING -> ending != null;
			case SHUT_DOWN -> ending == Ending.CLOSE;
			case PEER_ENDED -> !isWorking();
			case LINGERING, OVER -> false;
		};
	}

	/**
	 * Say whether this end has said all, and waits for the peer to do so.
	 * @return whether it does
	 */
	public boolean isLingering() {
		return this.stage == Stage.LINGERING;
	}

	/**
	 * Note that the peer has taken or sent something.
	 */
	public void progressed() {
		this.progressed = true;
	}

	/**
	 * Note that the peer has ended its stream.
	 * @param outputLeft whether something is still to be sent
	 * @throws Exception what the dispatcher throws that is told that this was all
	 */
	public void peerEnded(boolean outputLeft) throws Exception {
		boolean answering = outputLeft || isWorking();
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
	 * @param ending what is to happen now, if anything
	 * @throws Exception what the dispatcher throws that is told that this was all
	 */
	public void sentAll(@Nullable Ending ending) throws Exception {
		if (this.stage == Stage.PEER_ENDED) {
			end();
		}
		else if (ending == Ending.CLOSE && this.stage != Stage.LINGERING) {
			finish();
		}
		else if (ending == Ending.SHUTDOWN && this.stage == Stage.TALKING) {
			this.stage = Stage.SHUT_DOWN;
			endStream();
		}
	}

	// whether the peer will send something cannot be known, and input that meets a closed
	// socket makes the system take back what the peer has not received yet
	private void finish() throws Exception {
		if (!isAwaited() && this.stage != Stage.OVER) {
			end();
		}
		if (this.stage == Stage.OVER) {
			return;
		}
		boolean open = this.stage == Stage.TALKING;
		this.stage = Stage.LINGERING;
		if (open) {
			endStream();
		}
		interestChanged();
		linger(MOST_SECONDS);
	}

	private void linger(int seconds) {
		this.progressed = false;
		callLater(SECOND, () -> askUnacknowledged((unacknowledged) -> linger(seconds, unacknowledged)));
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
		logStalled();
		return false;
	}

	// whether it has all, or nobody knows
	private boolean isSending(boolean all, int seconds) {
		this.silent = this.progressed ? 0 : this.silent + 1;
		int most = isWithinFrame() ? SECONDS_WITHIN_FRAME : 1;
		return seconds > 1 && (this.silent < most || (!all && isRemote()));
	}

	/**
	 * See to it that a peer which takes nothing is not waited for for ever.
	 */
	public void watch() {
		if (!this.watching) {
			this.watching = true;
			look(MOST_LOOKS);
		}
	}

	private void look(int left) {
		this.progressed = false;
		callLater(LOOK, () -> askUnacknowledged((unacknowledged) -> look(left, unacknowledged)));
	}

	private void look(int left, long unacknowledged) {
		if (this.stage == Stage.LINGERING || this.stage == Stage.OVER) {
			return;
		}
		writeAgain();
		if (this.stage == Stage.LINGERING || this.stage == Stage.OVER) {
			return;
		}
		boolean taken = unacknowledged > 0 && unacknowledged < this.unacknowledged;
		this.unacknowledged = (unacknowledged > 0) ? unacknowledged : Long.MAX_VALUE;
		if (this.progressed || taken) {
			look(MOST_LOOKS);
		}
		else if (left > 1 || isWorking()) {
			look(Math.max(1, left - 1));
		}
		else {
			logStalled();
			giveUp();
		}
	}

	/**
	 * Come to the end, whatever is left.
	 */
	public void giveUp() {
		try {
			end();
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void end() throws Exception {
		this.stage = Stage.OVER;
		tellEnd();
	}

	/**
	 * Where the conversation is.
	 */
	private enum Stage {

		TALKING, SHUT_DOWN, PEER_ENDED, LINGERING, OVER

	}

	/**
	 * What is to happen when everything has been sent.
	 */
	public enum Ending {

		/** The peer is told that no more comes. */
		SHUTDOWN,

		/** The channel is closed. */
		CLOSE

	}

}
