package io.asyncore.readme;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

import io.asyncore.Gate;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.ApplicationContext;
import org.springframework.web.server.ResponseStatusException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/**
 * The recipes of {@code README.md} do what it says.
 */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RecipesTests {

	private final ApplicationContextRunner contextRunner = new ApplicationContextRunner()
		.withConfiguration(AutoConfigurations.of(AsyncoreAutoConfiguration.class));

	@Test
	void deviceAnswersWhatItIsAsked() {
		this.contextRunner.withUserConfiguration(Device.class, Devices.class)
			.withPropertyValues("asyncore.servers.device.port=0")
			.run((context) -> {
				Devices devices = context.getBean(Devices.class);
				try (ScriptedClient device = ScriptedClient.connect(port(context, "device")).send("d1\n")) {
					await().atMost(Loopback.BOUND).until(() -> devices.connected.containsKey("d1"));
					CompletableFuture<String> first = devices.ask("d1", "temperature");
					CompletableFuture<String> second = devices.ask("d1", "humidity");
					device.expectLine("temperature").expectLine("humidity").send("21\n40\n");
					assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo("21");
					assertThat(second.get(10, TimeUnit.SECONDS)).isEqualTo("40");
					CompletableFuture<String> third = devices.ask("d1", "pressure");
					device.expectLine("pressure").close();
					assertThatExceptionOfType(ExecutionException.class)
						.isThrownBy(() -> third.get(10, TimeUnit.SECONDS))
						.withCauseInstanceOf(IOException.class);
				}
				await().atMost(Loopback.BOUND).until(devices.connected::isEmpty);
				assertThatExceptionOfType(ResponseStatusException.class).isThrownBy(() -> devices.ask("d1", "more"));
			});
	}

	@Test
	void deviceThatHasGoneIsNotWaitedFor() {
		this.contextRunner.withUserConfiguration(Device.class, Devices.class)
			.withPropertyValues("asyncore.servers.device.port=0")
			.run((context) -> {
				Devices devices = context.getBean(Devices.class);
				ScriptedClient client = ScriptedClient.connect(port(context, "device")).send("d1\n");
				await().atMost(Loopback.BOUND).until(() -> devices.connected.containsKey("d1"));
				Device device = devices.connected.get("d1");
				client.close();
				await().atMost(Loopback.BOUND).until(device::closed);
				assertThatExceptionOfType(ExecutionException.class)
					.isThrownBy(() -> device.ask("more").get(10, TimeUnit.SECONDS))
					.withCauseInstanceOf(IOException.class);
			});
	}

	@Test
	void positionsAreStoredInOrderWhateverThatTakes() {
		List<String> stored = new CopyOnWriteArrayList<>();
		try (Gate gate = new Gate()) {
			Positions positions = (position) -> {
				gate.pass();
				stored.add(position);
				return stored.size();
			};
			this.contextRunner.withUserConfiguration(Tracker.class)
				.withBean(Positions.class, () -> positions)
				.withPropertyValues("asyncore.servers.tracker.port=0")
				.run((context) -> {
					try (ScriptedClient client = ScriptedClient.connect(port(context, "tracker"))) {
						client.send("1,1\n2,2\n3,3\n");
						gate.awaitArrival();
						assertThat(stored).isEmpty();
						gate.stayOpen();
						client.expectLine("stored 1").expectLine("stored 2").expectLine("stored 3");
					}
				});
		}
		assertThat(stored).containsExactly("1,1", "2,2", "3,3");
	}

	@Test
	void feedConnectsAgain() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open()) {
			server.bind(Loopback.anyPort());
			this.contextRunner.withUserConfiguration(Feed.class)
				.withPropertyValues("feed.host=127.0.0.1", "feed.port=" + server.socket().getLocalPort())
				.run((context) -> {
					accept(server).close();
					long since = System.nanoTime();
					accept(server).close();
					assertThat(Duration.ofNanos(System.nanoTime() - since)).isGreaterThan(Duration.ofSeconds(4));
				});
		}
	}

	private static SocketChannel accept(ServerSocketChannel server) throws IOException {
		server.configureBlocking(false);
		SocketChannel[] accepted = new SocketChannel[1];
		await().atMost(Loopback.BOUND).until(() -> {
			accepted[0] = server.accept();
			return accepted[0] != null;
		});
		return accepted[0];
	}

	private static int port(ApplicationContext context, String server) {
		return Integer.parseInt(context.getEnvironment().getRequiredProperty("local.asyncore." + server + ".port"));
	}

}
