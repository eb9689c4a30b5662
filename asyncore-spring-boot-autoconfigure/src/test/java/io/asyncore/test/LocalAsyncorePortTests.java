package io.asyncore.test;

import java.nio.charset.StandardCharsets;

import io.asyncore.DatagramDispatcher;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.chat.AsyncChat;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.test.annotation.DirtiesContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LocalAsyncorePort}.
 */
@DirtiesContext
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE,
		properties = { "asyncore.servers.upper.port=0", "asyncore.servers.lower.port=0",
				"asyncore.servers.datagrams.protocol=udp", "asyncore.servers.datagrams.port=0" })
class LocalAsyncorePortTests {

	@LocalAsyncorePort("upper")
	int field;

	private final int constructorParameter;

	private int setter;

	LocalAsyncorePortTests(@LocalAsyncorePort("lower") int port) {
		this.constructorParameter = port;
	}

	@LocalAsyncorePort("upper")
	void setPort(int port) {
		this.setter = port;
	}

	@Test
	void injectsTheRealPortOfEachServer(@LocalAsyncorePort("lower") Integer methodParameter) {
		assertThat(this.field).isPositive().isEqualTo(this.setter);
		assertThat(methodParameter).isPositive().isEqualTo(this.constructorParameter).isNotEqualTo(this.field);
		try (ScriptedClient client = ScriptedClient.connect(this.field)) {
			client.send("Abc\n").expectLine("ABC");
		}
		try (ScriptedClient client = ScriptedClient.connect(methodParameter)) {
			client.send("Abc\n").expectLine("abc");
		}
	}

	@Test
	void injectsThePortOfAServerForDatagrams(@LocalAsyncorePort("datagrams") int port,
			@Autowired DatagramDispatcher datagrams) {
		assertThat(port).isEqualTo(Loopback.port(datagrams));
	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(AsyncoreAutoConfiguration.class)
	static class Application {

		@Bean
		DatagramDispatcher datagrams() {
			return new DatagramDispatcher();
		}

		@Bean
		@Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
		CaseChat upper() {
			return new CaseChat(true);
		}

		@Bean
		@Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
		CaseChat lower() {
			return new CaseChat(false);
		}

	}

	static class CaseChat extends AsyncChat {

		private final boolean upper;

		CaseChat(boolean upper) {
			this.upper = upper;
			setTerminator("\n");
		}

		@Override
		protected void foundTerminator() {
			String line = takeIncoming(StandardCharsets.UTF_8);
			push((this.upper ? line.toUpperCase(java.util.Locale.ROOT) : line.toLowerCase(java.util.Locale.ROOT))
					+ "\n");
		}

	}

}
