package io.asyncore.actuate;

import java.io.IOException;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Protects the page of the {@link AsyncoreEndpoint} by the headers of its answers, in an
 * application with servlets.
 */
public class EndpointFilter extends OncePerRequestFilter {

	private final EndpointHeaders headers;

	/**
	 * Create a new instance.
	 * @param endpoints where the endpoints of the application are
	 */
	public EndpointFilter(ObjectProvider<PathMappedEndpoints> endpoints) {
		this.headers = new EndpointHeaders(endpoints);
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		String info = request.getPathInfo();
		this.headers.addTo(request.getServletPath() + ((info != null) ? info : ""), response::setHeader);
		chain.doFilter(request, response);
	}

}
