package io.asyncore;

import java.util.concurrent.atomic.AtomicLong;

import io.asyncore.loop.LoopEngine;
import io.asyncore.loop.Watcher;
import org.jspecify.annotations.Nullable;

/**
 * What a map holds: it has a number, and is served by the loop of the map that it has
 * joined. May be used by any thread.
 */
abstract class MapMember extends Watcher {

	private static final AtomicLong IDS = new AtomicLong();

	private final long id = IDS.incrementAndGet();

	private volatile ChannelMap map;

	private volatile boolean member;

	// those of the map, used under its lock
	volatile @Nullable ChannelMap listed;

	@Nullable MapMember previous;

	@Nullable MapMember next;

	MapMember(ChannelMap map) {
		this.map = map;
	}

	@Override
	public long id() {
		return this.id;
	}

	ChannelMap map() {
		return this.map;
	}

	LoopParts loop() {
		return this.map.loop();
	}

	@Override
	public LoopEngine engine() {
		return this.map.engine();
	}

	boolean isMember() {
		return this.member;
	}

	@Override
	protected boolean isServedBy(LoopEngine loop) {
		return this.member && this.map.engine() == loop;
	}

	/**
	 * Have the loop look at this channel again.
	 */
	@Override
	public void touch() {
		engine().touch(this);
	}

	/**
	 * Join a map, leaving the present one. Under the lock under which it is closed, or
	 * one that is closed in the middle of it would be in a map in the end.
	 */
	synchronized void join(ChannelMap target) {
		ChannelMap source = this.map;
		if (source != target) {
			leave();
			forgetNotes();
			moving(target);
			this.map = target;
			source.engine().handOver(this, target.engine());
			moved();
		}
		target.add(this);
		this.member = true;
		joined();
		touch();
	}

	/**
	 * Leave the map.
	 */
	synchronized void leave() {
		this.member = false;
		if (this.map.remove(this)) {
			left();
		}
	}

	/**
	 * Return what applications know it as.
	 */
	abstract Dispatcher dispatcher();

	/**
	 * Called when it is about to be in another map. Under the lock.
	 */
	abstract void moving(ChannelMap target);

	/**
	 * Called when it is in another map than before. Under the lock.
	 */
	abstract void moved();

	/**
	 * Called when it has joined its map, also if it was there before. Under the lock.
	 */
	abstract void joined();

	/**
	 * Called when it is in no map any more. Under the lock.
	 */
	abstract void left();

}
