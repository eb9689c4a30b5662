package io.asyncore.benchmark;

import java.util.Arrays;
import java.util.Locale;

/**
 * The median of some figures, and between what they lie.
 *
 * @param median the median
 * @param min the smallest
 * @param max the largest
 */
public record Spread(double median, double min, double max) {

	/**
	 * Return the spread of some figures.
	 * @param figures the figures, at least one
	 * @return their spread
	 */
	public static Spread of(double[] figures) {
		double[] sorted = figures.clone();
		Arrays.sort(sorted);
		int half = sorted.length / 2;
		double median = (sorted.length % 2 != 0) ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
		return new Spread(median, sorted[0], sorted[sorted.length - 1]);
	}

	/**
	 * Return the median, and the smallest and largest figure behind it.
	 * @param format how to write a figure
	 * @return the text
	 */
	public String text(String format) {
		return format(format, this.median) + " (" + format(format, this.min) + "–" + format(format, this.max) + ")";
	}

	/**
	 * Return a figure as it is written everywhere.
	 * @param format how to write it
	 * @param figure the figure
	 * @return the text
	 */
	public static String format(String format, double figure) {
		return String.format(Locale.ROOT, format, figure);
	}

}
