package io.asyncore.transport;

import java.io.IOException;
import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * The way from the wire to a filter. Holds what the filter had no room for, and reads no
 * more of the wire before that is taken.
 */
final class WireInput {

	private final Endpoint wire;

	private final GuardedFilter filter;

	private final FilterOwner owner;

	private final Runnable active;

	private @Nullable ByteBuffer rest;

	// the poller has found something
	private boolean found;

	private boolean ended;

	private @Nullable IOException failure;

	/**
	 * Create a new instance.
	 * @param active called when bytes have come
	 */
	WireInput(Endpoint wire, GuardedFilter filter, FilterOwner owner, Runnable active) {
		this.wire = wire;
		this.filter = filter;
		this.owner = owner;
		this.active = active;
	}

	/**
	 * Note that the wire has something.
	 */
	void found() {
		this.found = true;
	}

	/**
	 * Say whether nothing will come of the wire any more.
	 */
	boolean isOver() {
		return this.ended || this.failure != null || this.filter.violation() != null;
	}

	boolean isHolding() {
		return this.rest != null;
	}

	@Nullable IOException failure() {
		return this.failure;
	}

	/**
	 * Give the filter more of the wire.
	 * @param asking whether to ask the wire that is not known to have something
	 * @param target takes what comes of it, if anybody wants that
	 * @return whether the filter got something
	 */
	boolean fill(boolean asking, @Nullable ByteBuffer target) {
		ByteBuffer rest = this.rest;
		if (rest != null) {
			int before = rest.remaining();
			pass(rest, target);
			keep(rest.hasRemaining() ? rest : null);
			return rest.remaining() < before;
		}
		if (isOver() || !(asking || this.found || isSomethingKnown())) {
			return false;
		}
		// little more than is wanted, for what is left would have to be kept
		int size = (target != null) ? Math.max(WireOutput.PIECE, target.remaining()) : WireOutput.PIECE;
		ByteBuffer buffer = this.owner.takeBuffer(Math.min(size, BufferPool.CAPACITY));
		try {
			return fill(buffer, target);
		}
		catch (IOException ex) {
			this.failure = ex;
			return false;
		}
		finally {
			this.owner.giveBack(buffer);
		}
	}

	private boolean isSomethingKnown() {
		return !this.wire.isPolled() && (this.wire.ready() & Endpoint.READ) != 0;
	}

	private boolean fill(ByteBuffer buffer, @Nullable ByteBuffer target) throws IOException {
		int count = this.wire.read(buffer);
		// otherwise there is no more, or the poller finds it again
		this.found = count > 0 && !buffer.hasRemaining();
		if (count > 0) {
			this.active.run();
			pass(buffer.flip(), target);
			keep(buffer.hasRemaining() ? WireOutput.copy(buffer) : null);
		}
		else if (count < 0) {
			this.ended = true;
			this.filter.receivedEnd();
		}
		return count != 0;
	}

	private void keep(@Nullable ByteBuffer rest) {
		this.rest = (this.filter.violation() == null) ? rest : null;
	}

	// through the filter, as far as that and the target have room
	private void pass(ByteBuffer data, @Nullable ByteBuffer target) {
		boolean more = this.filter.violation() == null;
		while (more && data.hasRemaining()) {
			int before = data.remaining();
			this.filter.received(data);
			int count = (target != null && target.hasRemaining()) ? this.filter.read(target) : 0;
			more = this.filter.violation() == null && (data.remaining() < before || count > 0);
		}
	}

	/**
	 * Forget what has come.
	 */
	void discard() {
		this.rest = null;
	}

}
