package io.asyncore.autoconfigure.diagnostics;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import io.asyncore.Dispatcher;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * What an application with wrongly configured servers says when it does not start.
 */
@ExtendWith(OutputCaptureExtension.class)
class ServerFailuresTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', value = {
			"port=70000 | asyncore.servers.x.port | between 0 and 65535",
			"port=-1 | asyncore.servers.x.port | between 0 and 65535", "port=http | asyncore.servers.x.port | http",
			"address=127.0.0.1 | 'asyncore.servers.x.port' nor 'asyncore.servers.x.unix-path' is set | Set 'asyncore.servers.x.port'",
			"port=0;unix-path=/tmp/x | asyncore.servers.x.port | asyncore.servers.x.unix-path",
			"address=127.0.0.1;unix-path=/tmp/x | asyncore.servers.x.address | asyncore.servers.x.unix-path",
			"address=no.such.host.invalid;port=0 | asyncore.servers.x.address | no.such.host.invalid",
			"port=0;backlog=0 | asyncore.servers.x.backlog | at least 1",
			"port=0;max-connections=0 | asyncore.servers.x.max-connections | at least 1",
			"port=0;max-frame-length=0 | asyncore.servers.x.max-frame-length | at least 1 byte",
			"port=0;max-out-buffered=2GB | asyncore.servers.x.max-out-buffered | less than 2GB",
			"port=0;idle-timeout=-5s | asyncore.servers.x.idle-timeout | not be negative",
			"port=0;channel=nothing | asyncore.servers.x.channel | there is no bean of that name",
			"port=0;channel=nothing | 'asyncore.servers.x.channel' to the name of one | 'prototype'",
			"port=0 | asyncore.servers.x.channel | bean 'x'",
			"port=0;channel=protoytpe | asyncore.servers.x.channel | Did you mean the bean 'prototype'? Define a bean",
			"port=0;channel=unmakable | Server 'x' is to have its channels made by the bean 'unmakable' | a ChannelFactory",
			"port=0;channel=unmakable | needs a bean of type java.nio.channels.SocketChannel | Take it away",
			"port=0;channel=valueless | needs the value of '${no.such.property}' | Set the property",
			"port=0;channel=singleton | asyncore.servers.x.channel | Add @Scope(\"prototype\") to the bean 'singleton'",
			"port=0;channel=text | asyncore.servers.x.channel | a java.lang.String" })
	void namesThePropertyThatIsWrong(String properties, String property, String reason, CapturedOutput output) {
		List<String> arguments = new ArrayList<>();
		boolean channelGiven = properties.contains("channel=") || property.endsWith("channel");
		Arrays.stream(properties.split(";")).forEach((p) -> arguments.add("--asyncore.servers.x." + p));
		if (!channelGiven) {
			arguments.add("--asyncore.servers.x.channel=prototype");
		}
		assertFailsToStart(arguments.toArray(String[]::new));
		assertThat(output).contains("APPLICATION FAILED TO START").contains(property).contains(reason);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, -1, 1025, Integer.MAX_VALUE })
	void whenThereAreToBeTooManyLoopsOrNoneNamesTheProperty(int threads, CapturedOutput output) {
		assertFailsToStart("--asyncore.loop.threads=" + threads);
		assertThat(output).contains("'asyncore.loop.threads'").containsIgnoringCase("it must be between 1 and 1024");
	}

	@ParameterizedTest
	@ValueSource(strings = { "many", "99999999999", "1.5", "2 3" })
	void whenTheNumberOfLoopsIsNoneNamesThePropertyAndItsOrigin(String threads, CapturedOutput output) {
		assertFailsToStart("--asyncore.loop.threads=" + threads);
		assertThat(output).contains("Property: asyncore.loop.threads", "Value: \"" + threads + "\"", "Origin:")
			.contains("It must be a whole number, or 'auto'");
	}

	@Test
	void whenTheDistributionIsUnknownNamesTheProperty(CapturedOutput output) {
		assertFailsToStart("--asyncore.loop.distribution=random");
		assertThat(output).contains("asyncore.loop.distribution").contains("one of round-robin, least-connections");
	}

	@Test
	void whenTwoServersHaveOnePortSaysSo(CapturedOutput output) {
		assertFailsToStart("--asyncore.servers.x.port=7999", "--asyncore.servers.x.channel=prototype",
				"--asyncore.servers.y.port=7999", "--asyncore.servers.y.address=127.0.0.1",
				"--asyncore.servers.y.channel=prototype");
		assertThat(output).containsPattern("asyncore.servers.[xy].port")
			.containsPattern("Server '[xy]' has the same port");
	}

	@Test
	void whenTwoServersHaveOnePathSaysSo(CapturedOutput output) {
		assertFailsToStart("--asyncore.servers.x.unix-path=/tmp/x", "--asyncore.servers.x.channel=prototype",
				"--asyncore.servers.y.unix-path=/tmp/x", "--asyncore.servers.y.channel=prototype");
		assertThat(output).containsPattern("asyncore.servers.[xy].unix-path")
			.containsPattern("Server '[xy]' has the same path");
	}

	@Test
	void whenPortIsTakenNamesServerPropertyAndAddress(CapturedOutput output) throws IOException {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			assertFailsToStart("--asyncore.servers.x.port=" + taken.getLocalPort(),
					"--asyncore.servers.x.address=127.0.0.1", "--asyncore.servers.x.channel=prototype");
			assertThat(output).contains("Server 'x' cannot listen on 127.0.0.1:" + taken.getLocalPort())
				.contains("'asyncore.servers.x.port'")
				.contains("another socket is using it")
				.contains("0 takes any free port");
		}
	}

	@Test
	void whenAddressIsForeignNamesIt(CapturedOutput output) {
		assertFailsToStart("--asyncore.servers.x.port=0", "--asyncore.servers.x.address=192.0.2.1",
				"--asyncore.servers.x.channel=prototype");
		assertThat(output).contains("Server 'x' cannot listen on 192.0.2.1:0")
			.contains("'asyncore.servers.x.address'")
			.contains("does not belong to this machine");
	}

	@Test
	void whenSocketFileExistsSaysWhatToDo(CapturedOutput output, @TempDir Path directory) throws IOException {
		Path file = Files.createFile(directory.resolve("s"));
		assertFailsToStart("--asyncore.servers.x.unix-path=" + file, "--asyncore.servers.x.channel=prototype");
		assertThat(output).contains("Server 'x' cannot listen on " + file)
			.contains("'asyncore.servers.x.unix-path'")
			.contains("there is a file of that name that is no socket")
			.contains("can be deleted");
		assertThat(file).exists();
	}

	@Test
	void whenAnotherListensOnTheSocketFileSaysSo(CapturedOutput output, @TempDir Path directory) throws IOException {
		Path file = directory.resolve("s");
		try (ServerSocketChannel other = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			other.bind(UnixDomainSocketAddress.of(file));
			assertFailsToStart("--asyncore.servers.x.unix-path=" + file, "--asyncore.servers.x.channel=prototype");
			assertThat(output)
				.contains("Server 'x' cannot listen on " + file
						+ " (property 'asyncore.servers.x.unix-path'): another process is listening on it.")
				.contains("Stop the process that is listening, or set 'asyncore.servers.x.unix-path'");
		}
	}

	@ParameterizedTest
	@CsvSource({ "missing/s, its directory does not exist, to a path in a directory that exists",
			"150, the path is too long, to a path of less than 100 bytes" })
	void whenTheSocketFileCannotBeMadeSaysWhy(String path, String reason, String action, CapturedOutput output,
			@TempDir Path directory) {
		Path file = directory.resolve(path.equals("150") ? "x".repeat(150) : path);
		assertFailsToStart("--asyncore.servers.x.unix-path=" + file, "--asyncore.servers.x.channel=prototype");
		assertThat(output)
			.contains("Server 'x' cannot listen on " + file + " (property 'asyncore.servers.x.unix-path'): " + reason)
			.contains("Set 'asyncore.servers.x.unix-path' " + action);
	}

	private static void assertFailsToStart(String... arguments) {
		SpringApplication application = new SpringApplication(Application.class);
		application.setWebApplicationType(WebApplicationType.NONE);
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> application.run(arguments).close());
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AsyncoreAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class })
	static class Application {

		@Bean
		@Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
		Dispatcher prototype() {
			return new Dispatcher();
		}

		@Bean
		@Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
		Dispatcher unmakable(SocketChannel socket) {
			return new Dispatcher();
		}

		@Bean
		@Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
		Dispatcher valueless(@Value("${no.such.property}") String value) {
			return new Dispatcher();
		}

		@Bean
		Dispatcher singleton() {
			return new Dispatcher();
		}

		@Bean
		String text() {
			return "text";
		}

	}

}
