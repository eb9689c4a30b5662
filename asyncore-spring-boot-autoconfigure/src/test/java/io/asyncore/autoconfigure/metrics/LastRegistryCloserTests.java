package io.asyncore.autoconfigure.metrics;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import io.asyncore.EventLoop;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.test.ScriptedClient;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.step.StepMeterRegistry;
import io.micrometer.core.instrument.step.StepRegistryConfig;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LastRegistryCloser}, with a registry that pushes what has happened
 * since the last time, as most do.
 */
class LastRegistryCloserTests {

	private static final int CONNECTIONS = 5;

	private final ApplicationContextRunner contextRunner = EchoApplication
		.runner(MetricsAutoConfiguration.class, CompositeMeterRegistryAutoConfiguration.class,
				AsyncoreMetricsAutoConfiguration.class)
		.withUserConfiguration(Registries.class);

	@Test
	void theLastPushHasWhatTheStopHasClosed() {
		List<ScriptedClient> clients = new ArrayList<>();
		Pushing[] registry = new Pushing[1];
		this.contextRunner.run((context) -> {
			registry[0] = context.getBean(Pushing.class);
			connect(context.getSourceApplicationContext(ConfigurableApplicationContext.class), clients);
		});
		clients.forEach(ScriptedClient::close);
		assertThat(registry[0].isClosed()).isTrue();
		assertThat(registry[0].pushed).containsEntry("asyncore.channels.opened", 1.0 * CONNECTIONS)
			.containsEntry("asyncore.channels.closed shutdown", 1.0 * CONNECTIONS);
		assertThat(registry[0].pushes).isEqualTo(1);
	}

	@Test
	void whatTheMetersOfOthersReadIsStillThere() {
		Pushing[] registry = new Pushing[1];
		this.contextRunner.withBean(Resource.class).run((context) -> {
			registry[0] = context.getBean(Pushing.class);
			Resource resource = context.getBean(Resource.class);
			Gauge.builder("resource", () -> resource.closed ? Double.NaN : 7).register(registry[0]);
		});
		assertThat(registry[0].pushed).containsEntry("resource", 7.0);
	}

	@Test
	void aStopThatIsNotTheEndClosesNoRegistry() {
		List<ScriptedClient> clients = new ArrayList<>();
		Pushing[] registry = new Pushing[1];
		this.contextRunner.run((context) -> {
			ConfigurableApplicationContext source = context
				.getSourceApplicationContext(ConfigurableApplicationContext.class);
			registry[0] = context.getBean(Pushing.class);
			connect(source, clients);
			source.stop();
			assertThat(registry[0].isClosed()).isFalse();
			source.start();
			connect(source, clients);
			source.stop();
		});
		clients.forEach(ScriptedClient::close);
		assertThat(registry[0].isClosed()).isTrue();
		assertThat(registry[0].pushed).containsEntry("asyncore.channels.closed shutdown", 2.0 * CONNECTIONS);
	}

	@Test
	void theEndOfAChildContextClosesNoRegistry() {
		this.contextRunner.run((context) -> {
			new ApplicationContextRunner().withParent(context)
				.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class))
				.run((child) -> assertThat(child.getBean(EventLoop.class)).isNotNull());
			assertThat(context.getBean(Pushing.class).isClosed()).isFalse();
		});
	}

	@Test
	void whenNotWantedBootClosesThemFirst() {
		List<ScriptedClient> clients = new ArrayList<>();
		Pushing[] registry = new Pushing[1];
		this.contextRunner.withPropertyValues("asyncore.metrics.close-registries-last=false").run((context) -> {
			assertThat(context).doesNotHaveBean(LastRegistryCloser.class);
			registry[0] = context.getBean(Pushing.class);
			connect(context.getSourceApplicationContext(ConfigurableApplicationContext.class), clients);
		});
		clients.forEach(ScriptedClient::close);
		assertThat(registry[0].pushed).containsEntry("asyncore.channels.opened", 1.0 * CONNECTIONS)
			.containsEntry("asyncore.channels.closed shutdown", 0.0);
	}

	@Test
	void withoutTheMetricsOfBootThereIsNothingToDo() {
		EchoApplication.runner(AsyncoreMetricsAutoConfiguration.class)
			.withUserConfiguration(Registries.class)
			.run((context) -> assertThat(context).hasNotFailed().hasSingleBean(LastRegistryCloser.class));
	}

	private static void connect(ConfigurableApplicationContext context, List<ScriptedClient> clients) {
		for (int i = 0; i < CONNECTIONS; i++) {
			clients.add(EchoApplication.servedClient(context));
		}
	}

	@Configuration(proxyBeanMethods = false)
	static class Registries {

		@Bean
		Pushing registry() {
			return new Pushing();
		}

	}

	static class Resource implements AutoCloseable {

		private volatile boolean closed;

		@Override
		public void close() throws IOException {
			this.closed = true;
		}

	}

	static class Pushing extends StepMeterRegistry {

		final Map<String, Double> pushed = new ConcurrentHashMap<>();

		volatile int pushes;

		Pushing() {
			super(new StepRegistryConfig() {

				@Override
				public String prefix() {
					return "pushing";
				}

				@Override
				public @Nullable String get(String key) {
					// never by the clock
					return key.equals("pushing.step") ? "1d" : null;
				}

			}, Clock.SYSTEM);
		}

		@Override
		protected void publish() {
			this.pushes++;
			getMeters().forEach((meter) -> {
				String reason = meter.getId().getTag("reason");
				String name = meter.getId().getName() + ((reason != null) ? " " + reason : "");
				if (meter instanceof FunctionCounter counter) {
					this.pushed.put(name, counter.count());
				}
				else if (meter instanceof Gauge gauge) {
					this.pushed.put(name, gauge.value());
				}
			});
		}

		@Override
		protected TimeUnit getBaseTimeUnit() {
			return TimeUnit.SECONDS;
		}

	}

}
