package io.asyncore.simulation;

import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

import org.jspecify.annotations.Nullable;

/**
 * One direction of a stream: what was sent and has not arrived, and what has arrived and
 * was not read. Everything on it arrives in its order.
 */
final class Wire {

	private final Network network;

	private final String name;

	private @Nullable Wire opposite;

	// what the writer knows

	// what has not arrived, and that with what was not read
	private int unacknowledged;

	private int occupied;

	private boolean ended;

	private boolean broken;

	private long lastArrival;

	// what the reader knows

	private final Deque<ByteBuffer> received = new ArrayDeque<>();

	private int available;

	private boolean endReceived;

	private boolean reset;

	private boolean readerGone;

	private Wire(Network network, String name) {
		this.network = network;
		this.name = name;
	}

	/**
	 * Return both directions of a new stream.
	 */
	static Wire[] pair(Network network, String from, String to) {
		Wire there = new Wire(network, from + " > " + to);
		Wire back = new Wire(network, to + " > " + from);
		there.opposite = back;
		back.opposite = there;
		return new Wire[] { there, back };
	}

	private Wire opposite() {
		return Objects.requireNonNull(this.opposite);
	}

	private void note(String what) {
		this.network.world().trace().add(this.name + "  " + what);
	}

	private void arrive(Runnable arrival) {
		World world = this.network.world();
		this.lastArrival = Math.max(this.lastArrival, world.now() + this.network.delay());
		world.after(this.lastArrival - world.now(), () -> this.network.arrive(arrival));
	}

	// the writer

	private int room() {
		return this.network.conditions().window() - this.occupied;
	}

	boolean isWritable() {
		return this.broken || room() * 3 >= this.network.conditions().window();
	}

	int write(ByteBuffer source) throws IOException {
		World world = this.network.world();
		if (this.broken) {
			throw new IOException(world.happens(0.5) ? "Broken pipe" : "Connection reset by peer");
		}
		int count = world.faults().shorten(Math.min(room(), source.remaining()));
		if (count <= 0) {
			return 0;
		}
		byte[] data = new byte[count];
		source.get(data);
		note("sends " + Trace.text(ByteBuffer.wrap(data)));
		this.unacknowledged += count;
		this.occupied += count;
		int start = 0;
		while (start < count) {
			int end = world.happens(0.3) ? start + 1 + world.random(count - start) : count;
			ByteBuffer segment = ByteBuffer.wrap(data, start, end - start);
			arrive(() -> segmentArrives(segment));
			start = end;
		}
		return count;
	}

	void end() {
		if (!this.ended) {
			this.ended = true;
			if (!this.broken) {
				note("ends");
				arrive(this::endArrives);
			}
		}
	}

	void reset() {
		this.ended = true;
		if (!this.broken) {
			this.broken = true;
			note("resets");
			arrive(this::resetArrives);
		}
	}

	// what arrives

	private void segmentArrives(ByteBuffer segment) {
		if (this.readerGone) {
			opposite().reset();
		}
		else if (!this.reset) {
			int count = segment.remaining();
			this.received.add(segment);
			this.available += count;
			opposite().arrive(() -> this.unacknowledged -= count);
		}
	}

	private void endArrives() {
		this.endReceived = true;
	}

	private void resetArrives() {
		this.reset = true;
		opposite().broken = true;
	}

	// the reader

	boolean isReadable() {
		return this.available > 0 || this.endReceived || this.reset;
	}

	int read(ByteBuffer target) throws IOException {
		if (this.available == 0) {
			if (this.reset) {
				throw new SocketException("Connection reset");
			}
			return this.endReceived ? -1 : 0;
		}
		int count = this.network.world().faults().shorten(Math.min(this.available, target.remaining()));
		for (int left = count; left > 0;) {
			ByteBuffer first = this.received.element();
			int part = Math.min(left, first.remaining());
			target.put(first.slice().limit(part));
			first.position(first.position() + part);
			left -= part;
			if (!first.hasRemaining()) {
				this.received.remove();
			}
		}
		this.available -= count;
		if (count > 0) {
			opposite().arrive(() -> this.occupied -= count);
		}
		return count;
	}

	int available() {
		return this.available;
	}

	int unacknowledged() {
		return this.unacknowledged;
	}

	/**
	 * Note that nobody reads any more, now and for ever.
	 */
	void readerGone() {
		this.readerGone = true;
		this.received.clear();
		this.available = 0;
	}

	@Override
	public String toString() {
		return this.name;
	}

}
