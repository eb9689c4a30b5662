package io.asyncore.readme;

import java.nio.charset.StandardCharsets;

import io.asyncore.chat.AsyncChat;

import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

@Component
@Scope("prototype")
class Greeter extends AsyncChat {

	Greeter() {
		setTerminator("\n");
	}

	@Override
	protected void foundTerminator() {
		push("Hello, " + takeIncoming(StandardCharsets.UTF_8).strip() + "!\n");
	}

}
