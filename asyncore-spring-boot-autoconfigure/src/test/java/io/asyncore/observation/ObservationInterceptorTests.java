package io.asyncore.observation;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import io.asyncore.CapturedLog;
import io.asyncore.ChannelMap;
import io.asyncore.Dispatcher;
import io.asyncore.Hook;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.autoconfigure.observation.AsyncoreObservationAutoConfiguration;
import io.asyncore.chat.AsyncChat;
import io.asyncore.context.Addresses;
import io.asyncore.test.ScriptedClient;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.observation.DefaultMeterObservationHandler;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration;
import org.springframework.boot.micrometer.metrics.autoconfigure.export.simple.SimpleMetricsExportAutoConfiguration;
import org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link ObservationInterceptor} and its auto-configuration.
 */
class ObservationInterceptorTests {

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	private final ApplicationContextRunner withoutRegistry = EchoApplication
		.runner(AsyncoreObservationAutoConfiguration.class)
		.withPropertyValues("asyncore.observation.enabled=true");

	private final ApplicationContextRunner contextRunner = this.withoutRegistry.withBean(ObservationRegistry.class,
			() -> this.registry);

	@Test
	void observesHandlersByNamesAndKeys() {
		this.contextRunner.run((context) -> {
			String peer;
			try (ScriptedClient client = EchoApplication.servedClient(context)) {
				peer = Addresses.text(client.localAddress());
			}
			awaitObserved("echo close");
			TestObservationRegistryAssert.assertThat(this.registry)
				.hasHandledContextsThatSatisfy((contexts) -> assertThat(contexts)
					.allMatch((one) -> "asyncore.handler.observation".equals(one.getName()))
					.extracting(Observation.Context::getContextualName)
					.contains("echo accept", "echo open", "echo read", "echo terminator", "echo write", "echo close"));
			Observation.Context read = observed("echo read");
			assertThat(read.getLowCardinalityKeyValues()).containsExactlyInAnyOrder(
					KeyValue.of("asyncore.channel", "echo"), KeyValue.of("asyncore.handler", "read"));
			assertThat(read.getHighCardinalityKeyValue("asyncore.peer").getValue()).isEqualTo(peer);
			assertThat(read.getHighCardinalityKeyValue("asyncore.channel.id").getValue()).matches("[0-9]+");
			assertThat(observed("echo accept").getHighCardinalityKeyValue("asyncore.peer").getValue())
				.isEqualTo("none");
		});
	}

	@Test
	void whenThereAreTooManyNamesTheyAreOneKey() {
		ChannelMap map = new ChannelMap();
		Dispatcher channel = new Dispatcher(map);
		channel.setChannelName("one-of-many");
		HandlerObservationContext context = new HandlerObservationContext(channel, Hook.READ);
		DefaultHandlerObservationConvention convention = new DefaultHandlerObservationConvention();
		assertThat(convention.getLowCardinalityKeyValues(context))
			.contains(KeyValue.of("asyncore.channel", "one-of-many"));
		try (CapturedLog log = new CapturedLog()) {
			for (int i = 0; i < 300; i++) {
				map.eventLoop().monitor().group("name-" + i);
			}
			assertThat(log.warnings()).hasSize(1);
		}
		assertThat(convention.getLowCardinalityKeyValues(context)).contains(KeyValue.of("asyncore.channel", "other"));
	}

	@Test
	void nestsTheTerminatorInTheRead() {
		this.contextRunner.run((context) -> {
			EchoApplication.servedClient(context).close();
			awaitObserved("echo close");
			assertThat(observed("echo terminator").getParentObservation()).isNotNull()
				.satisfies((parent) -> assertThat(parent.getContextView()).isSameAs(observed("echo read")));
			assertThat(observed("echo read").getParentObservation()).isNull();
		});
	}

	@Test
	void stopsEachObservation() {
		List<String> open = new CopyOnWriteArrayList<>();
		this.registry.observationConfig().observationHandler(new Open(open));
		this.contextRunner.run((context) -> {
			EchoApplication.servedClient(context).send("fail\n").expectEnd().close();
			awaitObserved("echo error");
			await().atMost(Loopback.BOUND).until(open::isEmpty);
		});
		TestObservationRegistryAssert.assertThat(this.registry).doesNotHaveAnyRemainingCurrentObservation();
	}

	@Test
	void whenAHandlerFailsRecordsTheError() {
		this.contextRunner.run((context) -> {
			EchoApplication.servedClient(context).send("fail\n").expectEnd().close();
			awaitObserved("echo error");
			assertThat(errors()).containsExactly("echo terminator: told to fail", "echo read: told to fail");
		});
	}

	@Test
	void opensTheScopeInTheHandler() {
		this.contextRunner.withUserConfiguration(Channels.class)
			.withPropertyValues("asyncore.servers.echo.channel=looking")
			.run((context) -> {
				try (ScriptedClient client = EchoApplication.client(context)) {
					client.send("x\n").expectLine("looking open").expectLine("looking terminator");
				}
			});
	}

	@Test
	void whenUserHasAConventionUsesIt() {
		this.contextRunner.withBean(HandlerObservationConvention.class, Mine::new).run((context) -> {
			EchoApplication.servedClient(context).close();
			awaitObserved("mine close");
			assertThat(observed("mine read").getName()).isEqualTo("mine");
			assertThat(observed("mine read").getLowCardinalityKeyValues()).containsExactly(KeyValue.of("my", "key"));
			assertThat(observed("mine read").getHighCardinalityKeyValues()).isEmpty();
		});
	}

	@Test
	void whenNotAskedForObservesNothing() {
		EchoApplication.runner(AsyncoreObservationAutoConfiguration.class)
			.withBean(ObservationRegistry.class, () -> this.registry)
			.run((context) -> {
				assertThat(context).doesNotHaveBean(ObservationInterceptor.class);
				EchoApplication.servedClient(context).close();
				TestObservationRegistryAssert.assertThat(this.registry).doesNotHaveAnyObservation();
			});
	}

	@Test
	void whenThereIsNoRegistryServesAllTheSame() {
		this.withoutRegistry.run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean(ObservationInterceptor.class);
			EchoApplication.servedClient(context).close();
		});
	}

	@Test
	void whenMicrometerIsMissingServesAllTheSame() {
		this.withoutRegistry.withClassLoader(new FilteredClassLoader(ObservationRegistry.class)).run((context) -> {
			assertThat(context).hasNotFailed().doesNotHaveBean(ObservationInterceptor.class);
			EchoApplication.servedClient(context).close();
		});
	}

	@Test
	void whenUserHasAnInterceptorUsesIt() {
		ObservationInterceptor mine = new ObservationInterceptor(ObservationRegistry.NOOP, null);
		this.contextRunner.withBean("mine", ObservationInterceptor.class, () -> mine).run((context) -> {
			assertThat(context).hasSingleBean(ObservationInterceptor.class).hasBean("mine");
			EchoApplication.servedClient(context).close();
			TestObservationRegistryAssert.assertThat(this.registry).doesNotHaveAnyObservation();
		});
	}

	@Test
	void usesTheRegistryOfTheApplication() {
		EchoApplication
			.runner(MetricsAutoConfiguration.class, SimpleMetricsExportAutoConfiguration.class,
					ObservationAutoConfiguration.class, MetricsObservations.class,
					AsyncoreObservationAutoConfiguration.class)
			.withPropertyValues("asyncore.observation.enabled=true")
			.run((context) -> {
				EchoApplication.servedClient(context).close();
				MeterRegistry meters = context.getBean(MeterRegistry.class);
				await().atMost(Loopback.BOUND)
					.until(() -> meters.find("asyncore.handler.observation")
						.tag("asyncore.handler", "close")
						.timer() != null);
				assertThat(meters.get("asyncore.handler.observation").meters())
					.allSatisfy((meter) -> assertThat(meter.getId().getTags()).extracting(Tag::getKey)
						.containsExactlyInAnyOrder("asyncore.channel", "asyncore.handler", "error"));
			});
	}

	private void awaitObserved(String contextualName) {
		await().atMost(Loopback.BOUND).until(() -> find(contextualName) != null);
	}

	private Observation.Context observed(String contextualName) {
		Observation.Context context = find(contextualName);
		assertThat(context).isNotNull();
		return context;
	}

	private Observation.@Nullable Context find(String contextualName) {
		return contexts().stream()
			.filter((context) -> contextualName.equals(context.getContextualName()))
			.findFirst()
			.orElse(null);
	}

	private List<String> errors() {
		return contexts().stream()
			.filter((context) -> context.getError() != null)
			.map((context) -> context.getContextualName() + ": " + context.getError().getMessage())
			.sorted(Collections.reverseOrder())
			.toList();
	}

	private List<Observation.Context> contexts() {
		List<Observation.Context> contexts = new ArrayList<>();
		TestObservationRegistryAssert.assertThat(this.registry).hasHandledContextsThatSatisfy(contexts::addAll);
		return contexts;
	}

	@Configuration(proxyBeanMethods = false)
	static class MetricsObservations {

		@Bean
		DefaultMeterObservationHandler observationHandler(MeterRegistry registry) {
			return new DefaultMeterObservationHandler(registry);
		}

	}

	static class Channels {

		@Bean
		@Scope("prototype")
		Looking looking(ObservationRegistry registry) {
			return new Looking(registry);
		}

	}

	static class Looking extends AsyncChat {

		private final ObservationRegistry registry;

		Looking(ObservationRegistry registry) {
			this.registry = registry;
			setTerminator("\n");
		}

		private void tell() {
			Observation current = this.registry.getCurrentObservation();
			boolean observed = current != null && current.getContext() instanceof HandlerObservationContext context
					&& context.getChannel() == this;
			push(observed ? "looking " + ((HandlerObservationContext) current.getContext()).getHook().label() + "\n"
					: "nothing\n");
		}

		@Override
		protected void handleOpen() {
			tell();
		}

		@Override
		protected void foundTerminator() {
			tell();
		}

	}

	static class Mine implements HandlerObservationConvention {

		@Override
		public String getName() {
			return "mine";
		}

		@Override
		public String getContextualName(HandlerObservationContext context) {
			return "mine " + context.getHook().label();
		}

		@Override
		public KeyValues getLowCardinalityKeyValues(HandlerObservationContext context) {
			return KeyValues.of("my", "key");
		}

	}

	private record Open(List<String> open) implements ObservationHandler<Observation.Context> {

		@Override
		public void onStart(Observation.Context context) {
			this.open.add(context.getName());
		}

		@Override
		public void onStop(Observation.Context context) {
			this.open.remove(context.getName());
		}

		@Override
		public boolean supportsContext(Observation.Context context) {
			return true;
		}

	}

}
