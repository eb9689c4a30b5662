package io.asyncore.readme;

import io.asyncore.test.LocalAsyncorePort;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;

import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.test.annotation.DirtiesContext;

@DirtiesContext
@SpringBootTest(properties = "asyncore.servers.greeter.port=0")
class GreeterTests {

	@Test
	void greets(@LocalAsyncorePort("greeter") int port) {
		try (ScriptedClient client = ScriptedClient.connect(port)) {
			client.send("Ada\r\n").expectLine("Hello, Ada!");
		}
	}

}
