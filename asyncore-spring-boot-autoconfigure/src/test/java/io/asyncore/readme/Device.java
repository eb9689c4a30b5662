package io.asyncore.readme;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.asyncore.CloseReason;
import io.asyncore.chat.AsyncChat;

import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

@Component
@Scope("prototype")
class Device extends AsyncChat {

	private final Devices devices;

	private final Queue<CompletableFuture<String>> asked = new ArrayDeque<>();

	private final CompletableFuture<String> gone = new CompletableFuture<>();

	Device(Devices devices) {
		this.devices = devices;
		setTerminator("\n");
	}

	@Override
	protected void foundTerminator() {
		String line = takeIncoming(StandardCharsets.UTF_8).strip();
		if (label() == null) { // a device says first who it is
			setLabel(line); // which logs and the endpoint show too
			this.devices.connected.put(line, this);
		}
		else if (!this.asked.isEmpty()) { // then it answers in order
			this.asked.remove().complete(line);
		}
	}

	CompletableFuture<String> ask(String question) { // by the threads of the web server
		CompletableFuture<String> answer = new CompletableFuture<>();
		map().eventLoop().execute(() -> {
			this.asked.add(answer);
			push(question + "\n");
		});
		return answer.applyToEither(this.gone, (line) -> line).orTimeout(5, TimeUnit.SECONDS);
	}

	@Override
	protected void handleClosed(CloseReason reason) { // once, whoever has closed it
		if (label() != null) {
			this.devices.connected.remove(label(), this);
		}
		this.gone.completeExceptionally(new IOException("The device has gone: " + reason.label()));
	}

}
