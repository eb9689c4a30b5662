package io.asyncore.actuate;

import java.util.Map;
import java.util.function.BiConsumer;

import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;

/**
 * What the answers of the {@link AsyncoreEndpoint}, its page above all, say to browsers:
 * that no other site may show them in a frame, where somebody could be led to close
 * channels, and that they are for nobody else. What may run on the page it says itself.
 */
final class EndpointHeaders {

	private static final EndpointId ID = EndpointId.of("asyncore");

	private static final Map<String, String> HEADERS = Map.of("Content-Security-Policy", "frame-ancestors 'none'",
			"X-Frame-Options", "DENY", "X-Content-Type-Options", "nosniff", "Cache-Control", "no-store",
			"Referrer-Policy", "no-referrer");

	private final ObjectProvider<PathMappedEndpoints> endpoints;

	// that of the endpoint, empty until it is asked for
	private volatile @Nullable String path;

	/**
	 * Create a new instance.
	 * @param endpoints where the endpoints of the application are
	 */
	EndpointHeaders(ObjectProvider<PathMappedEndpoints> endpoints) {
		this.endpoints = endpoints;
	}

	/**
	 * Set the headers of an answer.
	 * @param requested what is asked for: a path without encoding and parameters
	 * @param answer takes the name and the value of each header, if the answer is one of
	 * the endpoint
	 */
	void addTo(String requested, BiConsumer<String, String> answer) {
		String path = path();
		if (!path.isEmpty() && (requested.endsWith(path) || requested.contains(path + "/"))) {
			HEADERS.forEach(answer);
		}
	}

	// not before a request: the endpoints are found when all beans are there
	private String path() {
		String path = this.path;
		if (path == null) {
			PathMappedEndpoints endpoints = this.endpoints.getIfAvailable();
			String found = (endpoints != null) ? endpoints.getPath(ID) : null;
			path = (found != null) ? found : "";
			this.path = path;
		}
		return path;
	}

}
