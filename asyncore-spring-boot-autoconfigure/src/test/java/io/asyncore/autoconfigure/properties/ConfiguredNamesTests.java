package io.asyncore.autoconfigure.properties;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.util.LinkedHashMap;
import java.util.Map;

import io.asyncore.ChannelFactory;
import io.asyncore.Dispatcher;
import io.asyncore.DispatcherWithSend;
import io.asyncore.FreePort;
import io.asyncore.Loopback;
import io.asyncore.ServerDispatcher;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.context.Servers;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.SimpleCommandLinePropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ConfiguredNames}, and what an application sees of them.
 */
class ConfiguredNamesTests {

	private static final String CHANNEL = "channel";

	private final Map<String, Object> file = new LinkedHashMap<>();

	private final Map<String, Object> system = new LinkedHashMap<>();

	private String[] arguments = {};

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
		.withBean(CHANNEL, ChannelFactory.class, () -> (socket, peer) -> new DispatcherWithSend())
		.withInitializer((context) -> addTo(context.getEnvironment().getPropertySources()));

	private void addTo(MutablePropertySources sources) {
		String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
		sources.replace(name, new SystemEnvironmentPropertySource(name, this.system));
		sources.addLast(new MapPropertySource("file", this.file));
		sources.addFirst(new SimpleCommandLinePropertySource(this.arguments));
	}

	private void inFile(String name, String key, Object value) {
		this.file.put("asyncore.servers." + name + "." + key, value);
	}

	private void server(String name) {
		inFile(name, "port", 1);
		inFile(name, "address", "127.0.0.1");
		inFile(name, "channel", CHANNEL);
	}

	@ParameterizedTest
	@CsvSource({ "deviceSession, DEVICESESSION", "device-session, DEVICESESSION", "device-session, DEVICE_SESSION",
			"DEVICE, DEVICE", "devicesession, DEVICESESSION", "device2-x, DEVICE2X" })
	void aVariableSetsThePropertyOfTheServer(String name, String variable) throws IOException {
		server(name);
		int port = FreePort.find();
		this.system.put("ASYNCORE_SERVERS_" + variable + "_PORT", Integer.toString(port));
		this.contextRunner.run((context) -> {
			assertThat(context).hasNotFailed();
			assertThat(context.getBean(Servers.class).dispatchers()).containsOnlyKeys(name);
			assertThat(Loopback.port(context.getBean(Servers.class).dispatchers().get(name))).isEqualTo(port);
			assertThat(context.getEnvironment().getProperty("local.asyncore." + name + ".port"))
				.isEqualTo(Integer.toString(port));
		});
	}

	@ParameterizedTest
	@ValueSource(strings = { "deviceSession", "device-session" })
	void variablesSetEveryProperty(String name) {
		server(name);
		inFile(name, "port", 0);
		inFile(name, "backlog", 5);
		for (String variable : new String[] { "MAXCONNECTIONS=7", "KEEPALIVE_ENABLED=true", "KEEPALIVE_IDLE=77s",
				"TCPNODELAY=false", "RECEIVEBUFFER=16KB" }) {
			String[] parts = variable.split("=");
			this.system.put("ASYNCORE_SERVERS_DEVICESESSION_" + parts[0], parts[1]);
		}
		this.contextRunner.run((context) -> {
			assertThat(context.getBean(Servers.class).dispatchers()).containsOnlyKeys(name);
			ServerDispatcher server = context.getBean(Servers.class).get(name);
			assertThat(server).isNotNull();
			assertThat(server.maxConnections()).isEqualTo(7);
			assertThat(server.getOption(StandardSocketOptions.TCP_NODELAY)).isFalse();
			assertThat(server.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
			assertThat(server.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(77);
		});
	}

	@Test
	void variablesSetListsToo() {
		inFile("deviceSession", "port", 0);
		inFile("deviceSession", "protocol", "tcp");
		inFile("deviceSession", "channel", CHANNEL);
		this.system.put("ASYNCORE_SERVERS_DEVICESESSION_MULTICAST_GROUPS_0", "239.1.2.3");
		this.contextRunner.run((context) -> assertThat(context).getFailure()
			.rootCause()
			.hasMessageContaining("asyncore.servers.deviceSession.multicast.groups"));
	}

	@Test
	void whenOnlyVariablesHaveAServerItIsCalledAsTheySay() {
		this.system.put("ASYNCORE_SERVERS_DEVICESESSION_PORT", "0");
		this.system.put("ASYNCORE_SERVERS_DEVICESESSION_CHANNEL", CHANNEL);
		server("other");
		inFile("other", "port", 0);
		this.contextRunner.run((context) -> assertThat(context.getBean(Servers.class).dispatchers())
			.containsOnlyKeys("devicesession", "other"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "device-session", "deviceSession", "devicesession" })
	void anArgumentComesBeforeAVariable(String form) throws IOException {
		server("deviceSession");
		int port = FreePort.find();
		this.system.put("ASYNCORE_SERVERS_DEVICESESSION_PORT", "2");
		this.arguments = new String[] { "--asyncore.servers." + form + ".port=" + port };
		this.contextRunner.run((context) -> {
			Map<String, Dispatcher> servers = context.getBean(Servers.class).dispatchers();
			assertThat(servers).containsOnlyKeys("deviceSession");
			assertThat(Loopback.port(servers.get("deviceSession"))).isEqualTo(port);
		});
	}

	@Test
	void whatOneFileHasByTwoNamesIsTwoThings() {
		for (String name : new String[] { "ab-c", "abc", "aBC" }) {
			server(name);
			inFile(name, "port", 0);
		}
		this.system.put("ASYNCORE_SERVERS_ABC_BACKLOG", "3");
		this.contextRunner.run((context) -> assertThat(context.getBean(Servers.class).dispatchers())
			.containsOnlyKeys("ab-c", "abc", "aBC"));
	}

	@Test
	void isForWhateverHasNames() {
		StandardEnvironment environment = new StandardEnvironment();
		addTo(environment.getPropertySources());
		this.file.put("acme.clients.upStream.hosts", "a:1");
		this.system.put("ACME_CLIENTS_UPSTREAM_HOSTS", "b:2");
		this.system.put("ACME_CLIENTS_OTHER_HOSTS", "c:3");
		Map<String, String> bound = new LinkedHashMap<>();
		bound.put("upstream", "b:2");
		bound.put("other", "c:3");
		bound.put("upStream", "b:2");
		bound.put("fromElsewhere", "d:4");
		assertThat(ConfiguredNames.unify("acme.clients", bound, environment)).containsOnlyKeys("other", "upStream",
				"fromElsewhere");
	}

}
