package io.asyncore.simulation;

import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A selector that finds channels ready in an order of chance. Who waits by it has the
 * world go on meanwhile.
 */
final class SimulatedSelector extends AbstractSelector {

	// how often a channel is found ready that is not
	private static final double SPURIOUS = 0.01;

	private final World world;

	private final Faults faults;

	private final Set<SelectionKey> keys = Collections.synchronizedSet(new LinkedHashSet<>());

	private final Set<SelectionKey> selected = new LinkedHashSet<>();

	private volatile boolean woken;

	SimulatedSelector(SimulatedProvider provider, World world, Faults faults) {
		super(provider);
		this.world = world;
		this.faults = faults;
	}

	@Override
	protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
		SimulatedKey key = new SimulatedKey(this, channel);
		key.attach(attachment);
		this.keys.add(key);
		key.interestOps(operations);
		return key;
	}

	@Override
	public Set<SelectionKey> keys() {
		requireOpen();
		return this.keys;
	}

	@Override
	public Set<SelectionKey> selectedKeys() {
		requireOpen();
		return this.selected;
	}

	private void requireOpen() {
		if (!isOpen()) {
			throw new ClosedSelectorException();
		}
	}

	@Override
	public int selectNow() {
		requireOpen();
		this.woken = false;
		return look();
	}

	@Override
	public int select() {
		return select(0);
	}

	@Override
	public int select(long millis) {
		requireOpen();
		long nanos = (millis == 0) ? World.NEVER : TimeUnit.MILLISECONDS.toNanos(millis);
		int[] count = new int[1];
		this.world.runUntil(() -> {
			count[0] = look();
			return count[0] > 0 || this.woken || !isOpen();
		}, nanos);
		this.woken = false;
		return count[0];
	}

	@Override
	public int select(Consumer<SelectionKey> action, long millis) {
		this.selected.clear();
		return tell(action, select(millis));
	}

	@Override
	public int select(Consumer<SelectionKey> action) {
		return select(action, 0);
	}

	@Override
	public int selectNow(Consumer<SelectionKey> action) {
		this.selected.clear();
		return tell(action, selectNow());
	}

	private int tell(Consumer<SelectionKey> action, int count) {
		List<SelectionKey> found = List.copyOf(this.selected);
		this.selected.clear();
		for (SelectionKey key : found) {
			action.accept(key);
			requireOpen();
		}
		return count;
	}

	/**
	 * Say whether it would find something, without looking at it.
	 */
	boolean isReady() {
		for (SelectionKey key : this.keys) {
			if (((SimulatedKey) key).isReady()) {
				return true;
			}
		}
		return false;
	}

	private int look() {
		deregisterCancelled();
		List<SelectionKey> order = new ArrayList<>(this.keys);
		this.world.shuffle(order);
		int count = 0;
		for (SelectionKey key : order) {
			if (((SimulatedKey) key).look(this.world.happens(SPURIOUS))) {
				this.selected.add(key);
				count++;
			}
		}
		return count;
	}

	private void deregisterCancelled() {
		Set<SelectionKey> cancelled = cancelledKeys();
		List<SelectionKey> gone;
		synchronized (cancelled) {
			gone = new ArrayList<>(cancelled);
			cancelled.clear();
		}
		// the set of the JDK has no order that could be had again
		List<SelectionKey> order = new ArrayList<>(this.keys);
		order.retainAll(gone);
		order.forEach(this::drop);
	}

	private void drop(SelectionKey key) {
		this.keys.remove(key);
		this.selected.remove(key);
		SimulatedKey own = (SimulatedKey) key;
		deregister(own);
		AbstractSelectableChannel channel = own.selectable();
		if (!channel.isOpen() && !channel.isRegistered()) {
			((Simulated) channel).kill();
		}
	}

	@Override
	public Selector wakeup() {
		this.woken = true;
		return this;
	}

	@Override
	protected void implCloseSelector() throws IOException {
		wakeup();
		for (SelectionKey key : List.copyOf(this.keys)) {
			key.cancel();
			drop(key);
		}
		this.faults.closed();
	}

}
