package io.asyncore.observation;

import java.time.Duration;

import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.autoconfigure.observation.AsyncoreObservationAutoConfiguration;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.runner.ApplicationContextRunner;

import static org.awaitility.Awaitility.await;

/**
 * What is observed, and what is not.
 */
class ObservationScopeTests {

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	private final ApplicationContextRunner contextRunner = EchoApplication
		.runner(AsyncoreObservationAutoConfiguration.class)
		.withPropertyValues("asyncore.observation.enabled=true");

	// "without predicates and tasks"
	@Test
	void whenAChildContextHasALoopObservesItToo() {
		this.contextRunner.withBean(ObservationRegistry.class, () -> this.registry)
			.run((parent) -> this.contextRunner.withParent(parent)
				.withPropertyValues(EchoApplication.CHILD)
				.run((child) -> {
					EchoApplication.servedClient(child, "child").close();
					await().atMost(Duration.ofSeconds(2))
						.untilAsserted(() -> TestObservationRegistryAssert.assertThat(this.registry)
							.hasAnObservationWithAKeyValue("asyncore.channel", "child"));
				}));
	}

}
