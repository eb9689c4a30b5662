package io.asyncore.autoconfigure.actuate;

import io.asyncore.actuate.AsyncoreEndpoint;
import io.asyncore.actuate.AsyncoreEndpointWebExtension;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.autoconfigure.AsyncoreProperties;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.Servers;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.expose.EndpointExposure;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for the Actuator endpoint of the
 * event loop.
 */
@AutoConfiguration(after = AsyncoreAutoConfiguration.class)
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnAvailableEndpoint(AsyncoreEndpoint.class)
@ConditionalOnBean(EventLoopLifecycle.class)
public final class AsyncoreEndpointAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	AsyncoreEndpoint asyncoreEndpoint(EventLoopLifecycle lifecycle, Servers servers, AsyncoreProperties properties) {
		// it tells how long handlers take, whether or not there are meters
		lifecycle.group().loops().forEach((loop) -> loop.monitor().setTimed(true));
		return new AsyncoreEndpoint(lifecycle, servers, properties.watchdog().down());
	}

	@Bean
	@ConditionalOnMissingBean
	@ConditionalOnAvailableEndpoint(exposure = EndpointExposure.WEB)
	AsyncoreEndpointWebExtension asyncoreEndpointWebExtension(AsyncoreEndpoint endpoint,
			AsyncoreProperties properties) {
		return new AsyncoreEndpointWebExtension(endpoint, properties.dashboard().enabled());
	}

}
