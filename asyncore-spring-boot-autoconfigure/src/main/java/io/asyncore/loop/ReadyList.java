package io.asyncore.loop;

import java.util.Arrays;
import java.util.function.Consumer;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Poller;
import org.jspecify.annotations.Nullable;

/**
 * The watchers that one pass has something to tell, and what. Collects first and delivers
 * then, so that handlers may do as they like: close each other, open channels, run the
 * loop again.
 */
public final class ReadyList implements Poller.Sink {

	/** The watcher wants to write, and its socket is not known to be full. */
	public static final int WRITE_AT_ONCE = 1 << 30;

	/** What the watcher has written could not be written in the end. */
	public static final int BROKEN = 1 << 29;

	private static final int INITIAL_CAPACITY = 64;

	private final LoopEngine loop;

	private @Nullable Watcher[] watchers = new Watcher[INITIAL_CAPACITY];

	private int[] lives = new int[INITIAL_CAPACITY];

	private int[] ops = new int[INITIAL_CAPACITY];

	private int size;

	ReadyList(LoopEngine loop) {
		this.loop = loop;
	}

	/**
	 * Say whether a channel is served by the loop that this list belongs to.
	 * @param watcher the channel
	 * @return whether it is
	 */
	public boolean isFor(Watcher watcher) {
		return watcher.isServedBy(this.loop);
	}

	boolean isEmpty() {
		return this.size == 0;
	}

	@Override
	public void ready(Endpoint endpoint, Object owner, int operations) {
		if (!(owner instanceof Watcher watcher)) {
			((Closings.Closing) owner).found(operations);
		}
		else if (watcher.isEndpoint(endpoint)) {
			this.loop.listener().ready(operations);
			add(watcher, operations);
		}
		else if (watcher.foundWire(endpoint, operations)) {
			this.loop.changes().found(watcher);
		}
	}

	/**
	 * Add what an endpoint without a selector says itself.
	 * @param watcher whose endpoint it is
	 * @param ops what it is ready for
	 */
	public void announce(Watcher watcher, int ops) {
		this.loop.listener().ready(contains(watcher) ? ops & ~this.ops[watcher.slot] : ops);
		add(watcher, ops);
	}

	boolean contains(Watcher watcher) {
		return watcher.slot < this.size && this.watchers[watcher.slot] == watcher;
	}

	/**
	 * Add something to deliver, to what there is for the watcher already.
	 * @param watcher who is to be told
	 * @param ops what: operations of the endpoint, {@link #WRITE_AT_ONCE} or
	 * {@link #BROKEN}
	 */
	public void add(Watcher watcher, int ops) {
		if (contains(watcher)) {
			this.ops[watcher.slot] |= ops;
			return;
		}
		if (this.size == this.ops.length) {
			this.watchers = Arrays.copyOf(this.watchers, 2 * this.size);
			this.lives = Arrays.copyOf(this.lives, 2 * this.size);
			this.ops = Arrays.copyOf(this.ops, 2 * this.size);
		}
		watcher.slot = this.size;
		this.watchers[this.size] = watcher;
		this.lives[this.size] = watcher.life();
		this.ops[this.size++] = ops;
	}

	void deliver(boolean usePoll) {
		if (usePoll) {
			for (int i = 0; i < this.size; i++) {
				deliverRead(i);
				deliverWrite(i);
			}
		}
		else {
			for (int i = 0; i < this.size; i++) {
				deliverRead(i);
			}
			for (int i = 0; i < this.size; i++) {
				deliverWrite(i);
			}
		}
	}

	private void deliverRead(int index) {
		Watcher watcher = addressee(index);
		if (watcher != null) {
			watcher.deliverRead(this.ops[index]);
		}
	}

	private void deliverWrite(int index) {
		Watcher watcher = addressee(index);
		if (watcher != null) {
			watcher.deliverWrite(this.ops[index]);
		}
	}

	private @Nullable Watcher addressee(int index) {
		Watcher watcher = this.watchers[index];
		// an event of this pass may have closed it, given it another socket, or moved it
		boolean present = watcher != null && watcher.isServedBy(this.loop) && watcher.isAlive(this.lives[index]);
		return present ? watcher : null;
	}

	/**
	 * Note for the channels that are watched for being idle that they were active until
	 * now: the time that handlers took is not that of the peer.
	 * @param since when delivering has begun
	 */
	void noteActivity(long since) {
		long now = since;
		for (int i = 0; i < this.size; i++) {
			Watcher watcher = this.watchers[i];
			if (watcher != null && watcher.isWatched() && watcher.activeAt() - since >= 0) {
				now = (now == since) ? this.loop.now() : now;
				watcher.setActive(now);
			}
		}
	}

	/**
	 * Name the channels for a loop that runs inside the pass which delivers this list: it
	 * is that one that asks them now. Not all of what they wait for is reported by a
	 * selector, and a handler that runs the loop until the application ends never comes
	 * back to this pass.
	 */
	void passOn(Consumer<Watcher> target) {
		for (int i = 0; i < this.size; i++) {
			Watcher watcher = addressee(i);
			if (watcher != null) {
				this.ops[i] &= ~WRITE_AT_ONCE;
				target.accept(watcher);
			}
		}
	}

	void drainTo(Consumer<Watcher> target) {
		for (int i = 0; i < this.size; i++) {
			Watcher watcher = this.watchers[i];
			if (watcher != null) {
				target.accept(watcher);
			}
			this.watchers[i] = null;
		}
		this.size = 0;
	}

}
