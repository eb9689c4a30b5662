package io.asyncore.autoconfigure.observation;

import io.asyncore.EventLoop;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.observation.HandlerObservationConvention;
import io.asyncore.observation.ObservationInterceptor;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SearchStrategy;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for observations of handlers.
 */
@AutoConfiguration(after = AsyncoreAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBooleanProperty("asyncore.observation.enabled")
@ConditionalOnBean({ EventLoop.class, ObservationRegistry.class })
public final class AsyncoreObservationAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(search = SearchStrategy.CURRENT)
	ObservationInterceptor asyncoreObservationInterceptor(ObservationRegistry registry,
			ObjectProvider<HandlerObservationConvention> convention) {
		return new ObservationInterceptor(registry, convention.getIfAvailable());
	}

}
