package io.asyncore.autoconfigure.actuate;

import io.asyncore.CapturedLog;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link MissingDashboardAutoConfiguration}.
 */
class MissingDashboardAutoConfigurationTests {

	private static final String EXPOSED = "management.endpoints.web.exposure.include=asyncore";

	private static final String GRACE_PERIOD = "asyncore.shutdown.grace-period=1s";

	private static final String ASKED_FOR = "asyncore.dashboard.enabled=true";

	private final WebApplicationContextRunner contextRunner = new WebApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class, EndpointAutoConfiguration.class,
				AsyncoreEndpointAutoConfiguration.class, MissingDashboardAutoConfiguration.class));

	@Test
	void whenTheEndpointIsNotExposedSaysSo() {
		assertThat(warnings(ASKED_FOR))
			.containsExactly("'asyncore.dashboard.enabled' is true, but there is no page, because the endpoint "
					+ "'asyncore' is not exposed: add it to 'management.endpoints.web.exposure.include'");
	}

	@Test
	void whenThereIsAPageSaysNothing() {
		assertThat(warnings(ASKED_FOR, EXPOSED)).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "asyncore.dashboard.enabled=false", "asyncore.enabled=false" })
	void whenNobodyAsksForItSaysNothing(String property) {
		assertThat(warnings(property)).isEmpty();
	}

	private Iterable<String> warnings(String... properties) {
		try (CapturedLog log = new CapturedLog()) {
			this.contextRunner.withPropertyValues(GRACE_PERIOD)
				.withPropertyValues(properties)
				.run((context) -> assertThat(context).hasNotFailed());
			return log.warnings();
		}
	}

}
