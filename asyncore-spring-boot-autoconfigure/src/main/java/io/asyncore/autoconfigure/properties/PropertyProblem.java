package io.asyncore.autoconfigure.properties;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What is wrong with a property that has no effect as it is written.
 *
 * @param description what is wrong
 * @param action what to do about it
 */
record PropertyProblem(String description, String action) {

	private static final String SERVERS = "servers";

	/**
	 * Say that there is no such property.
	 * @param meant the one that may be meant, {@code null} if nobody knows
	 * @param section where it is written
	 * @param known what is known there
	 */
	static PropertyProblem unknown(ConfiguredKey key, @Nullable String meant, String section, List<String> known) {
		return new PropertyProblem("There is no property '" + key.text() + "'" + origin(key) + ".",
				(meant != null) ? "Did you mean '" + meant + "'?" : "Remove '" + key.text()
						+ "', or write one of those " + "below '" + section + "': " + String.join(", ", known) + ".");
	}

	/**
	 * Say that there is a value in place of properties.
	 * @param section where it is written
	 * @param known what is known there
	 */
	static PropertyProblem valueOfSection(ConfiguredKey key, List<String> known) {
		return new PropertyProblem(
				"The property '" + key.text() + "'" + origin(key) + " has " + value(key)
						+ ", where it should have properties of its own.",
				"Write one of those below '" + key.text() + "': " + String.join(", ", known) + ".");
	}

	/**
	 * Say that the servers have a value in place of names.
	 */
	static PropertyProblem valueOfServers(ConfiguredKey key) {
		return new PropertyProblem(
				"The property '" + key.text() + "'" + origin(key) + " has " + value(key)
						+ ", where it should have the names of servers below, and below each its properties.",
				indent("Write them one below the other, each indented by two spaces more:", "<name>", List.of("port"),
						"7000"));
	}

	/**
	 * Say that a server has a value in place of properties.
	 */
	static PropertyProblem valueOfServer(ConfiguredKey key) {
		String server = key.name().get(key.name().size() - 1);
		boolean isPort = key.value().matches("\\d{1,5}");
		return new PropertyProblem(
				"The server '" + server + "' has " + value(key) + " (property '" + key.text() + "'"
						+ ((key.origin() != null) ? ", " + key.origin() : "")
						+ "), where it should have properties of its own.",
				indent("Put its properties below its name, each indented by two spaces more:", server, List.of("port"),
						isPort ? key.value() : "7000"));
	}

	/**
	 * Say that a property of a server is where names of servers are.
	 * @param server the server that may be meant, {@code null} if nobody knows
	 */
	static PropertyProblem tooHigh(ConfiguredKey key, @Nullable String server) {
		List<String> path = key.end(1);
		return new PropertyProblem(
				"The property '" + key.text() + "'" + origin(key) + " is one level too high: '"
						+ ConfiguredKey.text(path) + "' belongs to a server, and below '"
						+ ConfiguredKey.text(key.start(1)) + "' come the names of servers.",
				indent("Put it below the name of the server, indented by two spaces more:",
						(server != null) ? server : "<name>", path, key.value()));
	}

	private static String indent(String action, String server, List<String> path, String value) {
		StringBuilder text = new StringBuilder(action).append("\n");
		List<String> lines = new ArrayList<>(List.of("asyncore", SERVERS, server));
		lines.addAll(path);
		for (int i = 0; i < lines.size(); i++) {
			text.append("\n    ").append("  ".repeat(i)).append(lines.get(i)).append(":");
		}
		return text.append(" ").append(value).append("\n").toString();
	}

	private static String origin(ConfiguredKey key) {
		return (key.origin() != null) ? " (" + key.origin() + ")" : "";
	}

	private static String value(ConfiguredKey key) {
		return key.value().isEmpty() ? "no value" : "the value '" + key.value() + "'";
	}

}
