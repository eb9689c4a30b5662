package io.asyncore.chat;

import java.util.ArrayList;
import java.util.List;

import io.asyncore.chat.FramingCase.Interruption;

/**
 * What Jazzer runs in the Maven profile {@code fuzz}: makes a {@link FramingCase} of
 * whatever bytes it thinks of.
 */
public final class FramingFuzzer {

	private static final int MOST_TERMINATORS = 12;

	private final byte[] data;

	private int position;

	private FramingFuzzer(byte[] data) {
		this.data = data;
	}

	/**
	 * Called by Jazzer, again and again.
	 */
	public static void fuzzerTestOneInput(byte[] data) {
		if (data.length < 4) {
			return;
		}
		FramingFuzzer fuzzer = new FramingFuzzer(data);
		boolean lossOnly = (data[0] & 1) != 0;
		FramingCase framing = fuzzer.decode(lossOnly);
		if (lossOnly) {
			framing.verifyNothingIsLost();
		}
		else {
			framing.verifyFrames();
		}
	}

	private int next() {
		return (this.position < this.data.length) ? this.data[this.position++] & 0xFF : 0;
	}

	private FramingCase decode(boolean lossOnly) {
		int flags = next();
		int length = next();
		int max = (lossOnly || length == 0) ? Integer.MAX_VALUE : 1 + length % 20;
		List<Terminator> terminators = terminators(next());
		List<Integer> chunks = new ArrayList<>();
		for (int count = 1 + next() % 6; count > 0; count--) {
			chunks.add(1 + next() % 16);
		}
		List<Interruption> interruptions = new ArrayList<>();
		for (int count = next() % 8; count > 0; count--) {
			interruptions.add(interruption(next()));
		}
		return new FramingCase(terminators, max, (flags & 2) != 0, (flags & 4) != 0, chunks, interruptions, rest());
	}

	private List<Terminator> terminators(int count) {
		List<Terminator> terminators = new ArrayList<>();
		terminators.add(terminator(next()));
		for (int i = count % MOST_TERMINATORS; i > 0; i--) {
			int code = next();
			terminators.add((code == 0) ? null : terminator(code));
		}
		return terminators;
	}

	private Terminator terminator(int code) {
		return switch (code & 7) {
			case 0 -> Terminator.none();
			case 1, 2 -> Terminator.length(code >> 4);
			default -> Terminator.delimiter(delimiter(code >> 3));
		};
	}

	// one to five characters, each of two
	private static byte[] delimiter(int code) {
		byte[] delimiter = new byte[1 + (code & 3) + (code >> 4)];
		int bits = code >> 2;
		for (int i = 0; i < delimiter.length; i++) {
			delimiter[i] = (byte) ('a' + (bits >> (i % 3) & 1));
		}
		return delimiter;
	}

	private static Interruption interruption(int code) {
		return switch (code & 3) {
			case 1 -> Interruption.PAUSE;
			case 2 -> Interruption.FAIL;
			case 3 -> Interruption.READ;
			default -> Interruption.NONE;
		};
	}

	private String rest() {
		StringBuilder text = new StringBuilder();
		while (this.position < this.data.length) {
			text.append((char) ('a' + next() % 3));
		}
		return text.toString();
	}

}
