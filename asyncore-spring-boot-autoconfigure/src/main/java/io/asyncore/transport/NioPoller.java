package io.asyncore.transport;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.Objects;
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
public final class NioPoller implements Poller {

	private static final Logger logger = LoggerFactory.getLogger(NioPoller.class);

	/** So many selects in a row that end without a reason mean a broken selector. */
	public static final int SPIN_LIMIT = 512;

	private final NioTransport transport;

	// reachable from the cleaner, and so must not lead back to the loop
	private final Holdings holdings = new Holdings();

	private volatile Cleaner.@Nullable Cleanable cleanable;

	private int spins;

	// one for all waits, as what it tells
	private final Consumer<SelectionKey> report = this::report;

	private @Nullable Sink sink;

	NioPoller(NioTransport transport) {
		this.transport = transport;
	}

	@Override
	public void interest(Endpoint endpoint, Object owner, int operations) throws IOException {
		if (!(endpoint instanceof ChannelEndpoint polled)) {
			return;
		}
		SelectionKey key = key(polled);
		if (key == null || !key.isValid()) {
			// a channel without interest costs nothing, not even a place in the selector
			polled.registration = (operations != 0) ? register(polled, owner, operations) : null;
		}
		else {
			try {
				key.interestOps(operations);
			}
			catch (CancelledKeyException ex) {
				// by another thread, since then
				throw (IOException) new ClosedChannelException().initCause(ex);
			}
		}
	}

	private static @Nullable SelectionKey key(ChannelEndpoint endpoint) {
		Registration registration = endpoint.registration;
		return (registration != null) ? registration.key : null;
	}

	@Override
	public void forget(Endpoint endpoint) {
		if (endpoint instanceof ChannelEndpoint polled) {
			SelectionKey key = key(polled);
			if (key != null) {
				key.cancel();
			}
			polled.registration = null;
		}
	}

	@Override
	public boolean isReady(Endpoint endpoint, Object owner, int operation) throws IOException {
		if (!(endpoint instanceof ChannelEndpoint polled)) {
			return true;
		}
		SelectionKey present = key(polled);
		int operations = (present != null && present.isValid()) ? present.interestOps() : 0;
		interest(polled, owner, operations | operation);
		Selector selector = this.holdings.selector();
		SelectionKey key = key(polled);
		if (selector == null || key == null) {
			return true;
		}
		boolean[] ready = new boolean[1];
		// level triggered: what is ready besides is reported again
		selector.selectNow((selected) -> ready[0] |= selected == key && (selected.readyOps() & operation) != 0);
		interest(polled, owner, operations);
		return ready[0];
	}

	private Registration register(ChannelEndpoint endpoint, Object owner, int operations) throws IOException {
		Selector selector = this.holdings.selector();
		if (selector == null) {
			selector = this.transport.openSelector();
			this.holdings.setSelector(selector);
		}
		Registration registration = new Registration(owner);
		try {
			registration.key = endpoint.channel().register(selector, operations, endpoint);
		}
		catch (CancelledKeyException ex) {
			// was taken out of this selector, which has not noticed yet
			release();
			registration.key = endpoint.channel().register(selector, operations, endpoint);
		}
		return registration;
	}

	@Override
	public boolean await(long nanos, Sink sink) throws IOException {
		Selector selector = this.holdings.selector();
		if (selector == null) {
			if (nanos > 0) {
				LockSupport.parkNanos(this, nanos);
			}
			return false;
		}
		this.sink = sink;
		if (nanos <= 0) {
			selector.selectNow(this.report);
			return false;
		}
		long start = System.nanoTime();
		// rounded up: a fraction of a millisecond must become neither 0, which waits for
		// ever, nor a wait that ends before the timer it is for
		long millis = TimeUnit.NANOSECONDS.toMillis(nanos - 1) + 1;
		return selector.select(this.report, millis) == 0 && System.nanoTime() - start < nanos;
	}

	private void report(SelectionKey key) {
		ChannelEndpoint endpoint = (ChannelEndpoint) key.attachment();
		Registration registration = present(endpoint, key);
		Object owner = (registration != null) ? registration.get() : null;
		if (owner == null) {
			return;
		}
		int operations;
		try {
			operations = key.readyOps();
		}
		catch (CancelledKeyException ex) {
			// closed by another thread since the selector looked
			return;
		}
		Objects.requireNonNull(this.sink).ready(endpoint, owner, operations);
	}

	// unless the endpoint is not waited for any more, or by another key
	private static @Nullable Registration present(ChannelEndpoint endpoint, SelectionKey key) {
		Registration registration = endpoint.registration;
		return (registration != null && registration.key == key) ? registration : null;
	}

	@Override
	public void spun(boolean spun) throws IOException {
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
		Selector selector = this.transport.openSelector();
		for (SelectionKey key : broken.keys()) {
			ChannelEndpoint endpoint = (ChannelEndpoint) key.attachment();
			Registration registration = present(endpoint, key);
			try {
				if (registration != null && registration.get() != null) {
					registration.key = key.channel().register(selector, key.interestOps(), endpoint);
				}
			}
			catch (CancelledKeyException | ClosedChannelException ex) {
				// closed by another thread: there is nothing to take along
			}
		}
		this.holdings.setSelector(selector);
		broken.close();
	}

	@Override
	public void wakeup(@Nullable Thread thread) {
		Selector selector = this.holdings.selector();
		if (selector != null) {
			selector.wakeup();
		}
		else {
			LockSupport.unpark(thread);
		}
	}

	@Override
	public void release() throws IOException {
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

	@Override
	public void releaseFromElsewhere() {
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

	@Override
	public void close() throws IOException {
		Selector selector = this.holdings.selector();
		if (selector == null) {
			return;
		}
		this.holdings.setSelector(null);
		selector.close();
	}

	@Override
	public void hold(Endpoint socket, Object owner) {
		socket.heldBy(this.holdings);
		if (this.cleanable == null) {
			releaseWith(owner);
		}
	}

	@Override
	public synchronized void releaseWith(Object owner) {
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

}
