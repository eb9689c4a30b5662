package io.asyncore.autoconfigure.properties;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.util.unit.DataSize;

/**
 * The names of the properties of a server, to say which one is wrong.
 *
 * @param server the name of the server
 */
public record ServerProperties(String server) {

	/**
	 * Return the name of a property.
	 * @param key its name below that of the server
	 * @return the whole name
	 */
	public String name(String key) {
		return "asyncore.servers." + this.server + "." + key;
	}

	/**
	 * Fail if a value is wrong.
	 * @param valid whether it is right
	 * @param key the name of the property below that of the server
	 * @param value the value
	 * @param reason what is wrong
	 * @throws InvalidConfigurationPropertyValueException if it is wrong
	 */
	public void check(boolean valid, String key, @Nullable Object value, String reason) {
		if (!valid) {
			throw wrong(key, value, reason);
		}
	}

	/**
	 * Return what is thrown because of a wrong value.
	 * @param key the name of the property below that of the server
	 * @param value the value
	 * @param reason what is wrong
	 * @return the failure, which Spring Boot explains
	 */
	public InvalidConfigurationPropertyValueException wrong(String key, @Nullable Object value, String reason) {
		return new InvalidConfigurationPropertyValueException(name(key), value, reason);
	}

	/**
	 * Check a size that has to be an {@code int} of bytes.
	 * @param size the size
	 * @param key the name of the property below that of the server
	 * @return the number of bytes
	 * @throws InvalidConfigurationPropertyValueException if it is none
	 */
	public int bytes(DataSize size, String key) {
		long bytes = size.toBytes();
		check(bytes >= 1 && bytes < Integer.MAX_VALUE, key, size, "It must be at least 1 byte and less than "
				+ DataSize.ofBytes(1L + Integer.MAX_VALUE).toGigabytes() + "GB.");
		return (int) bytes;
	}

}
