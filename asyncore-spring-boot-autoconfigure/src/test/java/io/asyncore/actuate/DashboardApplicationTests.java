package io.asyncore.actuate;

import io.asyncore.ChannelFactory;
import io.asyncore.DispatcherWithSend;
import io.asyncore.context.LoopState;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the page in an application, with what its endpoint really answers.
 */
class DashboardApplicationTests extends DashboardFixture {

	private ConfigurableApplicationContext application;

	@AfterEach
	void stop() {
		browser.leave();
		if (this.application != null) {
			this.application.close();
		}
	}

	@Test
	void showsTheApplicationAndClosesAChannel() {
		run("--server.servlet.context-path=/app", "--management.endpoints.web.base-path=/manage");
		try (ScriptedClient client = client()) {
			client.send("hello\n").expectLine("hello");
			browser.open(url("/app/manage"));
			browser.await(() -> assertThat(browser.column("#servers", 1)).containsExactly("echo"));
			assertThat(browser.column("#servers", 2)).containsExactly("[::]:" + port());
			assertThat(browser.texts("#loops h3 span")).contains("Running");
			assertThat(browser.column("#handlers", 2)).contains("read", "accept", "open");
			browser.await(() -> assertThat(browser.column("#channels", 5)).contains("connected"));
			browser.click("#channels tbody tr:last-child [aria-label^='Close channel']");
			browser.click("#confirm .danger");
			browser.await(() -> assertThat(browser.text("#outcome")).endsWith("is closed."));
			client.expectEnd();
			browser.await(() -> assertThat(browser.column("#channels", 5)).containsExactly("listening"));
		}
	}

	@Test
	void knowsEveryStateOfALoop() {
		String script = new Dashboard().page();
		for (LoopState state : LoopState.values()) {
			assertThat(script).containsPattern("\\t" + state.label() + ": \\['");
		}
	}

	@Test
	void whenAListenerIsToBeClosedWarnsOfIt() {
		run();
		browser.open(url("/actuator"));
		browser.await(() -> assertThat(browser.column("#channels", 5)).containsExactly("listening"));
		browser.click("#channels tbody tr:last-child [aria-label^='Close channel']");
		assertThat(browser.text("#confirm-text")).contains("no connection before the application is restarted");
	}

	@Test
	void whenAccessIsReadOnlySaysThatItCannotClose() {
		run("--management.endpoint.asyncore.access=read-only");
		try (ScriptedClient client = client()) {
			browser.open(url("/actuator"));
			browser.await(() -> assertThat(browser.column("#channels", 5)).contains("connected"));
			browser.click("#channels tbody tr:last-child [aria-label^='Close channel']");
			browser.click("#confirm .danger");
			browser.await(() -> assertThat(browser.text("#outcome")).contains("management.endpoint.asyncore.access"));
			client.send("still there\n").expectLine("still there");
		}
	}

	private void run(String... arguments) {
		this.application = new SpringApplicationBuilder(Application.class)
			.properties("server.port=0", "asyncore.servers.echo.port=0", "asyncore.dashboard.enabled=true",
					"management.endpoints.web.exposure.include=asyncore", "spring.main.banner-mode=off")
			.run(arguments);
	}

	private ScriptedClient client() {
		return ScriptedClient.connect(port());
	}

	private int port() {
		return this.application.getEnvironment().getRequiredProperty("local.asyncore.echo.port", Integer.class);
	}

	private String url(String base) {
		return "http://127.0.0.1:" + this.application.getEnvironment().getProperty("local.server.port") + base
				+ "/asyncore/dashboard";
	}

	@Configuration(proxyBeanMethods = false)
	@EnableAutoConfiguration
	static class Application {

		@Bean
		ChannelFactory echo() {
			return (socket, peer) -> new DispatcherWithSend(socket) {

				@Override
				protected void handleRead() throws Exception {
					send(recv(1024));
				}

			};
		}

	}

}
