package io.asyncore.autoconfigure;

import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import io.asyncore.ChannelDistribution;
import io.asyncore.ChannelMap;
import io.asyncore.DatagramDispatcher;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopGroup;
import io.asyncore.EventLoopObserver;
import io.asyncore.Loopback;
import io.asyncore.ServerDispatcher;
import io.asyncore.context.EventLoopCustomizer;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.Servers;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.MapPropertySource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.awaitility.Awaitility.await;

/**
 * Several loops as an application has them.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SeveralLoopsTests {

	private final ApplicationContextRunner contextRunner = EchoApplication.runner();

	private final ApplicationContextRunner threeLoops = this.contextRunner
		.withPropertyValues("asyncore.loop.threads=3");

	@Test
	void thereIsOneUnlessConfigured() {
		Set<Thread> before = SeveralLoops.threads();
		this.contextRunner.run((context) -> {
			assertThat(SeveralLoops.threadsSince(before)).containsExactly("asyncore-loop", "asyncore-watchdog");
			assertThat(SeveralLoops.of(context)).containsExactly(context.getBean(EventLoop.class));
			assertThat(context.getBean(EventLoop.class).name()).isEqualTo("asyncore-loop");
		});
	}

	@Test
	void eachHasAThreadAndNothingElseHas() {
		Set<Thread> before = SeveralLoops.threads();
		this.threeLoops.run((context) -> {
			SeveralLoops.close(SeveralLoops.clients(context, 6));
			assertThat(SeveralLoops.threadsSince(before)).containsExactly("asyncore-loop-1", "asyncore-loop-2",
					"asyncore-loop-3", "asyncore-watchdog");
			assertThat(SeveralLoops.of(context)).extracting(EventLoop::name)
				.containsExactly("asyncore-loop-1", "asyncore-loop-2", "asyncore-loop-3");
			assertThat(SeveralLoops.of(context)).allSatisfy((loop) -> {
				assertThat(loop.thread().getName()).isEqualTo(loop.name());
				assertThat(loop.thread().isDaemon()).isFalse();
			});
		});
		awaitEndOfThreads(before);
	}

	private static void awaitEndOfThreads(Set<Thread> before) {
		await().atMost(Loopback.BOUND).untilAsserted(() -> assertThat(SeveralLoops.threadsSince(before)).isEmpty());
	}

	@Test
	void beansAreThoseOfTheFirst() {
		this.threeLoops.run((context) -> {
			EventLoop first = SeveralLoops.of(context).get(0);
			assertThat(context.getBean(EventLoop.class)).isSameAs(first);
			assertThat(context.getBean(ChannelMap.class)).isSameAs(first.map());
			assertThat(context.getBean(Servers.class).get("echo").map()).isSameAs(first.map());
		});
	}

	@Test
	void theyTakeConnectionsInTurns() {
		this.threeLoops.run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 9);
			assertThat(SeveralLoops.conversations(context))
				.isEqualTo(Map.of("asyncore-loop-1", 3L, "asyncore-loop-2", 3L, "asyncore-loop-3", 3L));
			assertThat(context.getBean(Servers.class).get("echo").connections()).isEqualTo(9);
			clients.forEach((client) -> client.send("again\n").expectLine("again"));
			SeveralLoops.close(clients);
		});
	}

	@Test
	void theOneWithTheFewestConnectionsTakesTheNext() {
		this.threeLoops.withPropertyValues("asyncore.loop.distribution=least-connections").run((context) -> {
			assertThat(context.getBean(EventLoopGroup.class).distribution())
				.isEqualTo(ChannelDistribution.LEAST_CONNECTIONS);
			List<ScriptedClient> clients = SeveralLoops.clients(context, 6);
			SeveralLoops.conversations(SeveralLoops.of(context).get(1)).forEach(Dispatcher::close);
			clients.addAll(SeveralLoops.clients(context, 2));
			assertThat(SeveralLoops.conversations(context)).containsEntry("asyncore-loop-2", 2L);
			SeveralLoops.close(clients);
		});
	}

	@Test
	void autoIsOneForEachProcessor() {
		this.contextRunner.withPropertyValues("asyncore.loop.threads=auto")
			.run((context) -> assertThat(SeveralLoops.of(context)).hasSize(Runtime.getRuntime().availableProcessors()));
	}

	@Test
	void theirNumberMayBeThatOfYaml() {
		this.contextRunner
			.withInitializer((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("yaml", Map.of("asyncore.loop.threads", 2))))
			.run((context) -> assertThat(SeveralLoops.of(context)).hasSize(2));
	}

	@Test
	void singletonServersShareThemAndOtherDispatchersDoNot() {
		EventLoopGroup own = new EventLoopGroup(List.of(new ChannelMap().eventLoop()));
		ServerDispatcher choosy = server();
		choosy.setEventLoopGroup(own);
		this.threeLoops.withBean("bean", ServerDispatcher.class, SeveralLoopsTests::server)
			.withBean("choosy", ServerDispatcher.class, () -> choosy)
			.withBean("other", Dispatcher.class, Dispatcher::new)
			.run((context) -> {
				ServerDispatcher bean = context.getBean("bean", ServerDispatcher.class);
				assertThat(bean.eventLoopGroup()).isSameAs(context.getBean(EventLoopGroup.class));
				assertThat(choosy.eventLoopGroup()).isSameAs(own);
				assertThat(context.getBean(ChannelMap.class).channels()).contains(bean, choosy,
						context.getBean("other", Dispatcher.class));
			});
	}

	private static ServerDispatcher server() {
		return new ServerDispatcher(Loopback.anyPort(), (socket, peer) -> new Dispatcher());
	}

	@Test
	void customizersAndObserversHaveTheirPartInEach() {
		Set<String> served = ConcurrentHashMap.newKeySet();
		this.threeLoops.withBean(EventLoopCustomizer.class, () -> (loop) -> loop.setConnectTimeout(Duration.ofDays(1)))
			.withBean(EventLoopObserver.class, () -> new EventLoopObserver() {

				@Override
				public void opened(Dispatcher channel) {
					served.add(channel.map().eventLoop().name());
				}

			})
			.run((context) -> {
				SeveralLoops.close(SeveralLoops.clients(context, 3));
				assertThat(SeveralLoops.of(context)).extracting(EventLoop::connectTimeout)
					.containsOnly(Duration.ofDays(1));
				assertThat(served).hasSize(3);
			});
	}

	@Test
	void aNameOfTheUserIsNumbered() {
		this.threeLoops.withBean(EventLoopCustomizer.class, () -> (loop) -> loop.setName("several"))
			.run((context) -> assertThat(SeveralLoops.of(context)).extracting((loop) -> loop.thread().getName())
				.containsExactly("several-1", "several-2", "several-3"));
		EventLoop mine = new ChannelMap().eventLoop();
		mine.setName("several-mine");
		for (int i = 0; i < 2; i++) {
			this.threeLoops.withBean(EventLoop.class, () -> mine)
				.run((context) -> assertThat(SeveralLoops.of(context)).extracting(EventLoop::name)
					.containsExactly("several-mine-1", "several-mine-2", "several-mine-3"));
			assertThat(mine.name()).isEqualTo("several-mine");
		}
	}

	@Test
	void aLoopOrMapOfTheUserIsTheFirst() {
		ChannelMap map = new ChannelMap();
		this.threeLoops.withBean(ChannelMap.class, () -> map).run((context) -> {
			assertThat(SeveralLoops.of(context)).hasSize(3).first().isSameAs(map.eventLoop());
			SeveralLoops.close(SeveralLoops.clients(context, 3));
		});
	}

	@Test
	void aGroupOfTheUserIsUsed() {
		this.contextRunner.withUserConfiguration(OwnGroup.class).run((context) -> {
			SeveralLoops.close(SeveralLoops.clients(context, 2));
			assertThat(SeveralLoops.of(context)).hasSize(2).allMatch((loop) -> loop.thread() != null);
		});
	}

	@Test
	void whenTheGroupOfTheUserHasAnotherFirstLoopSaysWhatToDo() {
		this.contextRunner
			.withBean(EventLoopGroup.class, () -> new EventLoopGroup(List.of(new ChannelMap().eventLoop())))
			.run((context) -> assertThat(context).hasFailed()
				.getFailure()
				.rootCause()
				.hasMessageContaining("EventLoopGroup bean must be the EventLoop bean"));
	}

	@Test
	void aLifecycleOfTheUserThatRunsOneHasAllServedByThat() {
		this.threeLoops.withUserConfiguration(OwnLifecycle.class).run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 4);
			assertThat(SeveralLoops.conversations(SeveralLoops.of(context).get(0))).hasSize(4);
			SeveralLoops.close(clients);
		});
	}

	@Test
	void aChildContextHasItsOwn() {
		this.threeLoops.run((
				parent) -> this.threeLoops.withParent(parent).withPropertyValues(EchoApplication.CHILD).run((child) -> {
					assertThat(SeveralLoops.of(child)).hasSize(3).doesNotContainAnyElementsOf(SeveralLoops.of(parent));
					assertThat(SeveralLoops.of(child)).extracting(EventLoop::name)
						.doesNotHaveDuplicates()
						.doesNotContainAnyElementsOf(SeveralLoops.of(parent).stream().map(EventLoop::name).toList())
						.allMatch((name) -> name.matches("asyncore-loop-.*-[123]"));
					EchoApplication.servedClient(child, "child").close();
				}));
	}

	@Test
	void whenTheServerIsLimitedTheyKeepToTheLimitTogether() {
		this.threeLoops.withPropertyValues("asyncore.servers.echo.max-connections=2").run((context) -> {
			List<ScriptedClient> clients = SeveralLoops.clients(context, 2);
			try (ScriptedClient third = EchoApplication.client(context).send("late\n")) {
				assertThat(context.getBean(Servers.class).get("echo").connections()).isEqualTo(2);
				clients.get(0).close();
				third.expectLine("late");
				assertThat(context.getBean(Servers.class).get("echo").connections()).isEqualTo(2);
			}
			SeveralLoops.close(clients);
		});
	}

	@Test
	void whenThePortIsReusedEachListens() {
		this.threeLoops.withPropertyValues("asyncore.servers.echo.reuse-port=true").run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			for (int i = 0; i < 2; i++) {
				assertThat(listening(context)).containsExactly(1L, 1L, 1L);
				List<ScriptedClient> clients = SeveralLoops.clients(context, 48);
				assertThat(SeveralLoops.conversations(context).values()).allMatch((count) -> count > 0);
				SeveralLoops.close(clients);
				lifecycle.stop();
				assertThat(listening(context)).containsExactly(0L, 0L, 0L);
				lifecycle.start();
			}
		});
	}

	private static List<Long> listening(ApplicationContext context) {
		EventLoopGroup group = context.getBean(EventLoopGroup.class);
		if (context.getBean(EventLoopLifecycle.class).isRunning()) {
			await().atMost(Loopback.BOUND)
				.until(() -> group.loops()
					.stream()
					.allMatch((loop) -> loop.map().channels().stream().anyMatch(Dispatcher::accepting)));
		}
		return group.loops()
			.stream()
			.map((loop) -> loop.map().channels().stream().filter(Dispatcher::accepting).count())
			.toList();
	}

	@Test
	void aServerForDatagramsStaysOnTheFirst() {
		this.threeLoops.withBean("datagrams", DatagramDispatcher.class, DatagramDispatcher::new)
			.withPropertyValues("asyncore.servers.datagrams.protocol=udp", "asyncore.servers.datagrams.port=0",
					"asyncore.servers.datagrams.reuse-port=true")
			.run((context) -> {
				List<EventLoop> loops = SeveralLoops.of(context);
				assertThat(loops.get(0).map().contains(context.getBean("datagrams", Dispatcher.class))).isTrue();
				assertThat(loops.get(1).map().isEmpty()).isTrue();
				assertThat(loops.get(2).map().isEmpty()).isTrue();
			});
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whenTheStartFailsLeavesNoThreadPortOrChannel(boolean reusePort) throws IOException {
		Set<Thread> before = SeveralLoops.threads();
		List<EventLoop> loops = new ArrayList<>();
		try (ServerSocket taken = new ServerSocket(0, 1, Loopback.anyPort().getAddress())) {
			this.threeLoops.withBean(EventLoopCustomizer.class, () -> loops::add)
				.withPropertyValues("asyncore.servers.echo.reuse-port=" + reusePort,
						"asyncore.servers.late.port=" + taken.getLocalPort(), "asyncore.servers.late.address=127.0.0.1",
						"asyncore.servers.late.channel=echo")
				.run((context) -> assertThat(context).hasFailed());
		}
		assertThat(loops).hasSize(3).allMatch((loop) -> loop.map().isEmpty() && loop.thread() == null);
		awaitEndOfThreads(before);
	}

	@Test
	void whenALoopCannotRunFailsTheStartAndCanBeStartedLater() {
		Set<Thread> before = SeveralLoops.threads();
		this.contextRunner.withPropertyValues("asyncore.loop.threads=3").run((context) -> {
			EventLoopLifecycle lifecycle = context.getBean(EventLoopLifecycle.class);
			lifecycle.stop();
			SeveralLoops.of(context).get(1).stop();
			assertThatIllegalStateException().isThrownBy(lifecycle::start).withMessageContaining("EventLoop.stop()");
			assertThat(lifecycle.isRunning()).isFalse();
			lifecycle.start();
			SeveralLoops.close(SeveralLoops.clients(context, 3));
		});
		awaitEndOfThreads(before);
	}

	@Test
	void withoutAnEventLoopThereIsNoGroup() {
		new ApplicationContextRunner().withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
			.withPropertyValues("asyncore.enabled=false")
			.run((context) -> assertThat(context).doesNotHaveBean(EventLoopGroup.class));
	}

	@Configuration(proxyBeanMethods = false)
	static class OwnGroup {

		@Bean
		EventLoopGroup group(EventLoop first) {
			return new EventLoopGroup(List.of(first, new ChannelMap().eventLoop()));
		}

	}

	@Configuration(proxyBeanMethods = false)
	static class OwnLifecycle {

		@Bean
		EventLoopLifecycle lifecycle(EventLoop loop, ListableBeanFactory beanFactory, Servers servers) {
			return new EventLoopLifecycle(loop, beanFactory, servers,
					new EventLoopLifecycle.Settings(Duration.ofSeconds(1), false, Duration.ZERO));
		}

	}

}
