package io.asyncore.autoconfigure.properties;

import java.util.LinkedHashMap;
import java.util.Map;

import io.asyncore.CapturedLog;
import io.asyncore.autoconfigure.EchoApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PropertiesCheck}: what is no reason not to start.
 */
class PropertiesCheckTests {

	private final Map<String, Object> file = new LinkedHashMap<>();

	private final Map<String, Object> variables = new LinkedHashMap<>();

	private final ApplicationContextRunner contextRunner = EchoApplication.runner()
		.withInitializer((context) -> addTo(context.getEnvironment().getPropertySources()));

	PropertiesCheckTests() {
		// of no interest here
		this.file.put("asyncore.shutdown.grace-period", "1s");
		this.file.put("asyncore.watchdog.enabled", "false");
	}

	private void addTo(MutablePropertySources sources) {
		String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
		sources.replace(name, new SystemEnvironmentPropertySource(name, this.variables));
		sources.addLast(new MapPropertySource("file", this.file));
	}

	@Test
	void whenVariablesSetNothingWarnsOnceOfAll() {
		this.variables.put("ASYNCORE_SERVERS_ECHO_PROT", "1");
		this.variables.put("ASYNCORE_SERVER_ECHO_PORT", "2");
		this.variables.put("ASYNCORE_SERVERS_OTHER_DEVICE_BAKLOG", "2");
		this.variables.put("ASYNCORE_SERVERS_ECHO_COLOUR", "blue");
		assertWarned("There are variables of the environment that set no property, and so do nothing: "
				+ "'ASYNCORE_SERVERS_ECHO_PROT' (did you mean 'ASYNCORE_SERVERS_ECHO_PORT'?), "
				+ "'ASYNCORE_SERVER_ECHO_PORT' (did you mean 'ASYNCORE_SERVERS_ECHO_PORT'?), "
				+ "'ASYNCORE_SERVERS_OTHER_DEVICE_BAKLOG' (did you mean 'ASYNCORE_SERVERS_OTHER_DEVICE_BACKLOG'?), "
				+ "'ASYNCORE_SERVERS_ECHO_COLOUR'. Correct or remove them");
	}

	@ParameterizedTest
	@CsvSource({ "ASYNCORE_SERVERS_ECHO_MAXCONNECTIONS, 9", "ASYNCORE_SERVERS_ECHO_MAX_CONNECTIONS, 9",
			"ASYNCORE_SERVERS_ECHO_KEEPALIVE_IDLE, 9s", "ASYNCORE_SERVERS_ECHO_KEEP_ALIVE_IDLE, 9s",
			"ASYNCORE_SERVERS_ECHO_KEEPALIVE, true", "ASYNCORE_LOOP_USEPOLL, true",
			// of others
			"ASYNCORE_HOME, /opt", "ASYNCORE_SERVICE_HOST, 10.0.0.1", "ASYNCORE_SERVICE_PORT, 80",
			"ASYNCORE_SERVICE_PORT_HTTP, 80", "ASYNCORE_PORT, tcp://10.0.0.1:80",
			"ASYNCORE_PORT_7007_TCP, tcp://10.0.0.1:80", "ASYNCORE_PORT_7007_TCP_ADDR, 10.0.0.1",
			"ASYNCORE_SERVERS_X_SERVICE_HOST, 10.0.0.1", "ASYNCORES_SERVER, 1" })
	void whenAVariableSetsSomethingOrIsOfOthersSaysNothing(String variable, String value) {
		this.variables.put(variable, value);
		assertSilent();
	}

	@Test
	void whenASystemPropertyIsOfOthersSaysNothing() {
		this.contextRunner.withSystemProperties("asyncore.rounds=3")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void whenASystemPropertyIsMisspeltFails() {
		this.contextRunner.withSystemProperties("asyncore.servers.echo.prot=3")
			.run((context) -> assertThat(context).getFailure()
				.isInstanceOf(WrongPropertiesException.class)
				.hasMessageContaining("asyncore.servers.echo.prot"));
	}

	@ParameterizedTest
	@CsvSource({ "asyncore.servers.echo.idle-timeout, 30", "asyncore.servers.echo.idleTimeout, 030",
			"asyncore.shutdown.grace-period, 20", "asyncore.connect-timeout, 999", "asyncore.loop.timeout, 30",
			"asyncore.watchdog.down, 5" })
	void whenATimeHasNoUnitAndIsShortSaysWhatThatMeans(String property, String value) {
		this.file.put(property, value);
		assertWarned("'" + property + "' is " + value + ", and without a unit that means " + value
				+ "ms. If it is to be seconds write " + value + "s, if not " + value + "ms");
	}

	@Test
	void whenAVariableIsAShortTimeNamesTheVariable() {
		this.variables.put("ASYNCORE_SERVERS_ECHO_IDLETIMEOUT", "30");
		assertWarned("'ASYNCORE_SERVERS_ECHO_IDLETIMEOUT' is 30, and without a unit that means 30ms. If it is to be "
				+ "seconds write 30s, if not 30ms");
	}

	@Test
	void whenAPlaceholderIsAShortTimeSaysSo() {
		this.file.put("minutes", "5");
		this.file.put("asyncore.connect-timeout", "${minutes}");
		assertWarned("'asyncore.connect-timeout' is 5, and without a unit that means 5ms. If it is to be seconds write "
				+ "5s, if not 5ms");
	}

	@ParameterizedTest
	@CsvSource({ "asyncore.servers.echo.idle-timeout, 30s", "asyncore.servers.echo.idle-timeout, 30ms",
			"asyncore.servers.echo.idle-timeout, 0", "asyncore.servers.echo.idle-timeout, 30000",
			"asyncore.servers.echo.idle-timeout, PT5M", "asyncore.watchdog.warn, 50",
			"asyncore.servers.echo.backlog, 30" })
	void whenATimeIsMeantAsItIsSaysNothing(String property, String value) {
		this.file.put(property, value);
		assertSilent();
	}

	@ParameterizedTest
	@ValueSource(strings = { "ASYNCORE_SERVERS_ECHO_IDLETIMEOUT", "ASYNCORE_SERVERS_ECHO_IDLE_TIMEOUT" })
	void whenAShortTimeIsOverriddenSaysNothing(String variable) {
		this.file.put("asyncore.servers.echo.idle-timeout", "30");
		this.variables.put(variable, "30s");
		assertSilent();
	}

	@Test
	void whenThereIsAChildSaysItOnce() {
		this.variables.put("ASYNCORE_SERVERS_ECHO_PROT", "1");
		this.file.put("asyncore.connect-timeout", "5");
		try (CapturedLog log = new CapturedLog()) {
			this.contextRunner.run((parent) -> EchoApplication.runner()
				.withParent(parent)
				.withPropertyValues(EchoApplication.CHILD)
				.run((child) -> assertThat(child).hasNotFailed()));
			assertThat(log.warnings()).hasSize(2);
		}
	}

	@Test
	void whenAChildHasAnUnknownPropertyOfItsOwnFails() {
		this.contextRunner.run((parent) -> EchoApplication.runner()
			.withParent(parent)
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addLast(new MapPropertySource("child", Map.of("asyncore.servers.child.prot", "0"))))
			.run((child) -> assertThat(child).getFailure().isInstanceOf(WrongPropertiesException.class)));
	}

	@Test
	void whenASourceCannotTellWhatItHasSaysNothing() {
		this.contextRunner.withInitializer((context) -> context.getEnvironment()
			.getPropertySources()
			.addFirst(new PropertySource<>("secret", new Object()) {

				@Override
				public Object getProperty(String name) {
					boolean known = name.equals("asyncore.servers.echo.backlog") || name.equals("asyncore.colour");
					return known ? "7" : null;
				}

			})).run((context) -> assertThat(context).hasNotFailed());
	}

	@Test
	void whenThereIsNoLoopSaysNothing() {
		this.contextRunner.withPropertyValues("asyncore.enabled=false", "asyncore.servers.echo.prot=1")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	private void assertWarned(String warning) {
		try (CapturedLog log = new CapturedLog()) {
			this.contextRunner.run((context) -> {
				assertThat(context).hasNotFailed();
				context.getSourceApplicationContext().stop();
				context.getSourceApplicationContext().start();
			});
			assertThat(log.warnings()).containsExactly(warning);
		}
	}

	private void assertSilent() {
		try (CapturedLog log = new CapturedLog()) {
			this.contextRunner.run((context) -> assertThat(context).hasNotFailed());
			assertThat(log.warnings()).isEmpty();
		}
	}

}
