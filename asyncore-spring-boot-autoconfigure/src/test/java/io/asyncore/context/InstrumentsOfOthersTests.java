package io.asyncore.context;

import java.util.concurrent.atomic.AtomicInteger;

import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.EventLoopObserver;
import io.asyncore.HookInterceptor;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.autoconfigure.EchoApplication;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link EventLoopInstrumentation} where there is more than one context.
 */
class InstrumentsOfOthersTests {

	@Test
	void whenAContextIsClosedLeavesALoopThatServesAnother() {
		ChannelMap map = new ChannelMap();
		AtomicInteger calls = new AtomicInteger();
		HookInterceptor interceptor = (channel, hook, invocation) -> {
			calls.incrementAndGet();
			invocation.proceed();
		};
		EchoApplication.runner()
			.withBean(ChannelMap.class, () -> map)
			.withBean(HookInterceptor.class, () -> interceptor)
			.run((context) -> EchoApplication.servedClient(context).close());
		int callsOfTheFirst = calls.get();
		assertThat(callsOfTheFirst).isPositive();
		EchoApplication.runner()
			.withBean(ChannelMap.class, () -> map)
			.run((context) -> EchoApplication.servedClient(context).close());
		assertThat(calls).hasValue(callsOfTheFirst);
	}

	@Test
	void whenABeanOfTheParentIsEqualDoesNotUseIt() {
		AtomicInteger opened = new AtomicInteger();
		EchoApplication.runner()
			.withBean("parents", EventLoopObserver.class, () -> new Counting(opened))
			.run((parent) -> EchoApplication.runner()
				.withParent(parent)
				.withPropertyValues(EchoApplication.CHILD)
				.withBean("own", EventLoopObserver.class, () -> new Counting(opened))
				.run((child) -> {
					EchoApplication.servedClient(child, "child").close();
					await().atMost(Loopback.BOUND)
						.until(() -> child.getBean(Servers.class).get("child").connections() == 0);
					assertThat(opened).hasValue(1);
				}));
	}

	@Test
	void whenTheParentHasAMapOfItsOwnAChildStarts() {
		ApplicationContextRunner runner = new ApplicationContextRunner()
			.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class));
		runner.withBean("mine", ChannelMap.class, ChannelMap::new)
			.run((parent) -> runner.withParent(parent).run((child) -> assertThat(child).hasNotFailed()));
	}

	private record Counting(AtomicInteger count) implements EventLoopObserver {

		@Override
		public void opened(Dispatcher channel) {
			this.count.incrementAndGet();
		}

	}

}
