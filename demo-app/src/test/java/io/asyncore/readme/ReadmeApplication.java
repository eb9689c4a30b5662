package io.asyncore.readme;

import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/**
 * The application that a reader of {@code README.md} has.
 */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(Greeter.class)
class ReadmeApplication {

}
