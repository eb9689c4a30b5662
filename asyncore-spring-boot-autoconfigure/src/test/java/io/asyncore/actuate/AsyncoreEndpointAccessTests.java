package io.asyncore.actuate;

import io.asyncore.EventLoop;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who may do what with the {@link AsyncoreEndpoint}.
 */
class AsyncoreEndpointAccessTests {

	@ParameterizedTest
	@ValueSource(strings = { "management.endpoint.asyncore.access=read-only",
			"management.endpoints.access.max-permitted=read-only" })
	void whenReadOnlyShowsChannelsAndClosesNone(String property) throws Exception {
		try (ConfigurableApplicationContext context = EndpointApplication.run(EndpointApplication.EXPOSED, property);
				ScriptedClient client = EchoApplication.servedClient(context)) {
			EndpointClient endpoint = new EndpointClient(context);
			assertThat(endpoint.get("").status()).isEqualTo(200);
			JsonNode channel = endpoint.get("/channels?server=echo").json().get("channels").get(0);
			String path = "/channels/" + channel.get("id");
			assertThat(endpoint.get(path).status()).isEqualTo(200);
			assertThat(endpoint.delete(path).status()).isIn(404, 405);
			client.send("still here\n").expectLine("still here");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "management.endpoints.web.exposure.include=health",
			"management.endpoint.asyncore.access=none" })
	void whenNotAvailableIsNotFoundAndTimesNothing(String property) throws Exception {
		try (ConfigurableApplicationContext context = EndpointApplication.run(EndpointApplication.EXPOSED, property,
				"management.metrics.enable.asyncore=false")) {
			EndpointClient endpoint = new EndpointClient(context);
			assertThat(endpoint.get("").status()).isEqualTo(404);
			assertThat(endpoint.get("/channels").status()).isEqualTo(404);
			assertThat(endpoint.delete("/channels/1").status()).isEqualTo(404);
			assertThat(context.getBeansOfType(AsyncoreEndpoint.class)).isEmpty();
			assertThat(context.getBean(EventLoop.class).monitor().isTimed()).isFalse();
		}
	}

}
