package io.asyncore.benchmark;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What is to be run, and how: the system properties that begin with {@code benchmark.}.
 * One that is empty counts as absent.
 */
public final class Options {

	private static final String PREFIX = "benchmark.";

	private Options() {
	}

	/**
	 * Return the text of an option.
	 * @param name its name, without the prefix
	 * @param byDefault what it is if it is absent
	 * @return the text
	 */
	public static String text(String name, String byDefault) {
		String value = System.getProperty(PREFIX + name, "").strip();
		return value.isEmpty() ? byDefault : value;
	}

	/**
	 * Return the items of an option, which are separated by commas.
	 * @param name its name, without the prefix
	 * @return the items, none if it is absent
	 */
	public static List<String> list(String name) {
		return Arrays.stream(text(name, "").split(",")).map(String::strip).filter((item) -> !item.isEmpty()).toList();
	}

	/**
	 * Return the words of an option, which are separated by blanks.
	 * @param name its name, without the prefix
	 * @return the words, none if it is absent
	 */
	public static List<String> words(String name) {
		return Arrays.stream(text(name, "").split("\\s+")).filter((word) -> !word.isEmpty()).toList();
	}

	/**
	 * Return the number that an option is.
	 * @param name its name, without the prefix
	 * @param byDefault what it is if it is absent
	 * @return the number, positive
	 * @throws IllegalArgumentException if it is not a positive number
	 */
	public static double number(String name, double byDefault) {
		String text = text(name, String.valueOf(byDefault));
		double number;
		try {
			number = Double.parseDouble(text);
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("'" + PREFIX + name + "' must be a number, not '" + text + "'", ex);
		}
		if (!(number > 0)) {
			throw new IllegalArgumentException("'" + PREFIX + name + "' must be positive, not '" + text + "'");
		}
		return number;
	}

	/**
	 * Return how much is to be measured.
	 * @return the preset
	 * @throws IllegalArgumentException if there is no such preset
	 */
	public static Preset preset() {
		String preset = text("preset", "full");
		return switch (preset) {
			case "full" -> Preset.FULL;
			case "change" -> Preset.CHANGE;
			case "quick" -> Preset.QUICK;
			default -> throw new IllegalArgumentException(
					"'" + PREFIX + "preset' must be 'full', 'change' or 'quick', not '" + preset + "'");
		};
	}

	/**
	 * Say whether only the most important is to be measured, and shortly.
	 * @return whether the preset is {@link Preset#QUICK}
	 * @throws IllegalArgumentException if there is no such preset
	 */
	public static boolean isQuick() {
		return preset() == Preset.QUICK;
	}

	/**
	 * Return the options that are given, to be given to another JVM.
	 * @return the arguments of the JVM
	 */
	public static List<String> arguments() {
		return System.getProperties()
			.stringPropertyNames()
			.stream()
			.filter((name) -> name.startsWith(PREFIX))
			.sorted()
			.map((name) -> "-D" + name + "=" + System.getProperty(name))
			.toList();
	}

	/**
	 * Return where results and everything temporary are written.
	 * @return the directory, {@code target/benchmark} of the working directory
	 */
	public static Path directory() {
		return Path.of("target", "benchmark").toAbsolutePath();
	}

	/**
	 * How much is to be measured, where no option says otherwise.
	 */
	public enum Preset {

		/**
		 * Everything.
		 */
		FULL,

		/**
		 * What tells whether a change of this library has made it faster or slower: a
		 * comparison only, of a few servers.
		 */
		CHANGE,

		/**
		 * The most important, shortly.
		 */
		QUICK

	}

}
