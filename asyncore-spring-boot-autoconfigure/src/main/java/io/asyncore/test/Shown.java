package io.asyncore.test;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

import org.jspecify.annotations.Nullable;

/**
 * How bytes are shown in a message: as text if that is what they are, else in
 * hexadecimal.
 */
final class Shown {

	/** How much of them is shown, in bytes. */
	static final int MOST = 2000;

	private static final int MOST_HEX = 256;

	private Shown() {
	}

	static String text(byte[] bytes) {
		return text(bytes, bytes.length);
	}

	static String text(byte[] bytes, int length) {
		byte[] shown = Arrays.copyOf(bytes, Math.min(length, MOST));
		String text = decode(shown, length > MOST);
		if (text == null) {
			int count = Math.min(length, MOST_HEX);
			return "0x " + HexFormat.ofDelimiter(" ").formatHex(bytes, 0, count) + more(count, length);
		}
		return text + more(shown.length, length);
	}

	private static String more(int shown, int length) {
		return (length > shown) ? "... (" + length + " bytes)" : "";
	}

	// null if it is no text
	private static @Nullable String decode(byte[] bytes, boolean cut) {
		String text;
		try {
			text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
		}
		catch (CharacterCodingException ex) {
			if (!cut) {
				return null;
			}
			// the end of what is shown may be in the middle of a character
			text = new String(bytes, StandardCharsets.UTF_8);
			if (text.indexOf('\uFFFD') < text.length() - 1) {
				return null;
			}
		}
		return text.chars().allMatch((c) -> !Character.isISOControl(c) || c == '\r' || c == '\n' || c == '\t') ? text
				: null;
	}

}
