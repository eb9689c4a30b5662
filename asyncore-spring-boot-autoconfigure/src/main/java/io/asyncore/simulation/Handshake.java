package io.asyncore.simulation;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * How one end of a connection finds the other: it asks, several times if the other one
 * has no room, and is answered.
 */
final class Handshake {

	// each time after twice as long
	private static final int MOST_ATTEMPTS = 7;

	private static final long RETRY = TimeUnit.SECONDS.toNanos(1);

	private final Network network;

	private final InetSocketAddress local;

	private final InetSocketAddress target;

	private Wire @Nullable [] wires;

	// the other one has agreed, and this one knows
	private boolean answered;

	private boolean abandoned;

	private @Nullable IOException failure;

	Handshake(Network network, InetSocketAddress local, InetSocketAddress target) {
		this.network = network;
		this.local = local;
		this.target = target;
	}

	void begin() {
		this.network.world()
			.trace()
			.add(SimulatedStream.name(this.local) + " > " + SimulatedStream.name(this.target) + "  connects");
		ask(0);
	}

	private void ask(int attempt) {
		arrive(() -> asked(attempt));
	}

	private void arrive(Runnable arrival) {
		this.network.world().after(this.network.delay(), () -> this.network.arrive(arrival));
	}

	private void asked(int attempt) {
		SimulatedListener listener = this.network.listener(this.target);
		if (this.abandoned) {
			return;
		}
		if (listener == null) {
			arrive(() -> this.failure = new ConnectException("Connection refused"));
		}
		else if (!listener.isFull()) {
			accepted(listener);
		}
		else if (attempt < MOST_ATTEMPTS) {
			this.network.world().after(RETRY << attempt, () -> ask(attempt + 1));
		}
		else {
			this.failure = new ConnectException("Connection timed out");
		}
	}

	private void accepted(SimulatedListener listener) {
		Wire[] wires = Wire.pair(this.network, SimulatedStream.name(this.local), SimulatedStream.name(this.target));
		listener.add(new SimulatedStream((SimulatedProvider) listener.provider(), this.network, this.target, this.local,
				wires[0], wires[1]));
		this.wires = wires;
		arrive(() -> {
			this.answered = true;
			if (this.abandoned) {
				reset(wires);
			}
		});
	}

	private static void reset(Wire[] wires) {
		wires[0].reset();
		wires[1].readerGone();
	}

	/**
	 * Say whether it is known what has become of it.
	 */
	boolean isOver() {
		return this.answered || this.failure != null;
	}

	@Nullable IOException failure() {
		return this.failure;
	}

	/**
	 * Return the ways to the other end and back, {@code null} if there are none yet.
	 */
	Wire @Nullable [] wires() {
		return this.answered ? this.wires : null;
	}

	/**
	 * Have no connection, now and for ever.
	 */
	void abandon() {
		this.abandoned = true;
		Wire[] wires = this.wires;
		if (wires != null && this.answered) {
			reset(wires);
		}
	}

}
