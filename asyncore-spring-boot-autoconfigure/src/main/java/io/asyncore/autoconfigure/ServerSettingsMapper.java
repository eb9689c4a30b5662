package io.asyncore.autoconfigure;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.asyncore.context.ServerSettings;
import io.asyncore.context.Servers;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.context.properties.source.MutuallyExclusiveConfigurationPropertiesException;
import org.springframework.context.ApplicationContext;
import org.springframework.util.unit.DataSize;

/**
 * Checks the properties of the servers and makes settings of them.
 */
final class ServerSettingsMapper {

	private static final int MAX_PORT = 65535;

	private final String name;

	private final AsyncoreProperties.Server server;

	private ServerSettingsMapper(String name, AsyncoreProperties.Server server) {
		this.name = name;
		this.server = server;
	}

	static List<ServerSettings> map(Map<String, AsyncoreProperties.Server> servers,
			@Nullable ApplicationContext parent) {
		List<ServerSettings> settings = new ArrayList<>();
		servers.forEach((name, server) -> {
			// the properties of a parent context are seen by its children too
			if (parent == null || parent.getBeanProvider(Servers.class).stream().noneMatch((s) -> s.contains(name))) {
				ServerSettingsMapper mapper = new ServerSettingsMapper(name, server);
				ServerSettings mapped = mapper.map();
				settings.forEach((other) -> mapper.checkClash(mapped.address(), other));
				settings.add(mapped);
			}
		});
		return settings;
	}

	static String property(String server, String key) {
		return "asyncore.servers." + server + "." + key;
	}

	private ServerSettings map() {
		SocketAddress address = address();
		int backlog = this.server.backlog();
		check(backlog >= 1, "backlog", backlog, "It must be at least 1.");
		Integer maxConnections = this.server.maxConnections();
		check(maxConnections == null || maxConnections >= 1, "max-connections", maxConnections,
				"It must be at least 1.");
		Duration idleTimeout = this.server.idleTimeout();
		check(idleTimeout == null || !idleTimeout.isNegative(), "idle-timeout", idleTimeout,
				"It must not be negative.");
		DataSize maxFrameLength = this.server.maxFrameLength();
		String channel = this.server.channel();
		return new ServerSettings(this.name, address, (channel != null) ? channel : this.name, backlog,
				(maxConnections != null) ? maxConnections : Integer.MAX_VALUE,
				(idleTimeout != null) ? idleTimeout : Duration.ZERO,
				(maxFrameLength != null) ? bytes(maxFrameLength, "max-frame-length") : null,
				bytes(this.server.maxOutBuffered(), "max-out-buffered"));
	}

	private int bytes(DataSize size, String key) {
		long bytes = size.toBytes();
		check(bytes >= 1 && bytes < Integer.MAX_VALUE, key, size, "It must be at least 1 byte and less than "
				+ DataSize.ofBytes(1L + Integer.MAX_VALUE).toGigabytes() + "GB.");
		return (int) bytes;
	}

	private SocketAddress address() {
		Integer port = this.server.port();
		Path path = this.server.unixPath();
		InetAddress address = this.server.address();
		MutuallyExclusiveConfigurationPropertiesException.throwIfMultipleNonNullValuesIn((entries) -> {
			entries.put(property("port"), port);
			entries.put(property("unix-path"), path);
		});
		MutuallyExclusiveConfigurationPropertiesException.throwIfMultipleNonNullValuesIn((entries) -> {
			entries.put(property("address"), address);
			entries.put(property("unix-path"), path);
		});
		if (path != null) {
			return unixAddress(path);
		}
		if (port == null) {
			throw new ServerAddressMissingException(this.name);
		}
		check(port >= 0 && port <= MAX_PORT, "port", port, "It must be between 0 and " + MAX_PORT + ".");
		return (address != null) ? new InetSocketAddress(address, port) : new InetSocketAddress(port);
	}

	private SocketAddress unixAddress(Path path) {
		try {
			return UnixDomainSocketAddress.of(path);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException(property("unix-path"), path, ex.getMessage());
		}
	}

	private void checkClash(SocketAddress address, ServerSettings other) {
		if (address.equals(other.address()) && address instanceof UnixDomainSocketAddress) {
			throw new InvalidConfigurationPropertyValueException(property("unix-path"), this.server.unixPath(),
					"Server '" + other.name() + "' has the same path.");
		}
		if (address instanceof InetSocketAddress mine && other.address() instanceof InetSocketAddress theirs
				&& mine.getPort() == theirs.getPort() && mine.getPort() != 0 && overlap(mine, theirs)) {
			throw new InvalidConfigurationPropertyValueException(property("port"), mine.getPort(),
					"Server '" + other.name() + "' has the same port; the port 0 takes any free one.");
		}
	}

	private static boolean overlap(InetSocketAddress one, InetSocketAddress other) {
		return one.getAddress().isAnyLocalAddress() || other.getAddress().isAnyLocalAddress()
				|| one.getAddress().equals(other.getAddress());
	}

	private void check(boolean valid, String key, @Nullable Object value, String reason) {
		if (!valid) {
			throw new InvalidConfigurationPropertyValueException(property(key), value, reason);
		}
	}

	private String property(String key) {
		return property(this.name, key);
	}

}
