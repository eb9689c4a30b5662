package io.asyncore.readme;

import java.nio.charset.StandardCharsets;

import io.asyncore.chat.AsyncChat;

import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

@Component
@Scope("prototype")
class Notes extends AsyncChat {

	private boolean inNote;

	Notes() {
		setTerminator("\r\n");
	}

	@Override
	protected void foundTerminator() {
		String text = takeIncoming(StandardCharsets.UTF_8);
		if (this.inNote) {
			this.inNote = false;
			setTerminator("\r\n");
			push("kept " + text.length() + " characters\r\n");
		}
		else if (text.startsWith("note ")) {
			this.inNote = true;
			setTerminator(Integer.parseInt(text.substring(5))); // so many bytes
		}
		else {
			push("goodbye\r\n");
			closeWhenDone();
		}
	}

}
