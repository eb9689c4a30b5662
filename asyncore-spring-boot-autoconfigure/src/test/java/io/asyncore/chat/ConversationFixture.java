package io.asyncore.chat;

import java.io.IOException;

import io.asyncore.MovableClock;
import org.junit.jupiter.api.AfterEach;

/**
 * A test that talks with one channel at a time, by a clock that stands still.
 */
abstract class ConversationFixture {

	final MovableClock clock = new MovableClock();

	Conversation<ScriptedChat> talk;

	ScriptedChat chat;

	ScriptedChat chat() throws IOException {
		return begin(Conversation.begin(this.clock.map()));
	}

	ScriptedChat chatWithSmallBuffers() throws IOException {
		return begin(Conversation.withSmallBuffers(this.clock.map()));
	}

	private ScriptedChat begin(Conversation<ScriptedChat> next) throws IOException {
		close();
		this.talk = next;
		this.chat = next.chat;
		return this.chat;
	}

	@AfterEach
	void close() throws IOException {
		if (this.talk != null) {
			this.talk.close();
			this.talk = null;
		}
	}

}
