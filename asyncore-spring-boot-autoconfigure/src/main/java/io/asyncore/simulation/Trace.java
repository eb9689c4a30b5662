package io.asyncore.simulation;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * What has happened, in order, for people to read.
 */
public final class Trace {

	private static final int MOST_LINES = 2000;

	private static final int MOST_BYTES = 40;

	private final LongSupplier clock;

	private final Deque<String> lines = new ArrayDeque<>();

	private long dropped;

	// of all lines, those that were dropped too
	private long hash = 1;

	Trace(LongSupplier clock) {
		this.clock = clock;
	}

	/**
	 * Note that something has happened now.
	 * @param line what
	 */
	public void add(String line) {
		String timed = String.format(Locale.ROOT, "%12.6f  %s", this.clock.getAsLong() / 1e9, line);
		this.hash = 31 * this.hash + timed.hashCode();
		this.lines.add(timed);
		if (this.lines.size() > MOST_LINES) {
			this.lines.remove();
			this.dropped++;
		}
	}

	/**
	 * Return a number that is the same for the same trace.
	 * @return the number
	 */
	public long hash() {
		return this.hash;
	}

	static String text(ByteBuffer data) {
		StringBuilder text = new StringBuilder().append(data.remaining())
			.append((data.remaining() == 1) ? " byte " : " bytes ")
			.append('\'');
		int count = Math.min(MOST_BYTES, data.remaining());
		for (int i = 0; i < count; i++) {
			append(text, data.get(data.position() + i) & 0xFF);
		}
		return text.append((count < data.remaining()) ? "..." : "").append('\'').toString();
	}

	private static void append(StringBuilder text, int value) {
		switch (value) {
			case '\n' -> text.append("\\n");
			case '\r' -> text.append("\\r");
			case '\t' -> text.append("\\t");
			default -> {
				if (value >= ' ' && value < 0x7F) {
					text.append((char) value);
				}
				else {
					text.append(String.format(Locale.ROOT, "\\x%02X", value));
				}
			}
		}
	}

	@Override
	public String toString() {
		String all = String.join("\n", this.lines);
		return (this.dropped > 0) ? "(" + this.dropped + " lines before)\n" + all : all;
	}

}
