package io.asyncore.autoconfigure.actuate;

import java.time.Duration;

import io.asyncore.EventLoop;
import io.asyncore.actuate.AsyncoreEndpoint;
import io.asyncore.actuate.AsyncoreEndpointWebExtension;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.Servers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AsyncoreEndpointAutoConfiguration}.
 */
class AsyncoreEndpointAutoConfigurationTests {

	private static final String EXPOSED = "management.endpoints.web.exposure.include=asyncore";

	private final ApplicationContextRunner contextRunner = EchoApplication.runner(EndpointAutoConfiguration.class,
			AsyncoreEndpointAutoConfiguration.class);

	@Test
	void whenExposedIsThereAndTimesHandlers() {
		this.contextRunner.withPropertyValues(EXPOSED).run((context) -> {
			assertThat(context).hasSingleBean(AsyncoreEndpoint.class).hasSingleBean(AsyncoreEndpointWebExtension.class);
			assertThat(context.getBean(EventLoop.class).monitor().isTimed()).isTrue();
			assertThat(context.getBean(AsyncoreEndpoint.class).asyncore().servers()).singleElement()
				.satisfies((server) -> assertThat(server.name()).isEqualTo("echo"));
		});
	}

	@ParameterizedTest
	@ValueSource(
			strings = { "management.endpoints.web.exposure.include=health", "management.endpoint.asyncore.access=NONE",
					"management.endpoints.access.default=NONE", "management.endpoints.access.max-permitted=NONE",
					"management.endpoints.web.exposure.exclude=asyncore", "asyncore.enabled=false" })
	void whenNotAvailableIsNotThereAndTimesNothing(String property) {
		this.contextRunner.withPropertyValues(EXPOSED).withPropertyValues(property).run((context) -> {
			assertThat(context).hasNotFailed()
				.doesNotHaveBean(AsyncoreEndpoint.class)
				.doesNotHaveBean(AsyncoreEndpointWebExtension.class);
			context.getBeansOfType(EventLoop.class)
				.values()
				.forEach((loop) -> assertThat(loop.monitor().isTimed()).isFalse());
		});
	}

	@Test
	void whenExposedToJmxOnlyHasNoWebExtension() {
		this.contextRunner
			.withPropertyValues("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=asyncore")
			.run((context) -> assertThat(context).hasSingleBean(AsyncoreEndpoint.class)
				.doesNotHaveBean(AsyncoreEndpointWebExtension.class));
	}

	@Test
	void whenUserHasAnEndpointUsesIt() {
		this.contextRunner.withPropertyValues(EXPOSED)
			.withUserConfiguration(Mine.class)
			.run((context) -> assertThat(context).hasSingleBean(AsyncoreEndpoint.class)
				.hasBean("mine")
				.hasSingleBean(AsyncoreEndpointWebExtension.class));
	}

	static class Mine {

		@Bean
		AsyncoreEndpoint mine(EventLoopLifecycle lifecycle, Servers servers) {
			return new AsyncoreEndpoint(lifecycle, servers, Duration.ofSeconds(1));
		}

	}

}
