package io.asyncore;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.WeakReference;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for channels to become ready. Holds a selector only while there are channels to
 * wait for. Used by the thread that owns the loop, except for {@link #wakeup}.
 */
final class Poller {

	private static final Logger logger = LoggerFactory.getLogger(Poller.class);

	// so many empty selects in a row that had no reason to return mean a broken selector
	static final int SPIN_LIMIT = 512;

	private final SelectorFactory factory;

	// reachable from the cleaner, and so must not lead back to the loop
	private final Holdings holdings = new Holdings();

	private volatile Cleaner.@Nullable Cleanable cleanable;

	private int spins;

	Poller(SelectorFactory factory) {
		this.factory = factory;
	}

	/**
	 * Wait for the operations of a channel from the next select on, for those only.
	 */
	void interest(Attachment attachment, SelectableChannel channel, int ops) throws IOException {
		SelectionKey key = attachment.key;
		if (key == null || !key.isValid()) {
			// a channel without interest costs nothing, not even a place in the selector
			attachment.key = (ops != 0) ? register(attachment, channel, ops) : null;
		}
		else {
			key.interestOps(ops);
		}
	}

	/**
	 * Ask whether a channel is ready for an operation, without waiting.
	 */
	boolean isReady(Attachment attachment, SelectableChannel channel, int op) throws IOException {
		SelectionKey present = attachment.key;
		int ops = (present != null && present.isValid()) ? present.interestOps() : 0;
		interest(attachment, channel, ops | op);
		Selector selector = this.holdings.selector();
		SelectionKey key = attachment.key;
		if (selector == null || key == null) {
			return true;
		}
		boolean[] ready = new boolean[1];
		// level triggered: what is ready besides is reported again
		selector.selectNow((selected) -> ready[0] |= selected == key && (selected.readyOps() & op) != 0);
		interest(attachment, channel, ops);
		return ready[0];
	}

	/**
	 * Register a channel for some operations from the next select on.
	 */
	SelectionKey register(Attachment attachment, SelectableChannel channel, int ops) throws IOException {
		Selector selector = this.holdings.selector();
		if (selector == null) {
			selector = this.factory.open();
			this.holdings.setSelector(selector);
		}
		// weak, so that a map nobody can reach any more is not kept by its selector
		WeakReference<Attachment> weak = new WeakReference<>(attachment);
		try {
			return channel.register(selector, ops, weak);
		}
		catch (CancelledKeyException ex) {
			// was taken out of this selector, which has not noticed yet
			release();
			return channel.register(selector, ops, weak);
		}
	}

	/**
	 * Wait once, at most for the given time, and report what is ready.
	 * @param nanos the longest time to wait; not at all if not positive
	 * @param ready what to call for each channel that is ready
	 * @return whether the wait ended early without a ready channel
	 */
	boolean select(long nanos, Consumer<SelectionKey> ready) throws IOException {
		Selector selector = this.holdings.selector();
		if (selector == null) {
			if (nanos > 0) {
				LockSupport.parkNanos(this, nanos);
			}
			return false;
		}
		if (nanos <= 0) {
			selector.selectNow(ready);
			return false;
		}
		long start = System.nanoTime();
		// rounded up: a fraction of a millisecond must become neither 0, which waits for
		// ever, nor a wait that ends before the timer it is for
		long millis = TimeUnit.NANOSECONDS.toMillis(nanos - 1) + 1;
		return selector.select(ready, millis) == 0 && System.nanoTime() - start < nanos;
	}

	/**
	 * Count an early return for which nobody can give a reason, and replace a selector
	 * that does nothing else.
	 */
	void spun(boolean spun) throws IOException {
		this.spins = spun ? this.spins + 1 : 0;
		if (this.spins >= SPIN_LIMIT) {
			this.spins = 0;
			rebuild();
		}
	}

	private void rebuild() throws IOException {
		Selector broken = this.holdings.selector();
		if (broken == null) {
			return;
		}
		logger.warn("The selector {} returned {} times in a row without a reason: replacing it", broken, SPIN_LIMIT);
		Selector selector = this.factory.open();
		for (SelectionKey key : broken.keys()) {
			Attachment attachment = attachment(key);
			try {
				if (attachment != null && (attachment.key == key || attachment.isAttempt(key))) {
					attachment.rekey(key, key.channel().register(selector, key.interestOps(), key.attachment()));
				}
			}
			catch (CancelledKeyException | ClosedChannelException ex) {
				// closed by another thread: there is nothing to take along
			}
		}
		this.holdings.setSelector(selector);
		broken.close();
	}

	/**
	 * Return what was registered with a key, {@code null} if nobody holds it any more.
	 */
	static @Nullable Attachment attachment(SelectionKey key) {
		WeakReference<?> weak = (WeakReference<?>) key.attachment();
		return (weak != null) ? (Attachment) weak.get() : null;
	}

	/**
	 * End the current wait of {@code thread}, or the next one. Safe from any thread.
	 */
	void wakeup(@Nullable Thread thread) {
		Selector selector = this.holdings.selector();
		if (selector != null) {
			selector.wakeup();
		}
		else {
			LockSupport.unpark(thread);
		}
	}

	/**
	 * Let go of the channels that were closed, which frees their descriptors and ports.
	 */
	void release() throws IOException {
		Selector selector = this.holdings.selector();
		if (selector != null) {
			release(selector);
		}
	}

	private static void release(Selector selector) throws IOException {
		selector.selectNow((key) -> {
			// level triggered: what is ready now is reported again
		});
	}

	/**
	 * Let go of the channels that were closed, by a thread that does not own the loop:
	 * the one that does is held up, and not by waiting here.
	 */
	void releaseFromElsewhere() {
		Selector selector = this.holdings.selector();
		if (selector == null) {
			return;
		}
		// of the two that may be in the selector the owner must not be the one that waits
		selector.wakeup();
		try {
			release(selector);
		}
		catch (IOException | ClosedSelectorException ex) {
			logger.debug("Closed channels are freed in the next pass", ex);
		}
		// that of others may have been lost by it
		selector.wakeup();
	}

	/**
	 * Free the selector.
	 */
	void close() throws IOException {
		Selector selector = this.holdings.selector();
		if (selector == null) {
			return;
		}
		this.holdings.setSelector(null);
		selector.close();
	}

	/**
	 * Have a socket freed when {@code owner} can no longer be reached. Safe from any
	 * thread.
	 */
	void hold(Endpoint socket, Object owner) {
		socket.heldBy(this.holdings);
		if (this.cleanable == null) {
			releaseWith(owner);
		}
	}

	/**
	 * Have everything freed when {@code owner} can no longer be reached. Not done before
	 * it is needed, because it takes a thread. Safe from any thread.
	 */
	synchronized void releaseWith(Object owner) {
		if (this.cleanable != null) {
			return;
		}
		try {
			this.cleanable = Cleaners.register(owner, this.holdings);
		}
		catch (OutOfMemoryError ex) {
			// a thread cannot be had now: with the next socket perhaps
			logger.debug("There is no thread for the cleaner of abandoned maps", ex);
		}
	}

	/**
	 * Opens selectors.
	 */
	static class SelectorFactory {

		Selector open() throws IOException {
			return Selector.open();
		}

	}

}
