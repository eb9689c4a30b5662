package io.asyncore.autoconfigure.properties;

import java.util.Collection;
import java.util.Comparator;

import org.jspecify.annotations.Nullable;

/**
 * Finds out which name is meant by one that nobody knows.
 */
public final class Spelling {

	// of how many letters one may be wrong
	private static final int LETTERS_PER_MISTAKE = 3;

	// more than any two names differ by
	private static final int FAR = Integer.MAX_VALUE / 2;

	private Spelling() {
	}

	/**
	 * Return the nearest name.
	 * @param name what is written; case and other characters than letters and digits do
	 * not count
	 * @param known the names that there are
	 * @return one of them, {@code null} if none is near
	 */
	public static @Nullable String nearest(String name, Collection<String> known) {
		return nearest(name, known, FAR - 1);
	}

	/**
	 * Return the nearest name, if there are but few mistakes.
	 * @param name what is written; case and other characters than letters and digits do
	 * not count
	 * @param known the names that there are
	 * @return one of them, {@code null} if none is so near
	 */
	static @Nullable String closest(String name, Collection<String> known) {
		return nearest(name, known, name.length() / LETTERS_PER_MISTAKE);
	}

	private static @Nullable String nearest(String name, Collection<String> known, int most) {
		return known.stream()
			.filter((candidate) -> distance(name, candidate) <= most)
			.min(Comparator.comparingInt((candidate) -> distance(name, candidate)))
			.orElse(null);
	}

	/**
	 * Say whether two names differ by one letter, or by two that have changed places.
	 */
	static boolean isAlmost(String name, String other) {
		return mistakes(KnownKey.uniform(name), KnownKey.uniform(other)) <= 1;
	}

	private static int distance(String name, String candidate) {
		String one = KnownKey.uniform(name);
		String other = KnownKey.uniform(candidate);
		int shorter = Math.min(one.length(), other.length());
		int mistakes = mistakes(one, other);
		if (mistakes <= Math.max(1, shorter / LETTERS_PER_MISTAKE)) {
			return mistakes;
		}
		boolean isPart = shorter >= LETTERS_PER_MISTAKE && (one.contains(other) || other.contains(one));
		// worse than any mistake
		return isPart ? one.length() + other.length() : FAR;
	}

	// letters that are wrong, missing, too many, or have changed places with the next
	private static int mistakes(String one, String other) {
		int[][] counts = new int[one.length() + 1][other.length() + 1];
		for (int i = 0; i <= one.length(); i++) {
			for (int j = 0; j <= other.length(); j++) {
				if (i == 0 || j == 0) {
					counts[i][j] = i + j;
					continue;
				}
				int wrong = (one.charAt(i - 1) != other.charAt(j - 1)) ? 1 : 0;
				counts[i][j] = Math.min(counts[i - 1][j - 1] + wrong, 1 + Math.min(counts[i - 1][j], counts[i][j - 1]));
				if (i > 1 && j > 1 && one.charAt(i - 1) == other.charAt(j - 2)
						&& one.charAt(i - 2) == other.charAt(j - 1)) {
					counts[i][j] = Math.min(counts[i][j], 1 + counts[i - 2][j - 2]);
				}
			}
		}
		return counts[one.length()][other.length()];
	}

}
