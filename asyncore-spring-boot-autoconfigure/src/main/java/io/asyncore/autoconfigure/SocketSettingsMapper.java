package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.ProtocolFamily;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.asyncore.autoconfigure.properties.ServerProperties;
import io.asyncore.context.ServerProtocol;
import io.asyncore.context.SocketSettings;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

import org.springframework.util.unit.DataSize;

/**
 * Checks the properties of a server's socket and makes settings of them.
 */
final class SocketSettingsMapper {

	private static final int MAX_TRAFFIC_CLASS = 255;

	private final ServerProperties properties;

	private final AsyncoreProperties.Server server;

	private final ServerProtocol protocol;

	private final List<SocketSettings.Option<?>> options = new ArrayList<>();

	// opened for the first option
	private @Nullable SocketProbe probe;

	SocketSettingsMapper(String name, AsyncoreProperties.Server server) {
		this.properties = new ServerProperties(name);
		this.server = server;
		this.protocol = protocol(server);
	}

	private static ServerProtocol protocol(AsyncoreProperties.Server server) {
		return switch (server.protocol()) {
			case TCP -> (server.unixPath() != null) ? ServerProtocol.UNIX : ServerProtocol.TCP;
			case UDP -> ServerProtocol.UDP;
		};
	}

	SocketSettings map() {
		try {
			mapOptions();
			MulticastMapper multicast = new MulticastMapper(this.properties, this.server.multicast(), this.protocol);
			option(StandardSocketOptions.IP_MULTICAST_IF, multicast.networkInterface(), MulticastMapper.INTERFACE);
			Set<PosixFilePermission> permissions = permissions(FileSystems.getDefault());
			return new SocketSettings(this.protocol, family(), List.copyOf(this.options), permissions,
					multicast.groups());
		}
		finally {
			if (this.probe != null) {
				this.probe.close();
			}
		}
	}

	// all of IPv4 is written as 0.0.0.0, all of both is :: or nothing
	private @Nullable ProtocolFamily family() {
		InetAddress address = this.server.address();
		return (address instanceof Inet4Address) ? StandardProtocolFamily.INET : null;
	}

	@Nullable Set<PosixFilePermission> permissions(FileSystem files) {
		String key = "unix-permissions";
		String text = this.server.unixPermissions();
		if (text == null) {
			return null;
		}
		this.properties.check(this.protocol == ServerProtocol.UNIX, key, text, "It is for a Unix domain socket, so '"
				+ this.properties.name("unix-path") + "' has to be set as well.");
		this.properties.check(!text.strip().matches("(0o)?\\d+"), key, text,
				"It must be nine characters such as 'rw-rw----': digits are not taken, because YAML reads 0660 as "
						+ "another number.");
		this.properties.check(files.supportedFileAttributeViews().contains("posix"), key, text,
				"Files have no such permissions on this platform.");
		try {
			return PosixFilePermissions.fromString(text.strip());
		}
		catch (IllegalArgumentException ex) {
			throw this.properties.wrong(key, text, "It must be nine characters such as 'rw-rw----'.");
		}
	}

	private void mapOptions() {
		option(StandardSocketOptions.TCP_NODELAY, this.server.tcpNoDelay(), "tcp-no-delay");
		mapKeepAlive(this.server.keepAlive());
		buffer(StandardSocketOptions.SO_RCVBUF, this.server.receiveBuffer(), "receive-buffer", "net.core.rmem_max");
		buffer(StandardSocketOptions.SO_SNDBUF, this.server.sendBuffer(), "send-buffer", "net.core.wmem_max");
		option(StandardSocketOptions.SO_REUSEADDR, this.server.reuseAddress(), "reuse-address");
		option(StandardSocketOptions.SO_REUSEPORT, this.server.reusePort(), "reuse-port");
		Integer trafficClass = this.server.trafficClass();
		this.properties.check(trafficClass == null || (trafficClass >= 0 && trafficClass <= MAX_TRAFFIC_CLASS),
				"traffic-class", trafficClass, "It must be between 0 and " + MAX_TRAFFIC_CLASS + ".");
		option(StandardSocketOptions.IP_TOS, trafficClass, "traffic-class");
		option(StandardSocketOptions.SO_BROADCAST, this.server.broadcast(), "broadcast");
	}

	private void mapKeepAlive(AsyncoreProperties.Server.KeepAlive keepAlive) {
		Boolean enabled = keepAlive.enabled();
		Integer idle = seconds(keepAlive.idle(), "keep-alive.idle", enabled);
		Integer interval = seconds(keepAlive.interval(), "keep-alive.interval", enabled);
		Integer count = keepAlive.count();
		this.properties.check(count == null || count >= 1, "keep-alive.count", count, "It must be at least 1.");
		checkEnabled(count, "keep-alive.count", enabled);
		if (enabled != null) {
			option(StandardSocketOptions.SO_KEEPALIVE, enabled, "keep-alive.enabled");
		}
		if (idle != null || interval != null || count != null) {
			String key = (idle != null) ? "keep-alive.idle"
					: (interval != null) ? "keep-alive.interval" : "keep-alive.count";
			option(StandardSocketOptions.SO_KEEPALIVE, (enabled != null) ? null : true, key);
			option(ExtendedSocketOptions.TCP_KEEPIDLE, idle, "keep-alive.idle");
			option(ExtendedSocketOptions.TCP_KEEPINTERVAL, interval, "keep-alive.interval");
			option(ExtendedSocketOptions.TCP_KEEPCOUNT, count, "keep-alive.count");
		}
	}

	private @Nullable Integer seconds(@Nullable Duration time, String key, @Nullable Boolean enabled) {
		if (time == null) {
			return null;
		}
		this.properties.check(time.getNano() == 0 && time.getSeconds() >= 1 && time.getSeconds() <= Integer.MAX_VALUE,
				key, time, "It must be whole seconds, and at least 1s.");
		checkEnabled(time, key, enabled);
		return (int) time.getSeconds();
	}

	private void checkEnabled(@Nullable Object value, String key, @Nullable Boolean enabled) {
		this.properties.check(value == null || enabled == null || enabled, key, value,
				"It means nothing while '" + this.properties.name("keep-alive.enabled") + "' is false.");
	}

	private void buffer(SocketOption<Integer> option, @Nullable DataSize size, String key, String limit) {
		if (size != null) {
			int bytes = this.properties.bytes(size, key);
			option(option, bytes, key);
			probe().warnOfLess(option, bytes, this.properties.name(key), limit);
		}
	}

	private <T> void option(SocketOption<T> option, @Nullable T value, String key) {
		if (value == null) {
			return;
		}
		SocketProbe probe = probe();
		this.properties.check(probe.supports(option), key, value, probe.kind() + " have no such option.");
		try {
			probe.set(option, value);
		}
		catch (IOException | IllegalArgumentException ex) {
			throw this.properties.wrong(key, value, "The system refuses it: " + ex.getMessage() + ".");
		}
		this.options.add(new SocketSettings.Option<>(option, value));
	}

	private SocketProbe probe() {
		SocketProbe probe = this.probe;
		if (probe == null) {
			probe = new SocketProbe(this.protocol);
			this.probe = probe;
		}
		return probe;
	}

}
