package io.asyncore.chat;

import java.io.IOException;
import java.nio.channels.SelectableChannel;

import io.asyncore.ChannelMap;
import io.asyncore.ChannelStats;
import io.asyncore.CloseReason;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of what the end of an {@link AsyncChat} counts as.
 */
class AsyncChatCloseReasonTests extends ConversationFixture {

	@Test
	void whenChatSetsAReasonAndClosesWhenDoneThatCounts() throws IOException {
		try (Conversation<ScriptedChat> conversation = Conversation.with(Polite::new)) {
			conversation.chat.setTerminator("\n");
			conversation.deliver("x\n");
			conversation.untilClosed();
			assertThat(group(conversation).closed(CloseReason.LIMIT)).isEqualTo(1);
		}
	}

	@Test
	void whenFrameIsTooLongAndChatSaysSoBeforeItClosesTheLimitCounts() throws IOException {
		chat().setTerminator("\n");
		this.chat.setMaxFrameLength(3);
		this.chat.staysOpenOnError = true;
		this.chat.on("error", (self) -> {
			self.push("too long");
			self.closeWhenDone();
		});
		this.talk.deliver("12345");
		this.talk.peer.endOutput();
		this.talk.untilPeerIsAtEnd();
		assertThat(this.chat.failures).singleElement().isInstanceOf(FrameTooLongException.class);
		assertThat(this.talk.peer.text()).isEqualTo("too long");
		this.talk.peer.close();
		this.talk.until(this.chat::closed);
		assertThat(group(this.talk).closed(CloseReason.LIMIT)).isEqualTo(1);
	}

	private static ChannelStats group(Conversation<ScriptedChat> talk) {
		return talk.map.eventLoop().monitor().group(talk.chat.channelName());
	}

	private static final class Polite extends ScriptedChat {

		Polite(SelectableChannel socket, ChannelMap map) throws IOException {
			super(socket, map);
		}

		@Override
		protected void foundTerminator() {
			setCloseReason(CloseReason.LIMIT);
			push("enough");
			closeWhenDone();
		}

	}

}
