package io.asyncore.autoconfigure;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import io.asyncore.Loopback;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.EventPublisher;
import io.asyncore.context.Watchdog;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When the loop starts and stops among the other lifecycle beans of an application.
 */
class LifecyclePhaseTests {

	@Test
	void requestsInFlightAreStillAnsweredByChannels() throws Exception {
		ConfigurableApplicationContext context = new SpringApplicationBuilder(WebApplication.class)
			.properties("server.port=0", "server.address=127.0.0.1", EchoApplication.PORT)
			.run();
		CompletableFuture<HttpResponse<String>> answer;
		try (context) {
			answer = HttpClient.newHttpClient()
				.sendAsync(HttpRequest
					.newBuilder(
							URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port")))
					.timeout(Loopback.BOUND)
					.build(), HttpResponse.BodyHandlers.ofString());
			await(context.getBean(Stop.class).asked);
		}
		assertThat(answer.get(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS).statusCode()).isEqualTo(200);
		assertThat(answer.join().body()).isEqualTo("hello");
	}

	@Test
	void canBeSet() {
		EchoApplication.runner().withPropertyValues("asyncore.lifecycle.phase=7").run((context) -> {
			assertThat(context.getBean(EventLoopLifecycle.class).getPhase()).isEqualTo(7);
			assertThat(context.getBean(Watchdog.class).getPhase()).isEqualTo(6);
			assertThat(context.getBean(EventPublisher.class).getPhase()).isEqualTo(6);
		});
	}

	@Test
	void isThatOfTheLifecycleByDefault() {
		EchoApplication.runner()
			.run((context) -> assertThat(context.getBean(AsyncoreProperties.class).lifecycle().phase())
				.isEqualTo(EventLoopLifecycle.PHASE));
	}

	@ParameterizedTest
	@ValueSource(strings = { "-2147483648", "2147483648", "late" })
	void whenThereIsNoSuchPhaseNamesTheProperty(String phase) {
		EchoApplication.runner()
			.withPropertyValues("asyncore.lifecycle.phase=" + phase)
			.run((context) -> assertThat(context).getFailure().hasStackTraceContaining("asyncore.lifecycle.phase"));
	}

	private static void await(CountDownLatch latch) throws InterruptedException {
		assertThat(latch.await(Loopback.BOUND.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	@Import({ EchoApplication.class, Stop.class })
	static class WebApplication {

		@Bean
		Question question(Stop stop, ApplicationContext context) {
			return new Question(stop, context);
		}

	}

	/**
	 * Asks the server of this application when that is being stopped.
	 */
	@RestController
	static class Question {

		private final Stop stop;

		private final ApplicationContext context;

		Question(Stop stop, ApplicationContext context) {
			this.stop = stop;
			this.context = context;
		}

		@GetMapping("/")
		String ask() throws InterruptedException {
			this.stop.asked.countDown();
			await(this.stop.begun);
			EchoApplication.servedClient(this.context).close();
			return "hello";
		}

	}

	/**
	 * Knows when the graceful stop of the web server begins.
	 */
	static class Stop implements SmartLifecycle {

		private final CountDownLatch asked = new CountDownLatch(1);

		private final CountDownLatch begun = new CountDownLatch(1);

		private volatile boolean running;

		@Override
		public void start() {
			this.running = true;
		}

		@Override
		public void stop() {
			this.running = false;
			this.begun.countDown();
		}

		@Override
		public boolean isRunning() {
			return this.running;
		}

		@Override
		public int getPhase() {
			return SmartLifecycle.DEFAULT_PHASE - 1024;
		}

	}

}
