package io.asyncore.demo.chat;

import java.nio.charset.StandardCharsets;

import io.asyncore.chat.AsyncChat;
import io.asyncore.chat.FrameTooLongException;

import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

/**
 * A member of the chat room: its lines are pushed to the channels of all others. One is
 * made for each connection of the server {@code chat}.
 */
@Component
@Scope("prototype")
class ChatAgent extends AsyncChat {

	private static final int LONGEST_LINE = 4096;

	private final ChatRoom room;

	private final int number;

	ChatAgent(ChatRoom room) {
		this.room = room;
		this.number = room.nextNumber();
		setTerminator("\n");
		setMaxFrameLength(LONGEST_LINE);
	}

	int number() {
		return this.number;
	}

	@Override
	protected void handleOpen() {
		this.room.join(this);
	}

	@Override
	protected void foundTerminator() {
		String line = takeIncoming(StandardCharsets.UTF_8);
		// one that ended with "\r\n" may be blank now
		if (!line.isBlank()) {
			this.room.say(this, line);
		}
	}

	/**
	 * Go on after a line that is too long.
	 */
	@Override
	protected void handleError(Throwable failure) throws Exception {
		if (failure instanceof FrameTooLongException) {
			push("* A line has at most " + LONGEST_LINE + " bytes\n");
		}
		else {
			super.handleError(failure);
		}
	}

	// not handleClose(), which is for a peer that goes: this end may close as well, and
	// from any thread
	@Override
	public void close() {
		super.close();
		this.room.leave(this.number);
	}

}
