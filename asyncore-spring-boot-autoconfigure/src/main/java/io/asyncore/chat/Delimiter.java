package io.asyncore.chat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;

import org.jspecify.annotations.Nullable;

/**
 * Ends a frame where some bytes occur. Finds them by the algorithm of Knuth, Morris and
 * Pratt, which looks at each byte of the input once and needs none of those before it: a
 * search can be interrupted anywhere and goes on knowing only how much was matched.
 */
final class Delimiter implements Terminator {

	private static final long LOW_BITS = 0x0101010101010101L;

	private static final long HIGH_BITS = 0x8080808080808080L;

	// those of one protocol are the same for all its channels; what is longer may be made
	// for one frame
	private static final AtomicReferenceArray<@Nullable Delimiter> RECENT = new AtomicReferenceArray<>(64);

	private static final int LONGEST_RECENT = 16;

	private final byte[] bytes;

	// how much of the beginning is still matched when the byte after the first n does
	// not match
	private final int[] fallbacks;

	// the first byte, eight times
	private final long pattern;

	private Delimiter(byte[] bytes) {
		this.bytes = bytes.clone();
		this.fallbacks = fallbacks(this.bytes);
		this.pattern = (this.bytes[0] & 0xFF) * LOW_BITS;
	}

	/**
	 * Return the delimiter that consists of some bytes, which are copied.
	 */
	static Delimiter of(byte[] bytes) {
		if (bytes.length == 0) {
			throw new IllegalArgumentException(
					"A delimiter needs at least one byte; to collect all input, use Terminator.none()");
		}
		if (bytes.length > LONGEST_RECENT) {
			return new Delimiter(bytes);
		}
		int place = Arrays.hashCode(bytes) & (RECENT.length() - 1);
		Delimiter delimiter = RECENT.get(place);
		if (delimiter == null || !delimiter.consistsOf(bytes)) {
			delimiter = new Delimiter(bytes);
			RECENT.set(place, delimiter);
		}
		return delimiter;
	}

	static byte[] encode(String delimiter) {
		for (int i = 0; i < delimiter.length(); i++) {
			if (delimiter.charAt(i) > 0xFF) {
				throw new IllegalArgumentException("The delimiter '" + delimiter
						+ "' has characters that are not in ISO-8859-1: give its bytes instead");
			}
		}
		return delimiter.getBytes(StandardCharsets.ISO_8859_1);
	}

	/**
	 * Say whether some bytes of ISO-8859-1 are the same in UTF-8.
	 */
	static boolean isAscii(byte[] bytes) {
		for (byte b : bytes) {
			if (b < 0) {
				return false;
			}
		}
		return true;
	}

	private static int[] fallbacks(byte[] bytes) {
		int[] fallbacks = new int[bytes.length];
		int matched = 0;
		for (int i = 1; i < bytes.length; i++) {
			while (matched > 0 && bytes[i] != bytes[matched]) {
				matched = fallbacks[matched - 1];
			}
			if (bytes[i] == bytes[matched]) {
				matched++;
			}
			fallbacks[i] = matched;
		}
		return fallbacks;
	}

	int length() {
		return this.bytes.length;
	}

	boolean consistsOf(byte[] other) {
		return Arrays.equals(this.bytes, other);
	}

	/**
	 * Put the first bytes of this delimiter into a buffer.
	 */
	void putPrefix(ByteBuffer target, int length) {
		target.put(this.bytes, 0, length);
	}

	/**
	 * Search up to the limit of a buffer.
	 * @param input the input, which is not changed
	 * @param from where to begin
	 * @param matched how much of the delimiter stands before that
	 * @return the position after the delimiter, or, if it was not found, the complement
	 * ({@code ~}) of how much of it stands at the end
	 */
	int search(ByteBuffer input, int from, int matched) {
		byte[] delimiter = this.bytes;
		int limit = input.limit();
		int i = from;
		int count = matched;
		while (i < limit) {
			if (count == 0) {
				i = skip(input, i, limit);
				if (i == limit) {
					return ~0;
				}
			}
			byte b = input.get(i++);
			while (count > 0 && b != delimiter[count]) {
				count = this.fallbacks[count - 1];
			}
			if (b == delimiter[count] && ++count == delimiter.length) {
				return i;
			}
		}
		return ~count;
	}

	// to the first byte of the delimiter, eight at a time
	private int skip(ByteBuffer input, int from, int limit) {
		int i = from;
		for (; i <= limit - Long.BYTES; i += Long.BYTES) {
			// a byte that is the wanted one is zero here, and gets its highest bit set
			long difference = input.getLong(i) ^ this.pattern;
			long zeros = (difference - LOW_BITS) & ~difference & HIGH_BITS;
			if (zeros != 0) {
				break;
			}
		}
		byte first = this.bytes[0];
		while (i < limit && input.get(i) != first) {
			i++;
		}
		return i;
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof Delimiter delimiter && consistsOf(delimiter.bytes);
	}

	@Override
	public int hashCode() {
		return Arrays.hashCode(this.bytes);
	}

	@Override
	public String toString() {
		StringBuilder text = new StringBuilder("Delimiter[");
		for (byte b : this.bytes) {
			switch (b) {
				case '\r' -> text.append("\\r");
				case '\n' -> text.append("\\n");
				case '\t' -> text.append("\\t");
				case '\\' -> text.append("\\\\");
				default -> text.append((b > ' ' && b < 0x7F) ? String.valueOf((char) b) : String.format("\\x%02X", b));
			}
		}
		return text.append(']').toString();
	}

}
