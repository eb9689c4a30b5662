package io.asyncore.benchmark.comparison;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the servers are put through.
 */
enum Scenario {

	SMALL("64 × 64 B", "64 connections, one message of 64 bytes on the way on each", Kind.RATE, 64, 64, 1),

	PIPELINED("16 in flight", "the same with 16 messages on the way", Kind.RATE, 64, 64, 16),

	MEDIUM("256 × 4 KiB", "256 connections, messages of 4 KiB", Kind.RATE, 256, 4096, 1),

	BULK("64 KiB streams", "8 connections, 8 messages of 64 KiB on the way on each", Kind.RATE, 8, 65_536, 8),

	IDLE("+ 10,000 idle", "64 × 64 B while 10,000 other connections are idle", Kind.RATE_WITH_IDLE, 64, 64, 1),

	ASKED("+ 10,000 idle, asked", "the same with channels that override `writable()`", Kind.RATE_WITH_IDLE, 64, 64, 1),

	ONE("one of 10,000", "one connection in use, 10,000 idle: time of a round trip", Kind.LATENCY, 1, 64, 1),

	STEADY("20,000/s", "64 connections, 20,000 messages of 64 bytes a second: processor time of the server",
			Kind.STEADY, 64, 64, 1),

	CONNECT("connections", "connect, one message of 64 bytes, close: processor time of the server", Kind.CONNECTIONS,
			64, 64, 1),

	ALLOCATION("allocation", "64 × 64 B: bytes that the threads of the server allocate for a message", Kind.ALLOCATION,
			64, 64, 1),

	HEAP("heap", "live heap for one of 10,000 idle connections, after full collections", Kind.HEAP, 64, 64, 1),

	LINES_SMALL("lines, 64 × 64 B", "64 connections, one line of 64 bytes on the way on each", Kind.RATE, 64, 64, 1),

	LINES_PIPELINED("lines, 16 in flight", "the same with 16 lines on the way", Kind.RATE, 64, 64, 16),

	LINES_MEDIUM("lines, 64 × 4 KiB", "64 connections, one line of 4 KiB on the way on each", Kind.RATE, 64, 4096, 1),

	LINES_BULK("lines, 64 KiB streams", "8 connections, 8 lines of 64 KiB on the way on each", Kind.RATE, 8, 65_536, 8);

	/**
	 * How many connections are idle, where any are.
	 */
	static final int IDLE_CONNECTIONS = 10_000;

	private static final int STEADY_RATE = 20_000;

	private final String title;

	private final String text;

	private final Kind kind;

	private final int connections;

	private final int size;

	private final int inFlight;

	Scenario(String title, String text, Kind kind, int connections, int size, int inFlight) {
		this.title = title;
		this.text = text;
		this.kind = kind;
		this.connections = connections;
		this.size = size;
		this.inFlight = inFlight;
	}

	static Scenario of(String id) {
		for (Scenario scenario : values()) {
			if (scenario.id().equals(id)) {
				return scenario;
			}
		}
		throw new IllegalArgumentException(
				"There is no scenario '" + id + "', but " + List.of(values()).stream().map(Scenario::id).toList());
	}

	String id() {
		return name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	String title() {
		return this.title;
	}

	String text() {
		return this.text;
	}

	Kind kind() {
		return this.kind;
	}

	int size() {
		return this.size;
	}

	/**
	 * Return what {@code load} is told.
	 */
	List<String> load() {
		List<String> load = new ArrayList<>(
				List.of("conns=" + this.connections, "size=" + this.size, "inflight=" + this.inFlight));
		switch (this.kind) {
			case RATE_WITH_IDLE, LATENCY -> load.add("idle=" + IDLE_CONNECTIONS);
			case STEADY -> load.add("rate=" + STEADY_RATE);
			case CONNECTIONS -> load.add("mode=connect");
			case ALLOCATION -> load.add("mark=1");
			case RATE, HEAP -> {
			}
		}
		return load;
	}

	/**
	 * What is looked at.
	 */
	enum Kind {

		/**
		 * Messages a second of a server that is kept busy.
		 */
		RATE,

		/**
		 * The same, with and without idle connections.
		 */
		RATE_WITH_IDLE,

		/**
		 * The time of a round trip.
		 */
		LATENCY,

		/**
		 * The server's processor time for a message at a rate that is given.
		 */
		STEADY,

		/**
		 * The server's processor time for a connection.
		 */
		CONNECTIONS,

		/**
		 * Bytes that the server allocates for a message.
		 */
		ALLOCATION,

		/**
		 * Bytes of the server's heap for a connection.
		 */
		HEAP;

		/**
		 * Say whether the server ought to be the one that limits the rate.
		 */
		boolean isSaturating() {
			return switch (this) {
				case RATE, RATE_WITH_IDLE, CONNECTIONS -> true;
				case LATENCY, STEADY, ALLOCATION, HEAP -> false;
			};
		}

	}

}
