package io.asyncore.autoconfigure;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.asyncore.autoconfigure.diagnostics.ServerAddressMissingException;
import io.asyncore.autoconfigure.properties.ServerProperties;
import io.asyncore.context.ServerProtocol;
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

	private final ServerProperties properties;

	private final AsyncoreProperties.Server server;

	private ServerSettingsMapper(String name, AsyncoreProperties.Server server) {
		this.name = name;
		this.properties = new ServerProperties(name);
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
				settings.forEach((other) -> mapper.checkClash(mapped, other));
				settings.add(mapped);
			}
		});
		return settings;
	}

	private ServerSettings map() {
		if (isUdp()) {
			checkForDatagrams();
		}
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
				(maxFrameLength != null) ? this.properties.bytes(maxFrameLength, "max-frame-length") : null,
				this.properties.bytes(this.server.maxOutBuffered(), "max-out-buffered"),
				new SocketSettingsMapper(this.name, this.server).map());
	}

	private boolean isUdp() {
		return this.server.protocol() == AsyncoreProperties.Server.Protocol.UDP;
	}

	private void checkForDatagrams() {
		AsyncoreProperties.Server.KeepAlive keepAlive = this.server.keepAlive();
		checkAbsent("unix-path", this.server.unixPath());
		checkAbsent("unix-permissions", this.server.unixPermissions());
		checkAbsent("max-connections", this.server.maxConnections());
		checkAbsent("idle-timeout", this.server.idleTimeout());
		checkAbsent("max-frame-length", this.server.maxFrameLength());
		checkAbsent("tcp-no-delay", this.server.tcpNoDelay());
		checkAbsent("keep-alive.enabled", keepAlive.enabled());
		checkAbsent("keep-alive.idle", keepAlive.idle());
		checkAbsent("keep-alive.interval", keepAlive.interval());
		checkAbsent("keep-alive.count", keepAlive.count());
		check(this.server.port() != null, "protocol", "udp",
				"It needs a port: set '" + property("port") + "', to 0 for any free one.");
	}

	private void checkAbsent(String key, @Nullable Object value) {
		check(value == null, key, value,
				"It is for connections, and there are none while '" + property("protocol") + "' is 'udp'.");
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

	private void checkClash(ServerSettings mine, ServerSettings other) {
		if (mine.socket().protocol() != other.socket().protocol() || (isShared(mine) && isShared(other))) {
			return;
		}
		if (mine.address() instanceof UnixDomainSocketAddress one
				&& other.address() instanceof UnixDomainSocketAddress two && normal(one).equals(normal(two))) {
			throw new InvalidConfigurationPropertyValueException(property("unix-path"), this.server.unixPath(),
					"Server '" + other.name() + "' has the same path.");
		}
		if (mine.address() instanceof InetSocketAddress one && other.address() instanceof InetSocketAddress two
				&& one.getPort() == two.getPort() && one.getPort() != 0
				&& (covers(mine, two.getAddress()) || covers(other, one.getAddress()))) {
			throw new InvalidConfigurationPropertyValueException(property("port"), one.getPort(),
					"Server '" + other.name() + "' has the same port; the port 0 takes any free one.");
		}
	}

	private static Path normal(UnixDomainSocketAddress address) {
		return address.getPath().toAbsolutePath().normalize();
	}

	// sockets that agree to it may have one port
	private static boolean isShared(ServerSettings settings) {
		boolean udp = settings.socket().protocol() == ServerProtocol.UDP;
		return settings.socket()
			.options()
			.stream()
			.filter((option) -> Boolean.TRUE.equals(option.value()))
			.anyMatch((option) -> option.option() == StandardSocketOptions.SO_REUSEPORT
					|| (udp && option.option() == StandardSocketOptions.SO_REUSEADDR));
	}

	private static boolean covers(ServerSettings settings, InetAddress other) {
		InetAddress address = ((InetSocketAddress) settings.address()).getAddress();
		if (!address.isAnyLocalAddress()) {
			return address.equals(other);
		}
		return settings.socket().family() != StandardProtocolFamily.INET || other instanceof Inet4Address
				|| other.isAnyLocalAddress();
	}

	private void check(boolean valid, String key, @Nullable Object value, String reason) {
		this.properties.check(valid, key, value, reason);
	}

	private String property(String key) {
		return this.properties.name(key);
	}

}
