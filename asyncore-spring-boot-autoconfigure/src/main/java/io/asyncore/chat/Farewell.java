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
 *   |   | closeWhenDone(), all sent,    |     | the peer ends its stream
 *   |   | the peer may still send       |     |
 *   |   +--------> LINGERING <----------+     |
 *   |                  |                      |
 *   | the peer ends    | the peer ends its    |
 *   | its stream       | stream, or silence   |
 *   v                  v                      |
 *  PEER_ENDED ------> OVER <------------------+
 *           all sent
 * }</pre>
 *
 * Without output that is left, and without input to be expected, the way leads from
 * {@code TALKING} to {@code OVER} at once.
 */
final class Farewell {

	// a peer that takes nothing in that many looks will not take the rest either
	private static final Duration LOOK = Duration.ofSeconds(15);

	private static final int MOST_LOOKS = 4;

	// how long a peer that has not noticed that this end has closed may be silent, and
	// how often it may not
	private static final Duration SILENCE = Duration.ofSeconds(1);

	private static final int MOST_SILENCES = 30;

	private final AsyncChat chat;

	private Stage stage = Stage.TALKING;

	private boolean watching;

	// something was sent, or while lingering received, since that was last looked at
	private boolean progressed;

	Farewell(AsyncChat chat) {
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

	// input that meets a closed socket makes the system take back what the peer has not
	// received yet
	private void finish() throws Exception {
		int discarded = this.chat.discardInput();
		if (this.stage == Stage.OVER) {
			return;
		}
		if (discarded < 0 || (discarded == 0 && !this.chat.isWithinFrame())) {
			end();
			return;
		}
		this.stage = Stage.LINGERING;
		this.chat.endStream();
		linger(MOST_SILENCES);
	}

	private void linger(int times) {
		this.progressed = false;
		this.chat.callLater(SILENCE, () -> {
			if (this.progressed && times > 1) {
				linger(times - 1);
			}
			else {
				giveUp();
			}
		});
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
		this.chat.callLater(LOOK, () -> {
			if (this.progressed) {
				look(MOST_LOOKS);
			}
			else if (left > 1 || this.chat.isWorking()) {
				look(Math.max(1, left - 1));
			}
			else {
				this.chat.logStalled();
				giveUp();
			}
		});
	}

	private void giveUp() {
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
