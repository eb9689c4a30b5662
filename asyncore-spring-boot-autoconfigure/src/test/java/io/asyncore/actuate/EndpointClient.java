package io.asyncore.actuate;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

import io.asyncore.Loopback;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.context.ApplicationContext;

/**
 * Asks the endpoint over HTTP.
 */
final class EndpointClient {

	private static final JsonMapper MAPPER = new JsonMapper();

	private final HttpClient client = HttpClient.newHttpClient();

	private final String base;

	EndpointClient(ApplicationContext context) {
		this.base = "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port")
				+ "/actuator/asyncore";
	}

	Answer get(String path) throws IOException, InterruptedException {
		return send(request(path).GET());
	}

	Answer delete(String path) throws IOException, InterruptedException {
		return send(request(path).DELETE());
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create(this.base + path)).timeout(Loopback.BOUND);
	}

	private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
		HttpResponse<String> response = this.client.send(request.build(), HttpResponse.BodyHandlers.ofString());
		return new Answer(response.statusCode(), response.body());
	}

	/**
	 * What has come back.
	 */
	record Answer(int status, String text) {

		JsonNode json() {
			return MAPPER.readTree(this.text);
		}

	}

}
