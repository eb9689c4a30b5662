package io.asyncore.actuate;

import io.asyncore.Dispatcher;
import io.asyncore.EventLoop;
import io.asyncore.autoconfigure.EchoApplication;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.test.annotation.DirtiesContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the page relies on.
 */
@SpringBootTest(classes = EndpointApplication.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = { EchoApplication.PORT, EndpointApplication.EXPOSED })
@DirtiesContext
class AsyncoreEndpointContractTests {

	private final ApplicationContext context;

	private final EndpointClient endpoint;

	AsyncoreEndpointContractTests(@Autowired ApplicationContext context) {
		this.context = context;
		this.endpoint = new EndpointClient(context);
	}

	@ParameterizedTest
	@CsvSource({ "sort=name, sort", "order=up, order", "state=open, state", "size=x, size" })
	void whenAParameterCannotBeReadSaysWhich(String query, String name) throws Exception {
		EndpointClient.Answer answer = this.endpoint.get("/channels?" + query);
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.json().properties()).filteredOn((member) -> !member.getKey().equals("path"))
			.anyMatch((member) -> member.getValue().asString().contains("'" + name + "'"));
	}

	@Test
	void whenAClassKeepsItsQueueToItselfAnswersAllTheSame() throws Exception {
		Dispatcher refusing = new Dispatcher(this.context.getBean(EventLoop.class).map()) {

			@Override
			public int outBuffered() {
				throw new IllegalStateException("only on the loop");
			}

		};
		refusing.setChannelName("echo");
		refusing.addChannel();
		try {
			assertThat(this.endpoint.get("/channels").status()).isEqualTo(200);
			assertThat(this.endpoint.get("").status()).isEqualTo(200);
		}
		finally {
			refusing.delChannel();
		}
	}

	@Test
	void whenTheApplicationHasItsMapperUsedLeavesOutWhatIsNotThere() throws Exception {
		try (ConfigurableApplicationContext other = EndpointApplication.run(EndpointApplication.EXPOSED,
				"management.endpoints.jackson.isolated-json-mapper=false")) {
			JsonNode server = new EndpointClient(other).get("").json().get("servers").get(0);
			assertThat(server.propertyNames()).contains("port").doesNotContain("maxConnections", "paused");
		}
	}

}
