package io.asyncore.autoconfigure;

import io.asyncore.actuate.AsyncoreEndpoint;
import io.asyncore.autoconfigure.actuate.AsyncoreEndpointAutoConfiguration;
import io.asyncore.autoconfigure.health.AsyncoreHealthAutoConfiguration;
import io.asyncore.health.AsyncoreHealthIndicator;
import org.junit.jupiter.api.Test;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Times that somebody sets who means "never".
 */
class LongTimesTests {

	private final ApplicationContextRunner contextRunner = EchoApplication
		.runner(EndpointAutoConfiguration.class, AsyncoreEndpointAutoConfiguration.class,
				AsyncoreHealthAutoConfiguration.class)
		.withPropertyValues("management.endpoints.web.exposure.include=asyncore");

	@Test
	void whenItIsNeverDownIsUp() {
		this.contextRunner.withPropertyValues("asyncore.watchdog.down=365000d").run((context) -> {
			assertThat(context.getBean(AsyncoreHealthIndicator.class).health()).isNotNull()
				.satisfies((health) -> assertThat(health.getStatus()).isEqualTo(Status.UP));
			assertThat(context.getBean(AsyncoreEndpoint.class).asyncore().loops().get(0).state()).isEqualTo("running");
		});
	}

	@Test
	void whenItNeverWarnsStarts() {
		this.contextRunner.withPropertyValues("asyncore.watchdog.warn=365000d")
			.run((context) -> assertThat(context).hasNotFailed());
	}

}
