package io.asyncore.benchmark.comparison;

import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code load} has measured.
 *
 * @param rate messages a second, the 90th percentile of windows of 20 ms
 * @param messages all of them
 * @param p50 the median time from sending a message to its return, in microseconds
 * @param p99 the 99th percentile of that
 * @param serverShare how much of a processor the server has used
 * @param loadShare how much of a processor the load has used
 * @param serverMicros processor time of the server for a message, in microseconds
 */
record LoadResult(double rate, double messages, double p50, double p99, double serverShare, double loadShare,
		double serverMicros) {

	private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":([-+.\\deE]+)");

	static LoadResult parse(String json) {
		Map<String, Double> fields = new HashMap<>();
		Matcher matcher = FIELD.matcher(json);
		while (matcher.find()) {
			fields.put(matcher.group(1), Double.valueOf(matcher.group(2)));
		}
		return new LoadResult(field(fields, "rate"), field(fields, "messages"), field(fields, "p50"),
				field(fields, "p99"), field(fields, "serverCpu"), field(fields, "loadCpu"),
				field(fields, "serverMicros"));
	}

	private static double field(Map<String, Double> fields, String name) {
		Double value = fields.get(name);
		if (value == null) {
			throw new IllegalArgumentException("'" + name + "' is missing in " + fields);
		}
		return value;
	}

}
