package io.asyncore.readme;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.asyncore.CloseReason;
import io.asyncore.chat.AsyncChat;
import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Scope;
import org.springframework.stereotype.Component;

@Component
@Scope("prototype")
class Device extends AsyncChat {

	private final Devices devices;

	private final Queue<CompletableFuture<String>> asked = new ArrayDeque<>();

	private @Nullable String id;

	Device(Devices devices) {
		this.devices = devices;
		setTerminator("\n");
	}

	@Override
	protected void foundTerminator() {
		String line = takeIncoming(StandardCharsets.UTF_8).strip();
		if (this.id == null) { // a device says first who it is
			this.id = line;
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
			if (closed()) {
				handleClosed(CloseReason.PEER);
			}
		});
		return answer.orTimeout(5, TimeUnit.SECONDS);
	}

	@Override
	protected void handleClosed(CloseReason reason) { // once, whoever has closed it
		if (this.id != null) {
			this.devices.connected.remove(this.id, this);
		}
		IOException gone = new IOException("The device has gone: " + reason.label());
		this.asked.forEach((answer) -> answer.completeExceptionally(gone));
		this.asked.clear();
	}

}
