package io.asyncore.context;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

import io.asyncore.ChannelMap;
import io.asyncore.CloseReason;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.EventLoopObserver;
import io.asyncore.Hook;
import io.asyncore.HookInterceptor;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.EchoApplication;
import org.junit.jupiter.api.Test;

import org.springframework.boot.LazyInitializationBeanFactoryPostProcessor;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link EventLoopInstrumentation}, as an application sees it.
 */
class EventLoopInstrumentationTests {

	private final ApplicationContextRunner contextRunner = EchoApplication.runner()
		.withUserConfiguration(Instruments.class);

	@Test
	void letsBeansHaveTheirPartOnceAndInOrder() {
		this.contextRunner.run((context) -> {
			List<String> seen = context.getBean(Instruments.class).seen;
			EchoApplication.servedClient(context).close();
			await().atMost(Loopback.BOUND).until(() -> seen.contains("closed second"));
			assertThat(seen).startsWith("open before first", "open before second")
				.containsSubsequence("accept before first", "accept before second", "opened first", "opened second",
						"open before first", "open before second", "open after second", "open after first",
						"read before first", "read before second", "terminator before first",
						"terminator before second", "terminator after second", "terminator after first",
						"read after second", "read after first", "closed first", "closed second")
				.containsOnlyOnce("opened first", "opened second", "closed first", "terminator before first");
		});
	}

	@Test
	void whenInitializationIsLazyDoesSoToo() {
		this.contextRunner
			.withInitializer(
					(context) -> context.addBeanFactoryPostProcessor(new LazyInitializationBeanFactoryPostProcessor()))
			.run((context) -> {
				EchoApplication.servedClient(context).close();
				List<String> seen = context.getBean(Instruments.class).seen;
				await().atMost(Loopback.BOUND)
					.untilAsserted(() -> assertThat(seen).containsOnlyOnce("opened first", "closed second"));
			});
	}

	@Test
	void whenContextHasAParentUsesOnlyItsOwn() {
		this.contextRunner.run((parent) -> EchoApplication.runner()
			.withParent(parent)
			.withPropertyValues(EchoApplication.CHILD)
			.withBean("own", Own.class)
			.run((child) -> {
				List<String> seenByParent = parent.getBean(Instruments.class).seen;
				List<String> before = List.copyOf(seenByParent);
				EchoApplication.servedClient(child, "child").close();
				await().atMost(Loopback.BOUND).until(() -> child.getBean(Own.class).opened == 1);
				assertThat(seenByParent).isEqualTo(before);
				EchoApplication.servedClient(parent).close();
				await().atMost(Loopback.BOUND).until(() -> seenByParent.contains("closed second"));
				assertThat(child.getBean(Own.class).opened).isEqualTo(1);
				assertThat(child.getBean(EventLoop.class).name()).isEqualTo("asyncore-loop-" + child.getId())
					.isNotEqualTo(parent.getBean(EventLoop.class).name());
				assertThat(child.getBean(EventLoop.class).thread()).isNotNull();
				assertThat(child.getBean(EventLoop.class).thread().getName())
					.isEqualTo(child.getBean(EventLoop.class).name());
			}));
	}

	@Test
	void whenTheParentHasNoLoopHasTheUsualName() {
		new ApplicationContextRunner().run((parent) -> EchoApplication.runner()
			.withParent(parent)
			.run((child) -> assertThat(child.getBean(EventLoop.class).name()).isEqualTo("asyncore-loop")));
	}

	@Test
	void whenUserHasAMapInstrumentsItsLoop() {
		ChannelMap map = new ChannelMap();
		this.contextRunner.withBean(ChannelMap.class, () -> map).run((context) -> {
			EchoApplication.servedClient(context).close();
			assertThat(context.getBean(Instruments.class).seen).contains("opened first");
			assertThat(context.getBean(EventLoop.class)).isSameAs(map.eventLoop());
		});
	}

	static class Instruments {

		final List<String> seen = Collections.synchronizedList(new ArrayList<>());

		@Bean
		@Order(2)
		HookInterceptor secondInterceptor() {
			return interceptor("second");
		}

		@Bean
		@Order(1)
		HookInterceptor firstInterceptor() {
			return interceptor("first");
		}

		@Bean
		@Order(2)
		EventLoopObserver secondObserver() {
			return new Recording("second", this.seen);
		}

		@Bean
		@Order(1)
		EventLoopObserver firstObserver() {
			return new Recording("first", this.seen);
		}

		private HookInterceptor interceptor(String name) {
			return (channel, hook, invocation) -> {
				this.seen.add(hook.label() + " before " + name);
				invocation.proceed();
				this.seen.add(hook.label() + " after " + name);
			};
		}

	}

	private record Recording(String name, List<String> seen) implements EventLoopObserver {

		@Override
		public void opened(Dispatcher channel) {
			this.seen.add("opened " + this.name);
		}

		@Override
		public void closed(Dispatcher channel, CloseReason reason) {
			this.seen.add("closed " + this.name);
		}

	}

	static class Own implements HookInterceptor {

		volatile int opened;

		@Override
		public void intercept(Dispatcher channel, Hook hook, Invocation invocation) throws Exception {
			invocation.proceed();
			if (hook == Hook.OPEN && channel.connected()) {
				this.opened++;
			}
		}

	}

}
