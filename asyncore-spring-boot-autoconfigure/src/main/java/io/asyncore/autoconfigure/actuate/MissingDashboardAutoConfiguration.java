package io.asyncore.autoconfigure.actuate;

import io.asyncore.actuate.AsyncoreEndpointWebExtension;
import io.asyncore.context.EventLoopLifecycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnNotWebApplication;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * {@link EnableAutoConfiguration Auto-configuration} for applications that ask for the
 * page of the endpoint and cannot have it: says why.
 */
@AutoConfiguration(after = AsyncoreEndpointAutoConfiguration.class)
@ConditionalOnBooleanProperty("asyncore.dashboard.enabled")
@ConditionalOnBean(EventLoopLifecycle.class)
public final class MissingDashboardAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(MissingDashboardAutoConfiguration.class);

	private static final String ACTUATOR = "org.springframework.boot.actuate.autoconfigure.endpoint.condition."
			+ "ConditionalOnAvailableEndpoint";

	private static SmartInitializingSingleton warn(String reason) {
		return () -> logger.warn("'asyncore.dashboard.enabled' is true, but there is no page, because {}", reason);
	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnMissingClass(ACTUATOR)
	static class WithoutActuatorConfiguration {

		@Bean
		SmartInitializingSingleton asyncoreDashboardWithoutActuator() {
			return warn("Spring Boot Actuator is not on the class path: add spring-boot-starter-actuator");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(name = ACTUATOR)
	@ConditionalOnNotWebApplication
	static class WithoutWebConfiguration {

		@Bean
		SmartInitializingSingleton asyncoreDashboardWithoutWeb() {
			return warn("this is no web application: add spring-boot-starter-webmvc");
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnClass(name = ACTUATOR)
	@ConditionalOnWebApplication
	@ConditionalOnMissingBean(AsyncoreEndpointWebExtension.class)
	static class NotExposedConfiguration {

		@Bean
		SmartInitializingSingleton asyncoreDashboardNotExposed() {
			return warn(
					"the endpoint 'asyncore' is not exposed: add it to 'management.endpoints.web.exposure.include'");
		}

	}

}
