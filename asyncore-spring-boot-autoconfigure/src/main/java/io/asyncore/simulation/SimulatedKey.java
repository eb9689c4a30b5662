package io.asyncore.simulation;

import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;

/**
 * The key of a channel with a simulated selector.
 */
final class SimulatedKey extends AbstractSelectionKey {

	private final SimulatedSelector selector;

	private final AbstractSelectableChannel channel;

	private volatile int interest;

	private volatile int ready;

	SimulatedKey(SimulatedSelector selector, AbstractSelectableChannel channel) {
		this.selector = selector;
		this.channel = channel;
	}

	@Override
	public SelectableChannel channel() {
		return this.channel;
	}

	AbstractSelectableChannel selectable() {
		return this.channel;
	}

	@Override
	public Selector selector() {
		return this.selector;
	}

	@Override
	public int interestOps() {
		requireValid();
		return this.interest;
	}

	@Override
	public SelectionKey interestOps(int operations) {
		requireValid();
		if ((operations & ~this.channel.validOps()) != 0) {
			throw new IllegalArgumentException("Not operations of " + this.channel + ": " + operations);
		}
		this.interest = operations;
		return this;
	}

	@Override
	public int readyOps() {
		requireValid();
		return this.ready;
	}

	private void requireValid() {
		if (!isValid()) {
			throw new CancelledKeyException();
		}
	}

	/**
	 * Find out what it is ready for.
	 * @param spurious whether it is found to be ready for whatever somebody is interested
	 * in, but for connecting
	 * @return whether that is anything that somebody is interested in
	 */
	boolean look(boolean spurious) {
		boolean found = spurious && isValid();
		this.ready = found ? this.interest & ~OP_CONNECT | operations() : operations();
		return this.ready != 0;
	}

	boolean isReady() {
		return operations() != 0;
	}

	private int operations() {
		return isValid() ? this.interest & ((Simulated) this.channel).readyOperations() : 0;
	}

}
