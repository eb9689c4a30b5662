package io.asyncore.autoconfigure.metrics;

import io.asyncore.EventLoopGroup;
import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.autoconfigure.AsyncoreProperties;
import io.asyncore.metrics.EventLoopMetrics;
import io.micrometer.core.instrument.MeterRegistry;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for the meters of the event loop.
 */
@AutoConfiguration(after = AsyncoreAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration")
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({ EventLoopGroup.class, MeterRegistry.class })
public final class AsyncoreMetricsAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean
	EventLoopMetrics asyncoreEventLoopMetrics(EventLoopGroup group) {
		return new EventLoopMetrics(group);
	}

	@Bean
	@ConditionalOnBooleanProperty(name = "asyncore.metrics.close-registries-last", matchIfMissing = true)
	LastRegistryCloser asyncoreLastRegistryCloser(ApplicationContext context, AsyncoreProperties properties) {
		return new LastRegistryCloser(context, properties.lifecycle().phase());
	}

}
