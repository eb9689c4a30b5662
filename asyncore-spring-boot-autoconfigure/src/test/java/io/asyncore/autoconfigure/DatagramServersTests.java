package io.asyncore.autoconfigure;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelFactory;
import io.asyncore.ChannelMap;
import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.FreePort;
import io.asyncore.Loopback;
import io.asyncore.MulticastInterface;
import io.asyncore.SocketType;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.ServerListeningEvent;
import io.asyncore.context.ServerProtocol;
import io.asyncore.context.Servers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.event.EventListener;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

/**
 * Servers for datagrams by configuration, as an application sees them.
 */
class DatagramServersTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
		.withUserConfiguration(Channels.class)
		.withPropertyValues("asyncore.servers.echo.protocol=udp", "asyncore.servers.echo.port=0");

	@Test
	void receivesByASingletonBeanThatIsOpenedOnce() {
		this.contextRunner.run((context) -> {
			assertThat(ask(context, "echo", "hello")).isEqualTo("echo: hello");
			Echo echo = context.getBean("echo", Echo.class);
			assertThat(context.getBean(Servers.class).dispatchers().get("echo")).isSameAs(echo);
			assertThat(echo.events).containsExactly("open, bound", "hello");
			assertThat(echo.channelName()).isEqualTo("echo");
			assertThat(context.getBean(ChannelMap.class).channels()).containsOnlyOnce(echo);
		});
	}

	@Test
	void receivesByAPrototypeBeanOfWhichItMakesOne() {
		this.contextRunner
			.withPropertyValues("asyncore.servers.one.protocol=udp", "asyncore.servers.one.port=0",
					"asyncore.servers.one.channel=prototype", "asyncore.servers.two.protocol=udp",
					"asyncore.servers.two.port=0", "asyncore.servers.two.channel=prototype")
			.run((context) -> {
				assertThat(ask(context, "one", "a")).isEqualTo("echo: a");
				assertThat(ask(context, "two", "b")).isEqualTo("echo: b");
				Servers servers = context.getBean(Servers.class);
				assertThat(servers.dispatchers()).containsOnlyKeys("echo", "one", "two");
				assertThat(servers.dispatchers().get("one")).isNotSameAs(servers.dispatchers().get("two"))
					.extracting(Dispatcher::channelName)
					.isEqualTo("one");
				assertThat(context.getBean(Channels.class).prototypes).isEqualTo(2);
				assertThat(servers.all()).isEmpty();
				assertThat(servers.get("one")).isNull();
			});
	}

	@Test
	void opensBeforeOtherDispatchersInTheOrderOfTheConfiguration() {
		this.contextRunner.withPropertyValues("asyncore.servers.tcp.port=0", "asyncore.servers.tcp.channel=factory")
			.run((context) -> {
				assertThat(context.getBean(Servers.class).dispatchers()).containsOnlyKeys("echo", "tcp");
				assertThat(context.getBean(Servers.class).all()).containsOnlyKeys("tcp");
				assertThat(context.getBean(Channels.class).opened).containsExactly("echo", "other");
			});
	}

	@Test
	void receivesAgainAfterARestart() {
		this.contextRunner.run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			Echo echo = context.getBean("echo", Echo.class);
			lifecycle.stop();
			assertThat(echo.closed()).isTrue();
			lifecycle.start();
			assertThat(ask(context, "echo", "again")).isEqualTo("echo: again");
			assertThat(echo.events).containsExactly("open, bound", "open, bound", "again");
		});
	}

	@Test
	void tellsWhereItListens() {
		try (CapturedLog log = new CapturedLog()) {
			this.contextRunner.run((context) -> {
				int port = port(context, "echo");
				assertThat(log.infos()).contains("Server 'echo' is listening on port " + port + " (udp)");
				assertThat(context.getBean(Channels.class).listening).singleElement().satisfies((event) -> {
					assertThat(event.getServerName()).isEqualTo("echo");
					assertThat(event.getPort()).isEqualTo(port);
					assertThat(event.getProtocol()).isEqualTo(ServerProtocol.UDP);
					assertThat(event.getDispatcher()).isSameAs(context.getBean("echo"));
					assertThatIllegalStateException().isThrownBy(event::getServer)
						.withMessageContaining("getDispatcher()");
				});
			});
		}
	}

	@Test
	void listensOnAllInterfacesOfBothFamilies() {
		this.contextRunner.run((context) -> {
			assertThat(ask(context, "echo", "four", "127.0.0.1")).isEqualTo("echo: four");
			assertThat(ask(context, "echo", "six", "::1")).isEqualTo("echo: six");
		});
	}

	@ParameterizedTest
	@CsvSource({ "0.0.0.0, 0.0.0.0", "127.0.0.1, 127.0.0.1", "::, 0:0:0:0:0:0:0:0", "[::1], 0:0:0:0:0:0:0:1" })
	void listensAtItsAddress(String address, String bound) {
		this.contextRunner.withPropertyValues("asyncore.servers.echo.address=" + address)
			.run((context) -> assertThat(address(context, "echo").getAddress().getHostAddress()).isEqualTo(bound));
	}

	@Test
	void whenThereIsNoIpv6ListensOnAllOfIpv4() {
		for (String address : List.of("", "::")) {
			this.contextRunner
				.withPropertyValues("asyncore.servers.echo.channel=withoutIpv6",
						"asyncore.servers.echo.address=" + address)
				.run((context) -> assertThat(address(context, "echo").getAddress().getHostAddress())
					.isEqualTo("0.0.0.0"));
		}
		this.contextRunner
			.withPropertyValues("asyncore.servers.echo.channel=withoutIpv6", "asyncore.servers.echo.address=::1")
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.hasRootCauseInstanceOf(UnsupportedOperationException.class));
	}

	@Test
	void mayHaveThePortOfAServerForConnections() throws IOException {
		int port = FreePort.find();
		this.contextRunner
			.withPropertyValues("asyncore.servers.echo.port=" + port, "asyncore.servers.tcp.port=" + port,
					"asyncore.servers.tcp.channel=factory")
			.run((context) -> assertThat(context).hasNotFailed());
	}

	@ParameterizedTest
	@ValueSource(strings = { "239.255.71.15", "ff02::4713", "ff12::4713%" })
	void joinsGroupsOnTheInterfaceThatTheSystemChooses(String group) throws IOException {
		NetworkInterface interf = MulticastInterface.find();
		assumeThat(interf).as("a network interface that is up and supports multicast").isNotNull();
		String scoped = group.endsWith("%") ? group + interf.getName() : group;
		this.contextRunner.withPropertyValues("asyncore.servers.echo.multicast.groups=" + scoped).run((context) -> {
			Echo echo = context.getBean("echo", Echo.class);
			// fails if it is no member
			CompletableFuture.runAsync(() -> leave(echo, scoped, interf), echo.map().eventLoop()::execute)
				.get(10, TimeUnit.SECONDS);
		});
	}

	private static void leave(Echo echo, String group, NetworkInterface interf) {
		try {
			echo.leaveGroup(InetAddress.getByName(group), interf);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	@Test
	void receivesWhatIsSentToItsGroups() throws IOException {
		NetworkInterface interf = MulticastInterface.loopback();
		for (String channel : List.of("echo", "plain")) {
			this.contextRunner
				.withPropertyValues("asyncore.servers.echo.multicast.groups=239.255.71.14",
						"asyncore.servers.echo.channel=" + channel,
						"asyncore.servers.echo.multicast.network-interface=" + interf.getName())
				.run((context) -> {
					Recording recording = context.getBean(channel, Recording.class);
					Dispatcher server = context.getBean(Servers.class).dispatchers().get("echo");
					assertThat(((DatagramChannel) server.socket()).getOption(StandardSocketOptions.IP_MULTICAST_IF))
						.isEqualTo(interf);
					try (DatagramChannel client = DatagramChannel.open(StandardProtocolFamily.INET)) {
						client.setOption(StandardSocketOptions.IP_MULTICAST_IF, interf);
						client.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 0);
						client.send(ByteBuffer.wrap("group".getBytes()),
								new InetSocketAddress("239.255.71.14", port(context, "echo")));
					}
					await().atMost(Loopback.BOUND)
						.untilAsserted(() -> assertThat(recording.events()).contains("group"));
				});
		}
	}

	private static int port(ApplicationContext context, String server) {
		return context.getEnvironment().getRequiredProperty("local.asyncore." + server + ".port", Integer.class);
	}

	private static InetSocketAddress address(ApplicationContext context, String server) {
		return (InetSocketAddress) context.getBean(Servers.class).dispatchers().get(server).localAddress();
	}

	private static String ask(ApplicationContext context, String server, String question) throws IOException {
		return ask(context, server, question, "127.0.0.1");
	}

	private static String ask(ApplicationContext context, String server, String question, String host)
			throws IOException {
		try (DatagramSocket client = new DatagramSocket()) {
			client.setSoTimeout((int) Duration.ofSeconds(10).toMillis());
			byte[] data = question.getBytes(StandardCharsets.UTF_8);
			client.send(new DatagramPacket(data, data.length, new InetSocketAddress(host, port(context, server))));
			DatagramPacket answer = new DatagramPacket(new byte[100], 100);
			client.receive(answer);
			return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Channels {

		final List<ServerListeningEvent> listening = Collections.synchronizedList(new ArrayList<>());

		final List<String> opened = Collections.synchronizedList(new ArrayList<>());

		volatile int prototypes;

		@EventListener
		void listening(ServerListeningEvent event) {
			this.listening.add(event);
		}

		@Bean
		Dispatcher other() {
			return new Dispatcher() {

				@Override
				protected void handleOpen() {
					Channels.this.opened.add("other");
				}

			};
		}

		@Bean
		Echo echo() {
			return new Echo(this.opened);
		}

		@Bean
		@Scope("prototype")
		Echo prototype() {
			this.prototypes++;
			return new Echo(this.opened);
		}

		@Bean
		Plain plain() {
			return new Plain();
		}

		@Bean
		DatagramDispatcher withoutIpv6() {
			return new DatagramDispatcher() {

				@Override
				public void createSocket(ProtocolFamily family, SocketType type) throws IOException {
					if (family == StandardProtocolFamily.INET6) {
						throw new UnsupportedOperationException("IPv6 not available");
					}
					super.createSocket(family, type);
				}

			};
		}

		@Bean
		ChannelFactory factory() {
			return (socket, peer) -> new Dispatcher();
		}

	}

	private interface Recording {

		List<String> events();

	}

	static class Echo extends DatagramDispatcher implements Recording {

		private final List<String> events = Collections.synchronizedList(new ArrayList<>());

		private final List<String> opened;

		Echo(List<String> opened) {
			this.opened = opened;
		}

		@Override
		public List<String> events() {
			return this.events;
		}

		@Override
		protected void handleOpen() {
			this.opened.add(channelName());
			this.events.add("open, " + ((localAddress() != null) ? "bound" : "not bound"));
		}

		@Override
		protected void handleDatagram(ByteBuffer data, SocketAddress sender) throws IOException {
			String text = StandardCharsets.UTF_8.decode(data).toString();
			this.events.add(text);
			sendTo(StandardCharsets.UTF_8.encode("echo: " + text), sender);
		}

	}

	/**
	 * One that is no {@link DatagramDispatcher}.
	 */
	static class Plain extends Dispatcher implements Recording {

		private final List<String> events = Collections.synchronizedList(new ArrayList<>());

		@Override
		public List<String> events() {
			return this.events;
		}

		@Override
		protected void handleRead() throws IOException {
			ByteBuffer buffer = ByteBuffer.allocate(100);
			if (recvFrom(buffer) != null) {
				this.events.add(StandardCharsets.UTF_8.decode(buffer.flip()).toString());
			}
		}

	}

}
