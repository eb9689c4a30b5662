package io.asyncore.autoconfigure.health;

import io.asyncore.autoconfigure.AsyncoreAutoConfiguration;
import io.asyncore.autoconfigure.AsyncoreProperties;
import io.asyncore.context.EventLoopLifecycle;
import io.asyncore.context.Servers;
import io.asyncore.health.AsyncoreHealthIndicator;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthContributor;
import org.springframework.context.annotation.Bean;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for the health of the event loop.
 */
@AutoConfiguration(after = AsyncoreAutoConfiguration.class)
@ConditionalOnClass({ HealthContributor.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnEnabledHealthIndicator("asyncore")
@ConditionalOnBean(EventLoopLifecycle.class)
public final class AsyncoreHealthAutoConfiguration {

	@Bean
	@ConditionalOnMissingBean(name = { "asyncoreHealthIndicator", "asyncoreHealthContributor" })
	AsyncoreHealthIndicator asyncoreHealthContributor(EventLoopLifecycle lifecycle, Servers servers,
			AsyncoreProperties properties) {
		return new AsyncoreHealthIndicator(lifecycle, servers, properties.watchdog().down());
	}

}
