package io.asyncore.actuate;

import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.http.server.PathContainer;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

/**
 * Protects the page of the {@link AsyncoreEndpoint} by the headers of its answers, in a
 * reactive application.
 */
public class EndpointWebFilter implements WebFilter {

	private final EndpointHeaders headers;

	/**
	 * Create a new instance.
	 * @param endpoints where the endpoints of the application are
	 */
	public EndpointWebFilter(ObjectProvider<PathMappedEndpoints> endpoints) {
		this.headers = new EndpointHeaders(endpoints);
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		this.headers.addTo(path(exchange), exchange.getResponse().getHeaders()::set);
		return chain.filter(exchange);
	}

	private static String path(ServerWebExchange exchange) {
		StringBuilder path = new StringBuilder();
		for (PathContainer.Element element : exchange.getRequest().getPath().pathWithinApplication().elements()) {
			path.append(
					(element instanceof PathContainer.PathSegment segment) ? segment.valueToMatch() : element.value());
		}
		return path.toString();
	}

}
