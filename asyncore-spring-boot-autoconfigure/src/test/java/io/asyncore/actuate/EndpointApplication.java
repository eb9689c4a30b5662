package io.asyncore.actuate;

import io.asyncore.autoconfigure.EchoApplication;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The echo server, and all that the class path has.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(EchoApplication.class)
class EndpointApplication {

	static final String EXPOSED = "management.endpoints.web.exposure.include=asyncore";

	static ConfigurableApplicationContext run(String... properties) {
		return new SpringApplicationBuilder(EndpointApplication.class).properties("server.port=0", EchoApplication.PORT)
			.properties(properties)
			.run();
	}

}
