package io.asyncore.test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Random;

import io.asyncore.simulation.World;

/**
 * A peer that sends a stream that can be known by any part of it, at times of its own,
 * and checks that what comes back is the same stream.
 */
final class Talker {

	private static final int MOST_AT_ONCE = 3000;

	private final World world;

	private final Random random;

	private final SocketChannel socket;

	private final int number;

	private final long total;

	private final int port;

	long sent;

	long received;

	boolean ending;

	/** Has ended its stream in the orderly way, with all that was sent before. */
	boolean endSent;

	boolean endReceived;

	boolean broken;

	boolean closed;

	private boolean reading = true;

	Talker(Simulation simulation, SocketAddress server, int number, Random random) throws IOException {
		this.world = simulation.world();
		this.number = number;
		this.random = random;
		this.total = random.nextInt(20_000);
		this.socket = this.world.network().outside().openSocketChannel();
		this.socket.configureBlocking(false);
		this.socket.connect(server);
		this.port = ((InetSocketAddress) this.socket.getLocalAddress()).getPort();
		later();
	}

	/**
	 * Return a byte of the stream of a connection.
	 */
	static byte at(int number, long position) {
		return (byte) (number * 31 + position * 7 + (position >> 8) + (position >> 16));
	}

	private void later() {
		this.world.after(this.random.nextInt(3_000_000), this::act);
	}

	private void act() {
		if (this.closed) {
			return;
		}
		try {
			if (this.socket.isConnected() || this.socket.finishConnect()) {
				talk();
			}
		}
		catch (IOException ex) {
			this.broken = true;
			close();
		}
		if (!this.closed) {
			later();
		}
	}

	private void talk() throws IOException {
		if (this.random.nextInt(20) == 0) {
			this.reading = !this.reading;
		}
		if (this.reading) {
			read();
		}
		if (!this.ending) {
			write();
		}
		int fate = this.random.nextInt(300);
		if (this.sent >= this.total && !this.ending && fate < 60) {
			end();
		}
		else if (fate == 100) {
			reset();
		}
		else if (fate == 101 || (this.endReceived && this.ending)) {
			close();
		}
		else if (this.endReceived && fate < 100) {
			end();
		}
	}

	private void read() throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(1 + this.random.nextInt(MOST_AT_ONCE));
		int count = this.socket.read(buffer);
		if (count < 0) {
			this.endReceived = true;
		}
		for (int i = 0; i < count; i++) {
			if (buffer.get(i) != at(this.number, this.received)) {
				throw new AssertionError("Byte " + this.received + " of what talker " + this.number + " has received");
			}
			this.received++;
		}
	}

	private void write() throws IOException {
		int count = (int) Math.min(this.total - this.sent, this.random.nextInt(MOST_AT_ONCE));
		byte[] data = new byte[count];
		for (int i = 0; i < count; i++) {
			data[i] = at(this.number, this.sent + i);
		}
		this.sent += this.socket.write(ByteBuffer.wrap(data));
	}

	private void end() throws IOException {
		if (!this.ending) {
			this.ending = true;
			this.socket.shutdownOutput();
			this.endSent = true;
		}
	}

	private void reset() throws IOException {
		this.broken = true;
		this.socket.setOption(StandardSocketOptions.SO_LINGER, 0);
		close();
	}

	int port() {
		return this.port;
	}

	int number() {
		return this.number;
	}

	/**
	 * Read everything from now on, and end when the other one does.
	 */
	void comeToAnEnd() {
		this.reading = true;
	}

	void close() {
		this.closed = true;
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public String toString() {
		return "talker " + this.number + " (sent " + this.sent + ", received " + this.received
				+ (this.endSent ? ", ended" : "") + (this.endReceived ? ", end received" : "")
				+ (this.broken ? ", broken" : "") + (this.closed ? ", closed" : "") + ")";
	}

}
