package io.asyncore.test;

import io.asyncore.ChannelFactory;
import io.asyncore.Dispatcher;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link AnyAsyncorePorts}.
 */
@DirtiesContext
@AnyAsyncorePorts
@SpringBootTest(classes = AnyAsyncorePortsTests.Application.class, webEnvironment = SpringBootTest.WebEnvironment.NONE,
		// nobody can listen there
		properties = { "asyncore.servers.first.port=70000", "asyncore.servers.first.channel=closing",
				"asyncore.servers.second.port=-1", "asyncore.servers.second.channel=closing",
				"asyncore.servers.second.backlog=7" })
class AnyAsyncorePortsTests {

	@Test
	void allServersListenOnFreePorts(@LocalAsyncorePort("first") int first, @LocalAsyncorePort("second") int second) {
		assertThat(first).isPositive().isNotEqualTo(second);
		assertThat(second).isPositive();
		ScriptedClient.connect(first).expectEnd().close();
	}

	@Nested
	class Inside {

		@Test
		void isInherited(@LocalAsyncorePort("first") int first) {
			assertThat(first).isPositive();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ImportAutoConfiguration(AsyncoreAutoConfiguration.class)
	static class Application {

		@Bean
		ChannelFactory closing() {
			return (socket, peer) -> {
				Dispatcher channel = new Dispatcher(socket);
				channel.close();
				return channel;
			};
		}

	}

}
