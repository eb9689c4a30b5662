package io.asyncore.autoconfigure.properties;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;

import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.autoconfigure.EchoApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What an application says whose properties have no effect as they are written.
 */
@ExtendWith(OutputCaptureExtension.class)
class WrongPropertiesTests {

	@TempDir
	private Path directory;

	@Test
	void whenAKeyIsMisspeltNamesItItsPlaceAndTheNearest(CapturedOutput output) throws IOException {
		assertFailsToStart("""
				asyncore:
				  servers:
				    echo:
				      prot: 7000
				      max-frame-lenght: 1MB
				""");
		assertThat(output).contains("There is no property 'asyncore.servers.echo.prot' (")
			.contains("application.yml] - 4:13).")
			.contains("There is no property 'asyncore.servers.echo.max-frame-lenght' (")
			.contains("Did you mean 'asyncore.servers.echo.port'?")
			.contains("Did you mean 'asyncore.servers.echo.max-frame-length'?");
	}

	@ParameterizedTest
	@CsvSource({ "asyncore.servers.echo.prot, asyncore.servers.echo.port",
			"asyncore.servers.echo.maxConections, asyncore.servers.echo.max-connections",
			"asyncore.servers.echo.timeout, asyncore.servers.echo.idle-timeout",
			"asyncore.servers.echo.keepalive-idle, asyncore.servers.echo.keep-alive.idle",
			"asyncore.servers.echo.keep-alive.idel, asyncore.servers.echo.keep-alive.idle",
			"asyncore.servers.echo.multicast.group[0], asyncore.servers.echo.multicast.groups",
			"asyncore.servers[echo].prot, asyncore.servers[echo].port",
			"asyncore.servers.my.echo.port, asyncore.servers[my.echo].port",
			"asyncore.server.echo.port, asyncore.servers.echo.port",
			"asyncore.server.echo.prot, asyncore.servers.echo.prot", "asyncore.echo.port, asyncore.servers.echo.port",
			"asyncore.port, asyncore.servers.<name>.port", "asyncore.loops.threads, asyncore.loop.threads",
			"asyncore.loop.thread, asyncore.loop.threads", "asyncore.threads, asyncore.loop.threads",
			"asyncore.shutdown.graceperiod.max, asyncore.shutdown.grace-period", "asyncore.enable, asyncore.enabled",
			"asyncore.grace-period, asyncore.shutdown.grace-period" })
	void namesTheNearest(String property, String meant, CapturedOutput output) throws IOException {
		assertFailsToStart("", "--" + property + "=1");
		assertThat(output).contains("APPLICATION FAILED TO START")
			.contains("There is no property '" + property + "' (\"" + property
					+ "\" from property source \"commandLineArgs\").")
			.contains("Did you mean '" + meant + "'?");
	}

	@Test
	void whenNoneIsNearNamesAllThereAre(CapturedOutput output) throws IOException {
		assertFailsToStart("", "--asyncore.servers.echo.colour=blue");
		assertThat(output).contains("There is no property 'asyncore.servers.echo.colour'")
			.contains("Remove 'asyncore.servers.echo.colour', or write one of those below 'asyncore.servers.echo': "
					+ "protocol, address, port, ")
			.contains(", multicast.");
	}

	@Test
	void whenThereIsNoSuchSectionNamesAllThereAre(CapturedOutput output) throws IOException {
		assertFailsToStart("", "--asyncore.colour=blue");
		assertThat(output).contains("Remove 'asyncore.colour', or write one of those below 'asyncore': ")
			.contains("loop, servers, ")
			.contains(", enabled.");
	}

	@ParameterizedTest
	@ValueSource(strings = { "asyncore.servers.echo.maxConnections=1", "asyncore.servers.echo.max_connections=1",
			"asyncore.servers.echo.MAX-CONNECTIONS=1", "asyncore.servers[echo].backlog=3", "asyncore.loop.usePoll=true",
			"asyncore.servers.echo.keep-alive=true", "asyncore.servers.echo.keep-alive.idle=10s",
			"asyncore.loop.threads=auto", "asyncore.enabled=true",
			"asyncore.servers.port.port=0 asyncore.servers.port.channel=echo",
			"asyncore.servers[my.echo].port=0 asyncore.servers[my.echo].channel=echo",
			"asyncore.servers.1.port=0 asyncore.servers.1.channel=echo" })
	void whenAKeyIsInAnotherFormSaysNothing(String properties, CapturedOutput output) throws IOException {
		String[] arguments = Arrays.stream(properties.split(" ")).map("--"::concat).toArray(String[]::new);
		try (ConfigurableApplicationContext context = application().run(arguments("""
				asyncore:
				  servers:
				    echo:
				      port: 0
				  # of no interest here
				  shutdown:
				    grace-period: 1s
				  watchdog:
				    enabled: false
				""", arguments))) {
			assertThat(context.isRunning()).isTrue();
		}
		assertThat(output).doesNotContain("WARN");
	}

	@Test
	void whenAServerIsGivenAsAValueShowsHowToIndent(CapturedOutput output) throws IOException {
		assertFailsToStart("""
				asyncore:
				  servers:
				    greeter: 7000
				""");
		assertThat(output)
			.contains("The server 'greeter' has the value '7000' (property 'asyncore.servers.greeter', ",
					"application.yml] - 3:14), where it should have properties of its own.")
			.contains("Put its properties below its name, each indented by two spaces more:")
			.contains("""

					    asyncore:
					      servers:
					        greeter:
					          port: 7000
					""");
	}

	@Test
	void whenAServerHasNothingBelowShowsHowToIndent(CapturedOutput output) throws IOException {
		assertFailsToStart("""
				asyncore:
				  servers:
				    greeter:
				    # port: 7000
				""");
		assertThat(output).contains("The server 'greeter' has no value (property 'asyncore.servers.greeter', ")
			.contains("        greeter:")
			.contains("          port: 7000");
	}

	@Test
	void whenAPropertyIsALevelTooHighShowsHowToIndent(CapturedOutput output) throws IOException {
		assertFailsToStart("""
				asyncore:
				  servers:
				    port: 7000
				""");
		assertThat(output)
			.contains("The property 'asyncore.servers.port' (",
					"application.yml] - 3:11) is one level too high: 'port' belongs to a server, and below "
							+ "'asyncore.servers' come the names of servers.")
			.contains("Put it below the name of the server, indented by two spaces more:")
			.contains("""

					    asyncore:
					      servers:
					        <name>:
					          port: 7000
					""");
	}

	@Test
	void whenItIsBesideTheNameOfItsServerShowsThat(CapturedOutput output) throws IOException {
		assertFailsToStart("""
				asyncore:
				  servers:
				    greeter:
				    keep-alive:
				      idle: 5m
				""");
		assertThat(output).contains("'keep-alive.idle' belongs to a server")
			.contains("        greeter:")
			.contains("          keep-alive:")
			.contains("            idle: 5m")
			.doesNotContain("'greeter' has no value");
	}

	@Test
	void whenThePropertiesOfAnEmptyServerAreElsewhereStarts() throws IOException {
		try (ConfigurableApplicationContext context = application().run(arguments("""
				asyncore:
				  servers:
				    echo:
				""", "--asyncore.servers.echo.port=0"))) {
			assertThat(context.getEnvironment().getProperty("local.asyncore.echo.port")).isNotNull();
		}
	}

	@Test
	void whenTheServersAreGivenAsAValueSaysSo(CapturedOutput output) throws IOException {
		assertFailsToStart("", "--asyncore.servers=echo");
		assertThat(output).contains("The property 'asyncore.servers' (")
			.contains("has the value 'echo', where it should have the names of servers below");
	}

	@Test
	void whenASectionIsGivenAsAValueNamesWhatItHas(CapturedOutput output) throws IOException {
		assertFailsToStart("", "--asyncore.watchdog=false");
		assertThat(output).contains("has the value 'false', where it should have properties of its own")
			.contains("Write one of those below 'asyncore.watchdog': enabled, warn, down.");
	}

	@Test
	void whenADurationHasAnUnknownUnitNamesTheProperty(CapturedOutput output) throws IOException {
		assertFailsToStart("""
				asyncore:
				  servers:
				    echo:
				      port: 0
				      idle-timeout: 30x
				""");
		assertThat(output).contains("Property: asyncore.servers.echo.idle-timeout", "Value: \"30x\"",
				"application.yml] - 5:21", "Unknown unit 'x'");
	}

	private void assertFailsToStart(String yaml, String... arguments) throws IOException {
		String[] all = arguments(yaml, arguments);
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> application().run(all).close());
	}

	private String[] arguments(String yaml, String... more) throws IOException {
		Path file = Files.writeString(this.directory.resolve("application.yml"), yaml);
		return Stream.concat(Stream.of("--spring.config.location=" + file.toUri()), Arrays.stream(more))
			.toArray(String[]::new);
	}

	private static SpringApplication application() {
		SpringApplication application = new SpringApplication(EchoApplication.class, AsyncoreAutoConfiguration.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		return application;
	}

}
