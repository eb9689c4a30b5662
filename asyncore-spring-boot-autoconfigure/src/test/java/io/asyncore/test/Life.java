package io.asyncore.test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

import io.asyncore.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * What has become of a channel, and what must never become of one.
 */
final class Life {

	private final Talker talker;

	private final List<String> mistakes = new ArrayList<>();

	long received;

	long pushed;

	/** What it had pushed when it said that it sends no more, -1 if it has not. */
	long promised = -1;

	boolean endSeen;

	private int opens;

	private int closes;

	private int closeds;

	private @Nullable CloseReason reason;

	Life(Talker talker) {
		this.talker = talker;
	}

	Talker talker() {
		return this.talker;
	}

	void event(String hook) {
		if (this.closeds > 0) {
			this.mistakes.add(hook + " after handleClosed");
		}
	}

	void opened() {
		event("handleOpen");
		if (this.opens++ > 0 || this.received > 0) {
			this.mistakes.add("handleOpen comes " + this.opens + " times, or late");
		}
	}

	void received(byte[] data) {
		event("data");
		for (byte actual : data) {
			if (actual != Talker.at(this.talker.number(), this.received) && this.mistakes.isEmpty()) {
				this.mistakes.add("byte " + this.received + " is wrong");
			}
			this.received++;
		}
		if (this.received > this.talker.sent) {
			this.mistakes.add("more was received than was sent");
		}
	}

	void end() {
		event("handleEof");
		this.endSeen = true;
	}

	void close() {
		event("handleClose");
		if (this.closes++ > 0) {
			this.mistakes.add("handleClose comes twice");
		}
	}

	void failed(Throwable failure) {
		event("handleError");
		boolean expected = failure instanceof IOException || failure instanceof RejectedExecutionException
				|| RandomProgram.FAILURE.equals(failure.getMessage());
		if (!expected) {
			this.mistakes.add("failure " + failure);
		}
	}

	void closed(CloseReason reason) {
		if (this.closeds++ > 0) {
			this.mistakes.add("handleClosed comes twice");
		}
		this.reason = reason;
	}

	boolean isOver() {
		return this.closeds > 0;
	}

	/**
	 * Return what is wrong, now that all is over.
	 * @param failures whether something was made to fail
	 */
	List<String> mistakes(boolean failures) {
		List<String> all = new ArrayList<>(this.mistakes);
		if (this.closeds != 1) {
			all.add("handleClosed came " + this.closeds + " times");
		}
		boolean orderly = this.talker.endSent && !this.talker.broken;
		if (this.endSeen && orderly && this.promised < 0 && this.received != this.talker.sent) {
			all.add("the end came before all was received");
		}
		boolean listening = this.talker.endReceived && !this.talker.broken;
		if (this.promised >= 0 && listening && !failures && this.talker.received != this.promised) {
			all.add("the talker has the end and not all that was promised");
		}
		all.replaceAll((mistake) -> mistake + ": " + this);
		return all;
	}

	@Override
	public String toString() {
		return "received " + this.received + ", pushed " + this.pushed + ", promised " + this.promised + ", "
				+ this.reason + "; " + this.talker;
	}

}
