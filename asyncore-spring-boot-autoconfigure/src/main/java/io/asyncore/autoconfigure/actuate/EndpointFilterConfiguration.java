package io.asyncore.autoconfigure.actuate;

import io.asyncore.actuate.AsyncoreEndpoint;
import io.asyncore.actuate.EndpointFilter;
import io.asyncore.actuate.EndpointWebFilter;
import jakarta.servlet.Filter;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.endpoint.web.PathMappedEndpoints;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication.Type;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.filter.OncePerRequestFilter;
import org.springframework.web.server.WebFilter;

/**
 * Protects the page of the endpoint, in the context whose web server has the endpoints:
 * that of the application, or one of their own.
 */
@ManagementContextConfiguration(proxyBeanMethods = false)
@ConditionalOnBooleanProperty("asyncore.dashboard.enabled")
@ConditionalOnAvailableEndpoint(endpoint = AsyncoreEndpoint.class, exposure = EndpointExposure.WEB)
class EndpointFilterConfiguration {

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.SERVLET)
	@ConditionalOnClass({ Filter.class, OncePerRequestFilter.class })
	static class ServletConfiguration {

		@Bean
		EndpointFilter asyncoreEndpointFilter(ObjectProvider<PathMappedEndpoints> endpoints) {
			return new EndpointFilter(endpoints);
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = Type.REACTIVE)
	@ConditionalOnClass({ Mono.class, WebFilter.class })
	static class ReactiveConfiguration {

		@Bean
		EndpointWebFilter asyncoreEndpointWebFilter(ObjectProvider<PathMappedEndpoints> endpoints) {
			return new EndpointWebFilter(endpoints);
		}

	}

}
