package io.asyncore.test;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Has all servers of the application that a test runs, by {@code @SpringBootTest} for
 * instance, listen on any free port, whatever {@code asyncore.servers.<name>.port} says.
 * {@link LocalAsyncorePort} tells which one that is.
 *
 * <pre>
 * &#064;AnyAsyncorePorts
 * &#064;SpringBootTest
 * class GatewayTests {
 *
 *	&#064;Test
 *	void greets(&#064;LocalAsyncorePort("gateway") int port) {
 *		// talks to the server of asyncore.servers.gateway
 *	}
 *
 * }</pre>
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Documented
@Inherited
public @interface AnyAsyncorePorts {

}
