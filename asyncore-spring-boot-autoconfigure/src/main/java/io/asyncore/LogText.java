package io.asyncore;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Text in lines of a log that may come from a peer: from what it has sent and that stands
 * in the message of a failure, or from its address. Such text must neither begin a line
 * of its own, nor speak to a terminal, nor be without end. All lines of this library are
 * made by this class as far as that is possible in them; those of an application may be,
 * too. May be used by any thread.
 */
public final class LogText {

	private static final int MOST_CHARACTERS = 256;

	private static final int MOST_CAUSES = 16;

	private LogText() {
	}

	/**
	 * Return a text that fits into a line: everything that is no visible character, such
	 * as control characters, separators of lines, and marks that change the direction of
	 * text, is escaped as in Java, and after 256 characters it is cut.
	 * @param value what to show, by its {@code toString()}
	 * @return the text
	 */
	public static String escape(@Nullable Object value) {
		return escape(String.valueOf(value), MOST_CHARACTERS);
	}

	static String escape(String text, int most) {
		int end = Math.min(text.length(), most);
		int first = 0;
		while (first < end && !isHidden(text.charAt(first))) {
			first++;
		}
		if (first == text.length()) {
			return text;
		}
		StringBuilder escaped = new StringBuilder(end + 16).append(text, 0, first);
		for (int i = first; i < end; i++) {
			append(escaped, text.charAt(i));
		}
		if (end < text.length()) {
			escaped.append("... (").append(text.length()).append(" characters)");
		}
		return escaped.toString();
	}

	/**
	 * Return what somebody has chosen freely so that it is told from what is around it.
	 */
	static String quote(String text) {
		return "'" + escape(text).replace("'", "\\'") + "'";
	}

	/**
	 * Return an address as {@code host:port}, without looking up a name; a path that the
	 * peer has chosen perhaps; nothing if there is none.
	 */
	static String address(@Nullable SocketAddress address) {
		if (address instanceof InetSocketAddress inet) {
			String host = inet.getHostString();
			return ((host.indexOf(':') >= 0) ? "[" + host + "]" : host) + ":" + inet.getPort();
		}
		return (address != null) ? escape(address) : "";
	}

	private static void append(StringBuilder escaped, char character) {
		switch (character) {
			case '\n' -> escaped.append("\\n");
			case '\r' -> escaped.append("\\r");
			case '\t' -> escaped.append("\\t");
			default -> {
				if (isHidden(character)) {
					escaped.append(String.format("\\u%04x", (int) character));
				}
				else {
					escaped.append(character);
				}
			}
		}
	}

	// control characters, separators of lines, marks that change the direction or have no
	// width, and halves of characters
	private static boolean isHidden(char character) {
		if (character < 0x7F) {
			return character < ' ';
		}
		return switch (Character.getType(character)) {
			case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
					Character.UNASSIGNED ->
				true;
			default -> false;
		};
	}

	/**
	 * Return a failure to be logged with its stack trace.
	 * @param failure what was thrown
	 * @return the same if what it and its causes say can be shown as it is, otherwise one
	 * that reads the same but for what had to be {@linkplain #escape escaped}
	 */
	public static Throwable shown(Throwable failure) {
		Set<Throwable> seen = Collections.newSetFromMap(new IdentityHashMap<>());
		return isVisible(failure, seen) ? failure : copy(failure, 0);
	}

	private static boolean isVisible(Throwable failure, Set<Throwable> seen) {
		if (!seen.add(failure)) {
			return true;
		}
		String text = failure.toString();
		boolean visible = text == null || text.equals(escape(text));
		Throwable cause = failure.getCause();
		if (cause != null) {
			visible &= isVisible(cause, seen);
		}
		for (Throwable suppressed : failure.getSuppressed()) {
			visible &= isVisible(suppressed, seen);
		}
		return visible;
	}

	private static Throwable copy(Throwable failure, int depth) {
		Throwable cause = failure.getCause();
		Shown shown = new Shown(escape(failure.toString()),
				(cause != null && depth < MOST_CAUSES) ? copy(cause, depth + 1) : null);
		shown.setStackTrace(failure.getStackTrace());
		for (Throwable suppressed : failure.getSuppressed()) {
			if (depth < MOST_CAUSES) {
				shown.addSuppressed(copy(suppressed, depth + 1));
			}
		}
		return shown;
	}

	/**
	 * A failure as it is shown.
	 */
	private static final class Shown extends Throwable {

		private static final long serialVersionUID = 1L;

		private final String text;

		Shown(String text, @Nullable Throwable cause) {
			super(text, cause);
			this.text = text;
		}

		@Override
		public String toString() {
			return this.text;
		}

	}

}
