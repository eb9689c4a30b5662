package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.asyncore.ChannelFactory;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.Resolver;
import io.asyncore.ServerDispatcher;
import io.asyncore.context.EventLoopCustomizer;
import io.asyncore.context.Servers;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for how dispatchers connect in an application: the resolver and the time limit.
 */
class ConnectSettingsTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class));

	@Test
	void asksTheSystemAndGivesUpAfterHalfAMinute() {
		this.contextRunner.run((context) -> {
			EventLoop loop = context.getBean(EventLoop.class);
			assertThat(loop.resolver()).isSameAs(Resolver.system()).isSameAs(context.getBean(Resolver.class));
			assertThat(loop.connectTimeout()).isEqualTo(Duration.ofSeconds(30));
		});
	}

	@Test
	void limitsTheTimeAsConfigured() {
		this.contextRunner.withPropertyValues("asyncore.connect-timeout=1500ms")
			.run((context) -> assertThat(context.getBean(EventLoop.class).connectTimeout())
				.isEqualTo(Duration.ofMillis(1500)));
		this.contextRunner.withPropertyValues("asyncore.connect-timeout=0")
			.run((context) -> assertThat(context.getBean(EventLoop.class).connectTimeout()).isZero());
	}

	@Test
	void whenTimeIsNegativeNamesTheProperty() {
		this.contextRunner.withPropertyValues("asyncore.connect-timeout=-1s")
			.run((context) -> assertThat(context).getFailure()
				.rootCause()
				.isInstanceOfSatisfying(InvalidConfigurationPropertyValueException.class,
						(ex) -> assertThat(ex.getName()).isEqualTo("asyncore.connect-timeout")));
	}

	@Test
	void whenApplicationHasAResolverAsksIt() {
		this.contextRunner.withUserConfiguration(Connecting.class)
			.withPropertyValues("asyncore.servers.target.port=0", "asyncore.servers.target.address=127.0.0.1")
			.run((context) -> {
				assertThat(context).hasSingleBean(Resolver.class);
				Client client = context.getBean(Client.class);
				assertThat(client.connected.await(10, TimeUnit.SECONDS)).isTrue();
			});
	}

	@Test
	void whenAChildContextHasAResolverItIsAsked() {
		Resolver own = (host) -> CompletableFuture.failedFuture(new IOException(host));
		this.contextRunner.run((parent) -> {
			this.contextRunner.withParent(parent)
				.run((child) -> assertThat(child.getBean(EventLoop.class).resolver()).isSameAs(Resolver.system()));
			this.contextRunner.withParent(parent)
				.withBean("own", Resolver.class, () -> own)
				.run((child) -> assertThat(child.getBean(EventLoop.class).resolver()).isSameAs(own));
		});
		this.contextRunner.withBean("own", Resolver.class, () -> own)
			.run((parent) -> this.contextRunner.withParent(parent)
				.run((child) -> assertThat(child.getBean(EventLoop.class).resolver()).isSameAs(own)));
	}

	@Test
	void whenApplicationHasACustomizerItHasTheLastWord() {
		this.contextRunner
			.withBean(EventLoopCustomizer.class, () -> (loop) -> loop.setConnectTimeout(Duration.ofSeconds(7)))
			.withPropertyValues("asyncore.connect-timeout=1s")
			.run((context) -> assertThat(context.getBean(EventLoop.class).connectTimeout())
				.isEqualTo(Duration.ofSeconds(7)));
	}

	@Configuration(proxyBeanMethods = false)
	static class Connecting {

		@Bean
		Resolver loopbackResolver() {
			return (host) -> host.equals("a.name.nobody.has")
					? CompletableFuture.completedFuture(List.of(InetAddress.getLoopbackAddress()))
					: CompletableFuture.failedFuture(new IOException("asked for " + host));
		}

		@Bean
		ChannelFactory target() {
			return (socket, peer) -> new Dispatcher(socket);
		}

		@Bean
		Client client(Servers servers) {
			return new Client(servers);
		}

	}

	static class Client extends Dispatcher {

		private final CountDownLatch connected = new CountDownLatch(1);

		private final Servers servers;

		Client(Servers servers) {
			this.servers = servers;
		}

		@Override
		protected void handleOpen() throws IOException {
			ServerDispatcher target = this.servers.get("target");
			createSocket(StandardProtocolFamily.INET);
			connect("a.name.nobody.has", ((InetSocketAddress) Objects.requireNonNull(target.localAddress())).getPort());
		}

		@Override
		protected void handleConnect() {
			this.connected.countDown();
		}

	}

}
