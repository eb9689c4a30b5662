package io.asyncore.demo.echo;

import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;

import io.asyncore.context.Servers;
import io.asyncore.demo.DemoTest;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link EchoHandler} at a path.
 */
@DemoTest
class UnixEchoTests {

	@Autowired
	private Servers servers;

	@Autowired
	private ConfigurableApplicationContext context;

	@Test
	void sendsBackWhatItReceives() {
		try (ScriptedClient client = ScriptedClient.connect(address())) {
			client.send("hello\n").expectLine("hello");
			client.send(new byte[100_000]).shutdownOutput();
			assertThat(client.readAll()).hasSize(100_000);
		}
	}

	@Test
	void whenApplicationStopsRemovesTheFileAndMakesItAnew() {
		Path path = ((UnixDomainSocketAddress) address()).getPath();
		assertThat(path).exists();
		this.context.stop();
		assertThat(path).doesNotExist();
		this.context.start();
		assertThat(address()).hasToString(path.toString());
		sendsBackWhatItReceives();
	}

	private SocketAddress address() {
		return this.servers.all().get("unixEcho").localAddress();
	}

}
