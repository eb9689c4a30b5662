package io.asyncore.readme;

import java.nio.charset.StandardCharsets;

import io.asyncore.chat.AsyncChat;

import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

@Component
@Scope("prototype")
class Tracker extends AsyncChat {

	private final Positions positions;

	Tracker(Positions positions) {
		this.positions = positions;
		setTerminator("\n");
	}

	@Override
	protected void foundTerminator() {
		String position = takeIncoming(StandardCharsets.UTF_8).strip();
		offload(() -> this.positions.save(position), // on another thread, in order
				(number) -> push("stored " + number + "\n")); // back on the loop
	}

}
