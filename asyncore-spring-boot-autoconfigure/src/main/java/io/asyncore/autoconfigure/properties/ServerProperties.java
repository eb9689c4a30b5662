package io.asyncore.autoconfigure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/**
 * The names of the properties of a server, to say which one is wrong.
 *
 * @param server the name of the server
 */
record ServerProperties(String server) {

	String name(String key) {
		return "asyncore.servers." + this.server + "." + key;
	}

	void check(boolean valid, String key, @Nullable Object value, String reason) {
		if (!valid) {
			throw wrong(key, value, reason);
		}
	}

	InvalidConfigurationPropertyValueException wrong(String key, @Nullable Object value, String reason) {
		return new InvalidConfigurationPropertyValueException(name(key), value, reason);
	}

	int bytes(DataSize size, String key) {
		long bytes = size.toBytes();
		check(bytes >= 1 && bytes < Integer.MAX_VALUE, key, size, "It must be at least 1 byte and less than "
				+ DataSize.ofBytes(1L + Integer.MAX_VALUE).toGigabytes() + "GB.");
		return (int) bytes;
	}

}
