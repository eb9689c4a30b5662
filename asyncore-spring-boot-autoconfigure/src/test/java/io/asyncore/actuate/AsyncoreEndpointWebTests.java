package io.asyncore.actuate;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

import io.asyncore.EventLoop;
import io.asyncore.Gate;
import io.asyncore.Loopback;
import io.asyncore.autoconfigure.EchoApplication;
import io.asyncore.context.Addresses;
import io.asyncore.context.Servers;
import io.asyncore.test.ScriptedClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.ApplicationContext;
import org.springframework.test.annotation.DirtiesContext;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link AsyncoreEndpoint} and {@link AsyncoreEndpointWebExtension} over HTTP.
 */
@SpringBootTest(classes = EndpointApplication.class, webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
		properties = { EchoApplication.PORT, EndpointApplication.EXPOSED, "asyncore.watchdog.down=200ms" })
@DirtiesContext
class AsyncoreEndpointWebTests {

	private final List<ScriptedClient> clients = new ArrayList<>();

	private final ApplicationContext context;

	private final EndpointClient endpoint;

	AsyncoreEndpointWebTests(@Autowired ApplicationContext context) {
		this.context = context;
		this.endpoint = new EndpointClient(context);
	}

	@BeforeEach
	void awaitQuiet() {
		await().atMost(Loopback.BOUND).until(() -> this.context.getBean(Servers.class).get("echo").connections() == 0);
	}

	@AfterEach
	void disconnect() {
		this.clients.forEach(ScriptedClient::close);
	}

	@Test
	void describesLoopsServersAndGroups() throws Exception {
		connect();
		EndpointClient.Answer answer = this.endpoint.get("");
		assertThat(answer.status()).isEqualTo(200);
		assertThat(answer.json().propertyNames()).containsExactly("loops", "servers", "groups");
		JsonNode loop = only(answer.json().get("loops"));
		assertThat(loop.propertyNames()).containsExactlyInAnyOrder("name", "thread", "state", "busyMillis", "passes",
				"waitedMillis", "workedMillis", "lagMillis", "maxLagMillis", "tasks", "timers", "channels", "stalls",
				"polls", "readiness");
		assertThat(loop.get("name").asString()).isEqualTo("asyncore-loop");
		assertThat(loop.get("thread").asString()).isEqualTo("asyncore-loop");
		assertThat(loop.get("state").asString()).isEqualTo("running");
		assertThat(loop.get("channels").asInt()).isEqualTo(2);
		for (String number : List.of("busyMillis", "waitedMillis", "workedMillis", "lagMillis", "maxLagMillis")) {
			assertThat(loop.get(number).isNumber()).as(number).isTrue();
		}
		for (String predicate : List.of("readable", "writable")) {
			assertThat(loop.get("polls").get(predicate).propertyNames()).containsExactly("true", "false");
		}
		assertThat(loop.get("readiness").propertyNames()).containsExactly("read", "write", "connect", "accept",
				"priority");
		JsonNode server = only(answer.json().get("servers"));
		assertThat(server.propertyNames()).containsExactlyInAnyOrder("name", "protocol", "loop", "address", "port",
				"listening", "connections", "accepted", "rejected");
		assertThat(server.get("port").asInt()).isEqualTo(EchoApplication.port(this.context));
		assertThat(server.get("connections").asInt()).isEqualTo(1);
		assertThat(server.get("listening").asBoolean()).isTrue();
		assertThat(server.get("accepted").asInt()).isPositive();
	}

	@Test
	void describesGroups() throws Exception {
		connect();
		JsonNode group = only(this.endpoint.get("").json().get("groups"));
		assertThat(group.propertyNames()).containsExactlyInAnyOrder("name", "loop", "listening", "bound", "connecting",
				"connected", "connects", "opened", "closed", "rejected", "received", "sent", "queued", "offload",
				"handlers");
		assertThat(group.get("name").asString()).isEqualTo("echo");
		assertThat(group.get("loop").asString()).isEqualTo("asyncore-loop");
		assertThat(group.get("listening").asInt()).isEqualTo(1);
		assertThat(group.get("connected").asInt()).isEqualTo(1);
		assertThat(group.get("closed").propertyNames()).containsExactlyInAnyOrder("peer", "local", "error", "timeout",
				"limit", "shutdown");
		assertThat(group.get("connects").propertyNames()).containsExactly("connected", "refused", "timeout",
				"unreachable", "unresolved", "closed", "error");
		assertThat(group.get("rejected").propertyNames()).contains("error", "unhandled");
		assertThat(group.get("offload").propertyNames()).containsExactly("queued", "active", "succeeded", "failed",
				"rejected");
		assertThat(group.get("handlers")).isNotEmpty().allSatisfy((handler) -> {
			assertThat(handler.propertyNames()).containsExactlyInAnyOrder("handler", "count", "errors", "totalMillis",
					"maxMillis");
			assertThat(handler.get("count").asInt()).isPositive();
		});
		assertThat(group.get("handlers").valueStream().map((handler) -> handler.get("handler").asString()))
			.contains("accept", "open", "read", "write", "terminator");
	}

	@Test
	void describesChannels() throws Exception {
		ScriptedClient client = connect();
		EndpointClient.Answer answer = this.endpoint.get("/channels?state=connected");
		assertThat(answer.json().propertyNames()).containsExactly("total", "page", "size", "channels");
		assertThat(answer.json().get("total").asInt()).isEqualTo(1);
		assertThat(answer.json().get("page").asInt()).isZero();
		assertThat(answer.json().get("size").asInt()).isEqualTo(50);
		JsonNode channel = only(answer.json().get("channels"));
		assertThat(channel.propertyNames()).containsExactlyInAnyOrder("id", "name", "server", "type", "loop", "state",
				"peer", "local", "ageMillis", "idleMillis", "received", "sent", "queued", "interest", "tls");
		assertThat(channel.get("peer").asString()).isEqualTo(Addresses.text(client.localAddress()));
		assertThat(channel.get("type").asString()).isEqualTo(EchoApplication.Echo.class.getName());
		assertThat(channel.get("server").asString()).isEqualTo("echo");
		assertThat(channel.get("received").asInt()).isEqualTo(6);
		assertThat(channel.get("sent").asInt()).isEqualTo(6);
		assertThat(channel.get("tls").asBoolean()).isFalse();
		assertThat(only(channel.get("interest")).asString()).isEqualTo("read");
		JsonNode one = this.endpoint.get("/channels/" + channel.get("id")).json();
		assertThat(one.propertyNames()).containsAll(channel.propertyNames());
		assertThat(one.get("id")).isEqualTo(channel.get("id"));
	}

	@Test
	void describesAListener() throws Exception {
		JsonNode listener = only(this.endpoint.get("/channels?state=listening").json().get("channels"));
		assertThat(listener.propertyNames()).doesNotContain("peer", "server");
		assertThat(listener.get("local").asString()).isEqualTo("[::]:" + EchoApplication.port(this.context));
		assertThat(this.endpoint.get("/channels/" + listener.get("id")).json().propertyNames()).contains("connections")
			.doesNotContain("maxConnections", "paused");
	}

	@Test
	void filtersChannels() throws Exception {
		connect();
		connect();
		assertThat(total("")).isEqualTo(3);
		assertThat(total("?server=echo")).isEqualTo(2);
		assertThat(total("?server=other")).isZero();
		assertThat(total("?name=echo")).isEqualTo(3);
		assertThat(total("?name=other")).isZero();
		assertThat(total("?state=LISTENING")).isEqualTo(1);
		assertThat(total("?state=created")).isZero();
		assertThat(total("?state=connecting")).isZero();
		assertThat(total("?name=echo&server=echo&state=connected")).isEqualTo(2);
	}

	private int total(String query) throws Exception {
		return this.endpoint.get("/channels" + query).json().get("total").asInt();
	}

	@ParameterizedTest
	@CsvSource({ "id, asc", "queued, desc", "age, desc", "idle, desc", "received, desc", "sent, desc" })
	void sortsChannels(String key, String defaultOrder) throws Exception {
		for (int i = 0; i < 4; i++) {
			connect().send("x".repeat(3 - i) + "\n").readLine();
		}
		List<Double> ascending = values(key, "&order=asc");
		assertThat(ascending).hasSize(5).isSorted();
		List<Double> descending = values(key, "&order=desc");
		assertThat(descending).hasSize(5).isSortedAccordingTo((one, other) -> Double.compare(other, one));
		assertThat(values(key, "")).isSortedAccordingTo(
				defaultOrder.equals("asc") ? Double::compare : (one, other) -> Double.compare(other, one));
	}

	private List<Double> values(String key, String order) throws Exception {
		String field = (key.equals("age") || key.equals("idle")) ? key + "Millis" : key;
		return this.endpoint.get("/channels?sort=" + key + order)
			.json()
			.get("channels")
			.valueStream()
			.map((channel) -> channel.get(field).asDouble())
			.toList();
	}

	@Test
	void showsPages() throws Exception {
		for (int i = 0; i < 6; i++) {
			connect();
		}
		List<Long> ids = new ArrayList<>();
		for (int page = 0; page < 4; page++) {
			JsonNode json = this.endpoint.get("/channels?size=2&page=" + page).json();
			assertThat(json.get("total").asInt()).isEqualTo(7);
			json.get("channels").forEach((channel) -> ids.add(channel.get("id").asLong()));
		}
		assertThat(ids).hasSize(7).isSorted().doesNotHaveDuplicates();
		assertThat(this.endpoint.get("/channels?size=500&page=2147483647").json().get("channels")).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "size=0", "size=501", "page=-1" })
	void whenAParameterIsOutOfRangeSaysSo(String query) throws Exception {
		EndpointClient.Answer answer = this.endpoint.get("/channels?" + query);
		assertThat(answer.status()).isEqualTo(400);
		assertThat(answer.text()).contains("'" + query.substring(0, 4) + "' must");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/channels?size=x", "/channels?page=99999999999", "/channels?sort=name",
			"/channels?order=up", "/channels?state=open", "/channels/x" })
	void whenAParameterCannotBeReadRefuses(String path) throws Exception {
		assertThat(this.endpoint.get(path).status()).isEqualTo(400);
	}

	@ParameterizedTest
	@ValueSource(strings = { "/nothing", "/channels/0", "/channels/9223372036854775807", "/nothing/1", "/dashboard",
			"/channels/1/2" })
	void whenThereIsNoSuchThingIsNotFound(String path) throws Exception {
		assertThat(this.endpoint.get(path).status()).isEqualTo(404);
	}

	@Test
	void closesAChannel() throws Exception {
		ScriptedClient client = connect();
		String path = "/channels/" + only(this.endpoint.get("/channels?server=echo").json().get("channels")).get("id");
		EndpointClient.Answer answer = this.endpoint.delete(path);
		assertThat(answer.status()).isEqualTo(204);
		assertThat(answer.text()).isEmpty();
		client.expectEnd();
		assertThat(this.endpoint.delete(path).status()).isEqualTo(404);
		assertThat(this.endpoint.get(path).status()).isEqualTo(404);
		assertThat(this.endpoint.delete("/nothing/1").status()).isEqualTo(404);
		assertThat(this.endpoint.delete("/channels").status()).isIn(404, 405);
	}

	@Test
	void answersWhileAHandlerHoldsTheLoop() throws Exception {
		Gate gate = this.context.getBean(Gate.class);
		ScriptedClient client = connect();
		long id = only(this.endpoint.get("/channels?server=echo").json().get("channels")).get("id").asLong();
		client.send("hold\n");
		gate.awaitArrival();
		await().atMost(Loopback.BOUND).until(() -> loop().get("state").asString().equals("stalled"));
		JsonNode loop = loop();
		assertThat(loop.get("busyMillis").asDouble()).isGreaterThanOrEqualTo(200);
		assertThat(loop.get("running").get("channel").asString()).isEqualTo("echo");
		assertThat(loop.get("running").get("handler").asString()).isEqualTo("terminator");
		assertThat(this.endpoint.get("/channels").json().get("total").asInt()).isEqualTo(2);
		assertThat(this.endpoint.get("/channels/" + id).status()).isEqualTo(200);
		assertThat(this.endpoint.delete("/channels/" + id).status()).isEqualTo(204);
		gate.open();
		client.expectEnd();
		await().atMost(Loopback.BOUND).until(() -> loop().get("state").asString().equals("running"));
		assertThat(loop().has("running")).isFalse();
	}

	private JsonNode loop() throws Exception {
		return only(this.endpoint.get("").json().get("loops"));
	}

	@Test
	void timesHandlersBecauseItIsExposed() {
		assertThat(this.context.getBean(EventLoop.class).monitor().isTimed()).isTrue();
	}

	@Test
	void whenNobodyListensMakesNoEvents() {
		connect();
		assertThat(Thread.getAllStackTraces().keySet())
			.noneMatch((thread) -> thread.getName().equals("asyncore-events"));
	}

	private ScriptedClient connect() {
		ScriptedClient client = EchoApplication.servedClient(this.context);
		this.clients.add(client);
		// what the loop does after it has sent the answer
		EchoApplication.awaitIdle(this.context);
		return client;
	}

	private static JsonNode only(JsonNode array) {
		assertThat(StreamSupport.stream(array.spliterator(), false)).hasSize(1);
		return array.get(0);
	}

}
