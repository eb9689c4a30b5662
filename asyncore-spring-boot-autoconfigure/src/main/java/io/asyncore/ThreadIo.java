package io.asyncore;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * How much the calling thread has read and written by the system, of whatever: Linux
 * counts it. For seldom questions, since a file has to be read for it.
 *
 * @param read the number of bytes read before that file
 * @param written the number of bytes written
 * @param asking the size of that file
 */
record ThreadIo(long read, long written, int asking) {

	private static final ThreadIo UNKNOWN = new ThreadIo(0, 0, 0);

	private static final Path FILE = Path.of("/proc/thread-self/io");

	/**
	 * Return what the thread has done up to now.
	 */
	static ThreadIo now() {
		try {
			byte[] content = Files.readAllBytes(FILE);
			String text = new String(content, StandardCharsets.ISO_8859_1);
			return new ThreadIo(number(text, "rchar: "), number(text, "wchar: "), content.length);
		}
		catch (IOException | RuntimeException ex) {
			// another system, or one that does not count
			return UNKNOWN;
		}
	}

	private static long number(String text, String label) {
		int start = text.indexOf(label) + label.length();
		return Long.parseLong(text, start, text.indexOf('\n', start), 10);
	}

	/**
	 * Say whether the thread has read, or written, more since then than to find this out.
	 */
	boolean isPassed(boolean reading) {
		ThreadIo now = now();
		if (this == UNKNOWN || now == UNKNOWN) {
			return false;
		}
		return reading ? now.read > this.read + this.asking : now.written > this.written;
	}

}
