package io.asyncore;

import java.nio.ByteBuffer;

import io.asyncore.transport.Endpoint;
import io.asyncore.transport.Filter;

/**
 * Turns every bit round. Has room for a few bytes in each direction only, so whoever uses
 * it has to keep the rest.
 */
final class Complement implements Filter {

	private final ByteBuffer in;

	private final ByteBuffer out;

	private boolean ended;

	Complement(int room) {
		this.in = ByteBuffer.allocate(room).limit(0);
		this.out = ByteBuffer.allocate(room).limit(0);
	}

	@Override
	public void received(ByteBuffer wire) {
		turn(wire, this.in);
	}

	@Override
	public void receivedEnd() {
		this.ended = true;
	}

	@Override
	public int read(ByteBuffer target) {
		int count = move(this.in, target);
		return (count == 0 && this.ended) ? -1 : count;
	}

	@Override
	public int write(ByteBuffer source) {
		return turn(source, this.out);
	}

	@Override
	public boolean transmit(ByteBuffer wire) {
		move(this.out, wire);
		return this.out.hasRemaining();
	}

	@Override
	public int ready() {
		boolean read = this.in.hasRemaining() || this.ended;
		boolean write = this.out.remaining() < this.out.capacity();
		return (read ? Endpoint.READ : 0) | (write ? Endpoint.WRITE : 0);
	}

	private static int turn(ByteBuffer from, ByteBuffer to) {
		to.compact();
		int count = Math.min(from.remaining(), to.remaining());
		for (int i = 0; i < count; i++) {
			to.put((byte) ~from.get());
		}
		to.flip();
		return count;
	}

	private static int move(ByteBuffer from, ByteBuffer to) {
		int count = Math.min(from.remaining(), to.remaining());
		to.put(to.position(), from, from.position(), count);
		from.position(from.position() + count);
		to.position(to.position() + count);
		return count;
	}

}
