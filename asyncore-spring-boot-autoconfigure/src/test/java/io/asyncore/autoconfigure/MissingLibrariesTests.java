package io.asyncore.autoconfigure;

import java.io.IOException;
import java.util.Arrays;

import io.asyncore.ChildProcess;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Applications that really lack the libraries that are optional.
 */
class MissingLibrariesTests {

	private static final String[] NO_WEB = { "spring-boot-webmvc", "spring-webmvc", "spring-web-", "spring-boot-tomcat",
			"spring-boot-servlet", "tomcat-", "spring-boot-web-server", "spring-boot-http", "spring-boot-webflux",
			"spring-webflux", "reactor-", "reactive-streams", "jakarta.servlet" };

	private static final String[] NO_TESTS = { "spring-test", "spring-boot-test", "junit", "assertj", "mockito",
			"archunit", "jqwik", "awaitility" };

	private static final String[] NO_ACTUATOR = { "spring-boot-actuator", "spring-boot-health" };

	private static final String[] NO_METRICS = { "micrometer", "spring-boot-micrometer", "prometheus", "jackson",
			"spring-boot-jackson" };

	@Test
	void whenAllAreMissingServes() throws Exception {
		assertServes(ChildProcess.without(SmallApplication.class, and(NO_WEB, NO_TESTS, NO_ACTUATOR, NO_METRICS)),
				"false", "[]");
	}

	@Test
	void whenTheActuatorIsMissingHasMeters() throws Exception {
		assertServes(
				ChildProcess.without(SmallApplication.class,
						and(NO_WEB, NO_TESTS, NO_ACTUATOR, new String[] { "jackson", "spring-boot-jackson" })),
				"true", "[asyncoreEventLoopMetrics, asyncoreObservationInterceptor]");
	}

	@Test
	void whenOnlyMicrometerIsThereServes() throws Exception {
		assertServes(ChildProcess.without(SmallApplication.class, and(NO_WEB, NO_TESTS, NO_ACTUATOR,
				new String[] { "spring-boot-micrometer", "prometheus", "spring-boot-starter-micrometer", "jackson" })),
				"false", "[]");
	}

	@Test
	void whenOnlyTheWebIsMissingHasAll() throws Exception {
		assertServes(ChildProcess.without(SmallApplication.class, and(NO_WEB, NO_TESTS)), "true",
				"[asyncoreEndpoint, asyncoreEventLoopMetrics, asyncoreHealthContributor, "
						+ "asyncoreObservationInterceptor]");
	}

	@Test
	void whenOnlyMicrometerIsMissingServes() throws Exception {
		assertServes(ChildProcess.without(SmallApplication.class, and(NO_WEB, NO_TESTS, NO_METRICS)), "true",
				"[asyncoreEndpoint, asyncoreHealthContributor]");
	}

	private static void assertServes(ChildProcess process, String timed, String beans) throws Exception {
		try (process) {
			int port = port(process);
			assertThat(process.readLine()).isEqualTo(timed);
			assertThat(process.readLine()).isEqualTo(beans);
			try (ScriptedClient client = ScriptedClient.connect(port)) {
				client.send("hello\n").expectLine("hello").send("again\n").expectLine("again");
			}
			process.endInput();
			process.awaitEnd();
		}
	}

	private static int port(ChildProcess process) throws IOException {
		String line = process.readLine();
		assertThat(line).as("the port of the child, which has started").isNotNull();
		return Integer.parseInt(line);
	}

	private static String[] and(String[]... parts) {
		return Arrays.stream(parts).flatMap(Arrays::stream).toArray(String[]::new);
	}

}
