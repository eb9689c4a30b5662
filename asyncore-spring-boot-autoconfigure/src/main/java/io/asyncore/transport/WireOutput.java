package io.asyncore.transport;

import java.io.IOException;
import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * The way from a filter to the wire. Holds what the wire had no room for, and asks the
 * filter for no more before that has gone.
 */
final class WireOutput {

	/** What there is room for when a filter is asked for bytes of the wire. */
	static final int PIECE = 32 * 1024;

	// what the wire is given at once, and what is kept at most if it takes nothing of it
	private static final int BATCH = 3 * PIECE;

	private final Endpoint wire;

	private final GuardedFilter filter;

	private final FilterOwner owner;

	private final Runnable active;

	private @Nullable ByteBuffer rest;

	// the poller has found room, or nobody knows better
	private boolean room = true;

	private @Nullable IOException failure;

	private boolean shut;

	/**
	 * Create a new instance.
	 * @param active called when bytes have gone
	 */
	WireOutput(Endpoint wire, GuardedFilter filter, FilterOwner owner, Runnable active) {
		this.wire = wire;
		this.filter = filter;
		this.owner = owner;
		this.active = active;
	}

	/**
	 * Note that there may be room.
	 */
	void found() {
		this.room = true;
	}

	/**
	 * Say whether the wire has all that the filter had for it, as far as it was asked.
	 */
	boolean isFlushed() {
		return this.rest == null;
	}

	int held() {
		ByteBuffer rest = this.rest;
		return (rest != null) ? rest.remaining() : 0;
	}

	@Nullable IOException failure() {
		return this.failure;
	}

	/**
	 * Give the wire what is held.
	 * @return whether it would take more
	 */
	boolean goOn() {
		ByteBuffer rest = this.rest;
		// to write the little that there is room for before the system says so makes the
		// stream slow
		if (rest != null && (this.room || isRoomKnown())) {
			this.rest = sent(rest) ? null : rest;
		}
		return this.rest == null && this.failure == null;
	}

	private boolean isRoomKnown() {
		return !this.wire.isPolled() && (this.wire.ready() & Endpoint.WRITE) != 0;
	}

	/**
	 * Give the wire what the filter has for it.
	 * @param data output of the dispatcher that the filter takes, if any
	 */
	void flush(@Nullable ByteBuffer data) {
		ByteBuffer buffer = this.owner.takeBuffer(BATCH);
		try {
			boolean more = true;
			while (more && this.rest == null && this.failure == null) {
				more = gather(buffer.position(0).limit(BATCH), data);
				if (!sent(buffer.flip())) {
					this.rest = copy(buffer);
				}
			}
		}
		finally {
			this.owner.giveBack(buffer);
		}
	}

	static ByteBuffer copy(ByteBuffer data) {
		return ByteBuffer.allocate(data.remaining()).put(data).flip();
	}

	// whether there may be more
	private boolean gather(ByteBuffer buffer, @Nullable ByteBuffer data) {
		boolean more = true;
		while (more && buffer.remaining() >= PIECE) {
			int before = buffer.position();
			more = this.filter.transmit(buffer) && buffer.position() > before;
			if (!more && data != null && data.hasRemaining()) {
				more = this.filter.write(data) > 0;
			}
		}
		return more;
	}

	// as nobody would take the rest if it fails, there is none then
	private boolean sent(ByteBuffer data) {
		if (data.hasRemaining()) {
			try {
				if (this.wire.write(data) > 0) {
					this.active.run();
				}
			}
			catch (IOException ex) {
				this.failure = ex;
				return true;
			}
		}
		this.room = !data.hasRemaining();
		return this.room;
	}

	/**
	 * End the wire's stream, once.
	 */
	void shut() {
		if (this.shut) {
			return;
		}
		this.shut = true;
		try {
			this.wire.shutdownOutput();
		}
		catch (IOException ex) {
			this.failure = ex;
		}
	}

	/**
	 * Have nothing to send any more.
	 */
	void discard() {
		this.rest = null;
	}

}
