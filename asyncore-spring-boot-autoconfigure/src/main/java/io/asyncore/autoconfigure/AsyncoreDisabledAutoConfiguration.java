package io.asyncore.autoconfigure;

import java.util.Map;
import java.util.Set;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for applications that are to run
 * without an event loop: says which servers they have none for.
 */
@AutoConfiguration
@ConditionalOnBooleanProperty(name = "asyncore.enabled", havingValue = false)
public final class AsyncoreDisabledAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(AsyncoreDisabledAutoConfiguration.class);

	@Bean
	SmartInitializingSingleton asyncoreDisabled(Environment environment) {
		return () -> {
			Set<String> servers = Binder.get(environment)
				.bind("asyncore.servers", Bindable.mapOf(String.class, Object.class))
				.orElse(Map.of())
				.keySet();
			if (!servers.isEmpty()) {
				logger.info("No server is opened ({}), because 'asyncore.enabled' is false",
						String.join(", ", servers));
			}
		};
	}

}
