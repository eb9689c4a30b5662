package io.asyncore;

import io.asyncore.loop.Watcher;
import org.jspecify.annotations.Nullable;

/**
 * Finds channels by their numbers, for some ten bytes each. Guarded by the lock of the
 * map.
 */
final class ChannelIndex {

	private static final int LEAST = 16;

	// spreads numbers that follow each other
	private static final long SPREAD = 0x9E3779B97F4A7C15L;

	// each at the place that its number says or, if that is taken, at one of the next; a
	// power of two of them, of which at least a quarter is free
	private @Nullable Watcher[] table = new Watcher[LEAST];

	private int size;

	@Nullable Watcher get(long id) {
		int place = place(id);
		Watcher found = this.table[place];
		while (found != null && found.id() != id) {
			place = next(place);
			found = this.table[place];
		}
		return found;
	}

	/**
	 * Add a channel that is not here.
	 */
	void add(Watcher channel) {
		this.size++;
		if (this.size > this.table.length / 4 * 3) {
			grow();
		}
		put(channel);
	}

	private void put(Watcher channel) {
		int place = place(channel.id());
		while (this.table[place] != null) {
			place = next(place);
		}
		this.table[place] = channel;
	}

	private void grow() {
		Watcher[] full = this.table;
		this.table = new Watcher[2 * full.length];
		for (Watcher channel : full) {
			if (channel != null) {
				put(channel);
			}
		}
	}

	/**
	 * Remove a channel that is here.
	 */
	void remove(Watcher channel) {
		int place = place(channel.id());
		while (this.table[place] != channel) {
			place = next(place);
		}
		this.table[place] = null;
		this.size--;
		// those behind it may have been meant for its place
		for (place = next(place); this.table[place] != null; place = next(place)) {
			Watcher moved = this.table[place];
			this.table[place] = null;
			put(moved);
		}
	}

	private int place(long id) {
		return (int) ((id * SPREAD) >>> 40) & (this.table.length - 1);
	}

	private int next(int place) {
		return (place + 1) & (this.table.length - 1);
	}

}
