package io.asyncore.autoconfigure;

import java.util.Locale;

/**
 * How many loops there are to be.
 *
 * @param count the number of loops; not checked
 */
public record LoopThreads(int count) {

	/**
	 * Convert the value of a property.
	 * @param value a number, or {@code auto} for one loop for each processor
	 * @return the number of loops
	 * @throws IllegalArgumentException if it is neither
	 */
	public static LoopThreads of(String value) {
		String text = value.strip();
		if (text.toLowerCase(Locale.ROOT).equals("auto")) {
			return new LoopThreads(Runtime.getRuntime().availableProcessors());
		}
		try {
			return new LoopThreads(Integer.parseInt(text));
		}
		catch (NumberFormatException ex) {
			throw new IllegalArgumentException("It must be a whole number, or 'auto' for one loop for each processor");
		}
	}

	/**
	 * Convert a number, as YAML has it.
	 * @param count the number of loops
	 * @return the number of loops
	 */
	public static LoopThreads of(Integer count) {
		return new LoopThreads(count);
	}

	@Override
	public String toString() {
		return Integer.toString(this.count);
	}

}
