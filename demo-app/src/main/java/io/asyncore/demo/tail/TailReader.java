package io.asyncore.demo.tail;

import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.asyncore.FileDispatcher;

import org.springframework.stereotype.Component;

/**
 * Reads the {@link Fifo} and tells everybody who listens what it reads, line by line.
 */
@Component
class TailReader extends FileDispatcher {

	private static final int BUFFER_SIZE = 64 * 1024;

	private final Fifo fifo;

	// those that another thread closes leave by that
	private final Set<TailListener> listeners = ConcurrentHashMap.newKeySet();

	private final Lines lines = new Lines((line) -> this.listeners.forEach((listener) -> listener.tell(line)));

	TailReader(Fifo fifo) {
		this.fifo = fifo;
	}

	// here and not in the constructor, so that it is opened again by a restart
	@Override
	protected void handleOpen() throws IOException {
		Path path = this.fifo.path();
		if (path != null) {
			// with an end to write of its own it waits for nobody who writes, and does
			// not come to its end when the last of them has gone
			setFile(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
			log("Reading the lines of " + path);
		}
	}

	@Override
	protected void handleRead() throws IOException {
		this.lines.add(recv(BUFFER_SIZE));
	}

	void join(TailListener listener) {
		this.listeners.add(listener);
		if (listener.closed()) {
			// by another thread, in the middle of it
			leave(listener);
		}
	}

	void leave(TailListener listener) {
		this.listeners.remove(listener);
	}

	int listeners() {
		return this.listeners.size();
	}

}
