package io.asyncore;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

import io.asyncore.loop.LoopEngine;

/**
 * The listeners of a loop that accept nothing until a descriptor may be free. May be used
 * by any thread.
 */
final class PausedListeners {

	private final LoopEngine loop;

	private final Set<Acceptor> listeners = ConcurrentHashMap.newKeySet();

	// whether the loop has been told that they may try again
	private final AtomicBoolean resumeGiven = new AtomicBoolean();

	PausedListeners(LoopEngine loop) {
		this.loop = loop;
	}

	void add(Acceptor listener) {
		this.listeners.add(listener);
	}

	void remove(Acceptor listener) {
		this.listeners.remove(listener);
	}

	int count() {
		return this.listeners.size();
	}

	/**
	 * Let them try again, for a channel has been closed.
	 */
	void closed() {
		if (this.loop.owner().isRunner()) {
			resume();
		}
		else if (!this.listeners.isEmpty() && this.resumeGiven.compareAndSet(false, true)) {
			this.loop.tasks().add(this::resume);
		}
	}

	private void resume() {
		this.resumeGiven.set(false);
		if (!this.listeners.isEmpty()) {
			this.listeners.forEach(Acceptor::resume);
		}
	}

}
