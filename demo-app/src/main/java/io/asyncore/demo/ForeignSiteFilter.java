package io.asyncore.demo;

import java.io.IOException;
import java.util.Set;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses what a browser on this machine asks for on behalf of another site: by a page of
 * that site, or by a name of that site which leads here.
 */
@Component
class ForeignSiteFilter extends OncePerRequestFilter {

	private final Set<String> hosts;

	ForeignSiteFilter(@Value("${demo.web.hosts}") Set<String> hosts) {
		this.hosts = hosts;
	}

	@Override
	protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
			throws ServletException, IOException {
		if (this.hosts.contains(request.getServerName()) && isOwn(request.getHeader(HttpHeaders.ORIGIN), request)) {
			chain.doFilter(request, response);
		}
		else {
			response.sendError(HttpStatus.FORBIDDEN.value());
		}
	}

	// those who are no browser have none
	private static boolean isOwn(@Nullable String origin, HttpServletRequest request) {
		return origin == null || origin.equals(request.getScheme() + "://" + request.getHeader(HttpHeaders.HOST));
	}

}
