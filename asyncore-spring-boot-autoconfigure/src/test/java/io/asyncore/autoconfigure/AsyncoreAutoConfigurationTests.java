package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.context.DispatcherOpenException;
import io.asyncore.context.EventLoopLifecycle;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AsyncoreAutoConfiguration}.
 */
class AsyncoreAutoConfigurationTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class));

	@Test
	void runsALoopOverAMapOfItsOwn() {
		this.contextRunner.run((context) -> {
			assertThat(context).hasSingleBean(ChannelMap.class).hasSingleBean(EventLoop.class);
			assertThat(context.getBean(EventLoop.class).map()).isSameAs(context.getBean(ChannelMap.class));
			assertThat(context.getBean(EventLoopLifecycle.class).isRunning()).isTrue();
		});
	}

	@Test
	void servesDispatcherBeans() {
		this.contextRunner.withUserConfiguration(Servers.class).run((context) -> {
			ChannelMap map = context.getBean(ChannelMap.class);
			// the prototype is not a channel of the application
			assertThat(map.channels()).containsExactly(context.getBean("first", Dispatcher.class),
					context.getBean("second", Dispatcher.class));
			assertThat(map.channels()).allMatch(Dispatcher::accepting);
		});
	}

	@Test
	void closesDispatcherBeansWithTheContext() {
		Dispatcher[] server = new Dispatcher[1];
		this.contextRunner.withUserConfiguration(Servers.class)
			.run((context) -> server[0] = context.getBean("first", Dispatcher.class));
		assertThat(server[0].closed()).isTrue();
	}

	@Test
	void whenInitializationIsLazyServesDispatcherBeans() {
		this.contextRunner.withUserConfiguration(Servers.class)
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> assertThat(context.getBean(ChannelMap.class).channels()).hasSize(2)
				.allMatch(Dispatcher::accepting));
	}

	@Test
	void whenDisabledStartsNothing() {
		this.contextRunner.withPropertyValues("asyncore.enabled=false")
			.withUserConfiguration(Servers.class)
			.run((context) -> {
				assertThat(context).doesNotHaveBean(EventLoopLifecycle.class)
					.doesNotHaveBean(EventLoop.class)
					.doesNotHaveBean(ChannelMap.class);
				assertThat(context.getBean("first", Dispatcher.class).socket()).isNull();
			});
	}

	@Test
	void whenUserHasAMapUsesIt() {
		ChannelMap map = new ChannelMap();
		this.contextRunner.withBean("mine", ChannelMap.class, () -> map).run((context) -> {
			assertThat(context).hasSingleBean(ChannelMap.class);
			assertThat(context.getBean(EventLoop.class)).isSameAs(map.eventLoop());
		});
	}

	@Test
	void whenUserHasALoopUsesItsMap() {
		EventLoop loop = new ChannelMap().eventLoop();
		this.contextRunner.withBean("mine", EventLoop.class, () -> loop).run((context) -> {
			assertThat(context).hasSingleBean(EventLoop.class);
			assertThat(context.getBean(ChannelMap.class)).isSameAs(loop.map());
		});
	}

	@Test
	void whenUserHasALifecycleUsesIt() {
		this.contextRunner
			.withBean("mine", EventLoopLifecycle.class,
					() -> new EventLoopLifecycle(new ChannelMap().eventLoop(), new DefaultListableBeanFactory(),
							new EventLoopLifecycle.Settings(Duration.ofSeconds(1), false, Duration.ZERO)))
			.run((context) -> assertThat(context).hasSingleBean(EventLoopLifecycle.class).hasBean("mine"));
	}

	@Test
	void bindsProperties() {
		this.contextRunner
			.withPropertyValues("asyncore.loop.timeout=5s", "asyncore.loop.use-poll=true",
					"asyncore.shutdown.grace-period=1m")
			.run((context) -> {
				AsyncoreProperties properties = context.getBean(AsyncoreProperties.class);
				assertThat(SettingsMapper.map(properties))
					.isEqualTo(new EventLoopLifecycle.Settings(Duration.ofSeconds(5), true, Duration.ofMinutes(1)));
			});
	}

	@Test
	void hasTheDocumentedDefaults() {
		this.contextRunner.run((context) -> assertThat(SettingsMapper.map(context.getBean(AsyncoreProperties.class)))
			.isEqualTo(new EventLoopLifecycle.Settings(Duration.ofSeconds(30), false, Duration.ofSeconds(20))));
	}

	@ParameterizedTest
	@CsvSource({ "asyncore.loop.timeout,-1s", "asyncore.loop.timeout,0", "asyncore.shutdown.grace-period,-1ms" })
	void whenPropertyIsWrongFailsNamingIt(String property, String value) {
		this.contextRunner.withPropertyValues(property + "=" + value)
			.run((context) -> assertThat(context).hasFailed().getFailure().rootCause().hasMessageContaining(property));
	}

	@Test
	void whenDispatcherCannotOpenFails() {
		this.contextRunner.withBean("failing", Dispatcher.class, () -> new Dispatcher() {

			@Override
			protected void handleOpen() throws IOException {
				throw new IOException("no way");
			}

		})
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.hasCauseInstanceOf(DispatcherOpenException.class));
	}

	@Test
	void whenContextHasAParentBothServeTheirOwn() {
		this.contextRunner.withUserConfiguration(Servers.class)
			.run((parent) -> this.contextRunner.withParent(parent)
				.withBean("own", Server.class, Server::new)
				.run((child) -> {
					EventLoop loop = child.getBean(EventLoop.class);
					Dispatcher own = child.getBean("own", Dispatcher.class);
					assertThat(own.accepting()).isTrue();
					assertThat(loop.map().channels()).containsExactly(own);
					assertThat(parent.getBean("first", Dispatcher.class).map())
						.isSameAs(parent.getBean(ChannelMap.class));
					assertThat(loop.map().contains(parent.getBean("first", Dispatcher.class))).isFalse();
				}));
	}

	@Configuration(proxyBeanMethods = false)
	static class Servers {

		@Bean
		@Order(2)
		Dispatcher second() {
			return new Server();
		}

		@Bean
		@Order(1)
		Dispatcher first() {
			return new Server();
		}

		@Bean
		@Scope("prototype")
		Dispatcher connection() {
			return new Server();
		}

	}

	static class Server extends Dispatcher {

		@Override
		protected void handleOpen() throws IOException {
			createSocket();
			bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			listen(16);
		}

	}

}
