package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelFactory;
import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.FreePort;
import io.asyncore.context.Servers;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

/**
 * The sockets of configured servers: what of the properties reaches them, and what is
 * refused.
 */
class ServerSocketsTests {

	private static final Map<String, SocketOption<?>> OPTIONS = Map.of("tcp-no-delay",
			StandardSocketOptions.TCP_NODELAY, "keep-alive.enabled", StandardSocketOptions.SO_KEEPALIVE,
			"keep-alive.idle", ExtendedSocketOptions.TCP_KEEPIDLE, "keep-alive.interval",
			ExtendedSocketOptions.TCP_KEEPINTERVAL, "keep-alive.count", ExtendedSocketOptions.TCP_KEEPCOUNT,
			"receive-buffer", StandardSocketOptions.SO_RCVBUF, "send-buffer", StandardSocketOptions.SO_SNDBUF,
			"traffic-class", StandardSocketOptions.IP_TOS, "broadcast", StandardSocketOptions.SO_BROADCAST,
			"reuse-port", StandardSocketOptions.SO_REUSEPORT);

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
		.withUserConfiguration(Channels.class);

	@ParameterizedTest
	@CsvSource({ "tcp-no-delay, false, tcp-no-delay, false", "tcp-no-delay, true, tcp-no-delay, true",
			"keep-alive, true, keep-alive.enabled, true", "keep-alive, false, keep-alive.enabled, false",
			"keep-alive.enabled, true, keep-alive.enabled, true", "keep-alive.idle, 77s, keep-alive.idle, 77",
			"keep-alive.idle, 77s, keep-alive.enabled, true", "keep-alive.interval, 1m, keep-alive.interval, 60",
			"keep-alive.interval, 1m, keep-alive.enabled, true", "keep-alive.count, 3, keep-alive.count, 3",
			"keep-alive.count, 3, keep-alive.enabled, true", "receive-buffer, 100KB, receive-buffer, 102400",
			"send-buffer, 100KB, send-buffer, 102400", "traffic-class, 184, traffic-class, 184" })
	void connectionsHaveTheOptionsThatAreSet(String key, String value, String option, String expected) {
		this.contextRunner.withPropertyValues("asyncore.servers.x.port=0", "asyncore.servers.x." + key + "=" + value)
			.run((context) -> assertThat(connection(context, option)).isEqualTo(expected));
	}

	@Test
	void whatIsNotSetIsLeftToTheSystem() {
		this.contextRunner.withPropertyValues("asyncore.servers.x.port=0").run((context) -> {
			assertThat(connection(context, "keep-alive.enabled")).isEqualTo("false");
			assertThat(connection(context, "tcp-no-delay")).isEqualTo("true");
			assertThat(connection(context, "traffic-class")).isEqualTo("0");
		});
	}

	@ParameterizedTest
	@CsvSource({ "receive-buffer, 100KB, 102400", "send-buffer, 100KB, 102400", "traffic-class, 184, 184",
			"broadcast, true, true", "reuse-port, true, true" })
	void datagramSocketsHaveTheOptionsThatAreSet(String key, String value, String expected) {
		this.contextRunner
			.withPropertyValues("asyncore.servers.datagrams.protocol=udp", "asyncore.servers.datagrams.port=0",
					"asyncore.servers.datagrams." + key + "=" + value)
			.run((context) -> {
				DatagramChannel socket = (DatagramChannel) context.getBean(Servers.class)
					.dispatchers()
					.get("datagrams")
					.socket();
				assertThat(text(socket, key)).isEqualTo(expected);
			});
	}

	@Test
	void serversThatAgreeToItShareAPort() throws IOException {
		int port = FreePort.find();
		for (String option : new String[] { "reuse-port", "reuse-address" }) {
			this.contextRunner
				.withPropertyValues("asyncore.servers.datagrams.protocol=udp",
						"asyncore.servers.datagrams.port=" + port, "asyncore.servers.datagrams." + option + "=true",
						"asyncore.servers.other.protocol=udp", "asyncore.servers.other.port=" + port,
						"asyncore.servers.other.channel=otherDatagrams", "asyncore.servers.other." + option + "=true")
				.run((context) -> assertThat(context).hasNotFailed());
		}
	}

	@ParameterizedTest
	@CsvSource({ ", ", "reuse-port=true, ", "reuse-port=true, reuse-port=false" })
	void whenTwoServersForDatagramsHaveOnePortAndDoNotAgreeSaysSo(@Nullable String one, @Nullable String other) {
		this.contextRunner
			.withPropertyValues("asyncore.servers.datagrams.protocol=udp", "asyncore.servers.datagrams.port=7999",
					"asyncore.servers.other.protocol=udp", "asyncore.servers.other.port=7999",
					"asyncore.servers.other.channel=otherDatagrams",
					"asyncore.servers.datagrams." + ((one != null) ? one : "backlog=1"),
					"asyncore.servers.other." + ((other != null) ? other : "backlog=1"))
			.run((context) -> {
				InvalidConfigurationPropertyValueException failure = invalid(context.getStartupFailure());
				assertThat(failure.getName()).matches("asyncore.servers.(datagrams|other).port");
				assertThat(failure.getReason()).contains("has the same port");
			});
	}

	@Test
	void reuseOfTheAddressCanBeTurnedOff() {
		this.contextRunner.withPropertyValues("asyncore.servers.x.port=0", "asyncore.servers.x.reuse-address=false")
			.run((context) -> {
				NetworkChannel socket = (NetworkChannel) context.getBean(Servers.class).get("x").socket();
				assertThat(socket.getOption(StandardSocketOptions.SO_REUSEADDR)).isFalse();
			});
	}

	@ParameterizedTest
	@CsvSource({ "0.0.0.0, 0.0.0.0", "::, 0:0:0:0:0:0:0:0", "[::1], 0:0:0:0:0:0:0:1", "127.0.0.1, 127.0.0.1" })
	void listensAtItsAddress(String address, String bound) {
		this.contextRunner.withPropertyValues("asyncore.servers.x.port=0", "asyncore.servers.x.address=" + address)
			.run((context) -> assertThat(address(context).getAddress().getHostAddress()).isEqualTo(bound));
	}

	@Test
	void allOfIpv4LeavesThePortOfIpv6() throws IOException {
		int port = FreePort.find();
		this.contextRunner
			.withPropertyValues("asyncore.servers.x.port=" + port, "asyncore.servers.x.address=0.0.0.0",
					"asyncore.servers.y.port=" + port, "asyncore.servers.y.address=::1", "asyncore.servers.y.channel=x")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void listensAtAnAddressWithAScope() throws IOException {
		InetAddress local = NetworkInterface.networkInterfaces()
			.flatMap(NetworkInterface::inetAddresses)
			.filter((address) -> address instanceof Inet6Address && address.isLinkLocalAddress())
			.findFirst()
			.orElse(null);
		assumeThat(local).as("an IPv6 link-local address").isNotNull();
		for (String text : new String[] { local.getHostAddress(), "[" + local.getHostAddress() + "]" }) {
			this.contextRunner.withPropertyValues("asyncore.servers.x.port=0", "asyncore.servers.x.address=" + text)
				.run((context) -> assertThat(address(context).getAddress()).isEqualTo(local));
		}
	}

	@Test
	void theFileOfAUnixSocketHasItsPermissions(@TempDir Path directory) {
		Path file = directory.resolve("s");
		this.contextRunner
			.withPropertyValues("asyncore.servers.x.unix-path=" + file, "asyncore.servers.x.unix-permissions=rw-rw----",
					"asyncore.servers.x.send-buffer=100KB")
			.run((context) -> {
				assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
				assertThat(connection(context, "send-buffer")).isEqualTo("102400");
			});
	}

	@ParameterizedTest
	@CsvSource({ "receive-buffer, net.core.rmem_max", "send-buffer, net.core.wmem_max" })
	void whenTheSystemGrantsASmallerBufferSaysSoOnce(String key, String limit) {
		try (CapturedLog log = new CapturedLog()) {
			this.contextRunner.withPropertyValues("asyncore.servers.x.port=0", "asyncore.servers.x." + key + "=1GB")
				.run((context) -> {
					String granted = connection(context, key);
					assumeThat(Integer.valueOf(granted)).as("what the system grants").isLessThan(1 << 30);
					assertThat(log.warnings()).filteredOn((message) -> message.contains("buffer"))
						.singleElement()
						.asString()
						.contains("'asyncore.servers.x." + key + "'", "1073741824", granted, limit);
				});
		}
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			"port=0;unix-permissions=rw------- | unix-permissions | 'asyncore.servers.x.unix-path' has to be set",
			"unix-path=/tmp/x;unix-permissions=0660 | unix-permissions | digits are not taken",
			"unix-path=/tmp/x;unix-permissions=432 | unix-permissions | YAML",
			"unix-path=/tmp/x;unix-permissions=0o660 | unix-permissions | YAML",
			"unix-path=/tmp/x;unix-permissions=rwx | unix-permissions | nine characters such as 'rw-rw----'",
			"unix-path=/tmp/x;tcp-no-delay=true | tcp-no-delay | Unix domain sockets have no such option",
			"unix-path=/tmp/x;keep-alive.enabled=true | keep-alive.enabled | Unix domain sockets",
			"unix-path=/tmp/x;keep-alive.count=3 | keep-alive.count | Unix domain sockets",
			"unix-path=/tmp/x;reuse-address=true | reuse-address | Unix domain sockets",
			"unix-path=/tmp/x;reuse-port=true | reuse-port | Unix domain sockets",
			"unix-path=/tmp/x;traffic-class=1 | traffic-class | Unix domain sockets",
			"unix-path=/tmp/x;multicast.groups=239.1.2.3 | multicast.groups | has to be 'udp'",
			"port=0;broadcast=true | broadcast | TCP sockets of this platform have no such option",
			"port=0;multicast.groups=239.1.2.3 | multicast.groups | 'asyncore.servers.x.protocol' has to be 'udp'",
			"port=0;multicast.network-interface=lo | multicast.network-interface | has to be 'udp'",
			"port=0;keep-alive.idle=500ms | keep-alive.idle | at least 1s",
			"port=0;keep-alive.idle=1500ms | keep-alive.idle | whole seconds",
			"port=0;keep-alive.idle=0s | keep-alive.idle | at least 1s",
			"port=0;keep-alive.interval=-1s | keep-alive.interval | at least 1s",
			"port=0;keep-alive.interval=100000s | keep-alive.interval | The system refuses it",
			"port=0;keep-alive.count=0 | keep-alive.count | at least 1",
			"port=0;keep-alive.enabled=false;keep-alive.idle=5s | keep-alive.idle | keep-alive.enabled' is false",
			"port=0;keep-alive.enabled=false;keep-alive.interval=5s | keep-alive.interval | is false",
			"port=0;keep-alive.enabled=false;keep-alive.count=5 | keep-alive.count | is false",
			"port=0;receive-buffer=0B | receive-buffer | at least 1 byte",
			"port=0;send-buffer=2GB | send-buffer | less than 2GB",
			"port=0;traffic-class=256 | traffic-class | between 0 and 255",
			"port=0;traffic-class=-1 | traffic-class | between 0 and 255",
			"protocol=udp | protocol | set 'asyncore.servers.x.port'",
			"protocol=udp;port=0;unix-path=/tmp/x | unix-path | there are none while 'asyncore.servers.x.protocol'",
			"protocol=udp;port=0;unix-permissions=rw------- | unix-permissions | is 'udp'",
			"protocol=udp;port=0;max-connections=1 | max-connections | is 'udp'",
			"protocol=udp;port=0;idle-timeout=1s | idle-timeout | is 'udp'",
			"protocol=udp;port=0;max-frame-length=1KB | max-frame-length | is 'udp'",
			"protocol=udp;port=0;tcp-no-delay=true | tcp-no-delay | is 'udp'",
			"protocol=udp;port=0;keep-alive.enabled=true | keep-alive.enabled | is 'udp'",
			"protocol=udp;port=0;keep-alive.idle=1s | keep-alive.idle | is 'udp'",
			"protocol=udp;port=0;keep-alive.interval=1s | keep-alive.interval | is 'udp'",
			"protocol=udp;port=0;keep-alive.count=1 | keep-alive.count | is 'udp'",
			"protocol=udp;port=0;multicast.groups=192.0.2.1 | multicast.groups | address of a multicast group",
			"protocol=udp;port=0;multicast.network-interface=nosuch9 | multicast.network-interface | no network interface of that name, only " })
	void namesThePropertyThatIsWrong(String properties, String key, String reason) {
		this.contextRunner
			.withPropertyValues(Arrays.stream(properties.split(";"))
				.map((property) -> "asyncore.servers.x." + property)
				.toArray(String[]::new))
			.run((context) -> {
				InvalidConfigurationPropertyValueException failure = invalid(context.getStartupFailure());
				assertThat(failure.getName()).isEqualTo("asyncore.servers.x." + key);
				assertThat(failure.getReason()).contains(reason);
			});
	}

	@Test
	void whenTheProtocolIsUnknownDoesNotStart() {
		this.contextRunner.withPropertyValues("asyncore.servers.x.port=0", "asyncore.servers.x.protocol=sctp")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContaining("Protocol.sctp"));
	}

	@Test
	void whenFilesHaveNoPermissionsSaysSo(@TempDir Path directory) throws IOException {
		AsyncoreProperties.Server server = new AsyncoreProperties.Server(AsyncoreProperties.Server.Protocol.TCP, null,
				null, Path.of("s"), "rw-rw----", null, 1, null, null, null, DataSize.ofBytes(1), null,
				new AsyncoreProperties.Server.KeepAlive(null, null, null, null), null, null, null, null, null, null,
				new AsyncoreProperties.Server.Multicast(List.of(), null));
		try (FileSystem archive = FileSystems.newFileSystem(directory.resolve("a.zip"), Map.of("create", "true"))) {
			SocketSettingsMapper mapper = new SocketSettingsMapper("x", server);
			assertThatExceptionOfType(InvalidConfigurationPropertyValueException.class)
				.isThrownBy(() -> mapper.permissions(archive))
				.withMessageContaining("asyncore.servers.x.unix-permissions")
				.withMessageContaining("no such permissions on this platform");
		}
	}

	private static InvalidConfigurationPropertyValueException invalid(@Nullable Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			if (cause instanceof InvalidConfigurationPropertyValueException invalid) {
				return invalid;
			}
		}
		throw new AssertionError("No property was found wrong", failure);
	}

	private static InetSocketAddress address(ApplicationContext context) {
		return (InetSocketAddress) context.getBean(Servers.class).get("x").localAddress();
	}

	private static String connection(ApplicationContext context, String option) throws Exception {
		SocketAddress server = context.getBean(Servers.class).get("x").localAddress();
		try (SocketChannel client = (server instanceof UnixDomainSocketAddress) ? SocketChannel.open(server)
				: SocketChannel.open(new InetSocketAddress("127.0.0.1", ((InetSocketAddress) server).getPort()))) {
			SocketChannel accepted = context.getBean(Channels.class).accepted.poll(10, TimeUnit.SECONDS);
			assertThat(accepted).isNotNull();
			assertThat(client.isOpen()).isTrue();
			return text(accepted, option);
		}
	}

	private static String text(NetworkChannel socket, String option) throws IOException {
		return String.valueOf(socket.getOption(OPTIONS.get(option)));
	}

	@Configuration(proxyBeanMethods = false)
	static class Channels {

		final BlockingQueue<SocketChannel> accepted = new LinkedBlockingQueue<>();

		@Bean
		ChannelFactory x() {
			return (socket, peer) -> {
				this.accepted.add(socket);
				return new Dispatcher();
			};
		}

		@Bean
		DatagramDispatcher datagrams() {
			return new DatagramDispatcher();
		}

		@Bean
		DatagramDispatcher otherDatagrams() {
			return new DatagramDispatcher();
		}

	}

}
