package io.asyncore.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import io.asyncore.ChannelFactory;
import io.asyncore.ChannelMap;
import io.asyncore.EventLoop;
import io.asyncore.FreePort;
import io.asyncore.ServerDispatcher;
import io.asyncore.chat.AsyncChat;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.ServerListeningEvent;
import io.asyncore.context.ServerOpenException;
import io.asyncore.context.Servers;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.annotation.ScopedProxyMode;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Servers by configuration, as an application sees them.
 */
class ServersTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
		.withUserConfiguration(Channels.class);

	@Test
	void makesAPrototypeBeanOfEachConnection() {
		this.contextRunner.withPropertyValues("asyncore.servers.greeter.port=0").run((context) -> {
			try (ScriptedClient one = client(context, "greeter"); ScriptedClient other = client(context, "greeter")) {
				one.expectLine("welcome").send("one\n").expectLine("hello one, 1");
				other.expectLine("welcome").send("other\n").expectLine("hello other, 1").send("again\n");
				other.expectLine("hello again, 2");
				one.send("once more\n").expectLine("hello once more, 2");
			}
		});
	}

	@Test
	void hasAFactoryBeanMakeAChannelOfEachConnection() {
		this.contextRunner
			.withPropertyValues("asyncore.servers.any.port=0", "asyncore.servers.any.channel=greeterFactory")
			.run((context) -> {
				try (ScriptedClient client = client(context, "any")) {
					client.expectLine("welcome").send("you\n").expectLine("hello you, 1");
				}
			});
	}

	@Test
	void opensChannelOnTheLoopConnectedAndBeforeAllOtherEvents() {
		this.contextRunner
			.withPropertyValues("asyncore.servers.p.port=0", "asyncore.servers.p.channel=recording",
					"asyncore.servers.f.port=0", "asyncore.servers.f.channel=recordingFactory")
			.run((context) -> {
				for (String name : List.of("p", "f")) {
					List<String> events = context.getBean(Channels.class).events;
					events.clear();
					try (ScriptedClient client = client(context, name)) {
						client.send("x\n").expectLine("from the constructor").expectLine("from handleOpen");
						client.expectLine("from foundTerminator");
					}
					assertThat(events).containsExactly("open in loop, connected", "found x");
				}
			});
	}

	@Test
	void listensOnAllInterfacesUnlessToldOtherwise() {
		this.contextRunner
			.withPropertyValues("asyncore.servers.greeter.port=0", "asyncore.servers.local.port=0",
					"asyncore.servers.local.address=127.0.0.1", "asyncore.servers.local.channel=greeter")
			.run((context) -> {
				Servers servers = context.getBean(Servers.class);
				assertThat(address(servers, "greeter").getAddress().isAnyLocalAddress()).isTrue();
				assertThat(address(servers, "local").getAddress()).isEqualTo(InetAddress.getByName("127.0.0.1"));
			});
	}

	@Test
	void publishesPortAndEvent() {
		this.contextRunner.withPropertyValues("asyncore.servers.greeter.port=0").run((context) -> {
			int port = context.getEnvironment().getRequiredProperty("local.asyncore.greeter.port", Integer.class);
			assertThat(port).isPositive().isEqualTo(address(context.getBean(Servers.class), "greeter").getPort());
			assertThat(context.getBean(Channels.class).listening).singleElement().satisfies((event) -> {
				assertThat(event.getServerName()).isEqualTo("greeter");
				assertThat(event.getPort()).isEqualTo(port);
				assertThat(event.getServer().accepting()).isTrue();
			});
		});
	}

	@Test
	void dispatcherBeansMayConnectToItWhenTheyOpen() {
		this.contextRunner.withUserConfiguration(ClientConfiguration.class)
			.withPropertyValues("asyncore.servers.greeter.port=0")
			.run((context) -> {
				EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
				Client client = context.getBean(Client.class);
				assertThat(client.lines.poll(10, TimeUnit.SECONDS)).isEqualTo("welcome");
				lifecycle.stop();
				lifecycle.start();
				assertThat(client.lines.poll(10, TimeUnit.SECONDS)).isEqualTo("welcome");
			});
	}

	@Test
	void makesThePrototypesBehindAScopedProxy() {
		this.contextRunner.withPropertyValues("asyncore.servers.proxied.port=0").run((context) -> {
			try (ScriptedClient client = client(context, "proxied")) {
				client.expectLine("welcome").send("x\n").expectLine("hello x, 1");
			}
		});
	}

	@Test
	void listensAgainAfterARestart() {
		this.contextRunner.withPropertyValues("asyncore.servers.greeter.port=0").run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			ServerDispatcher server = context.getBean(Servers.class).get("greeter");
			lifecycle.stop();
			assertThat(server.accepting()).isFalse();
			lifecycle.start();
			try (ScriptedClient client = client(context, "greeter")) {
				client.expectLine("welcome");
			}
		});
	}

	@Test
	void listensOnAUnixSocket(@TempDir Path directory) {
		Path path = directory.resolve("s");
		this.contextRunner.withPropertyValues("asyncore.servers.greeter.unix-path=" + path).run((context) -> {
			try (ScriptedClient client = ScriptedClient.connect(UnixDomainSocketAddress.of(path))) {
				client.expectLine("welcome").send("x\n").expectLine("hello x, 1");
			}
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			lifecycle.stop();
			assertThat(path).doesNotExist();
			lifecycle.start();
			assertThat(path).exists();
			assertThat(context.getEnvironment().containsProperty("local.asyncore.greeter.port")).isFalse();
		});
		assertThat(path).doesNotExist();
	}

	@Test
	void limitsConnections() {
		this.contextRunner
			.withPropertyValues("asyncore.servers.greeter.port=0", "asyncore.servers.greeter.max-connections=1")
			.run((context) -> {
				try (ScriptedClient first = client(context, "greeter");
						ScriptedClient second = client(context, "greeter")) {
					first.expectLine("welcome");
					second.send("x\n");
					assertThat(context.getBean(Servers.class).get("greeter").connections()).isEqualTo(1);
					first.reset();
					second.expectLine("welcome").expectLine("hello x, 1");
				}
			});
	}

	@Test
	void limitsFrames() {
		this.contextRunner
			.withPropertyValues("asyncore.servers.greeter.port=0", "asyncore.servers.greeter.max-frame-length=5B")
			.run((context) -> {
				try (ScriptedClient client = client(context, "greeter")) {
					client.send("12345\n").expectLine("welcome").expectLine("hello 12345, 1");
					client.send("123456\n").expectEnd();
				}
			});
	}

	@Test
	void doesNotReadWhileTooMuchWaitsToBeSent() {
		this.contextRunner.withPropertyValues("asyncore.servers.greeter.port=0").run((context) -> {
			ChannelMap map = context.getBean(ChannelMap.class);
			try (ScriptedClient client = client(context, "greeter")) {
				client.expectLine("welcome");
				assertThat(map.channels()).filteredOn(AsyncChat.class::isInstance)
					.singleElement()
					.satisfies((chat) -> assertThat(((AsyncChat) chat).maxOutBuffered()).isEqualTo(16 * 1024 * 1024));
			}
		});
		this.contextRunner
			.withPropertyValues("asyncore.servers.greeter.port=0", "asyncore.servers.greeter.max-out-buffered=1KB")
			.run((context) -> {
				int port = context.getEnvironment().getRequiredProperty("local.asyncore.greeter.port", Integer.class);
				try (Socket client = new Socket(InetAddress.getLoopbackAddress(), port)) {
					byte[] lines = "line\n".repeat(10_000_000).getBytes(StandardCharsets.UTF_8);
					CompletableFuture<Void> sent = CompletableFuture.runAsync(() -> write(client, lines));
					assertThat(sent).failsWithin(Duration.ofMillis(500)).withThrowableOfType(TimeoutException.class);
					assertThat(context.getBean(ChannelMap.class).channels()).filteredOn(AsyncChat.class::isInstance)
						.singleElement()
						// one frame more than the limit, and what its block has room for
						.satisfies((chat) -> assertThat(((AsyncChat) chat).outBuffered()).isLessThan(2048));
				}
			});
	}

	@Test
	void closesIdleConnections() {
		this.contextRunner
			.withPropertyValues("asyncore.servers.greeter.port=0", "asyncore.servers.greeter.idle-timeout=50ms")
			.run((context) -> {
				try (ScriptedClient client = client(context, "greeter")) {
					client.expectLine("welcome").expectEnd();
				}
			});
	}

	@Test
	void whenAPortIsTakenClosesTheServersThatWereOpen() throws IOException {
		ChannelMap map = new ChannelMap();
		int free = FreePort.find();
		try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			this.contextRunner.withBean(ChannelMap.class, () -> map)
				.withPropertyValues("asyncore.servers.first.port=" + free, "asyncore.servers.first.channel=greeter",
						"asyncore.servers.second.port=0", "asyncore.servers.second.channel=greeter",
						"asyncore.servers.third.port=" + taken.getLocalPort(),
						"asyncore.servers.third.address=127.0.0.1", "asyncore.servers.third.channel=greeter")
				.run((context) -> assertThat(context).hasFailed()
					.getFailure()
					.cause()
					.isInstanceOfSatisfying(ServerOpenException.class,
							(failure) -> assertThat(failure.getServerName()).isEqualTo("third")));
		}
		assertThat(map.isEmpty()).isTrue();
		try (ServerSocket first = new ServerSocket(free)) {
			assertThat(first.isBound()).isTrue();
		}
	}

	@Test
	void childContextDoesNotRunTheServersOfItsParentAgain() {
		SpringApplicationBuilder parent = new SpringApplicationBuilder(ParentApplication.class)
			.web(WebApplicationType.NONE)
			.properties("asyncore.servers.greeter.port=0");
		ConfigurableApplicationContext child = parent.child(ChildApplication.class).web(WebApplicationType.NONE).run();
		try (ConfigurableApplicationContext parentContext = (ConfigurableApplicationContext) child.getParent()) {
			assertThat(parentContext.getBean(Servers.class).get("greeter").accepting()).isTrue();
			assertThat(child.getBean(Servers.class).all()).isEmpty();
			assertThat(child.getEnvironment().getProperty("local.asyncore.greeter.port")).isNotNull();
		}
		finally {
			child.close();
		}
	}

	private static void write(Socket socket, byte[] data) {
		try {
			socket.getOutputStream().write(data);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static InetSocketAddress address(Servers servers, String name) {
		return (InetSocketAddress) servers.get(name).localAddress();
	}

	private static ScriptedClient client(ApplicationContext context, String server) {
		return ScriptedClient
			.connect(context.getEnvironment().getRequiredProperty("local.asyncore." + server + ".port", Integer.class));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(AsyncoreAutoConfiguration.class)
	static class ParentApplication extends Channels {

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(AsyncoreAutoConfiguration.class)
	static class ChildApplication {

	}

	@Configuration(proxyBeanMethods = false)
	static class Channels {

		final List<String> events = Collections.synchronizedList(new ArrayList<>());

		final List<ServerListeningEvent> listening = Collections.synchronizedList(new ArrayList<>());

		@EventListener
		void listening(ServerListeningEvent event) {
			this.listening.add(event);
		}

		@Bean
		String greeting() {
			return "hello";
		}

		@Bean
		@Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
		Greeter greeter(String greeting) {
			return new Greeter(greeting);
		}

		@Bean
		@Scope(scopeName = ConfigurableBeanFactory.SCOPE_PROTOTYPE, proxyMode = ScopedProxyMode.TARGET_CLASS)
		Greeter proxied() {
			return new Greeter("hello");
		}

		@Bean
		ChannelFactory greeterFactory(String greeting) {
			return (socket, peer) -> new Greeter(greeting);
		}

		@Bean
		@Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
		Recording recording() throws IOException {
			return new Recording(this.events);
		}

		@Bean
		ChannelFactory recordingFactory() {
			return (socket, peer) -> new Recording(this.events, socket);
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class ClientConfiguration {

		@Bean
		Client client(Environment environment) {
			return new Client(environment);
		}

	}

	static class Client extends AsyncChat {

		final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

		private final Environment environment;

		Client(Environment environment) {
			this.environment = environment;
			setTerminator("\n");
		}

		@Override
		protected void handleOpen() throws IOException {
			createSocket();
			connect("127.0.0.1", this.environment.getRequiredProperty("local.asyncore.greeter.port", Integer.class));
		}

		@Override
		protected void foundTerminator() {
			this.lines.add(takeIncoming(StandardCharsets.UTF_8));
		}

	}

	static class Greeter extends AsyncChat {

		private final String greeting;

		private int count;

		// for the proxy
		Greeter() {
			this("");
		}

		Greeter(String greeting) {
			this.greeting = greeting;
			setTerminator("\n");
		}

		@Override
		protected void handleOpen() {
			push("welcome\n");
		}

		@Override
		protected void foundTerminator() {
			push(this.greeting + " " + takeIncoming(StandardCharsets.UTF_8) + ", " + ++this.count + "\n");
		}

	}

	static class Recording extends AsyncChat {

		private final List<String> events;

		Recording(List<String> events) {
			this.events = events;
			setTerminator("\n");
			push("from the constructor\n");
		}

		Recording(List<String> events, SocketChannel socket) throws IOException {
			super(socket);
			this.events = events;
			setTerminator("\n");
			push("from the constructor\n");
		}

		@Override
		protected void handleOpen() {
			EventLoop loop = EventLoop.current();
			this.events.add("open " + ((loop != null && loop == map().eventLoop()) ? "in loop, " : "elsewhere, ")
					+ (connected() ? "connected" : "not connected"));
			push("from handleOpen\n");
		}

		@Override
		protected void handleConnect() {
			this.events.add("connect");
		}

		@Override
		protected void foundTerminator() {
			this.events.add("found " + takeIncoming(StandardCharsets.UTF_8));
			push("from foundTerminator\n");
		}

	}

}
