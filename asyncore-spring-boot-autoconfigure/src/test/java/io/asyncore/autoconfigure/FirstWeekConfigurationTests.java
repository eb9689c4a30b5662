package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.autoconfigure.actuate.AsyncoreEndpointAutoConfiguration;
import io.asyncore.autoconfigure.actuate.MissingDashboardAutoConfiguration;
import io.asyncore.chat.AsyncChat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.autoconfigure.context.PropertyPlaceholderAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Scope;
import org.springframework.core.io.DefaultResourceLoader;
import org.springframework.stereotype.Component;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * The mistakes that a newcomer makes in the configuration and the beans of an
 * application, and what it says then: what is wrong, where, and what to do.
 */
@ExtendWith(OutputCaptureExtension.class)
class FirstWeekConfigurationTests {

	@TempDir
	private Path directory;

	@Test
	void aKeyOfAServerIsMisspelt(CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, server("prot: 7000"),
				"There is no property 'asyncore.servers.greeter.prot' (", "application.yml] - 4:13).",
				"Did you mean 'asyncore.servers.greeter.port'?");
	}

	@ParameterizedTest
	@CsvSource({ "server", "serverz" })
	void theSectionIsMisspelt(String section, CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, server("port: 0").replace("servers:", section + ":"),
				"There is no property 'asyncore." + section + ".greeter.port' (",
				"Did you mean 'asyncore.servers.greeter.port'?");
	}

	@Test
	void theFirstWordIsMisspeltSoNoServerHasTheBean(CapturedOutput output) throws IOException {
		assertStarts(output, GreeterApplication.class, server("port: 0").replace("asyncore:", "asynccore:"),
				"The bean 'greeter' makes no channels: it is a prototype-scoped dispatcher, but no server has it, and "
						+ "no other bean asks for it. Set 'asyncore.servers.greeter.port'");
	}

	@Test
	void theNameOfTheBeanIsMisspelt(CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, server("port: 0", "channel: greter"),
				"Server 'greeter' is to have its channels made by the bean 'greter' (property "
						+ "'asyncore.servers.greeter.channel', by default the name of the server), but there is no "
						+ "bean of that name.",
				"Did you mean the bean 'greeter'? Define a bean 'greter' that is a Dispatcher with "
						+ "@Scope(\"prototype\") or a ChannelFactory, or set 'asyncore.servers.greeter.channel' to the "
						+ "name of one: 'greeter'.");
	}

	@Test
	void theBeanIsMissing(CapturedOutput output) throws IOException {
		assertFails(output, EmptyApplication.class, server("port: 0"),
				"Server 'greeter' is to have its channels made by the bean 'greeter'", "there is no bean of that name.",
				"Define a bean 'greeter' that is a Dispatcher with @Scope(\"prototype\") or a ChannelFactory");
	}

	@Test
	void noServerHasTheBean(CapturedOutput output) throws IOException {
		assertStarts(output, GreeterApplication.class, "",
				"The bean 'greeter' makes no channels: it is a prototype-scoped dispatcher, but no server has it",
				"Set 'asyncore.servers.greeter.port', or 'asyncore.servers.<name>.channel' of a server to 'greeter'");
	}

	@Test
	void thePortIsInUse(CapturedOutput output) throws IOException {
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
			int port = taken.getLocalPort();
			assertFails(output, GreeterApplication.class, server("port: " + port, "address: 127.0.0.1"),
					"Server 'greeter' cannot listen on 127.0.0.1:" + port
							+ " (property 'asyncore.servers.greeter.port'): another socket is using it.",
					"Stop the process that uses it, or set 'asyncore.servers.greeter.port' to another port; 0 takes "
							+ "any free port.");
		}
	}

	@ParameterizedTest
	@CsvSource({ "70000", "-1" })
	void thereIsNoSuchPort(String port, CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, server("port: " + port),
				"Invalid value '" + port + "' for configuration property 'asyncore.servers.greeter.port'",
				"It must be between 0 and 65535.");
	}

	@Test
	void thePortIsMissing(CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, server("channel: greeter"),
				"Neither 'asyncore.servers.greeter.port' nor 'asyncore.servers.greeter.unix-path' is set, so server "
						+ "'greeter' cannot know where to listen.",
				"Set 'asyncore.servers.greeter.port' to a port, or to 0 for any free one");
	}

	@Test
	void twoServersHaveOnePort(CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, server("port: 7999") + """
				    other:
				      port: 7999
				      channel: greeter
				""", "Invalid value '7999' for configuration property 'asyncore.servers.other.port'",
				"Server 'greeter' has the same port; the port 0 takes any free one.");
	}

	@Test
	void theBeanHasNoScope(CapturedOutput output) throws IOException {
		assertFails(output, SingletonApplication.class, server("port: 0"), "but that is only one ",
				"SingletonGreeter, and each connection needs a channel of its own.",
				"Add @Scope(\"prototype\") to the bean 'greeter'");
	}

	@Test
	void theBeanIsNoDispatcher(CapturedOutput output) throws IOException {
		assertFails(output, NoDispatcherApplication.class, server("port: 0"),
				"but that is neither a Dispatcher nor a ChannelFactory but a java.lang.StringBuilder.",
				"Make the bean 'greeter' a Dispatcher with @Scope(\"prototype\") or a ChannelFactory");
	}

	@Test
	void theBeanNeedsItself(CapturedOutput output) throws IOException {
		assertFails(output, CircleApplication.class, server("port: 0"),
				"but that cannot be made: it needs what needs it in turn, greeter -> rooms -> greeter.",
				"Have one of them ask for the other when it needs it, by an ObjectProvider.");
	}

	@Test
	void anArgumentOfTheConstructorIsMissing(CapturedOutput output) throws IOException {
		String repository = Repository.class.getName();
		assertFails(output, NeedyApplication.class, server("port: 0"),
				"but that cannot be made: parameter 0 of the constructor of " + NeedyGreeter.class.getName()
						+ " needs a bean of type " + repository + ", and there is none.",
				"Define a bean of type " + repository + ", or have the bean 'greeter' made without one.");
	}

	@Test
	void theConstructorAsksForTheSocket(CapturedOutput output) throws IOException {
		assertFails(output, SocketApplication.class, server("port: 0"),
				"needs a bean of type java.nio.channels.SocketChannel, and there is none.",
				"Take it away, because a prototype is given its socket when it has been made: handleOpen() is called "
						+ "with it. Or have a ChannelFactory make the channels");
	}

	@Test
	void handleOpenOfABeanFails(CapturedOutput output) throws IOException {
		assertFails(output, FailingOpenApplication.class, "",
				"handleOpen() of the dispatcher bean 'opener' (" + FailingOpen.class.getName()
						+ ") failed: cannot open today",
				"Caused by: java.lang.IllegalStateException: cannot open today", "FailingOpen.handleOpen(");
	}

	@Test
	void aDurationIsMisspelt(CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, server("port: 0", "idle-timeout: 30 secs"),
				"The value of 'asyncore.servers.greeter.idle-timeout' cannot be read:", "Value: \"30 secs\"",
				"application.yml] - 5:21", "'30 secs' is not a valid duration",
				"Set 'asyncore.servers.greeter.idle-timeout' to a number and a unit without a space, such as 500ms, "
						+ "30s, 5m or 2h.");
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "protocol: tpc | one of tcp, udp. Did you mean 'tcp'?", "port: http | a whole number.",
					"max-frame-length: 64 K | a number and a unit without a space, such as 512B, 64KB or 16MB.",
					"address: localhost:7000 | an IP address or a name that can be looked up, without a port.",
					"reuse-port: maybe | true or false.",
					"keep-alive.interval: soon | a number and a unit without a space, such as 500ms, 30s, 5m or 2h." })
	void aValueCannotBeRead(String line, String right, CapturedOutput output) throws IOException {
		String[] property = line.split(": ");
		assertFails(output, GreeterApplication.class, server(line.startsWith("port") ? "backlog: 5" : "port: 0", line),
				"The value of 'asyncore.servers.greeter." + property[0] + "' cannot be read:",
				"Property: asyncore.servers.greeter." + property[0], "Value: \"" + property[1] + "\"",
				"application.yml] - 5:", "Set 'asyncore.servers.greeter." + property[0] + "' to " + right);
	}

	@Test
	void aTimeHasNoUnit(CapturedOutput output) throws IOException {
		assertStarts(output, GreeterApplication.class, server("port: 0", "idle-timeout: 30"),
				"'asyncore.servers.greeter.idle-timeout' is 30, and without a unit that means 30ms. If it is to be "
						+ "seconds write 30s, if not 30ms");
	}

	@Test
	void aTimeIsNegative(CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, server("port: 0", "idle-timeout: -5s"),
				"Invalid value '-5s' for configuration property 'asyncore.servers.greeter.idle-timeout'",
				"It must not be negative.");
	}

	@Test
	void thereAreNoThreads(CapturedOutput output) throws IOException {
		assertFails(output, EmptyApplication.class, "asyncore.loop.threads: 0",
				"Invalid value '0' for configuration property 'asyncore.loop.threads'",
				"It must be between 1 and 1024, or 'auto' for one loop for each processor");
	}

	@Test
	void theExecutorOfOffloadedWorkIsMisspelt(CapturedOutput output) throws IOException {
		assertFails(output, EmptyApplication.class, "asyncore.offload.executor: wrokers",
				"Invalid value 'wrokers' for configuration property 'asyncore.offload.executor'",
				"There is no bean of that name: define one of type Executor, or remove the property.");
	}

	@Test
	void thePortIsALevelTooHigh(CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, """
				asyncore:
				  servers:
				    port: 7000
				""", "The property 'asyncore.servers.port' (",
				") is one level too high: 'port' belongs to a server, and below 'asyncore.servers' come the names of "
						+ "servers.",
				"Put it below the name of the server, indented by two spaces more:",
				"        <name>:\n          port: 7000");
	}

	@Test
	void theServerIsAValue(CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, """
				asyncore:
				  servers:
				    greeter: 7000
				""", "The server 'greeter' has the value '7000' (property 'asyncore.servers.greeter', ",
				"), where it should have properties of its own.",
				"Put its properties below its name, each indented by two spaces more:",
				"        greeter:\n          port: 7000");
	}

	@Test
	void theProtocolOfDatagramsIsForgotten(CapturedOutput output) throws IOException {
		assertFails(output, DatagramApplication.class, server("port: 0"),
				"DatagramGreeter, which is for datagrams and not for connections.",
				"Set 'asyncore.servers.greeter.protocol' to 'udp' to receive datagrams");
	}

	@Test
	void aClassForConnectionsIsToReceiveDatagrams(CapturedOutput output) throws IOException {
		assertFails(output, GreeterApplication.class, server("protocol: udp", "port: 0"),
				"Server 'greeter' is to have its datagrams received by the bean 'greeter'",
				"which is for connections and not for datagrams.",
				"Make the bean 'greeter' a Dispatcher, best a DatagramDispatcher");
	}

	@Test
	void theDirectoryOfTheSocketFileIsMissing(CapturedOutput output) throws IOException {
		Path file = this.directory.resolve("missing/s");
		assertFails(output, GreeterApplication.class, server("unix-path: " + file),
				"Server 'greeter' cannot listen on " + file
						+ " (property 'asyncore.servers.greeter.unix-path'): its directory does not exist.",
				"Set 'asyncore.servers.greeter.unix-path' to a path in a directory that exists and may be written to.");
	}

	@Test
	void thePathOfTheSocketFileIsAPlainFile(CapturedOutput output) throws IOException {
		Path file = Files.writeString(this.directory.resolve("s"), "precious");
		assertFails(output, GreeterApplication.class, server("unix-path: " + file),
				"Server 'greeter' cannot listen on " + file
						+ " (property 'asyncore.servers.greeter.unix-path'): there is a file of that name that is no "
						+ "socket.",
				"Set 'asyncore.servers.greeter.unix-path' to a path where there is no file yet; a file that nobody "
						+ "needs can be deleted.");
		assertThat(file).hasContent("precious");
	}

	@Test
	void allIsSwitchedOff(CapturedOutput output) throws IOException {
		assertStarts(output, GreeterApplication.class, server("port: 0") + "  enabled: false",
				"No server is opened (greeter), because 'asyncore.enabled' is false");
	}

	@Test
	void thePageNeedsTheActuator(CapturedOutput output) throws IOException {
		SpringApplication application = application(BareApplication.class);
		application.setResourceLoader(
				new DefaultResourceLoader(new FilteredClassLoader("org.springframework.boot.actuate.autoconfigure")));
		application.run(arguments("asyncore.dashboard.enabled: true")).close();
		assertThat(warnings(output)).containsExactly("'asyncore.dashboard.enabled' is true, but there is no page, "
				+ "because Spring Boot Actuator is not on the class path: add spring-boot-starter-actuator");
	}

	@Test
	void thePageNeedsTheWeb(CapturedOutput output) throws IOException {
		assertStarts(output, EmptyApplication.class, "asyncore.dashboard.enabled: true",
				"'asyncore.dashboard.enabled' is true, but there is no page, because this is no web application: add "
						+ "spring-boot-starter-webmvc");
	}

	private void assertFails(CapturedOutput output, Class<?> application, String yaml, String... texts)
			throws IOException {
		String[] arguments = arguments(yaml);
		assertThatExceptionOfType(Exception.class).isThrownBy(() -> application(application).run(arguments).close());
		assertThat(output).contains(texts);
		// one report, or one stack trace
		assertThat(output.toString().split(Pattern.quote("APPLICATION FAILED TO START"), -1).length
				+ output.toString().split("Application run failed", -1).length)
			.isEqualTo(3);
	}

	private void assertStarts(CapturedOutput output, Class<?> application, String yaml, String... texts)
			throws IOException {
		try (ConfigurableApplicationContext context = application(application).run(arguments(yaml))) {
			assertThat(context.isRunning()).isTrue();
		}
		assertThat(output).contains(texts);
		assertThat(warnings(output)).hasSizeLessThanOrEqualTo(1);
	}

	private static String[] warnings(CapturedOutput output) {
		return output.toString()
			.lines()
			.filter((line) -> line.contains(" WARN "))
			.map((line) -> line.substring(line.indexOf(" : ") + 3))
			.toArray(String[]::new);
	}

	private String[] arguments(String yaml) throws IOException {
		Path file = Files.writeString(this.directory.resolve("application.yml"), yaml);
		return new String[] { "--spring.config.location=" + file.toUri(), "--asyncore.shutdown.grace-period=1s" };
	}

	private static String server(String... lines) {
		return """
				asyncore:
				  servers:
				    greeter:
				      %s
				""".formatted(String.join("\n      ", lines));
	}

	private static SpringApplication application(Class<?> type) {
		SpringApplication application = new SpringApplication(type);
		application.setWebApplicationType(WebApplicationType.NONE);
		application.setRegisterShutdownHook(false);
		return application;
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AsyncoreAutoConfiguration.class, AsyncoreDisabledAutoConfiguration.class,
			EndpointAutoConfiguration.class, AsyncoreEndpointAutoConfiguration.class,
			MissingDashboardAutoConfiguration.class, PropertyPlaceholderAutoConfiguration.class })
	static class EmptyApplication {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration({ AsyncoreAutoConfiguration.class, AsyncoreEndpointAutoConfiguration.class,
			MissingDashboardAutoConfiguration.class })
	static class BareApplication {

	}

	@Import(Greeter.class)
	static class GreeterApplication extends EmptyApplication {

	}

	@Import(SingletonGreeter.class)
	static class SingletonApplication extends EmptyApplication {

	}

	@Import({ CircularGreeter.class, Rooms.class })
	static class CircleApplication extends EmptyApplication {

	}

	@Import(NeedyGreeter.class)
	static class NeedyApplication extends EmptyApplication {

	}

	@Import(GreeterWithSocket.class)
	static class SocketApplication extends EmptyApplication {

	}

	@Import(DatagramGreeter.class)
	static class DatagramApplication extends EmptyApplication {

	}

	@Import(FailingOpen.class)
	static class FailingOpenApplication extends EmptyApplication {

	}

	static class NoDispatcherApplication extends EmptyApplication {

		@Bean
		StringBuilder greeter() {
			return new StringBuilder();
		}

	}

	@Component("greeter")
	@Scope("prototype")
	static class Greeter extends AsyncChat {

		Greeter() {
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			push("hello " + takeIncoming(StandardCharsets.UTF_8) + "\n");
		}

	}

	@Component("greeter")
	static class SingletonGreeter extends Greeter {

	}

	@Component("greeter")
	@Scope("prototype")
	static class CircularGreeter extends Greeter {

		CircularGreeter(Rooms rooms) {
		}

	}

	@Component("rooms")
	@Scope("prototype")
	static class Rooms {

		Rooms(CircularGreeter greeter) {
		}

	}

	static class Repository {

	}

	@Component("greeter")
	@Scope("prototype")
	static class NeedyGreeter extends Greeter {

		NeedyGreeter(Repository repository) {
		}

	}

	@Component("greeter")
	@Scope("prototype")
	static class GreeterWithSocket extends Greeter {

		GreeterWithSocket(SocketChannel socket) {
		}

	}

	@Component("greeter")
	static class DatagramGreeter extends DatagramDispatcher {

	}

	@Component("opener")
	static class FailingOpen extends Dispatcher {

		@Override
		protected void handleOpen() {
			throw new IllegalStateException("cannot open today");
		}

	}

}
