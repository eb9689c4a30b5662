package io.asyncore.chat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts input into frames the simple way: all of it is there, and nobody interrupts.
 */
final class ReferenceParser {

	static final String TOO_LONG = "too long";

	/** Last of the events: input that no terminator is to end is too long. */
	static final String OVERFLOW = TOO_LONG + " ";

	private final FramingCase framing;

	private final String input;

	private final List<String> events = new ArrayList<>();

	private Terminator terminator;

	private int found;

	private int position;

	ReferenceParser(FramingCase framing) {
		this.framing = framing;
		this.input = framing.input();
		this.terminator = framing.terminators().get(0);
	}

	List<String> parse() {
		boolean more = true;
		while (more) {
			if (this.terminator instanceof Delimiter delimiter) {
				more = byDelimiter(text(delimiter));
			}
			else if (this.terminator instanceof Length length) {
				more = byLength(length.bytes());
			}
			else {
				more = all();
			}
		}
		return this.events;
	}

	private static String text(Delimiter delimiter) {
		ByteBuffer bytes = ByteBuffer.allocate(delimiter.length());
		delimiter.putPrefix(bytes, delimiter.length());
		return new String(bytes.array(), StandardCharsets.ISO_8859_1);
	}

	private boolean byDelimiter(String delimiter) {
		int end = this.input.indexOf(delimiter, this.position);
		String rest = this.input.substring(this.position);
		// what looks like the delimiter at the end of all input is none
		String frame = (end >= 0) ? this.input.substring(this.position, end) : rest;
		boolean tooLong = frame.length() > this.framing.maxFrameLength();
		if (tooLong) {
			this.events.add(TOO_LONG);
		}
		if (end < 0) {
			return end(tooLong ? "" : frame);
		}
		this.position = end + delimiter.length();
		if (!tooLong) {
			found(frame);
		}
		return true;
	}

	private boolean byLength(long length) {
		int available = this.input.length() - this.position;
		boolean tooLong = !this.framing.ownCollector() && Math.min(length, available) > this.framing.maxFrameLength();
		if (tooLong) {
			this.events.add(TOO_LONG);
		}
		if (available < length) {
			return end(tooLong ? "" : this.input.substring(this.position));
		}
		String frame = this.input.substring(this.position, this.position + (int) length);
		this.position += (int) length;
		this.terminator = Terminator.none();
		found(tooLong ? "" : frame);
		return true;
	}

	private boolean all() {
		String rest = this.input.substring(this.position);
		if (!this.framing.ownCollector() && rest.length() > this.framing.maxFrameLength()) {
			this.events.add(OVERFLOW);
			return false;
		}
		return end(rest);
	}

	private boolean end(String rest) {
		this.events.add("rest " + rest);
		return false;
	}

	private void found(String frame) {
		this.events.add("frame " + frame);
		this.found++;
		List<Terminator> terminators = this.framing.terminators();
		if (this.found < terminators.size() && terminators.get(this.found) != null) {
			this.terminator = terminators.get(this.found);
		}
	}

}
