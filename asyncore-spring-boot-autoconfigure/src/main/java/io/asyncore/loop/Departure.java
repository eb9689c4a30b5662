package io.asyncore.loop;

/**
 * Something that a watcher is still to be told, because what it had is over.
 */
public abstract class Departure {

	private final Watcher watcher;

	/**
	 * Create a new instance.
	 * @param watcher who is to be told
	 */
	public Departure(Watcher watcher) {
		this.watcher = watcher;
	}

	Watcher watcher() {
		return this.watcher;
	}

	/**
	 * Tell it.
	 * @return whether that is done; otherwise it is to be done when the watcher says that
	 * nothing of it is under way any more
	 */
	protected abstract boolean tell();

}
